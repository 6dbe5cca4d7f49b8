"""Addresses of the player page and of the files it loads; the same in both shapes, at CONTENT_URL's
origin."""

from django.urls import path

from courses.h5p import http, upgrade_http

app_name = "h5p"
urlpatterns = [
    path("play/<uuid:uuid>/", http.play, name="play"),
    path("upgrade/<uuid:uuid>/<str:folder>/", upgrade_http.upgrade, name="upgrade"),
    path("content/<uuid:uuid>/<path:name>", http.content_file, name="content"),
    path(
        "libraries/<slug:shelf>/<int:generation>/<str:folder>/<path:name>", http.library_file, name="library"
    ),
    path("libraries/<int:generation>/<str:folder>/<path:name>", http.library_file, name="library"),
]
