"""/bases/: skills training bases, for everybody; reporting training, for their own people."""

from django.urls import path

from lms.training.bases import http

app_name = "bases"

urlpatterns = [
    path("", http.listing, name="list"),
    path("<uuid:uuid>/", http.base, name="base"),
    path("<uuid:uuid>/training/", http.training, name="training"),
]
