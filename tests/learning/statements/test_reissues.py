"""Papers again after a name was corrected: once, by their holder, with what they replace; the old ones say by what."""

from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from lms.accounts.people.export import export_person
from lms.learning import erasure
from lms.learning.certificates import queries as certificates
from lms.learning.certificates.models import Certificate, CertificateReissue
from lms.learning.certificates.services import issue as certify
from lms.learning.statements import names, queries, reissues, services
from lms.learning.statements.models import StatementReissue, YearStatement
from lms.lib.audit.models import AuditRow
from lms.lib.clock import SHANGHAI, now
from lms.lib.errors import Conflict, NotFound
from lms.lib.ids import uuid7
from lms.lib.outbox.models import OutboxEvent
from lms.lib.verify.services import check
from tests.factories.accounts import UserFactory, member
from tests.learning.clients import signed_in
from tests.learning.declarations.claims import picture
from tests.learning.statements.years import completed, named

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock"), pytest.mark.long]
CLOCK = datetime(2026, 3, 10, 12, tzinfo=SHANGHAI)


def verified(user, name="沈知行"):
    named(user, name)
    return user


@pytest.fixture
def early(clock):
    """With two certificates from before anybody had verified the name."""
    found = UserFactory(display_name="139 **** 5601")
    for day in (5, 6):
        certify(completed(found, date(2026, 1, day), 300).uuid)
    clock.shift(timedelta(days=1))
    return found


class TestBeforeTheNameWasVerified:
    def test_the_new_paper_bears_the_real_name_and_the_old_one_leads_to_it(self, early):
        first = Certificate.objects.order_by("id").first()
        hours = queries.facts(early, 2026)["centihours"]
        events = OutboxEvent.objects.count()
        verified(early)
        said = OutboxEvent.objects.count()
        made = reissues.reissue_certificate(early, first.uuid)
        old, new = certificates.papers(Certificate.objects.get(pk=first.pk))
        assert (old.holder_name, old.real_name) == ("139 **** 5601", False)
        assert (new.holder_name, new.real_name, new.replaces) == ("沈知行", True, first.number)
        assert made.correction is None
        gone, there = verdict(certificates.verify_url(old)), verdict(certificates.verify_url(new))
        assert gone.status == "replaced"
        assert made.number in gone.note
        assert "实名核实" in gone.note
        assert there.status == "valid"
        assert ("代替", first.number) in there.rows
        assert not there.note
        assert certificates.content(new)["replaces_why"] == "实名核实"
        assert certificates.pdf(new).startswith(b"%PDF")
        # The hours and the ledger know nothing of it; search is told, which finds the paper by its name.
        assert queries.facts(early, 2026)["centihours"] == hours
        assert said >= events
        since = OutboxEvent.objects.order_by("id").values_list("kind", flat=True)[said:]
        assert list(since) == ["certificate.reissued"]
        row = AuditRow.objects.get(action="certificate.reissue")
        assert (row.target, row.person) == (first.uuid, early.uuid)

    def test_once(self, early):
        verified(early)
        uuid = Certificate.objects.order_by("id").first().uuid
        made = [reissues.reissue_certificate(early, uuid) for _ in range(3)]
        assert len({row.pk for row in made}) == 1
        assert reissues.reissue_certificate(early, made[0].uuid) == made[0]
        again = made[0]
        again.pk, again.uuid, again.number, again.replaces, again.ordinal = None, uuid7(), "RT-X", "RT-Y", 2
        with pytest.raises(IntegrityError), transaction.atomic():
            again.save(force_insert=True)

    def test_not_before_the_name_is_verified(self, early):
        with pytest.raises(Conflict) as refusal:
            reissues.reissue_certificate(early, Certificate.objects.first().uuid)
        assert refusal.value.code == "not_verified"
        assert reissues.old_papers(early) == []

    def test_a_withdrawn_one_and_another_s_are_not_issued_again(self, early):
        verified(early)
        first, second = Certificate.objects.order_by("id")
        Certificate.objects.filter(pk=first.pk).update(
            withdrawn_at=now(), withdrawn_reason="学习时间经核实不足"
        )
        with pytest.raises(Conflict):
            reissues.reissue_certificate(early, first.uuid)
        assert [item.uuid for item in reissues.old_papers(early)] == [second.uuid]
        with pytest.raises(NotFound):
            reissues.reissue_certificate(verified(UserFactory(), "何其多"), second.uuid)

    def test_a_later_correction_replaces_the_second_paper(self, early, clock):
        verified(early)
        uuid = Certificate.objects.order_by("id").first().uuid
        second = reissues.reissue_certificate(early, uuid)
        clock.shift(timedelta(days=1))
        correction = corrected(early, "沈知衡", clock=clock)
        third = reissues.reissue_certificate(early, uuid)
        assert (third.correction, third.replaces, third.holder_name) == (correction, second.number, "沈知衡")
        # One that was never issued again bears no name that was put right: it had none.
        other = reissues.reissue_certificate(early, Certificate.objects.order_by("id").last().uuid)
        assert (other.correction, other.holder_name) == (None, "沈知衡")
        assert reissues.old_papers(early) == []

    def test_pages_offer_it_after_verification_alone(self, early):
        client, first = signed_in(early), Certificate.objects.order_by("id").first()
        course = reverse("learning:course", args=[first.completion.enrolment.uuid])
        pages = (course, reverse("learning:home"), reverse("accounts_pages:identity"))
        button = reverse("hours:reissue")
        for page in pages:
            assert button not in client.get(page).content.decode()
        verified(early)
        for page in pages:
            assert button in client.get(page).content.decode()
        asked = {"kind": "certificate", "paper": str(first.uuid), "next": course}
        answer = client.post(button, asked)
        assert (answer.status_code, answer.url) == (302, course)
        made = CertificateReissue.objects.get()
        shown = client.get(course).content.decode()
        assert button not in shown
        assert made.number in shown
        assert client.post(button, {"kind": "unnamed", "next": "//evil.example/"}).url == reverse(
            "hours:name"
        )
        assert CertificateReissue.objects.count() == 2
        for page in pages:
            assert button not in client.get(page).content.decode()


@pytest.fixture
def user(clock):
    """With a certificate and a statement from before."""
    found = named(UserFactory(), "吴名达")
    certify(completed(found, date(2026, 1, 5), 300).uuid)
    services.issue(found, 2026)
    clock.shift(timedelta(days=1))
    return found


def corrected(user, name="吴明达", clock=None):
    made = names.ask(user, name=name, why="身份证上是“明”", files=[picture()])
    found = names.decide(member("officer"), made.uuid, accept=True, reason="已核对身份证原件")
    if clock:
        clock.shift(timedelta(days=1))
    return found


def verdict(code):
    return check(code[0])[1]


class TestCertificate:
    def test_a_new_paper_names_the_one_it_replaces(self, user, clock):
        correction = corrected(user, clock=clock)
        first = Certificate.objects.get()
        made = reissues.reissue_certificate(user, first.uuid)
        old, new = certificates.papers(Certificate.objects.get())
        assert (new.number, new.replaces, old.replaced_by) == (made.number, first.number, made.number)
        assert (old.holder_name, new.holder_name) == ("吴名达", "吴明达")
        assert made.number != first.number
        assert made.correction == correction
        assert certificates.content(new)["replaces"] == first.number
        assert certificates.pdf(new).startswith(b"%PDF")
        assert certificates.pdf(old).startswith(b"%PDF")
        gone, there = verdict(certificates.verify_url(old)), verdict(certificates.verify_url(new))
        assert gone.status == "replaced"
        assert made.number in gone.note
        assert "2026-03-12" in gone.note
        assert "姓名更正" in gone.note
        assert not [value for _label, value in gone.rows if "吴" in value]
        assert there.status == "valid"
        assert ("代替", first.number) in there.rows
        assert ("持有人", "吴＊＊") in there.rows

    def test_again_is_the_same_paper(self, user, clock):
        corrected(user, clock=clock)
        uuid = Certificate.objects.get().uuid
        made = [reissues.reissue_certificate(user, uuid) for _ in range(3)]
        assert len({row.pk for row in made}) == 1
        assert reissues.reissue_certificate(user, made[0].uuid) == made[0]

    def test_a_second_correction_replaces_the_second_paper(self, user, clock):
        corrected(user, clock=clock)
        uuid = Certificate.objects.get().uuid
        second = reissues.reissue_certificate(user, uuid)
        clock.shift(timedelta(days=1))
        corrected(user, "吴明理", clock=clock)
        third = reissues.reissue_certificate(user, uuid)
        assert (third.replaces, third.ordinal, third.holder_name) == (second.number, 2, "吴明理")
        assert [item.replaced_by for item in certificates.papers(Certificate.objects.get())] == [
            second.number,
            third.number,
            "",
        ]

    def test_nothing_without_a_correction_since(self, user, clock):
        with pytest.raises(Conflict) as refusal:
            reissues.reissue_certificate(user, Certificate.objects.get().uuid)
        assert refusal.value.code == "no_correction"
        corrected(user, clock=clock)
        later = certify(completed(user, date(2026, 3, 11), 100).uuid)
        with pytest.raises(Conflict) as refusal:
            reissues.reissue_certificate(user, later.uuid)
        assert refusal.value.code == "name_right"
        assert not CertificateReissue.objects.exists()

    def test_a_withdrawn_one_stays_withdrawn(self, user, clock):
        corrected(user, clock=clock)
        Certificate.objects.update(withdrawn_at=now(), withdrawn_reason="学习时间经核实不足")
        with pytest.raises(Conflict):
            reissues.reissue_certificate(user, Certificate.objects.get().uuid)
        assert [item.kind for item in reissues.old_papers(user)] == ["statement"]

    def test_one_s_own_only(self, user, clock):
        corrected(user, clock=clock)
        other = named(UserFactory(), "李想")
        corrected(other, "李响", clock=clock)
        with pytest.raises(NotFound):
            reissues.reissue_certificate(other, Certificate.objects.get().uuid)
        with pytest.raises(NotFound):
            reissues.reissue_statement(other, YearStatement.objects.get().uuid)

    def test_the_provider_s_staff_read_both(self, user, clock):
        corrected(user, clock=clock)
        row = Certificate.objects.get()
        made = reissues.reissue_certificate(user, row.uuid)
        teacher = member("teacher", row.completion.release.provider)
        client = signed_in(teacher)
        for uuid in (row.uuid, made.uuid):
            assert client.get(reverse("certificates:pdf", args=[uuid])).status_code == 200
        assert (
            signed_in(member("teacher")).get(reverse("certificates:pdf", args=[made.uuid])).status_code == 404
        )

    def test_what_follows_names_the_paper_in_force(self, user, clock):
        corrected(user, clock=clock)
        made = reissues.reissue_certificate(user, Certificate.objects.get().uuid)
        assert queries.facts(user, 2026)["records"][0]["certificate"] == made.number
        answer = signed_in(user).get("/api/v1/learning/completions").json()[0]["certificate"]
        assert (answer["number"], answer["replaces"]) == (made.number, made.replaces)

    def test_export_and_erasure(self, user, clock):
        corrected(user, clock=clock)
        made = reissues.reissue_certificate(user, Certificate.objects.get().uuid)
        assert "吴明达" in str(export_person(user))
        erasure.erase(user)
        made.refresh_from_db()
        assert made.holder_name == ""
        new = certificates.paper(made.uuid)
        assert "持有人已注销" in str(verdict(certificates.verify_url(new)).rows)


class TestStatement:
    def test_it_says_what_the_old_one_said_in_the_right_name(self, user, clock):
        corrected(user, clock=clock)
        # What came since is in no paper that stands for the old one.
        completed(user, date(2026, 3, 11), 100)
        old = YearStatement.objects.get()
        made = reissues.reissue_statement(user, old.uuid)
        before, after = queries.content_of(old), queries.content_of(made)
        assert (after["name"], after["supersedes"], made.version) == ("吴明达", old.number, 2)
        assert (after["records"], after["centihours"]) == (before["records"], before["centihours"])
        assert after["replaces"] == {"number": old.number, "reason": "name_corrected"}
        old = queries.own(user, old.uuid)
        gone, there = verdict(queries.verify_address(old)), verdict(queries.verify_address(made))
        assert (gone.status, queries.state_of(old)) == ("replaced", "replaced")
        assert made.number in gone.note
        assert "吴" not in str(gone)
        assert there.status == "valid"
        assert ("代替", old.number) in there.rows

    def test_again_is_the_same_and_one_for_a_correction(self, user, clock):
        corrected(user, clock=clock)
        old = YearStatement.objects.get()
        made = [reissues.reissue_statement(user, old.uuid) for _ in range(3)]
        assert len({row.pk for row in made}) == 1
        with pytest.raises(Conflict):
            reissues.reissue_statement(user, made[0].uuid)
        assert StatementReissue.objects.count() == 1

    def test_what_says_the_same_is_not_issued_once_more(self, clock):
        user = named(UserFactory(), "吴名达")
        completed(user, date(2026, 1, 5), 300)
        old = services.issue(user, 2026)
        clock.shift(timedelta(days=1))
        corrected(user, clock=clock)
        made = reissues.reissue_statement(user, old.uuid)
        assert services.issue(user, 2026) == made

    def test_it_shows_no_more_than_the_old_one(self, user, clock):
        old = queries.own(user, YearStatement.objects.get().uuid)
        services.set_link(user, old, hidden=True, ends_on=date(2026, 12, 31))
        corrected(user, clock=clock)
        made = reissues.reissue_statement(user, old.uuid)
        assert (made.link.hidden, made.link.ends_on) == (True, date(2026, 12, 31))
        assert verdict(queries.verify_address(old)).status == "hidden"

    def test_what_was_revoked_or_superseded_is_refused(self, user, clock):
        old = queries.own(user, YearStatement.objects.get().uuid)
        corrected(user, clock=clock)
        completed(user, date(2026, 3, 11), 100)
        services.issue(user, 2026)
        with pytest.raises(Conflict) as refusal:
            reissues.reissue_statement(user, old.uuid)
        assert refusal.value.code == "superseded"
        services.revoke(user, old)
        with pytest.raises(Conflict) as refusal:
            reissues.reissue_statement(user, old.uuid)
        assert refusal.value.code == "already_revoked"
        assert [item.kind for item in reissues.old_papers(user)] == ["certificate"]

    def test_rows_are_for_good(self, user, clock):
        corrected(user, clock=clock)
        reissues.reissue_statement(user, YearStatement.objects.get().uuid)
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM learning_statementreissue")


class TestPages:
    def test_the_holder_sees_what_can_be_issued_again_and_does_it(self, user, clock):
        correction = corrected(user, clock=clock)
        client = signed_in(user)
        page = client.get(reverse("hours:name")).content.decode()
        assert Certificate.objects.get().number in page
        assert YearStatement.objects.get().number in page
        assert client.post(reverse("hours:reissue")).status_code == 302
        assert reissues.old_papers(user) == []
        page = client.get(reverse("hours:name")).content.decode()
        made = CertificateReissue.objects.get()
        assert made.number in page
        assert f"代替 {made.replaces}（姓名更正）" in page
        officer = signed_in(member("officer"), staff=True)
        case = officer.get(reverse("learning_name", args=[correction.uuid])).content.decode()
        assert made.number in case
        assert made.replaces in case
        statement = StatementReissue.objects.get()
        for row in (statement.statement, statement.replaces):
            assert client.get(reverse("hours:statement", args=[row.uuid])).status_code == 200
            assert client.get(reverse("hours:statement_pdf", args=[row.uuid])).content.startswith(b"%PDF")
        old = client.get(reverse("hours:statement", args=[statement.replaces.uuid])).content.decode()
        assert f"由 {statement.statement.number} 代替，原因：姓名更正" in old
        check_page = Client().get(f"/verify/{certificates.verify_url(Certificate.objects.get())[0]}/")
        assert "已由新的一份代替" in check_page.content.decode()

    @pytest.mark.parametrize("asked", [{"kind": "statement", "paper": "x"}, {"kind": "x", "paper": "0" * 32}])
    def test_nonsense(self, user, asked):
        assert signed_in(user).post(reverse("hours:reissue"), asked).status_code == 404

    def test_for_programs(self, user, clock):
        corrected(user, clock=clock)
        client = signed_in(user)
        found = client.get("/api/v1/learning/statements/reissues").json()
        assert {item["kind"] for item in found["old"]} == {"certificate", "statement"}
        asked = {"kind": "certificate", "uuid": found["old"][0]["uuid"]}
        answers = [
            client.post("/api/v1/learning/statements/reissues", asked, content_type="application/json")
            for _ in range(2)
        ]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[0].json() == answers[1].json()
        again = client.get("/api/v1/learning/statements/reissues").json()
        assert [item["kind"] for item in again["old"]] == ["statement"]
        assert [item["kind"] for item in again["replaced"]] == ["certificate"]
