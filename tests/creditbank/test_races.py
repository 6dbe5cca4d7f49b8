"""Real connections at the same moment: one certificate is spent once, nobody overdraws, one key is one posting."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from creditbank.applications.models import CourseCredit, OutcomeUse
from creditbank.applications.services import Wish, decide, reverse_recognition, submit
from creditbank.ledger import queries
from creditbank.ledger.audit import audit
from creditbank.ledger.models import Entry, Transaction
from creditbank.ledger.services import Line, Posting, holder_account, issuer_account, post_many, reverse
from creditbank.outcomes.services import verify_outcome
from creditbank.transcripts.services import compile_content
from lms.lib.errors import Conflict
from lms.lib.ids import uuid7
from tests import races
from tests.factories.creditbank import SYSTEM, booked, certificate, member, person, programme, rule_version
from tests.races import won

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def at_once(*tasks):
    return races.at_once(*tasks, refused=Conflict)


def books_hold():
    report = audit()
    assert report.broken == 0, report.breaks


def waiting(version, learner, **outcome):
    outcome = certificate(learner, **outcome)
    return submit(learner, Wish(outcome.uuid, version.rule.code, version.number))


def test_the_same_application_approved_by_two_reviewers():
    version = rule_version()
    learner = person()
    application = waiting(version, learner)
    reviewers = [member("reviewer", version.rule.programme.organisation, f"审核{n}") for n in range(4)]
    verify_outcome(reviewers[0], application.outcome, method="register")
    tasks = [lambda who=who: decide(who, application, approve=True, reason="相符") for who in reviewers]
    assert len(won(at_once(*tasks))) == 1
    assert OutcomeUse.objects.count() == Transaction.objects.count() == 1
    college = version.rule.programme.organisation.uuid
    assert queries.balance(holder_account(learner.uuid, "credit", college)) == 800
    books_hold()


def test_the_same_certificate_applied_with_twice():
    version = rule_version()
    learner = person()
    outcome = certificate(learner)
    tasks = [lambda: submit(learner, Wish(outcome.uuid, version.rule.code, 1)) for _ in range(4)]
    assert len(won(at_once(*tasks))) == 1


def approve_both(home, learner, versions):
    """Two waiting applications of one learner, both verified, approved at the same moment by two reviewers."""
    tasks = []
    for number, version in enumerate(versions):
        outcome = certificate(learner, occupation_code=version.occupation_code)
        application = submit(learner, Wish(outcome.uuid, version.rule.code, version.number))
        reviewer = member("reviewer", home.organisation, f"审核{number}")
        verify_outcome(reviewer, outcome, method="register")
        tasks.append(lambda who=reviewer, what=application: decide(who, what, approve=True, reason="相符"))
    return at_once(*tasks)


def test_two_certificates_for_the_same_course_at_once():
    home = programme()
    versions = [rule_version(home), rule_version(home, code="turner", occupation_code="6-18-01-01")]
    assert len(won(approve_both(home, person(), versions))) == 1
    assert CourseCredit.objects.filter(course_code="EL101").count() == 1
    books_hold()


def test_a_cap_is_not_passed_by_two_at_once():
    home = programme()
    versions = [
        rule_version(
            home,
            code=f"cap-{number}",
            occupation_code=f"6-18-01-0{number}",
            courses=[{"code": f"C{number}", "name": "课", "centicredits": 600}],
            programme_cap_centicredits=1000,
        )
        for number in (1, 2)
    ]
    learner = person()
    assert len(won(approve_both(home, learner, versions))) == 1
    assert queries.balance(holder_account(learner.uuid, "credit", home.organisation.uuid)) == 600
    books_hold()


def test_a_recognition_taken_back_by_several_at_once_and_given_again_once():
    version = rule_version()
    home = version.rule.programme.organisation
    learner = person()
    application = waiting(version, learner)
    reviewers = [member("reviewer", home, f"审核{n}") for n in range(2)]
    verify_outcome(reviewers[0], application.outcome, method="register")
    decide(reviewers[0], application, approve=True, reason="相符")
    admins = [member("admin", home, f"管理{n}") for n in range(4)]
    tasks = [lambda who=who: reverse_recognition(who, application, reason="更正") for who in admins]
    assert len(won(at_once(*tasks))) == 1
    account = holder_account(learner.uuid, "credit", home.uuid)
    assert queries.balance(account) == 0

    application.outcome.refresh_from_db()
    again = submit(learner, Wish(application.outcome.uuid, version.rule.code, version.number))
    tasks = [lambda who=who: decide(who, again, approve=True, reason="相符") for who in reviewers]
    assert len(won(at_once(*tasks))) == 1
    assert OutcomeUse.objects.filter(release__isnull=True).count() == 1
    assert queries.balance(account) == 800
    books_hold()


def test_taking_back_while_a_certificate_for_the_same_course_is_approved():
    """Whoever comes first, the course is credited at most once and nothing is half written."""
    home = programme()
    versions = [rule_version(home), rule_version(home, code="turner", occupation_code="6-18-01-01")]
    learner, reviewer = person(), member("reviewer", home.organisation)
    admin = member("admin", home.organisation, "管理")
    second = certificate(learner, occupation_code="6-18-01-01")
    later = submit(learner, Wish(second.uuid, versions[1].rule.code, 1))
    first = waiting(versions[0], learner)
    for application in (first, later):
        verify_outcome(reviewer, application.outcome, method="register")
    decide(reviewer, first, approve=True, reason="相符")
    at_once(
        lambda: reverse_recognition(admin, first, reason="更正"),
        lambda: decide(reviewer, later, approve=True, reason="相符"),
    )
    living = CourseCredit.objects.filter(course_code="EL101", use__release__isnull=True).count()
    balance = queries.balance(holder_account(learner.uuid, "credit", home.organisation.uuid))
    assert (living, balance) in {(0, 0), (1, 800)}
    books_hold()


def test_nobody_overdraws():
    holder = uuid7()
    booked(holder, 100)
    results = at_once(*[lambda n=n: booked(holder, -60, key=f"spend-{n}") for n in range(4)])
    assert len(won(results)) == 1
    assert queries.balance(holder_account(holder, "study_hour.public")) == 40
    books_hold()


def test_one_key_is_one_posting():
    holder = uuid7()
    results = at_once(*[lambda: booked(holder, 100, key="same") for _ in range(4)])
    assert len({row.uuid for row in won(results)}) == 1
    assert len(won(results)) == 4
    assert queries.balance(holder_account(holder, "study_hour.public")) == 100
    books_hold()


def test_one_key_with_two_contents():
    holder = uuid7()
    results = at_once(*[lambda n=n: booked(holder, 100 + n, key="same") for n in range(4)])
    assert len(won(results)) == 1
    books_hold()


def test_batches_that_share_some_keys():
    holder = uuid7()
    account, issuer = holder_account(holder, "study_hour.public"), issuer_account("study_hour.public")

    def batch(first: int) -> list[Transaction]:
        lines = (Line(account, 10), Line(issuer, -10))
        items = [
            (f"k{number}", Posting("hours", date(2026, 3, 2), lines)) for number in range(first, first + 4)
        ]
        return post_many(items, actor=SYSTEM)

    results = at_once(*[lambda n=n: batch(n) for n in range(4)])
    assert len(won(results)) == 4
    assert queries.balance(account) == 70
    books_hold()


def test_one_reversal():
    holder = uuid7()
    row = booked(holder, 100)
    booked(holder, 1000)
    results = at_once(*[lambda n=n: reverse(row, reason=f"原因 {n}", actor=SYSTEM) for n in range(4)])
    assert len(won(results)) == 1
    assert queries.balance(holder_account(holder, "study_hour.public")) == 1000
    books_hold()


def test_accounts_are_locked_in_one_order():
    # Transfers back and forth between two people deadlock unless both sides lock in the same order.
    from creditbank.ledger.services import Line, Posting, post
    from tests.factories.creditbank import TEST_DAY

    one, two = uuid7(), uuid7()
    booked(one, 1000)
    booked(two, 1000)
    accounts = [holder_account(who, "study_hour.public") for who in (one, two)]

    def transfers(here, there):
        for _ in range(15):
            lines = (Line(here, -1), Line(there, 1))
            post(Posting("transfer", TEST_DAY, lines), idempotency_key=str(uuid7()), actor=SYSTEM)

    at_once(lambda: transfers(*accounts), lambda: transfers(*reversed(accounts)))
    assert [queries.balance(account) for account in accounts] == [1000, 1000]
    books_hold()


def test_first_postings_to_a_new_account_at_once():
    holder = uuid7()
    results = at_once(*[lambda n=n: booked(holder, 10, key=f"first-{n}") for n in range(4)])
    assert len(won(results)) == 4
    assert queries.balance(holder_account(holder, "study_hour.public")) == 40
    books_hold()


def test_writers_of_one_issuing_account_do_not_queue():
    """While one posting is open and uncommitted, another person's posting from the same issuer goes through."""
    from django.db import transaction

    one, two = uuid7(), uuid7()
    holder_account(one, "study_hour.public")
    with transaction.atomic():
        booked(one, 10)
        with ThreadPoolExecutor(1) as pool:

            def other():
                try:
                    with connection.cursor() as cursor:
                        cursor.execute("SET lock_timeout = '3s'")
                    return booked(two, 10)
                finally:
                    connection.close()

            assert pool.submit(other).result(timeout=20).entry_count == 2


def test_two_sessions_cannot_build_one_transaction():
    """Entries written by another session for a transaction that is not visible to it yet never get in."""
    from django.db import IntegrityError, transaction

    uuid = uuid7()
    row = booked(uuid7(), 5)
    accounts = [issuer_account("credit", uuid7()) for _ in range(4)]
    values = {field.attname: getattr(row, field.attname) for field in Transaction._meta.concrete_fields}
    values |= {"uuid": uuid, "idempotency_key": "two-sessions", "entry_count": 2}

    def pair(where):
        Entry.objects.create(transaction_id=uuid, account=where[0], amount=5)
        Entry.objects.create(transaction_id=uuid, account=where[1], amount=-5)

    def inner():
        try:
            with transaction.atomic():
                pair(accounts[:2])
                Transaction.objects.create(**values)
        finally:
            connection.close()

    with pytest.raises(IntegrityError), transaction.atomic():
        pair(accounts[2:])
        with ThreadPoolExecutor(1) as pool:
            pool.submit(inner).result(timeout=20)
    assert Entry.objects.filter(transaction_id=uuid).count() == 2


def test_a_day_is_closed_while_people_post():
    """Who closes waits for postings that are on their way and stops later ones of that day: the root has all of them."""
    from creditbank.proofs import services
    from lms.lib.clock import SHANGHAI

    holders = [uuid7() for _ in range(3)]
    evening, night = (datetime(2026, 3, 2, 23, 59, tzinfo=SHANGHAI) + timedelta(minutes=n) for n in (0, 30))
    # Clocks of several machines: one is past midnight while others still post the day before.
    with time_machine.travel(evening, tick=False):
        booked(uuid7(), 1)

    with time_machine.travel(evening, tick=False):
        results = at_once(
            *[lambda holder=holder: booked(holder, 10) for holder in holders],
            lambda: services.close_until(date(2026, 3, 2)),
        )
    told = len(won(results[:3]))
    assert all(late.code == "day_closed" for late in results[:3] if isinstance(late, Conflict))
    with time_machine.travel(night, tick=False):
        (row,) = services.make_roots()
    assert row.accounts == 1 + told
    assert Transaction.objects.count() == 1 + told
    books_hold()


def test_two_workers_make_one_root():
    from creditbank.proofs import services
    from creditbank.proofs.models import LedgerRoot
    from lms.lib.clock import SHANGHAI

    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=SHANGHAI), tick=False):
        booked(uuid7(), 10)
    with time_machine.travel(datetime(2026, 3, 4, 1, tzinfo=SHANGHAI), tick=False):
        races.at_once(services.make_roots, services.make_roots, refused=())
    assert [row.day for row in LedgerRoot.objects.order_by("day")] == [date(2026, 3, 2), date(2026, 3, 3)]
    books_hold()


def test_what_is_posted_while_a_transcript_is_read_is_on_none_of_its_lines():
    home, learner = programme(), person()
    courses = [{"code": "C1", "name": "车工工艺", "centicredits": 600}]
    versions = [
        rule_version(home),
        rule_version(home, code="turner", occupation_code="6-18-01-01", courses=courses),
    ]
    cases = [waiting(version, learner, occupation_code=version.occupation_code) for version in versions]
    reviewer = member("reviewer", home.organisation)
    for case in cases:
        verify_outcome(member("reviewer", home.organisation, "核实"), case.outcome, method="register")
    decide(reviewer, cases[0], approve=True, reason="相符")
    posted = []

    def post_meanwhile(execute, sql, params, many, context):
        if not posted and 'FROM "creditbank_entry"' in sql:
            posted.append(sql)
            at_once(lambda: decide(reviewer, cases[1], approve=True, reason="相符"))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(post_meanwhile):
        read = compile_content(learner)
    assert posted
    assert (read["centicredits"], read["besides"], len(read["postings"])) == (800, [], 1)
    assert compile_content(learner)["centicredits"] == 1400
