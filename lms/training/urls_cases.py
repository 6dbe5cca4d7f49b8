"""/cases/: applications of one's own bodies, and public notices."""

from django.urls import path

from lms.training.grants import http as grants
from lms.training.lifecycle import http
from lms.training.papers import http as papers
from lms.training.papers.objections import ANSWER, OBJECTION

app_name = "cases"

urlpatterns = [
    path("", http.own, name="own"),
    path("new/<slug:code>/", http.begin, name="begin"),
    path("notices/", http.notices, name="notices"),
    path("notices/<uuid:uuid>/", http.notice, name="notice"),
    path("notices/<uuid:uuid>/objection/", http.objection, name="objection"),
    path("files/<uuid:uuid>/", http.file, name="file"),
    path("papers/<uuid:uuid>/", papers.paper, name="paper"),
    path("papers/<uuid:uuid>/pdf/", papers.pdf, name="paper_pdf"),
    path("objections/<uuid:uuid>/", papers.objection, {"kind": OBJECTION}, name="objection_paper"),
    path("objections/<uuid:uuid>/pdf/", papers.objection_pdf, {"kind": OBJECTION}, name="objection_pdf"),
    path("objections/<uuid:uuid>/answer/", papers.objection, {"kind": ANSWER}, name="answer_paper"),
    path("objections/<uuid:uuid>/answer/pdf/", papers.objection_pdf, {"kind": ANSWER}, name="answer_pdf"),
    path("sheets/<slug:kind>/<uuid:uuid>/", papers.sheet, name="sheet"),
    path("sheets/<slug:kind>/<uuid:uuid>/pdf/", papers.sheet_pdf, name="sheet_pdf"),
    path("<uuid:uuid>/money/", grants.money, name="grant_money"),
    path("<uuid:uuid>/", http.case, name="case"),
    path("<uuid:uuid>/facts/", http.facts, name="facts"),
]
