"""/experts/: one's own place in the registers of experts."""

from django.urls import path

from lms.training.experts import http

app_name = "experts"

urlpatterns = [path("", http.own, name="own")]
