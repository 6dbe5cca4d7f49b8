"""Addresses of packages' files and of the page that plays SCORM, at CONTENT_URL's origin; the same in both shapes."""

from django.urls import path

from courses.activities import http

app_name = "packages"
urlpatterns = [
    path("<uuid:uuid>/files/<path:name>", http.file, name="file"),
    path("<uuid:uuid>/scorm/", http.scorm, name="scorm"),
]
