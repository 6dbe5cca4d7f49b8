"""/me/ and what belongs to it. Signing up and in is allauth's, under /accounts/."""

from django.urls import path

from lms.accounts.identity import http as identity
from lms.accounts.people import http as people

app_name = "accounts_pages"

urlpatterns = [
    path("", people.profile, name="profile"),
    path("identity/", identity.identity, name="identity"),
    path("looks/", people.looks, name="looks"),
    path("export/", people.export, name="export"),
    path("privacy/", people.privacy, name="privacy"),
    path("staff/", people.staff_entry, name="staff_entry"),
]
