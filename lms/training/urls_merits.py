"""/merits/: one's own contributions as an expert."""

from django.urls import path

from lms.training.merits import http

app_name = "merits"

urlpatterns = [
    path("", http.own, name="own"),
    path("contributions.csv", http.export, {"form": "csv"}, name="csv"),
    path("contributions.json", http.export, {"form": "json"}, name="json"),
    path("<uuid:uuid>/", http.statement, name="statement"),
    path("<uuid:uuid>/pdf/", http.pdf, name="pdf"),
]
