"""/suggestions/: handing in a suggestion and following it."""

from django.urls import path

from lms.training.suggestions import http

app_name = "suggestions"

urlpatterns = [
    path("", http.front, name="front"),
    path("new/", http.new, name="new"),
    path("follow/", http.follow, name="follow"),
    path("<uuid:uuid>/", http.own, name="own"),
]
