"""An erased account leaves numbers without a name: nothing of the person is found in any table, and the books still hold."""

from datetime import date, datetime
from pathlib import Path

import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import Error, connection, transaction
from django.urls import reverse

from courses.models import ReleaseLesson
from creditbank.applications import services as applying
from creditbank.outcomes.models import OutcomeEvidence
from creditbank.outcomes.services import Deposit, deposit, verify_outcome
from creditbank.transcripts.services import make_transcript, verify_address
from lms.accounts.api import register_erasure_part, reveal_identity, set_identity, verify_identity
from lms.accounts.employment.rules import Person
from lms.accounts.employment.services import confirm, load_roster
from lms.accounts.erasure import account, services, tasks
from lms.accounts.erasure.models import Erasure
from lms.accounts.erasure.registry import ErasurePart
from lms.accounts.models import Employment, Identity, Membership, RosterLine, User
from lms.accounts.organisations import invitations
from lms.accounts.organisations.queries import actor
from lms.accounts.people.sender import keep_for_demo
from lms.accounts.people.services import add_person, phone_proved, set_display_name
from lms.learning.assessment import services as quizzes
from lms.learning.certificates.services import issue
from lms.learning.completion.models import Completion
from lms.learning.declarations.decisions import Verdict, review
from lms.learning.declarations.models import DeclarationStep, WorkCredit
from lms.learning.erasure import erase as erase_learning
from lms.learning.records.models import H5PState
from lms.learning.records.services import keep_statement
from lms.learning.study.offline.services import issue_ticket
from lms.lib.actor import Actor
from lms.lib.appendonly import ErasableModel
from lms.lib.audit.models import AuditRow
from lms.lib.audit.services import erase_text, record
from lms.lib.clock import SHANGHAI
from lms.lib.crypto import decrypt
from lms.lib.errors import Conflict
from lms.lib.ids import uuid7
from lms.lib.jobs.models import Job
from lms.lib.jobs.services import run
from lms.lib.outbox.services import deliver_pending
from lms.lib.verify.services import check
from lms.lib.verify.services import issue as code_of
from tests.factories.accounts import PASSWORD, OrganisationFactory, UserFactory, member
from tests.factories.creditbank import certificate, college, programme, rule_version
from tests.factories.creditbank import member as reviewer_of
from tests.factories.learning import SECOND, blocks, enrolment, opened, send
from tests.learning.declarations.claims import House, accept
from tests.learning.declarations.claims import rule as hours_rule

pytestmark = [pytest.mark.django_db, pytest.mark.long]
NAME, CALLED = "欧阳晓晨", "晓晨同学"
PHONE, EMAIL = "+8619012345678", "xiaochen@example.com"
PAPER, SKILL = "11010519491231002X", "S000131000123243000456"
TRACES = (NAME, CALLED, PHONE[3:], "190 **** 5678", EMAIL, PAPER, SKILL, "X-2024-0017")
TRACES += ("质检员",)
SYSTEM = Actor.system("tests")
ERASABLE = [model for model in apps.get_models() if issubclass(model, ErasableModel)]


@pytest.fixture
def clock():
    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=SHANGHAI), tick=False) as traveller:
        yield traveller


@pytest.fixture
def person(clock):
    """Someone who proved a phone, gave and had verified a real name, and is on record with both."""
    user = UserFactory(phone=None, phone_verified=False, email=EMAIL)
    phone_proved(user, PHONE, keep_password=True)
    keep_for_demo(PHONE, "验证码 123456")
    set_display_name(user, CALLED)
    set_identity(user, "id_card", NAME, PAPER, actor(user))
    officer = member("officer", OrganisationFactory(kind="authority"))
    verify_identity(user, actor(officer, "officer"), reason=f"窗口核对{NAME}的原件")
    reveal_identity(officer, user, f"{NAME}来电查询")
    employer = OrganisationFactory(kind="enterprise")
    row = Person(NAME, PHONE, EMAIL, PAPER, "机加工车间", "质检员", date(2026, 1, 5))
    load_roster(SYSTEM, employer, [row])
    confirm(user, RosterLine.objects.get())
    administrator = member("admin", OrganisationFactory())
    invitations.invite(PHONE, administrator.memberships.get().organisation, "editor", administrator)
    return user


def studied(user, clock):
    """A completed course with its certificate, answers and a state of an exercise."""
    item = enrolment(user=user, with_quiz=True)
    for place in range(2):
        page = opened(item, place)
        clock.shift(120)
        met = {blocks(item, place)[0]["id"]: [[0, blocks(item, place)[0]["nominal_ms"]]]}
        send(page.session, 1, until=120 * SECOND, coverage=met, state="leaving")
    lesson = item.release.lessons.all()[2]
    block = lesson.blocks[0]
    attempt = quizzes.begin(user, item, lesson, block["id"])
    quizzes.submit(user, attempt, {block["value"]["questions"][0]["id"]: ["a"]})
    H5PState.objects.create(person=user, content=uuid7(), state={"0": NAME}, updated_at=clock_now())
    made = issue(Completion.objects.get(enrolment=item).uuid)
    deliver_pending()
    return made


def clock_now():
    return datetime.now(SHANGHAI)


def recognised(user):
    """A certificate that became credits, one that nobody looked at, and a transcript."""
    version = rule_version(programme())
    outcome = certificate(user, number=SKILL)
    deposit(
        user,
        Deposit("x_certificate", "数据分析", "", None, "机构", "X-2024-0017", date(2024, 1, 1)),
        [SimpleUploadedFile(f"{NAME}的证书.pdf", b"%PDF-1.7 x")],
    )
    application = applying.submit(user, applying.Wish(outcome.uuid, version.rule.code, version.number))
    reviewer = reviewer_of("reviewer", college())
    verify_outcome(reviewer, outcome, method="original", note=f"{NAME}本人持原件")
    applying.decide(reviewer, application, approve=True, reason=f"{NAME}符合规则")
    return make_transcript(user)


def erased(user, clock) -> None:
    services.ask(user)
    clock.shift(services.COOLING_OFF)
    assert services.order_due() == 1
    job = Job.objects.get(kind="accounts.erase")
    run(job.id)
    job.refresh_from_db()
    assert (job.state, job.result) == ("done", {"done": True})


def found_anywhere(needles) -> list[str]:
    """table.column of every value in the database that holds one of the texts, also behind the field keys."""
    hits = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            columns = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for column, value in zip(columns, row, strict=True):
                    text = str(value)
                    if text.startswith("gAAAA"):
                        text = decrypt(text)
                    plain = text.encode().decode("unicode_escape", "ignore") if "\\u" in text else text
                    hits += [f"{table}.{column}" for needle in needles if needle in text or needle in plain]
    return sorted(set(hits))


def test_nothing_of_the_person_is_found_and_the_books_hold(person, clock):
    paper = studied(person, clock)
    transcript = recognised(person)
    code = verify_address(transcript)[0]
    files = [Path(row.file.path) for row in OutcomeEvidence.objects.filter(outcome__holder=person)]
    assert [path.is_file() for path in files] == [True]
    before = found_anywhere(TRACES)
    assert {"accounts_user.phone", "accounts_identity.number", "lib_auditrow.reason"} <= set(before)
    assert {"learning_certificate.holder_name", "creditbank_transcriptsnapshot.content"} <= set(before)

    erased(person, clock)

    assert found_anywhere(TRACES) == []
    assert [path.is_file() for path in files] == [False]
    kept = Path(settings.HOME) / "outbox-codes.log"
    assert not kept.exists() or PHONE not in kept.read_text()
    call_command("audit_ledger")
    call_command("audit_study")
    person.refresh_from_db()
    assert str(person) == "已注销的人"
    # The paper is genuine, and whose it was is nobody's business any more.
    _code, verdict = check(code_of("certificate", paper.uuid))
    assert verdict.status == "valid"
    assert "持有人已注销" in dict(verdict.rows).values()
    _code, verdict = check(code)
    assert (verdict.status, verdict.rows, verdict.note) == ("revoked", [], "持有人已注销。")
    assert Employment.objects.get(user=person).ended_at is not None
    # Who did what and when stays on record.
    assert AuditRow.objects.filter(action="identity.reveal", target=person.uuid, erased=True).count() == 1
    assert AuditRow.objects.filter(action="person.erase", target=person.uuid).count() == 1


def test_the_same_number_begins_anew_as_somebody_else(person, clock):
    erased(person, clock)
    again = add_person(password=PASSWORD, phone=PHONE, email=EMAIL)
    assert again.uuid != person.uuid
    set_identity(again, "id_card", NAME, PAPER, actor(again))
    assert not again.outcomes.exists()


def test_sign_in_ends_everywhere(person, clock, client):
    client.force_login(person)
    assert client.get("/me/").status_code == 200
    erased(person, clock)
    assert client.get("/me/").status_code == 302
    for login in (PHONE, EMAIL):
        client.post(reverse("account_login"), {"login": login, "password": PASSWORD})
        assert client.get("/me/").status_code == 302


def test_what_is_open_stands_in_the_way_by_name(person, clock):
    organisation = OrganisationFactory(name="青申学院")
    Membership.objects.create(user=person, organisation=organisation, role="admin", since=date(2026, 1, 1))
    version = rule_version(programme())
    application = applying.submit(
        person, applying.Wish(certificate(person).uuid, version.rule.code, version.number)
    )
    with pytest.raises(Conflict) as refusal:
        services.ask(person)
    reasons = refusal.value.details["reasons"]
    assert any("青申学院" in reason for reason in reasons)
    assert any("电工" in reason and "机电一体化技术" in reason for reason in reasons)
    assert not Erasure.objects.exists()
    applying.withdraw(person, application)
    member("admin", organisation)
    assert services.ask(person)


def test_what_is_opened_meanwhile_puts_it_off(person, clock):
    services.ask(person)
    version = rule_version(programme())
    application = applying.submit(
        person, applying.Wish(certificate(person).uuid, version.rule.code, version.number)
    )
    clock.shift(services.COOLING_OFF)
    assert services.order_due() == 0
    assert services.carry_out(Erasure.objects.get().uuid) is False
    person.refresh_from_db()
    assert person.is_active
    assert Identity.objects.filter(user=person).exists()
    applying.withdraw(person, application)
    assert services.order_due() == 1


def test_the_days_to_think_it_over(person, clock, client):
    services.ask(person)
    assert services.ask(person) == Erasure.objects.get()
    clock.shift(services.COOLING_OFF.total_seconds() - 1)
    assert services.order_due() == 0
    assert services.carry_out(Erasure.objects.get().uuid) is False
    client.force_login(person)
    assert client.post(reverse("accounts_pages:erase_cancel")).status_code == 302
    clock.shift(60)
    assert services.order_due() == 0
    assert services.pending(person) is None
    assert services.ask(person)


def test_cut_off_in_the_middle_it_goes_on(person, clock, monkeypatch):
    studied(person, clock)
    services.ask(person)
    clock.shift(services.COOLING_OFF)
    uuid = Erasure.objects.get().uuid
    monkeypatch.setattr(account, "_leave_employers", lambda user: 1 / 0)
    register_erasure_part("account", ErasurePart(account.obstacles, account.erase))
    with pytest.raises(ZeroDivisionError):
        services.carry_out(uuid)
    wish = Erasure.objects.get()
    assert wish.done_at is None
    assert "learning" in wish.parts
    assert "account" not in wish.parts
    with pytest.raises(Conflict):
        services.cancel(person)
    assert Identity.objects.filter(user=person).exists()
    monkeypatch.undo()
    assert tasks.order_due() == 1
    assert services.carry_out(uuid) is True
    assert services.carry_out(uuid) is True
    assert found_anywhere(TRACES) == []
    assert AuditRow.objects.filter(action="person.erase").count() == 1


def test_the_record_lets_its_text_go_once_and_nothing_else():
    row = record(
        Actor(person=uuid7(), role="officer"), action="x.view", target_type="x", target=uuid7(), reason=NAME
    )
    wrong = (
        "UPDATE lib_auditrow SET reason = '', erased = %s, action = 'y', data = '{}'",
        "UPDATE lib_auditrow SET reason = 'z', erased = %s, data = '{}'",
        "UPDATE lib_auditrow SET reason = '', erased = %s, data = '{\"a\": 1}'",
    )
    for statement in wrong:
        with pytest.raises(Error, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [True])
    allowed = "UPDATE lib_auditrow SET reason = '', data = '{}', erased = %s"
    with connection.cursor() as cursor:
        cursor.execute(allowed, [True])
    row.refresh_from_db()
    assert (row.reason, row.erased, row.action) == ("", True, "x.view")
    for value in (True, False):
        with pytest.raises(Error, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(allowed, [value])


class TestPage:
    def test_asking_wants_the_password_again_and_a_tick(self, client, person):
        client.force_login(person)
        url = reverse("accounts_pages:erase")
        assert "申请注销" in client.get(url).content.decode()
        asked = client.post(url, {"understood": "on"})
        assert asked.status_code == 302
        assert "reauthenticate" in asked.url
        assert not Erasure.objects.exists()
        client.post(asked.url, {"password": PASSWORD})
        assert client.post(url, {}).status_code == 422
        assert client.post(url, {"understood": "on"}).status_code == 302
        assert "撤回申请" in client.get(url).content.decode()

    def test_a_superuser_is_told_what_to_do_first(self, client, clock):
        root = User.objects.create_superuser("root@example.com", PASSWORD)
        client.force_login(root)
        text = client.get(reverse("accounts_pages:erase")).content.decode()
        assert "平台管理员" in text
        assert "申请注销</button>" not in text

    def test_who_is_not_signed_in(self, client):
        for name in ("erase", "erase_cancel"):
            assert client.post(reverse(f"accounts_pages:{name}")).status_code == 302


class TestRowsThatOnlyGrow:
    """What the person typed, and what others wrote about the person's things, goes; the figures stay."""

    @pytest.fixture
    def worker(self, clock):
        house = House()
        hours_rule()
        claim = house.claim(identifier=f"论文 {NAME} 2026-7", ends_on=date(2026, 3, 2))
        claim = review(house.hr, claim, Verdict("accept", f"{NAME}属实"))
        accept(house.reviewer, claim)
        item = enrolment(user=house.worker)
        lesson = ReleaseLesson.objects.create(
            release=item.release,
            key="exercise",
            chapter_title="第一章",
            position=9,
            title="练习",
            nominal_ms=60_000,
            block_kinds=["h5p"],
            blocks=[
                {
                    "id": "ex",
                    "type": "h5p",
                    "nominal_ms": 60_000,
                    "value": {"content": str(uuid7()), "title": "练习"},
                }
            ],
        )
        answered = {
            "verb": {"id": "http://adlnet.gov/expapi/verbs/answered"},
            "object": {"id": "x"},
            "result": {"response": f"{NAME}的回答"},
        }
        keep_statement(house.worker, item, lesson, "ex", answered)
        first = item.release.lessons.all()[0].uuid
        issue_ticket(house.worker, item, first, device=f"{CALLED}的手机", device_kind="phone")
        return house.worker

    def test_lose_their_words_and_keep_their_figures(self, worker):
        places = {
            "learning_declarationstep.reason",
            "learning_statement.raw",
            "learning_studyticket.device",
            "learning_workcredit.work_key",
        }
        assert places <= set(found_anywhere([NAME, CALLED]))
        counted = WorkCredit.objects.get().counted_centihours
        erase_learning(worker)
        assert not {place for place in found_anywhere([NAME, CALLED]) if place.startswith("learning_")}
        credit = WorkCredit.objects.get()
        assert (credit.counted_centihours, credit.erased) == (counted, True)
        assert [step.act for step in DeclarationStep.objects.order_by("number")] == [
            "submit",
            "pass",
            "accept",
        ]
        erase_learning(worker)
        call_command("audit_study")

    def test_and_only_all_at_once(self, worker):
        with pytest.raises(Error, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE learning_workcredit SET work_key = '', counted_centihours = 9, erased = %s", [True]
            )


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_productions_role_removes_the_text_and_nothing_else():
    """The grants of deploy/sql as far as they concern the audit, tried as a role that owns nothing."""
    grants = Path("deploy/sql/production-grants.sql").read_text("utf-8")
    column_grant = next(part for part in grants.split("\n\n") if "rt_erasable" in part)
    row = record(Actor(person=uuid7(), role="x"), action="x", target_type="x", target=uuid7(), reason=NAME)
    role = "rongtong_app_erasing"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP ROLE IF EXISTS {role}")
        cursor.execute(f"CREATE ROLE {role}")
        cursor.execute(f"GRANT SELECT, INSERT ON lib_auditrow TO {role}")
        cursor.execute(column_grant.replace("rongtong_app", role))
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.column_privileges "
            "WHERE grantee = %s AND privilege_type = 'UPDATE'",
            [role],
        )
        granted = {(model._meta.db_table, name) for model in ERASABLE for name in (*model.blank, "erased")}
        assert set(cursor.fetchall()) == granted
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE {role}")
            assert erase_text(row.target) == 1
        with (
            pytest.raises(Error, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"SET LOCAL ROLE {role}")
            cursor.execute("UPDATE lib_auditrow SET action = 'y'")
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP OWNED BY {role}")
            cursor.execute(f"DROP ROLE {role}")
    row.refresh_from_db()
    assert (row.reason, row.erased) == ("", True)
