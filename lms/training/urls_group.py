"""/group/: what waits for the members of a coordination group."""

from django.urls import path

from lms.training.coordination import http

app_name = "group"

urlpatterns = [path("", http.own, name="own"), path("<uuid:uuid>/", http.case, name="case")]
