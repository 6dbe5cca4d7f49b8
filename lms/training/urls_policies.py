"""/policies/: the policy library."""

from django.urls import path

from lms.training.policies import http

app_name = "policies"

urlpatterns = [
    path("", http.listing, name="list"),
    path("number/", http.number, name="number"),
    path("<uuid:uuid>/", http.document, name="document"),
]
