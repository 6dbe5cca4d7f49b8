"""What is studied after a course is completed: no honest second is lost, none is given twice, and each gift is explained."""

from datetime import date, datetime, timedelta

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbank.api import audit, posted_hours
from creditbank.consumers import post_topped_up_course
from creditbank.ledger.models import Entry, Transaction
from creditbank.ledger.services import reverse as undo
from lms.config.celery import app
from lms.learning.certificates.queries import content, paper_in_force
from lms.learning.certificates.services import issue
from lms.learning.completion.models import Completion, CompletionTopUp
from lms.learning.completion.queries import faults
from lms.learning.completion.rules import hours, owed
from lms.learning.completion.services import settle, settle_all, settle_recent
from lms.learning.enrolment.models import Enrolment
from lms.learning.hours import queries
from lms.learning.records.export import part
from lms.learning.study.models import LessonProgress
from lms.learning.study.services import grant_block
from lms.lib.actor import Actor
from lms.lib.audit.models import AuditRow
from lms.lib.clock import SHANGHAI
from lms.lib.errors import Conflict
from lms.lib.outbox.models import OutboxEvent
from lms.lib.outbox.registry import Event
from lms.lib.outbox.services import deliver_pending
from lms.lib.units import format_centi
from tests.examples import examples
from tests.factories.courses import PARAGRAPH, released_course, text
from tests.factories.learning import SECOND, blocks, enrolment, opened, send

pytestmark = [pytest.mark.django_db, pytest.mark.long]
DAY = timedelta(days=1)


def release(centihours=140, percent=90, paragraphs=20):
    """Two lessons of 20 × 96 seconds of text: 1.42 学时 together, of which 1.4 are approved."""
    return released_course(
        [[text(PARAGRAPH * paragraphs)], [text(PARAGRAPH * paragraphs)]],
        centihours=centihours,
        min_coverage_percent=percent,
    )


@pytest.fixture
def item(clock):
    return enrolment(release=release())


def length(item, place=0):
    return blocks(item, place)[0]["nominal_ms"]


def read(item, clock, place, start, end, *, seq=1, page=None, state="leaving"):
    """Read a lesson's content from start to end (ms) at its own speed, on a page of its own unless one is given."""
    page = page or opened(item, place)
    clock.shift((end - start) / SECOND)
    until = round((datetime.now(SHANGHAI).timestamp() * SECOND) - page.session.opened_ms)
    send(
        page.session,
        seq,
        until=until,
        active=[[until - (end - start), until]],
        coverage={blocks(item, place)[0]["id"]: [[start, end]]},
        state=state,
    )
    return page


def complete(item, clock):
    """Nine tenths of both lessons: by the rule of the course that is enough."""
    for place in (0, 1):
        # Rounded up: a hair below ninety percent is not ninety percent.
        read(item, clock, place, 0, length(item, place) * 9 // 10 + SECOND)
    return Completion.objects.get(enrolment=item)


def counted(item):
    return sum(LessonProgress.objects.filter(enrolment=item).values_list("counted_ms", flat=True))


def worth(completion):
    return hours(
        counted(completion.enrolment), completion.rule["approved_centihours"], completion.rule["ms_per_hour"]
    )


def total(completion):
    return Completion.objects.get(pk=completion.pk).total_centihours


def delivered():
    while deliver_pending():
        pass


class TestRealLife:
    def test_the_last_tenth_is_worth_its_time(self, item, clock):
        completion = complete(item, clock)
        before = completion.centihours
        assert before == counted(item) * 100 // 2_700_000 < 140
        clock.shift(DAY)
        for place in (0, 1):
            read(item, clock, place, length(item, place) * 9 // 10, length(item, place))
        assert counted(item) == length(item, 0) + length(item, 1)
        assert total(completion) == hours(counted(item), 140, 2_700_000) == 140 > before
        delivered()
        assert posted_hours(item.person.uuid)[completion.kind] == 140
        assert [row.number for row in CompletionTopUp.objects.all()] == [1, 2]
        assert {row.day for row in CompletionTopUp.objects.all()} == {date(2026, 3, 3)}
        assert AuditRow.objects.filter(action="course.top_up").count() == 2
        completion.refresh_from_db()
        assert (completion.centihours, list(faults(completion))) == (before, [])
        assert not audit().broken
        assert audit().checked["top_ups"] == 2
        call_command("audit_ledger")
        call_command("audit_study")
        exported = part(item.person)["top_ups"]
        assert [row["completion__uuid"] for row in exported] == [completion.uuid] * 2
        assert sum(row["centihours"] for row in exported) == 140 - before

    def test_reading_again_gives_nothing(self, item, clock):
        complete(item, clock)
        read(item, clock, 0, 0, length(item) // 2)
        assert not CompletionTopUp.objects.exists()

    def test_less_than_a_hundredth_waits_and_is_not_lost(self, clock):
        item = enrolment(release=release())
        completion = complete(item, clock)
        end = length(item) * 9 // 10 + SECOND
        for number in range(1, 11):
            read(item, clock, 0, end, end + 10 * SECOND)
            end += 10 * SECOND
            assert total(completion) == worth(completion), number
        assert 3 <= CompletionTopUp.objects.count() < 10

    def test_a_page_that_stays_open_settles_when_it_is_left(self, item, clock):
        completion = complete(item, clock)
        end = length(item) * 9 // 10 + SECOND
        page = read(item, clock, 0, end, end + 60 * SECOND, state="here")
        assert not CompletionTopUp.objects.exists()
        read(item, clock, 0, end + 60 * SECOND, end + 90 * SECOND, seq=2, page=page)
        assert total(completion) == worth(completion) > completion.centihours

    def test_what_another_page_hands_in_afterwards_settles_too(self, item, clock):
        completion = complete(item, clock)
        end = length(item) * 9 // 10 + SECOND
        read(item, clock, 0, end, end + 90 * SECOND, state="late")
        assert total(completion) == worth(completion) > completion.centihours

    def test_a_block_granted_after_completion_settles(self, item, clock):
        """An exercise met without its coverage having been told: the time was there already."""
        completion = complete(item, clock)
        page = opened(item)
        clock.shift(600)
        send(page.session, 1, until=600 * SECOND)
        lesson = item.release.lessons.all()[0]
        grant_block(item, lesson, lesson.blocks[0]["id"], source="h5p", evidence=item.uuid)
        assert total(completion) == worth(completion) > completion.centihours


class TestJob:
    def test_the_beat_knows_its_tasks(self):
        for entry in ("settle-hours", "settle-hours-all"):
            name = django_settings.CELERY_BEAT_SCHEDULE[entry]["task"]
            assert app.tasks[name].delay().get() == 0

    def test_a_page_that_never_said_goodbye(self, item, clock):
        completion = complete(item, clock)
        other = enrolment()  # not completed: none of the job's business
        end = length(item) * 9 // 10 + SECOND
        read(item, clock, 0, end, end + 90 * SECOND, state="here")
        assert total(completion) == completion.centihours
        assert settle_recent(DAY) == 1
        assert total(completion) == worth(completion) > completion.centihours
        assert settle_recent(DAY) == settle_all() == 0
        assert not Completion.objects.filter(enrolment=other).exists()

    def test_a_page_of_long_ago_is_seen_as_long_as_its_reports_are_taken(self, item, clock):
        completion = complete(item, clock)
        end = length(item) * 9 // 10 + SECOND
        page = opened(item)
        clock.shift(29 * DAY)
        send(
            page.session,
            1,
            until=90 * SECOND,
            coverage={blocks(item)[0]["id"]: [[end, end + 90 * SECOND]]},
        )
        assert settle_recent(DAY) == 0
        clock.shift(2 * DAY)
        assert settle_all() == 1
        assert total(completion) == worth(completion) > completion.centihours

    def test_batches_see_each_one_and_queries_do_not_grow_with_them(self, clock, monkeypatch):
        of_all = release(centihours=14, paragraphs=2)
        items = [enrolment(release=of_all) for _ in range(5)]
        for one in items:
            complete(one, clock)

        def asked():
            with CaptureQueriesContext(
                connection,
            ) as found:
                settle_recent(DAY)
            return len(found)

        # Nothing owed: a page of ids, one look at all of them, and the page after.
        assert asked() == 3
        for one in items:
            end = length(one) * 9 // 10 + SECOND
            read(one, clock, 0, end, length(one), state="here")
        monkeypatch.setattr("lms.learning.completion.services.BATCH", 2)
        settle_recent(DAY)
        for one in items:
            assert total(one.completion) == worth(one.completion)

    def test_studied_before_midnight_and_reckoned_after_it(self, item, clock):
        completion = complete(item, clock)
        clock.move_to(datetime(2026, 12, 31, 23, 50, tzinfo=SHANGHAI))
        end = length(item) * 9 // 10 + SECOND
        read(item, clock, 0, end, end + 90 * SECOND, state="here")
        clock.move_to(datetime(2027, 1, 1, 0, 10, tzinfo=SHANGHAI))
        settle_recent(DAY)
        assert CompletionTopUp.objects.get().day == date(2026, 12, 31)
        delivered()
        row = Transaction.objects.get(idempotency_key=f"hours:{CompletionTopUp.objects.get().uuid}")
        assert row.occurred_on == date(2026, 12, 31)
        assert total(completion) == worth(completion)


@given(
    shares=st.lists(st.integers(0, 10**8), max_size=12),
    approved=st.integers(0, 10_000),
    unit=st.sampled_from([2_700_000, 3_000_000, 3_600_000, 7]),
)
@settings(max_examples=examples(300))
def test_any_division_of_the_time_comes_to_the_same(shares, approved, unit):
    counted_ms, given_so_far = 0, 0
    for share in shares:
        counted_ms += share
        more = owed(counted_ms, given_so_far, approved, unit)
        assert more >= 0
        given_so_far += more
        assert given_so_far == hours(counted_ms, approved, unit) <= approved


STEP = st.tuples(
    st.integers(0, 1),  # lesson
    st.integers(0, 40),  # where, in fortieths of the lesson
    st.integers(1, 200),  # seconds of it
    st.sampled_from(["here", "leaving", "late"]),
    st.booleans(),  # the job comes by
)


def test_any_study_after_completion_comes_to_the_formula(clock):
    of_all = release(centihours=60, percent=40, paragraphs=10)

    @given(steps=st.lists(STEP, min_size=1, max_size=8))
    @settings(max_examples=examples(30))
    def run(steps):
        item = enrolment(release=of_all)
        for place in (0, 1):
            read(item, clock, place, 0, length(item, place) * 4 // 10 + SECOND)
        completion = Completion.objects.get(enrolment=item)
        before = completion.centihours
        for place, where, seconds, state, job in steps:
            start = length(item, place) * where // 40
            end = min(start + seconds * SECOND, length(item, place))
            if start < end:
                read(item, clock, place, start, end, state=state)
            if job:
                settle_recent(DAY)
            now = total(completion)
            assert before <= now <= worth(completion) <= 60
            if job or (start < end and state != "here"):
                assert now == worth(completion)
            before = now
        settle_recent(DAY)
        assert total(completion) == worth(completion)
        assert list(faults(Completion.objects.get(pk=completion.pk))) == []
        delivered()
        assert posted_hours(item.person.uuid)[completion.kind] == total(completion)

    run()


class TestPosting:
    @pytest.fixture
    def top_up(self, item, clock):
        complete(item, clock)
        read(item, clock, 0, length(item) * 9 // 10, length(item))
        return CompletionTopUp.objects.get()

    def event(self, top_up, **changes):
        row = OutboxEvent.objects.get(key=f"course.topped_up:{top_up.uuid}")
        return Event(row.uuid, row.kind, row.key, row.payload | changes, row.at)

    def test_delivered_twice_it_is_posted_once_and_says_of_what(self, top_up, item):
        post_topped_up_course(self.event(top_up))
        post_topped_up_course(self.event(top_up))
        row = Transaction.objects.get()
        assert row.idempotency_key == f"hours:{top_up.uuid}"
        assert row.evidence["completion"] == str(top_up.completion.uuid)
        assert row.evidence["top_up"] == str(top_up.uuid)
        assert row.evidence["total_centihours"] == top_up.completion.total_centihours
        assert row.evidence["total_counted_ms"] == counted(item)
        assert (row.rule_code, row.rule_version) == ("study", 1)
        with pytest.raises(Conflict):
            post_topped_up_course(self.event(top_up, centihours=top_up.centihours + 1))
        assert Entry.objects.filter(amount__gt=0).get().amount == top_up.centihours

    def test_pending_is_what_is_not_booked_and_nothing_else(self, top_up, item):
        assert queries.year(item.person, 2026)["pending"] == top_up.completion.total_centihours
        delivered()
        assert queries.year(item.person, 2026)["pending"] == 0
        row = Transaction.objects.get(idempotency_key=f"hours:{top_up.uuid}")
        undo(row, reason="记错了人", actor=Actor.system("tests"))
        assert queries.year(item.person, 2026)["pending"] == 0

    def test_the_ledgers_audit_misses_a_top_up_that_was_never_booked(self, top_up):
        delivered()
        assert not audit().broken
        OutboxEvent.objects.filter(kind="course.topped_up").update(
            payload=self.event(top_up, centihours=top_up.centihours + 1).payload
        )
        assert audit().breaks == [f"top_up {top_up.uuid}: other hours are booked than it was worth"]

    def test_nobody_adds_one_past_the_service(self, top_up):
        values = {
            "completion": top_up.completion,
            "counted_ms": 1,
            "day": top_up.day,
            "at": top_up.at,
        }
        for wrong in ({"number": 1, "centihours": 1}, {"number": 2, "centihours": 0}):
            with pytest.raises(IntegrityError), transaction.atomic():
                CompletionTopUp.objects.create(**values, **wrong)


class TestShown:
    def test_the_sum_is_shown_with_its_parts(self, item, clock):
        completion = complete(item, clock)
        clock.shift(DAY)
        read(item, clock, 0, length(item) * 9 // 10, length(item))
        client = Client()
        client.force_login(item.person)
        sum_of_all = total(completion)
        shown = format_centi(sum_of_all)
        (row,) = queries.year(item.person, 2026)["rows"]
        assert row["centihours"] == sum_of_all > completion.centihours
        assert queries.year(item.person, 2026)["earned"][completion.kind] == sum_of_all
        body = client.get(reverse("hours:year")).content.decode()
        for words in (
            f"2026-03-02 学完时记 {format_centi(completion.centihours)} 学时",
            f"2026-03-03 补记 {format_centi(sum_of_all - completion.centihours)} 学时",
            f'<span class="num">{shown}</span>',
        ):
            assert words in body
        assert f">{shown}<" in client.get(reverse("learning:course", args=[item.uuid])).content.decode()
        assert f"{shown} 学时" in client.get(reverse("learning:home")).content.decode()
        (told,) = client.get("/api/v1/learning/completions").json()
        assert (told["centihours"], told["total_centihours"]) == (completion.centihours, sum_of_all)
        assert [part["number"] for part in told["top_ups"]] == [1]

    def test_the_certificate_stays_as_issued(self, item, clock):
        completion = complete(item, clock)
        certificate = issue(completion.uuid)
        printed = content(paper_in_force(certificate))
        read(item, clock, 0, length(item) * 9 // 10, length(item))
        assert CompletionTopUp.objects.exists()
        assert content(paper_in_force(issue(completion.uuid))) == printed
        assert printed["hours"] == format_centi(completion.centihours)

    def test_each_year_has_what_was_studied_in_it(self, item, clock):
        completion = complete(item, clock)
        clock.move_to(datetime(2027, 1, 2, 12, tzinfo=SHANGHAI))
        read(item, clock, 0, length(item) * 9 // 10, length(item))
        first, second = (queries.year(item.person, year) for year in (2026, 2027))
        added = total(completion) - completion.centihours
        assert first["earned"][completion.kind] == completion.centihours
        assert second["earned"][completion.kind] == added > 0
        for found in (first, second):
            (row,) = found["rows"]
            assert any("年度" in sentence for sentence in row["explanation"])

    def test_queries_do_not_grow_with_top_ups(self, item, clock):
        def asked():
            with CaptureQueriesContext(connection) as found:
                queries.year(item.person, 2026)
            return len(found)

        complete(item, clock)
        end = length(item) * 9 // 10 + SECOND
        read(item, clock, 0, end, end + 60 * SECOND)
        few = asked()
        read(item, clock, 0, end + 60 * SECOND, end + 120 * SECOND)
        assert CompletionTopUp.objects.count() == 2
        assert asked() == few


class TestCost:
    def test_a_report_of_an_open_page_costs_what_it_did(self, item, clock):
        def asked(state, seq, page):
            clock.shift(30)
            with CaptureQueriesContext(connection) as found:
                send(page.session, seq, until=seq * 30 * SECOND, state=state)
            return len(found)

        fresh = enrolment(release=item.release)
        usual = asked("here", 1, opened(fresh))
        complete(item, clock)
        page = opened(item)
        assert asked("here", 1, page) == usual


class TestNothingToMeet:
    def test_a_course_that_asks_for_nothing_is_completed_by_the_first_report(self, clock):
        item = enrolment(release=release(percent=0))
        page = opened(item)
        assert not Completion.objects.exists()
        read(item, clock, 0, 0, 60 * SECOND, page=page, state="here")
        completion = Completion.objects.get()
        assert (completion.counted_ms, completion.centihours) == (60 * SECOND, 2)
        read(item, clock, 0, 60 * SECOND, length(item), page=page, seq=2)
        assert total(completion) == worth(completion) == hours(length(item), 140, 2_700_000)

    def test_a_single_report_on_leaving_is_enough(self, clock):
        item = enrolment(release=release(percent=0))
        read(item, clock, 1, 0, 60 * SECOND)
        assert Completion.objects.get().centihours == 2

    def test_its_quizzes_are_still_asked_for(self, clock):
        item = enrolment(with_quiz=True, min_coverage_percent=0)
        page = opened(item)
        clock.shift(60)
        send(page.session, 1, until=60 * SECOND, coverage={blocks(item)[0]["id"]: [[0, 60 * SECOND]]})
        assert not Completion.objects.exists()

    def test_a_course_without_length_is_completed_by_enrolling(self, clock):
        item = enrolment(release=released_course([[text("<p></p>")]], centihours=0))
        assert item.state == Enrolment.State.COMPLETED
        assert Completion.objects.get(enrolment=item).centihours == 0
        assert settle(item.pk) is None

    def test_one_with_length_is_not(self, item):
        assert item.state == Enrolment.State.ACTIVE
        assert settle(item.pk) is None
