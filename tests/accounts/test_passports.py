"""Passports: one paper by issuing country and number; those of before stay valid and are asked at the next change."""

import json
from datetime import date

import pytest
from django.urls import reverse

from lms.accounts.api import by_paper, masked_paper, named
from lms.accounts.identity import issuers
from lms.accounts.identity.models import Identity
from lms.accounts.identity.services import number_hash, set_identity, verify_identity
from lms.accounts.organisations.queries import actor, require_role
from lms.lib.audit.models import AuditRow
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid
from tests.factories.accounts import UserFactory, member

NUMBER = "P1234567"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("chn", "CHN"),
        ("D<<", "D"),
        ("DEU", "D"),
        ("GBN", "GBR"),
        ("xom", "XOM"),
        (" eue ", "EUE"),
        ("TWN", "TWN"),
        ("rks", "RKS"),
        # Part D of the table, whole.
        *((code, code) for code in ("XBA", "XCC", "XCE", "XCO", "XDC", "XEC", "XES", "XIM", "XMP", "XPO")),
        *((code, code) for code in ("UNA", "UNK", "UNO")),
        *((code, "GBR") for code in ("GBD", "GBO", "GBP", "GBS")),
    ],
)
def test_codes_as_they_stand_on_papers(typed, kept):
    assert issuers.normalise(typed) == kept
    assert issuers.is_issuer(kept)


@pytest.mark.parametrize(
    "typed",
    ["", "XXA", "XXB", "XXC", "XXX", "UTO", "IAO", "ANT", "NTZ", "XCT", "EU", "CHINA", "中国", "DE", "   "],
)
def test_what_issues_nothing(typed):
    assert not issuers.is_issuer(issuers.normalise(typed))


def test_the_list_has_every_state_once_and_names_all():
    codes = [code for code, _label in issuers.choices()]
    assert len(codes) == len(set(codes)) == 265
    assert all(len(label.split(" ", 1)[1]) > 1 for _code, label in issuers.choices())


def of_before(user, number=NUMBER, **fields):
    """A passport as it was given before countries were asked for."""
    hashed = number_hash("passport", number)
    values = {"kind": "passport", "legal_name": "LI MING", "status": "checked", "checked_at": now()} | fields
    return Identity.objects.create(user=user, number=number, number_hash=hashed, **values)


def give(user, country="CHN", number=NUMBER, name="LI MING"):
    return set_identity(user, "passport", name, number, actor(user), country=country)


@pytest.mark.django_db
class TestOnePaper:
    def test_a_number_of_two_countries_is_two_papers(self):
        first, second, third = UserFactory(), UserFactory(), UserFactory()
        assert give(first).country == "CHN"
        assert give(second, "fra").country == "FRA"
        with pytest.raises(Conflict) as refused:
            give(third)
        assert refused.value.code == "identity_taken"
        assert masked_paper(first) == "护照 CHN 中国 P******7"

    def test_without_or_with_a_wrong_country_nothing_is_kept(self):
        user = UserFactory()
        for country in ("", "ZZZ", "XXB"):
            with pytest.raises(Invalid) as refused:
                give(user, country)
            assert set(refused.value.details["fields"]) == {"country"}
        assert not Identity.objects.exists()

    def test_other_papers_keep_no_country(self):
        user = UserFactory()
        held = set_identity(user, "taiwan", "王芳", "12345678", actor(user), country="TWN")
        assert held.country == ""

    def test_one_of_before_stays_and_is_asked_at_the_next_change(self):
        user, other = UserFactory(), UserFactory()
        of_before(user)
        with pytest.raises(Invalid):
            give(user, "", name="LI MIN")
        with pytest.raises(Conflict):
            give(other, "FRA")
        assert give(user, "CHN", name="LI MIN").country == "CHN"
        assert AuditRow.objects.get(action="identity.correct").data["changed"] == ["legal_name", "country"]
        assert give(other, "FRA").country == "FRA"

    def test_staff_put_it_down_when_they_see_the_paper(self):
        user, other = UserFactory(), UserFactory()
        of_before(user)
        officer = require_role(member("officer"), "officer")
        with pytest.raises(Invalid):
            verify_identity(user, officer, reason="窗口核对原件")
        held = verify_identity(user, officer, reason="窗口核对原件", country="D<<")
        assert (held.status, held.country) == ("verified", "D")
        give(other, "CHN")
        assert verify_identity(user, officer, reason="窗口核对原件", country="FRA").country == "D"

    def test_one_verified_before_can_have_it_added_but_not_anothers(self):
        user, other = UserFactory(), UserFactory()
        give(other, "CHN")
        of_before(user, status="verified")
        officer = require_role(member("officer"), "officer")
        assert verify_identity(user, officer, reason="窗口核对原件").country == ""
        with pytest.raises(Conflict):
            verify_identity(user, officer, reason="窗口核对原件", country="CHN")
        assert verify_identity(user, officer, reason="窗口核对原件", country="FRA").country == "FRA"

    def test_a_list_finds_the_one_who_has_it_and_neither_of_two(self):
        first, second = UserFactory(), UserFactory()
        officer = require_role(member("officer"), "officer")
        give(first)
        verify_identity(first, officer, reason="窗口核对原件")
        who, faults = named("LI MING", "", "passport", NUMBER, date(2026, 3, 2))
        assert faults == []
        assert by_paper([who.paper])[who.paper].user == first
        give(second, "FRA", name="LI MINH")
        assert by_paper([who.paper])[who.paper].user == first
        verify_identity(second, officer, reason="窗口核对原件")
        assert by_paper([who.paper]) == {}


@pytest.mark.django_db
class TestDoors:
    def test_the_page_asks_and_tells(self, client):
        user = UserFactory()
        client.force_login(user)
        page = reverse("accounts_pages:identity")
        said = {"kind": "passport", "legal_name": "LI MING", "number": NUMBER, "consent": "on"}
        answer = client.post(page, said)
        assert answer.status_code == 422
        assert 'id="id_country_error"' in answer.content.decode()
        assert client.post(page, said | {"country": "CHN"}).status_code == 302
        text = client.get(page).content.decode()
        assert "CHN 中国 · " in text
        assert "还没有填" not in text
        Identity.objects.update(country="")
        assert "签发国家或地区还没有填" in client.get(page).content.decode()

    def test_an_identity_card_needs_none(self, client):
        client.force_login(UserFactory())
        said = {"kind": "id_card", "legal_name": "王芳", "number": "11010519491231002X", "consent": "on"}
        assert client.post(reverse("accounts_pages:identity"), said | {"country": ""}).status_code == 302

    def test_by_api(self, client):
        client.force_login(UserFactory())

        def put(**said):
            body = {"kind": "passport", "legal_name": "LI MING", "number": NUMBER, "consent": True} | said
            answer = client.put("/api/v1/accounts/me/identity", json.dumps(body), "application/json")
            return answer.status_code, answer.json()

        status, refusal = put()
        assert (status, set(refusal["details"]["fields"])) == (422, {"country"})
        assert put(country="chn")[1]["country"] == "CHN"

    def test_staff_see_it_and_add_it(self, client):
        user, officer = UserFactory(), member("officer")
        of_before(user)
        officer.is_superuser = True
        officer.save()
        client.force_login(officer)
        page = reverse("rongtong_person", args=[user.uuid])
        assert 'name="country"' in client.get(page).content.decode()
        said = {"action": "verify", "reason": "窗口核对原件", "seen": client.get(page).context["seen"]}
        assert client.post(page, said).status_code == 422
        assert client.post(page, said | {"country": "CHN"}).status_code == 302
        text = client.get(page).content.decode()
        assert "CHN 中国 · " in text
        assert 'name="country"' not in text
