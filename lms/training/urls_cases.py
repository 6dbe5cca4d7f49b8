"""/cases/: applications of one's own bodies, and public notices."""

from django.urls import path

from lms.training.lifecycle import http

app_name = "cases"

urlpatterns = [
    path("", http.own, name="own"),
    path("new/<slug:code>/", http.begin, name="begin"),
    path("notices/", http.notices, name="notices"),
    path("notices/<uuid:uuid>/", http.notice, name="notice"),
    path("notices/<uuid:uuid>/objection/", http.objection, name="objection"),
    path("files/<uuid:uuid>/", http.file, name="file"),
    path("<uuid:uuid>/", http.case, name="case"),
    path("<uuid:uuid>/facts/", http.facts, name="facts"),
]
