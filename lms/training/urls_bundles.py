"""/bundles/: training bundles of the departments."""

from django.urls import path

from lms.training.bundles import http

app_name = "bundles"

urlpatterns = [
    path("", http.listing, name="list"),
    path("<uuid:uuid>/", http.bundle, name="bundle"),
    path("<uuid:uuid>/enrol/", http.enrol, name="enrol"),
]
