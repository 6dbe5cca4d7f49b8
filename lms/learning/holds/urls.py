"""/hours/holds/…, included by lms/learning/urls_hours.py."""

from django.urls import path

from lms.learning.holds import http

paths = [
    path("holds/", http.listing, name="holds"),
    path("holds/<uuid:uuid>/", http.detail, name="hold"),
    path("holds/<uuid:uuid>/explain/", http.explain, name="hold_explain"),
    path("holds/<uuid:uuid>/appeal/", http.appeal, name="hold_appeal"),
    path("holds/files/<uuid:uuid>/", http.file, name="hold_file"),
]
