"""A wrong name put right: with evidence, by an officer, never one's own; papers stay, what comes after bears the new one."""

from datetime import date, datetime

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from lms.accounts.api import name_fault, real_name, real_name_status
from lms.accounts.models import Identity
from lms.accounts.people.export import export_person
from lms.learning.statements import erasure, names, queries, services
from lms.learning.statements.models import NameFile, NameRequest, PaperContent
from lms.lib.audit.models import AuditRow
from lms.lib.clock import SHANGHAI, now
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.verify.services import check
from tests.factories.accounts import UserFactory, member
from tests.learning.clients import signed_in
from tests.learning.declarations.claims import picture
from tests.learning.statements.years import completed, named

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock"), pytest.mark.long]
CLOCK = datetime(2026, 3, 10, 12, tzinfo=SHANGHAI)


@pytest.fixture
def user():
    return named(UserFactory(), "吴名达")


def asked(user, **changes):
    values = {"name": "吴明达", "why": "身份证上是“明”", "files": [picture()]} | changes
    return names.ask(user, **values)


class TestTheWay:
    def test_accepted_the_name_changes_and_old_papers_stay(self, user):
        completed(user, date(2026, 1, 5), 300)
        old = services.issue(user, 2026)
        number = Identity.objects.get(user=user).number
        officer = member("officer")
        row = names.decide(officer, asked(user).uuid, accept=True, reason="已核对身份证原件")
        assert (row.state, row.decided_by, row.body) == (
            "accepted",
            officer,
            officer.memberships.get().organisation,
        )
        assert (real_name(user), real_name_status(user)) == ("吴明达", "verified")
        assert Identity.objects.get(user=user).number == number
        assert queries.content_of(old)["name"] == "吴名达"
        new = services.issue(user, 2026)
        content = queries.content_of(new)
        assert (content["name"], content["supersedes"], new.version) == ("吴明达", old.number, 2)

    def test_refused_nothing_changes(self, user):
        names.decide(member("officer"), asked(user).uuid, accept=False, reason="照片看不清")
        assert real_name(user) == "吴名达"
        assert asked(user).state == "asked"

    def test_it_is_recorded_without_the_names(self, user):
        officer = member("officer")
        made = asked(user)
        names.decide(officer, made.uuid, accept=True, reason="已核对身份证原件")
        rows = AuditRow.objects.filter(target__in=[made.uuid, user.uuid], at__gte=now())
        assert {row.action for row in rows} >= {
            "name_request.ask",
            "identity.correct",
            "name_request.accepted",
        }
        assert "吴" not in str([(row.reason, row.data) for row in rows])

    def test_withdrawn(self, user):
        made = asked(user)
        assert names.withdraw(user, made.uuid).state == "withdrawn"
        with pytest.raises(Conflict):
            names.withdraw(user, made.uuid)
        with pytest.raises(Conflict):
            names.decide(member("officer"), made.uuid, accept=True, reason="已核对身份证原件")
        assert real_name(user) == "吴名达"


class TestWho:
    @pytest.mark.parametrize("role", ["hr", "reviewer", "auditor", "admin", "teacher", "assessor"])
    def test_only_officers_decide_and_look(self, user, role):
        made, other = asked(user), member(role)
        with pytest.raises(NotAllowed):
            names.decide(other, made.uuid, accept=True, reason="已核对身份证原件")
        with pytest.raises(NotFound):
            names.for_review(other, made.uuid)
        with pytest.raises(NotFound):
            names.evidence_for(other, NameFile.objects.get().uuid)
        with pytest.raises(NotFound):
            names.withdraw(other, made.uuid)
        assert real_name(user) == "吴名达"

    def test_nobody_decides_on_their_own(self):
        officer = named(member("officer"), "吴名达")
        made = asked(officer)
        with pytest.raises(NotAllowed, match="自己"):
            names.decide(officer, made.uuid, accept=True, reason="已核对身份证原件")
        with pytest.raises(NotFound):
            names.for_review(officer, made.uuid)
        assert list(names.queue(officer, "asked")) == []

    def test_an_officers_look_stands_in_the_persons_list(self, user):
        made, officer = asked(user), member("officer")
        names.for_review(officer, made.uuid)
        names.evidence_for(officer, NameFile.objects.get().uuid)
        rows = AuditRow.objects.filter(target=user.uuid, person=officer.uuid)
        assert sorted(rows.values_list("action", flat=True)) == ["evidence.view", "name_request.view"]
        names.evidence_for(user, NameFile.objects.get().uuid)
        assert rows.count() == 2


class TestRefused:
    @pytest.mark.parametrize(
        "changes",
        [
            {"name": "x"},
            {"name": "吴明达1"},
            {"name": "吴名达"},
            {"name": "a\0b"},
            {"why": " "},
            {"why": "a\0b"},
            {"why": "x" * 1001},
            {"files": []},
            {"files": [picture(content=b"GIF89a")]},
            {"files": [picture() for _ in range(6)]},
        ],
    )
    def test_what_cannot_be(self, user, changes):
        with pytest.raises(Invalid):
            asked(user, **changes)
        assert not NameRequest.objects.exists()
        assert not NameFile.objects.exists()

    def test_a_name_that_nobody_verified_is_corrected_by_oneself(self):
        with pytest.raises(Conflict, match="自己改"):
            asked(UserFactory())

    def test_a_second_one_while_one_is_open(self, user):
        asked(user)
        with pytest.raises(Conflict, match="已有一份"):
            asked(user)
        assert NameRequest.objects.count() == 1
        assert NameFile.objects.count() == 1
        with pytest.raises(IntegrityError), transaction.atomic():
            NameRequest.objects.create(person=user, old_name="a", new_name="b", why="c", asked_at=now())

    @pytest.mark.parametrize("reason", ["", "好", "a\0bcd", "x" * 1001])
    def test_a_decision_says_why(self, user, reason):
        with pytest.raises(Invalid):
            names.decide(member("officer"), asked(user).uuid, accept=True, reason=reason)
        assert real_name(user) == "吴名达"

    @pytest.mark.parametrize(
        ("name", "wrong"), [("吴明达", False), ("Anna Wu", False), ("吴", True), ("1", True)]
    )
    def test_what_a_name_looks_like(self, name, wrong):
        assert bool(name_fault(name)) == wrong


class TestPages:
    def test_from_asking_to_the_decision(self, user):
        client = signed_in(user)
        page = client.get(reverse("hours:name")).content.decode()
        assert "吴＊＊" in page
        assert client.post(reverse("hours:name"), {"name": "吴明达", "why": "写错了"}).status_code == 422
        form = {"name": "吴明达", "why": "身份证上是“明”", "evidence": picture()}
        assert client.post(reverse("hours:name"), form).status_code == 302
        made = NameRequest.objects.get()
        file = NameFile.objects.get()
        assert client.get(reverse("hours:name_evidence", args=[file.uuid])).status_code == 200
        officer = signed_in(member("officer"), staff=True)
        assert (
            reverse("learning_name", args=[made.uuid])
            in officer.get(reverse("learning_names")).content.decode()
        )
        address = reverse("learning_name", args=[made.uuid])
        assert "吴名达" in officer.get(address).content.decode()
        assert officer.post(address, {"action": "accept", "reason": "好"}).status_code == 422
        assert officer.post(address, {"action": "burn", "reason": "已核对原件"}).status_code == 422
        assert officer.post(address, {"action": "accept", "reason": "已核对原件"}).status_code == 302
        assert real_name(user) == "吴明达"
        assert "已核对原件" in client.get(reverse("hours:name")).content.decode()
        assert officer.post(address, {"action": "refuse", "reason": "已核对原件"}).status_code == 409

    def test_others(self, user):
        made, other = asked(user), signed_in(member("reviewer"), staff=True)
        assert other.get(reverse("learning_names")).status_code == 403
        assert other.get(reverse("learning_name", args=[made.uuid])).status_code == 403
        assert other.post(reverse("hours:withdraw_name", args=[made.uuid])).status_code == 404
        assert (
            other.get(reverse("hours:name_evidence", args=[NameFile.objects.get().uuid])).status_code == 404
        )
        assert Client().get(reverse("hours:name")).status_code == 302


class TestOnesOwnData:
    def test_the_export_has_everything(self, user, django_assert_max_num_queries):
        completed(user, date(2026, 1, 5), 300)
        made = services.issue(user, 2026)
        asked(user)
        part = export_person(user)["statements"]
        assert part["year_statements"][0]["number"] == made.number
        assert part["year_statements"][0]["content"]["name"] == "吴名达"
        assert part["name_requests"][0]["new_name"] == "吴明达"

    def test_erasure_takes_the_words_and_leaves_the_hashes(self, user):
        made = services.issue(user, 2026)
        code = queries.verify_address(made)[0]
        request = asked(user)
        assert list(erasure.obstacles(user))
        names.withdraw(user, request.uuid)
        assert not list(erasure.obstacles(user))
        file = NameFile.objects.get().file
        things = erasure.erase(user)
        assert {made.uuid, request.uuid} <= set(things)
        assert not PaperContent.objects.exists()
        assert not file.storage.exists(file.name)
        assert NameRequest.objects.get().new_name == ""
        _code, verdict = check(code)
        assert (verdict.status, verdict.rows) == ("revoked", [])
        assert erasure.erase(user) == things
