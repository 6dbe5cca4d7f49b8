"""/tenders/: needs packages, bids, the panel."""

from django.urls import path

from lms.training.tenders import http

app_name = "tenders"

urlpatterns = [
    path("", http.listing, name="list"),
    path("bids/<uuid:uuid>/", http.opened, name="opened"),
    path("<uuid:uuid>/", http.tender, name="tender"),
    path("<uuid:uuid>/panel/", http.seat, name="seat"),
    path("<uuid:uuid>/<slug:code>/bid/", http.bid, name="bid"),
]
