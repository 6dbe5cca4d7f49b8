"""/me/ and what belongs to it. Signing up and in is allauth's, under /accounts/."""

from django.urls import path

from lms.accounts.employment import http as employment
from lms.accounts.erasure import http as erasure
from lms.accounts.identity import http as identity
from lms.accounts.institutions import http as institutions
from lms.accounts.organisations import http as organisations
from lms.accounts.people import http as people

app_name = "accounts_pages"

urlpatterns = [
    path("", people.profile, name="profile"),
    path("identity/", identity.identity, name="identity"),
    path("employment/", employment.employment, name="employment"),
    path("employment/invitations/<uuid:uuid>/confirm/", employment.confirm, name="employment_confirm"),
    path("employment/invitations/<uuid:uuid>/decline/", employment.decline, name="employment_decline"),
    path("employment/<uuid:uuid>/end/", employment.end, name="employment_end"),
    path("roles/<uuid:uuid>/accept/", organisations.accept, name="role_accept"),
    path("roles/<uuid:uuid>/decline/", organisations.decline, name="role_decline"),
    path("institutions/", institutions.own, name="institutions"),
    path("institutions/new/", institutions.ask, name="institution_ask"),
    path("institutions/<uuid:uuid>/", institutions.one, name="institution"),
    path("institutions/<uuid:uuid>/withdraw/", institutions.withdraw, name="institution_withdraw"),
    path("institutions/files/<uuid:uuid>/", institutions.file, name="institution_file"),
    path("looks/", people.looks, name="looks"),
    path("erase/", erasure.erase, name="erase"),
    path("erase/cancel/", erasure.cancel, name="erase_cancel"),
    path("export/", people.export, name="export"),
    path("privacy/", people.privacy, name="privacy"),
    path("staff/", people.staff_entry, name="staff_entry"),
]
