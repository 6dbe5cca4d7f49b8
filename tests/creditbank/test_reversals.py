"""Taking a recognition back: the books only grow, and the certificate and its courses may be used again, once."""

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.urls import reverse as url

from creditbank.applications.models import Application, CourseCredit, OutcomeUse, UseRelease
from creditbank.applications.planner import answer
from creditbank.applications.services import Wish, decide, reverse_recognition, submit
from creditbank.ledger.audit import audit
from creditbank.ledger.models import Transaction
from creditbank.ledger.queries import balances_of
from creditbank.outcomes.services import verify_outcome
from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.lib.outbox.models import OutboxEvent
from tests.factories.creditbank import (
    certificate,
    college,
    member,
    person,
    programme,
    rule_version,
)

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def credits_of(user):
    return sum(item.balance for item in balances_of(user.uuid) if item.unit.code == "credit")


def applied(learner, version, outcome=None):
    outcome = outcome or certificate(learner, occupation_code=version.occupation_code)
    return submit(learner, Wish(outcome.uuid, version.rule.code, version.number))


@pytest.fixture
def version():
    return rule_version()


@pytest.fixture
def home(version):
    return version.rule.programme.organisation


@pytest.fixture
def reviewer(home):
    return member("reviewer", home)


@pytest.fixture
def admin(home):
    return member("admin", home, "管理")


@pytest.fixture
def learner():
    return person()


def approve(reviewer, application):
    if application.outcome.status == "submitted":
        verify_outcome(reviewer, application.outcome, method="register")
    return decide(reviewer, application, approve=True, reason="相符")


@pytest.fixture
def approved(learner, version, reviewer):
    return approve(reviewer, applied(learner, version))


def books_hold():
    report = audit()
    assert report.broken == 0, report.breaks


def test_what_is_taken_back_may_be_applied_for_again(learner, version, reviewer, admin, approved):
    outcome = approved.outcome
    first = approved.transaction
    done = reverse_recognition(admin, approved, reason=" 证书编号录错 ")
    assert (done.state, done.transaction_id) == ("reversed", first.uuid)
    assert credits_of(learner) == 0
    # Nothing is gone: both postings, the use and its release stand.
    assert first.reversed_by.memo == "证书编号录错"
    assert UseRelease.objects.get().use == OutcomeUse.objects.get()
    plan = answer(learner, today()).plans[0]
    assert (plan.earned, plan.offered) == (0, 800)

    again = approve(reviewer, applied(learner, version, outcome))
    assert again.pk != approved.pk
    assert credits_of(learner) == 800
    assert Transaction.objects.count() == 3
    assert list(OutcomeUse.objects.order_by("id").values_list("follows__use__id", flat=True)) == [
        None,
        OutcomeUse.objects.first().pk,
    ]
    assert CourseCredit.objects.filter(course_code="EL101").count() == 2
    books_hold()


def test_many_times_over_there_is_one_living_use(learner, version, reviewer, admin, approved):
    application = approved
    for number in range(3):
        reverse_recognition(admin, application, reason=f"第 {number} 次")
        application = approve(reviewer, applied(learner, version, approved.outcome))
        assert OutcomeUse.objects.filter(release__isnull=True).count() == 1
        assert credits_of(learner) == 800
        with pytest.raises(Conflict):
            applied(learner, version, approved.outcome)
    books_hold()


def test_a_course_taken_back_may_come_from_another_certificate(learner, version, reviewer, admin, approved):
    other = rule_version(version.rule.programme, code="turner", occupation_code="6-18-01-01")
    with pytest.raises(Conflict):
        applied(learner, other)
    reverse_recognition(admin, approved, reason="改用另一张证书")
    approve(reviewer, applied(learner, other, learner.outcomes.last()))
    # Now the courses stand for the second one, and the first certificate cannot bring them again.
    with pytest.raises(Conflict) as refusal:
        applied(learner, version, approved.outcome)
    assert refusal.value.code == "course_credited"
    books_hold()


def test_the_cap_counts_living_uses(learner, reviewer, admin, version):
    home = programme(code="capped")
    capped = rule_version(home, code="capped", programme_cap_centicredits=800)
    first = approve(reviewer, applied(learner, capped))
    reverse_recognition(admin, first, reason="重新认定")
    assert approve(reviewer, applied(learner, capped, first.outcome)).state == "approved"


def test_the_database_itself_allows_one_living_use(approved, reviewer, admin, learner, version):
    def another(**fields):
        values = {
            field.attname: getattr(approved.use, field.attname)
            for field in OutcomeUse._meta.concrete_fields
            if field.name not in ("id", "application", "transaction", "follows")
        }
        row = applied(person(), rule_version(version.rule.programme, code=f"r{Application.objects.count()}"))
        from tests.factories.creditbank import booked

        post = booked(learner.uuid, 1, unit="credit")
        return OutcomeUse(**values, application=row, transaction=post, **fields)

    with pytest.raises(IntegrityError), transaction.atomic():
        another().save()
    reverse_recognition(admin, approved, reason="更正")
    with pytest.raises(IntegrityError), transaction.atomic():
        another().save()
    approve(reviewer, applied(learner, version, approved.outcome))
    with pytest.raises(IntegrityError), transaction.atomic():
        another(follows=approved.use.release).save()


def test_who_may_take_back_and_with_what(learner, home, reviewer, admin, approved):
    elsewhere = member("admin", college("other", "另一所学校"))
    for stranger in (learner, reviewer, elsewhere, member("editor", home)):
        with pytest.raises(NotAllowed):
            reverse_recognition(stranger, approved, reason="不该成功")
    with pytest.raises(Invalid):
        reverse_recognition(admin, approved, reason="  ")
    assert credits_of(learner) == 800
    reverse_recognition(admin, approved, reason="更正")
    with pytest.raises(Conflict):
        reverse_recognition(admin, approved, reason="更正")
    row = AuditRow.objects.get(action="application.reverse")
    assert (row.person, row.role, row.body, row.reason, row.target) == (
        admin.uuid,
        "admin",
        home.code,
        "更正",
        approved.uuid,
    )
    assert OutboxEvent.objects.filter(kind="application.reversed").count() == 1


def test_nobody_takes_back_their_own(version, home, reviewer):
    both = member("admin", home, "自己")
    mine = approve(reviewer, applied(both, version))
    with pytest.raises(NotAllowed) as refusal:
        reverse_recognition(both, mine, reason="自己的")
    assert refusal.value.code == "own_case"


def test_a_waiting_application_is_not_taken_back(learner, version, admin):
    waiting = applied(learner, version)
    with pytest.raises(Conflict):
        reverse_recognition(admin, waiting, reason="还没认定")


def enters_admin(client, user):
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(user)


def test_by_the_screen(client, learner, approved, admin, reviewer):
    enters_admin(client, admin)
    assert approved.outcome.title in client.get(url("creditbank_recognised")).content.decode()
    address = url("creditbank_recognition", args=[approved.uuid])
    assert client.post(address, {"reason": " "}).status_code == 422
    assert credits_of(learner) == 800
    assert client.post(address, {"reason": "发证机构来函撤销"}).status_code == 302
    assert credits_of(learner) == 0
    assert "发证机构来函撤销" in client.get(address).content.decode()
    listed = client.get(url("creditbank_recognised"), {"state": "reversed"}).content.decode()
    assert approved.outcome.title in listed
    # A second press says so and books nothing.
    assert client.post(address, {"reason": "再一次"}).status_code == 409
    # The applicant sees why, and who looked.
    client.force_login(learner)
    page = client.get(url("credit:application", args=[approved.uuid])).content.decode()
    assert "发证机构来函撤销" in page
    assert AuditRow.objects.filter(action="application.view", target=learner.uuid).exists()


@pytest.mark.parametrize("role", ["reviewer", "editor", "admin-elsewhere"])
def test_the_screen_is_for_the_colleges_administrators(client, approved, home, role):
    elsewhere = college("other", "另一所学校")
    user = member("admin", elsewhere) if role == "admin-elsewhere" else member(role, home)
    enters_admin(client, user)
    address = url("creditbank_recognition", args=[approved.uuid])
    assert client.get(address).status_code in (403, 404)
    assert client.post(address, {"reason": "不该成功"}).status_code in (403, 404)
    approved.refresh_from_db()
    assert approved.state == "approved"
