"""/plans/: the published yearly plans of public subjects."""

from django.urls import path

from lms.training.yearly_plans import http

app_name = "plans"

urlpatterns = [
    path("", http.listing, name="list"),
    path("<uuid:uuid>/", http.plan, name="plan"),
]
