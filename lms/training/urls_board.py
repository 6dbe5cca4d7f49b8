"""/board/: the public notice board, feeds, open data."""

from django.urls import path

from lms.training.board import http

app_name = "board"

urlpatterns = [
    path("", http.listing, name="list"),
    path("rss/", http.rss, name="rss"),
    path("atom/", http.atom, name="atom"),
    path("data/", http.tables, name="data"),
    path("data/<slug:code>.json", http.as_json, name="json"),
    path("data/<slug:code>.csv", http.as_csv, name="csv"),
    path("<uuid:uuid>/", http.posting, name="posting"),
    path("<uuid:uuid>/pdf/", http.pdf, name="posting_pdf"),
]
