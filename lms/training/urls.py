"""/plans/: the published yearly plans of public subjects, and the departments' of specialty subjects."""

from django.urls import path

from lms.training.yearly_plans import http
from lms.training.yearly_plans.specialty import http as specialty

app_name = "plans"

urlpatterns = [
    path("", http.listing, name="list"),
    path("specialty/", specialty.listing, name="specialty"),
    path("specialty/<uuid:uuid>/", specialty.plan, name="specialty_plan"),
    path("<uuid:uuid>/", http.plan, name="plan"),
]
