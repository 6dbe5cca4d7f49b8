"""Addresses of the credit bank's pages, under /credit/."""

from django.urls import path

from creditbank.applications import http as applications
from creditbank.outcomes import http as outcomes
from creditbank.transcripts import http as transcripts

app_name = "credit"

urlpatterns = [
    path("", applications.overview, name="overview"),
    path("apply/", applications.apply, name="apply"),
    path("apply/<uuid:uuid>/", applications.worth, name="worth"),
    path("applications/<uuid:uuid>/", applications.application, name="application"),
    path("applications/<uuid:uuid>/withdraw/", applications.withdraw, name="withdraw"),
    path("accounts/<uuid:uuid>/", applications.statement, name="statement"),
    path("rules/", applications.rules, name="rules"),
    path("evidence/<uuid:uuid>/", outcomes.evidence, name="evidence"),
    path("transcript/", transcripts.transcript, name="transcript"),
    path("transcript/make/", transcripts.make, name="make_transcript"),
    path("transcript/<uuid:uuid>.pdf", transcripts.pdf, name="transcript_pdf"),
    path("transcript/<uuid:uuid>/revoke/", transcripts.revoke, name="revoke_transcript"),
]
