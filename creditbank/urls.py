"""Addresses of the credit bank's pages, under /credit/."""

from django.urls import path

from creditbank.applications import http as applications
from creditbank.applications import http_cases as cases
from creditbank.credentials import http as credentials
from creditbank.dual import http as dual
from creditbank.holders import http as holders
from creditbank.honours import http as honours
from creditbank.outcomes import http as outcomes
from creditbank.planner import http as planner
from creditbank.promotion import http as promotion
from creditbank.proofs import http as proofs
from creditbank.rules import http as rules
from creditbank.shares import http as shares
from creditbank.statistics import http as statistics
from creditbank.theory import http as theory
from creditbank.transcripts import http as transcripts

app_name = "credit"

urlpatterns = [
    path("", applications.overview, name="overview"),
    path("plan/", planner.plan, name="plan"),
    path("apply/", outcomes.apply, name="apply"),
    path("outcomes/", outcomes.outcomes, name="outcomes"),
    path("outcomes/<uuid:uuid>/", outcomes.outcome, name="outcome"),
    path("outcomes/<uuid:uuid>/paper.pdf", theory.pdf, name="theory_paper"),
    path("outcomes/<uuid:uuid>/promotion/", promotion.propose, name="promotion_propose"),
    path("outcomes/<uuid:uuid>/promotion/withdraw/", promotion.withdraw, name="promotion_withdraw"),
    path("cohorts/", honours.public, name="cohorts"),
    path("cohorts/<uuid:uuid>/", honours.member, name="cohort_member"),
    path("catalogue/", outcomes.catalogue, name="catalogue"),
    path("catalogue/suggest", outcomes.suggest, name="catalogue_suggest"),
    path("apply/<uuid:uuid>/", applications.worth, name="worth"),
    path("apply/all/", cases.apply_all, name="apply_all"),
    path("applications/<uuid:uuid>/", cases.application, name="application"),
    path("applications/<uuid:uuid>/withdraw/", cases.withdraw, name="withdraw"),
    path("applications/<uuid:uuid>/supplement/", cases.supplement, name="supplement"),
    path("applications/<uuid:uuid>/appeal/", cases.appeal, name="appeal"),
    path("applications/files/<uuid:uuid>/", cases.file, name="application_file"),
    path("transfer/", cases.transfer, name="transfer"),
    path("redemption/", cases.redemption, name="redemption"),
    path("redemption/<uuid:uuid>/", cases.receipt, name="receipt"),
    path("dual/", dual.modes, name="dual"),
    path("dual/plans/<uuid:uuid>/", dual.plan, name="dual_plan"),
    path("dual/plans/<uuid:uuid>/join/", dual.join, name="dual_join"),
    path("dual/plans/<uuid:uuid>/exemption/", dual.ask, name="dual_ask"),
    path("dual/exemptions/<uuid:uuid>/", dual.exemption, name="dual_exemption"),
    path("dual/exemptions/<uuid:uuid>/withdraw/", dual.withdraw, name="dual_withdraw"),
    path("dual/<uuid:uuid>/", dual.enrolment, name="dual_enrolment"),
    path("dual/<uuid:uuid>/leave/", dual.leave, name="dual_leave"),
    path("account/", holders.account, name="account"),
    path("account/merge/", holders.offer, name="merge_offer"),
    path("account/merge/enter/", holders.enter, name="merge_enter"),
    path("account/merges/<uuid:uuid>/", holders.merge, name="merge"),
    path("account/merges/<uuid:uuid>/withdraw/", holders.withdraw, name="merge_withdraw"),
    path("accounts/<uuid:uuid>/", applications.statement, name="statement"),
    path("rules/", rules.rules, name="rules"),
    path("rules/<slug:code>/", rules.rule, name="rule"),
    path("statistics/", statistics.statistics, name="statistics"),
    path("statistics/<slug:name>/", statistics.every, name="statistics_all"),
    path("evidence/<uuid:uuid>/", outcomes.evidence, name="evidence"),
    path("transcript/", transcripts.transcript, name="transcript"),
    path("transcript/make/", transcripts.make, name="make_transcript"),
    path("transcript/<uuid:uuid>.pdf", transcripts.pdf, name="transcript_pdf"),
    path("transcript/<uuid:uuid>/revoke/", transcripts.revoke, name="revoke_transcript"),
    path("transcript/<uuid:uuid>/credentials/", credentials.issue, name="issue_credentials"),
    path("credentials/<uuid:uuid>/<str:name>", credentials.download, name="credentials_file"),
    path("shares/", shares.shares, name="shares"),
    path("shares/new/", shares.new, name="new_share"),
    path("shares/<uuid:uuid>/", shares.share, name="share"),
    path("shares/<uuid:uuid>/<str:act>/", shares.change, name="change_share"),
    path("s/<str:token>/", shares.shared, name="shared"),
    path("keys/", credentials.keys_page, name="keys"),
    path("check/", credentials.check, name="check"),
    path("status/<int:number>/", credentials.status_list, name="status_list"),
    path("roots/", proofs.roots, name="roots"),
    path("roots/list.json", proofs.roots_json, name="roots_json"),
    path("roots/<str:day>.json", proofs.root_json, name="root_json"),
    path("roots/<str:day>/proof.json", proofs.proof_json, name="root_proof"),
    path("transcript/<uuid:uuid>/proof.json", proofs.transcript_proof_json, name="transcript_proof"),
]
