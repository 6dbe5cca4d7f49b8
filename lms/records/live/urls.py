"""/me/records/."""

from django.urls import path

from lms.records.live import http

app_name = "records"

urlpatterns = [path("", http.own, name="own")]
