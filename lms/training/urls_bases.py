"""/bases/: skills training bases, for everybody; reporting training, for their own people."""

from django.urls import path

from lms.training.bases import http
from lms.training.posts import http as posts

app_name = "bases"

urlpatterns = [
    path("", http.listing, name="list"),
    path("<uuid:uuid>/", http.base, name="base"),
    path("<uuid:uuid>/training/", http.training, name="training"),
    path("<uuid:uuid>/posts/", posts.posts, name="posts"),
    path("<uuid:uuid>/posts/<uuid:post_uuid>/", posts.post, name="post"),
    path("<uuid:uuid>/levels/", posts.levels, name="levels"),
]
