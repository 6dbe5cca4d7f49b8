"""/education-funds/: an employer's own statements of its training money."""

from django.urls import path

from lms.training.education_funds import http

app_name = "education_funds"

urlpatterns = [
    path("", http.own, name="own"),
    path("<uuid:uuid>/", http.statement, name="statement"),
]
