"""/programmes/: advanced programmes, their plans and series, and the person-times counter."""

from django.urls import path

from lms.training.programmes import http

app_name = "programmes"

urlpatterns = [
    path("", http.listing, name="list"),
    path("count/", http.count, name="count"),
    path("plans/<uuid:uuid>/", http.plan, name="plan"),
    path("series/<uuid:uuid>/", http.series, name="series"),
    path("outputs/<uuid:uuid>/", http.output_file, name="output_file"),
    path("<uuid:uuid>/", http.programme, name="programme"),
    path("<uuid:uuid>/host/", http.host, name="host"),
]
