"""What evidence adds to /hours/."""

from django.urls import path

from lms.learning.evidence import http

paths = [
    path("record/", http.record, name="record"),
    path("record/consents/<uuid:uuid>/withdraw/", http.withdraw, name="record_withdraw"),
    path("record/packs/", http.order, name="record_order"),
    path("record/packs/<uuid:uuid>/", http.file, name="record_file"),
]
