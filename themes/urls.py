"""Display pages: preferences, offline, web manifest, and the style guide while developing."""

from django.conf import settings
from django.urls import URLPattern, path

from themes import views

app_name = "themes"

urlpatterns: list[URLPattern] = [
    path("preferences/", views.preferences, name="preferences"),
    path("offline/", views.offline, name="offline"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("favicon.ico", views.favicon, name="favicon"),
]
if settings.DEBUG:
    urlpatterns.append(path("styleguide/", views.styleguide, name="styleguide"))
