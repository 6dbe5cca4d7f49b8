"""/hours/: the year on one screen, a day explained, claims of outside study, statements of a year."""

from django.urls import path, register_converter

from lms.learning.declarations import http as declarations
from lms.learning.evidence.urls import paths as records
from lms.learning.holds.urls import paths as holds
from lms.learning.hours import http
from lms.learning.hours.http import DayConverter
from lms.learning.statements.urls import paths as statements

register_converter(DayConverter, "day")
app_name = "hours"

urlpatterns = [
    path("", http.year, name="year"),
    path("<day:day>/", http.day, name="day"),
    path("declare/", declarations.declare, name="declare"),
    path("declarations/", declarations.listing, name="declarations"),
    path("declarations/<uuid:uuid>/", declarations.detail, name="declaration"),
    path("declarations/<uuid:uuid>/withdraw/", declarations.withdraw, name="withdraw"),
    path("declarations/<uuid:uuid>/supplement/", declarations.supplement, name="supplement"),
    path("declarations/<uuid:uuid>/appeal/", declarations.appeal, name="appeal"),
    path("evidence/<uuid:uuid>/", declarations.evidence, name="evidence"),
    *statements,
    *records,
    *holds,
]
