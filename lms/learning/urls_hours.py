"""/hours/: the year on one screen, and a day explained."""

from django.urls import path, register_converter

from lms.learning.hours import http
from lms.learning.hours.http import DayConverter

register_converter(DayConverter, "day")
app_name = "hours"

urlpatterns = [
    path("", http.year, name="year"),
    path("<day:day>/", http.day, name="day"),
]
