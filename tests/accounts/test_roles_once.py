"""Roles are read once while a page is looked at, and asked anew by whatever changes something."""

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from lms.accounts.api import end_role, grant_role, held, holds, organisations_for, require_role, roles_held
from lms.accounts.middleware import RolesOnceMiddleware
from lms.accounts.organisations.queries import reading_once
from lms.accounts.organisations.services import suspend_organisation
from lms.lib.actor import Actor
from lms.lib.errors import NotAllowed
from tests.factories.accounts import OrganisationFactory, UserFactory, member

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("tests")


@pytest.fixture
def authority():
    return OrganisationFactory(kind="authority")


@pytest.fixture
def officer(authority):
    return member("officer", authority)


def asked(request, user):
    """How many questions a view asks that wants to know three times."""
    request.user = user
    said = []

    def view(request):
        said.append(holds(user, "officer"))
        said.append(holds(user, "auditor", "officer"))
        said.append("officer" in roles_held(request))
        return HttpResponse()

    with CaptureQueriesContext(connection) as found:
        RolesOnceMiddleware(view)(request)
    assert said == [True] * 3
    return len(found)


def test_a_page_reads_them_once_and_an_act_each_time(officer):
    assert asked(RequestFactory().get("/"), officer) == 1
    assert asked(RequestFactory().head("/"), officer) == 1
    assert asked(RequestFactory().post("/"), officer) == 3


@pytest.mark.parametrize("once", [True, False])
def test_the_answers_are_the_same(officer, authority, once):
    elsewhere, stranger = OrganisationFactory(kind="authority"), UserFactory()

    def answers():
        return [
            holds(officer, "officer", organisation=authority),
            holds(officer, "officer", organisation=elsewhere),
            holds(officer, "hr"),
            holds(stranger, "officer"),
            list(organisations_for(officer, "hr", "officer")),
            organisations_for(officer, "hr").exists(),
            organisations_for(stranger, "officer").filter(kind="authority").exists(),
            [row.organisation for row in held(officer)],
        ]

    expected = [True, False, False, False, [authority], False, False, [authority]]
    if once:
        with reading_once():
            assert answers() == expected
    else:
        assert answers() == expected


def test_what_has_ended_meanwhile_is_not_used(officer, authority):
    with reading_once():
        assert holds(officer, "officer")
        (row,) = held(officer)
        end_role(row, SYSTEM, reason="离任")
        assert not holds(officer, "officer")
        with pytest.raises(NotAllowed):
            require_role(officer, "officer")
        grant_role(officer, authority, "officer", SYSTEM)
        assert holds(officer, "officer")
        suspend_organisation(authority, SYSTEM, "证照过期，暂停")
        assert not holds(officer, "officer")
        assert not organisations_for(officer, "officer").exists()


def test_one_request_does_not_remember_for_the_next(officer):
    with reading_once():
        assert holds(officer, "officer")
    officer.memberships.update(until="2020-01-01")
    with reading_once():
        assert not holds(officer, "officer")
