"""Only what a player page asks for."""

from django.urls import include, path

urlpatterns = [path("h5p/", include("courses.h5p.urls"))]
