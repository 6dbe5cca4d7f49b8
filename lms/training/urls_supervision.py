"""/supervision/: draws and results for everybody, the check form for checkers."""

from django.urls import path

from lms.training.supervision import http

app_name = "supervision"

urlpatterns = [
    path("", http.front, name="front"),
    path("draws/<uuid:uuid>/", http.draw, name="draw"),
    path("draws/<uuid:uuid>/frame.txt", http.frame_text, name="frame_text"),
    path("draws/<uuid:uuid>/draw.json", http.draw_json, name="draw_json"),
    path("results/", http.results, name="results"),
    path("results/<uuid:uuid>/", http.result, name="result"),
    path("checks/", http.own_checks, name="checks"),
    path("checks/<uuid:uuid>/", http.check, name="check"),
    path("checks/<uuid:uuid>/save/", http.save, name="save"),
    path("checks/<uuid:uuid>/photos/", http.photos, name="photos"),
    path("photos/<uuid:uuid>/", http.photo, name="photo"),
]
