"""/digital/: digital technology items, the competency model, and the national project's figures."""

from django.urls import path

from lms.training.digital import http

app_name = "digital"

urlpatterns = [
    path("", http.listing, name="list"),
    path("engineers/", http.engineers, name="engineers"),
    path("levels.xlsx", http.template, name="template"),
    path("models/<uuid:uuid>/", http.model, name="model"),
    path("models/<uuid:uuid>.json", http.model_json, name="model_json"),
    path("<uuid:uuid>/", http.item, name="item"),
    path("<uuid:uuid>/host/", http.host, name="host"),
    path("<uuid:uuid>/marks/", http.marks, name="marks"),
    path("<uuid:uuid>/sheets/<uuid:sheet_uuid>/correct/", http.correct, name="correct"),
    path("<uuid:uuid>/levels/", http.levels, name="levels"),
    path("<uuid:uuid>/levels/<uuid:list_uuid>/", http.level_list, name="level_list"),
    path("<uuid:uuid>/levels/<uuid:list_uuid>/faults.xlsx", http.report, name="report"),
]
