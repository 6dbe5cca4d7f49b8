"""/ce-bases/: continuing-education bases, their standards, plans and exchange, for everybody; their own people's page; experts' reviews."""

from django.urls import path

from lms.training.ce_bases import http

app_name = "ce_bases"

urlpatterns = [
    path("", http.listing, name="list"),
    path("exchange/", http.years, name="years"),
    path("exchange/<int:number>/", http.year, name="year"),
    path("standards/<uuid:uuid>/", http.standard, name="standard"),
    path("filings/<uuid:uuid>/", http.filing, name="filing"),
    path("reviews/", http.panel, name="panel"),
    path("reviews/<uuid:uuid>/", http.seat, name="seat"),
    path("reviews/<uuid:uuid>/files/<uuid:file>/", http.seat_file, name="seat_file"),
    path("<uuid:uuid>/", http.base, name="base"),
    path("<uuid:uuid>/manage/", http.manage, name="manage"),
]
