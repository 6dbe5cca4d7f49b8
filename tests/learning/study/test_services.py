"""Study time through its services: what a page reports, what is counted, and what is refused."""

from datetime import datetime

import pytest
import time_machine
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lms.learning.study import projection
from lms.learning.study.models import LessonProgress, StreamClaim, StudyReport
from lms.learning.study.services import grant_block, open_session, take_over
from lms.lib.appendonly import AppendOnlyError
from lms.lib.clock import SHANGHAI
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.examples import examples
from tests.factories.accounts import UserFactory
from tests.factories.learning import MINUTE, SECOND, blocks, enrolment, opened, send

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=SHANGHAI)
CLOCK = NOON


def first_block(item, place=0):
    return blocks(item, place)[0]["id"]


def fresh(opened_):
    return LessonProgress.objects.get(pk=opened_.progress.pk)


@pytest.fixture
def item(clock):
    return enrolment()


@pytest.fixture
def page(item):
    return opened(item)


class TestCounting:
    def test_a_minute_of_new_text_counts(self, clock, item, page):
        clock.shift(30)
        taken = send(page.session, 1, until=30 * SECOND, coverage={first_block(item): [[0, 30 * SECOND]]})
        assert (taken.progress.counted_ms, taken.progress.active_ms, taken.counting) == (
            30 * SECOND,
            30 * SECOND,
            True,
        )
        assert taken.refused == []
        assert fresh(page).days == {"2026-03-02": 30 * SECOND}

    def test_at_most_twice_the_active_time(self, clock, item, page):
        clock.shift(10)
        taken = send(page.session, 1, until=10 * SECOND, coverage={first_block(item): [[0, 60 * SECOND]]})
        assert (taken.progress.covered_ms, taken.progress.counted_ms) == (60 * SECOND, 20 * SECOND)
        clock.shift(20)
        assert send(page.session, 2, until=30 * SECOND).progress.counted_ms == 60 * SECOND

    def test_repeats_add_nothing(self, clock, item, page):
        met = {first_block(item): [[0, 20 * SECOND]]}
        clock.shift(20)
        send(page.session, 1, until=20 * SECOND, coverage=met)
        clock.shift(20)
        taken = send(page.session, 2, until=40 * SECOND, active=[[20 * SECOND, 40 * SECOND]], coverage=met)
        assert (taken.progress.counted_ms, taken.progress.active_ms) == (20 * SECOND, 40 * SECOND)

    def test_never_more_than_the_content(self, clock, item, page):
        whole = page.progress.lengths[first_block(item)]
        clock.shift(600)
        taken = send(page.session, 1, until=600 * SECOND, coverage={first_block(item): [[0, 10 * whole]]})
        assert (taken.progress.counted_ms, taken.progress.percent) == (whole, 100)

    def test_an_hour_offline_late_counts_the_same(self, clock, item, page):
        clock.shift(7 * 24 * 3600)
        taken = send(
            page.session, 1, until=40 * SECOND, coverage={first_block(item): [[0, 40 * SECOND]]}, state="late"
        )
        assert taken.progress.counted_ms == 40 * SECOND
        assert fresh(page).days == {"2026-03-02": 40 * SECOND}

    def test_late_news_of_an_earlier_day_moves_the_days_not_the_total(self, clock, item, page):
        block = first_block(item)
        clock.shift(24 * 3600)
        tomorrow = opened(item)
        clock.shift(30)
        send(tomorrow.session, 1, until=30 * SECOND, coverage={block: [[0, 30 * SECOND]]})
        taken = send(page.session, 1, until=40 * SECOND, coverage={block: [[0, 40 * SECOND]]}, state="late")
        assert taken.progress.counted_ms == 40 * SECOND
        assert fresh(page).days == {"2026-03-02": 40 * SECOND}
        assert projection.differences(fresh(page)) == {}

    def test_a_granted_block_is_met_whole_and_bounded_by_active_time(self, clock, item, page):
        block = first_block(item)
        lesson = page.session.lesson
        grant_block(item, lesson, block, source="h5p", evidence=item.uuid)
        grant_block(item, lesson, block, source="h5p", evidence=item.uuid)
        row = fresh(page)
        assert (row.percent, row.counted_ms) == (100, 0)
        clock.shift(10)
        assert send(page.session, 1, until=10 * SECOND).progress.counted_ms == 20 * SECOND


class TestIdempotence:
    def test_the_same_report_again_changes_nothing_and_answers_the_same(self, clock, item, page):
        clock.shift(30)
        met = {first_block(item): [[0, 30 * SECOND]]}
        first = send(page.session, 1, until=30 * SECOND, coverage=met)
        clock.shift(30)
        again = send(page.session, 1, until=30 * SECOND, coverage=met)
        assert again.repeated
        assert (again.bounded, again.refused, again.progress.counted_ms) == (
            first.bounded,
            first.refused,
            first.progress.counted_ms,
        )
        assert StudyReport.objects.count() == 1

    def test_the_same_number_with_other_content_is_a_conflict(self, clock, item, page):
        clock.shift(30)
        send(page.session, 1, until=30 * SECOND)
        with pytest.raises(Conflict) as refusal:
            send(page.session, 1, until=29 * SECOND)
        assert refusal.value.status == 409
        assert StudyReport.objects.count() == 1
        assert fresh(page).active_ms == 30 * SECOND

    def test_out_of_order_reports_end_at_the_same_total(self, clock, item, page):
        block = first_block(item)
        clock.shift(90)
        send(
            page.session,
            3,
            until=90 * SECOND,
            active=[[60 * SECOND, 90 * SECOND]],
            coverage={block: [[60_000, 90_000]]},
        )
        send(page.session, 1, until=30 * SECOND, active=[[0, 30 * SECOND]], coverage={block: [[0, 30_000]]})
        taken = send(
            page.session,
            2,
            until=60 * SECOND,
            active=[[30 * SECOND, 60 * SECOND]],
            coverage={block: [[30_000, 60_000]]},
        )
        assert taken.progress.counted_ms == 90 * SECOND
        assert taken.session_active_ms == 90 * SECOND


class TestRefused:
    def test_time_in_the_future_is_refused_with_its_reason(self, clock, item, page):
        clock.shift(10)
        taken = send(page.session, 1, until=3600 * SECOND, coverage={first_block(item): [[0, 60_000]]})
        assert taken.refused == [("ahead_of_clock", 3590 * SECOND)]
        assert taken.progress.counted_ms == 20 * SECOND

    def test_another_person_writes_nothing(self, clock, item, page):
        clock.shift(30)
        with pytest.raises(NotAllowed):
            send(page.session, 1, until=30 * SECOND, user=UserFactory())
        assert StudyReport.objects.count() == 0

    def test_too_late_writes_nothing(self, clock, item, page):
        clock.shift(31 * 24 * 3600)
        with pytest.raises(Invalid) as refusal:
            send(page.session, 1, until=30 * SECOND)
        assert refusal.value.code == "too_late"
        assert "30 天" in str(refusal.value.message)

    def test_a_lesson_of_another_release_is_not_found(self, item):
        other = enrolment()
        with pytest.raises(NotFound):
            open_session(
                item.person, item, other.release.lessons.first().uuid, device="d", device_kind="phone"
            )

    def test_raw_rows_are_never_changed(self, clock, item, page):
        clock.shift(30)
        send(page.session, 1, until=30 * SECOND)
        with pytest.raises(AppendOnlyError):
            StudyReport.objects.update(seq=9)


class TestOneStream:
    def test_the_second_device_plays_but_does_not_count(self, clock, item, page):
        clock.shift(10)
        phone = opened(item, 1, kind="phone")
        clock.shift(30)
        block = first_block(item, 1)
        taken = send(phone.session, 1, until=30 * SECOND, coverage={block: [[0, 30_000]]})
        assert not taken.counting
        assert taken.refused == [("overlap", 30 * SECOND)]
        assert (taken.progress.counted_ms, taken.progress.overlap_ms) == (0, 30 * SECOND)
        assert send(page.session, 1, until=40 * SECOND).progress.active_ms == 40 * SECOND

    def test_taking_over_counts_from_then_on(self, clock, item, page):
        clock.shift(10)
        phone = opened(item, 1, kind="phone")
        clock.shift(10)
        take_over(item.person, phone.session.uuid.hex)
        take_over(item.person, phone.session.uuid.hex)
        clock.shift(10)
        block = first_block(item, 1)
        taken = send(phone.session, 1, until=20 * SECOND, coverage={block: [[0, 20_000]]})
        assert taken.counting
        assert (taken.progress.active_ms, taken.progress.overlap_ms) == (10 * SECOND, 10 * SECOND)
        assert send(page.session, 1, until=30 * SECOND).progress.active_ms == 20 * SECOND
        assert StreamClaim.objects.count() == 2

    def test_leaving_hands_the_turn_back(self, clock, item, page):
        clock.shift(10)
        phone = opened(item, 1, kind="phone")
        take_over(item.person, phone.session.uuid.hex)
        clock.shift(10)
        send(phone.session, 1, until=10 * SECOND, state="leaving")
        clock.shift(10)
        taken = send(page.session, 1, until=30 * SECOND)
        assert taken.counting
        assert taken.progress.active_ms == 20 * SECOND

    def test_a_beacon_that_is_overtaken_does_not_leave(self, clock, item, page):
        """Away for a moment and back: the report of being back arrives before the beacon of having left."""
        clock.shift(10)
        phone = opened(item, 1, kind="phone")
        clock.shift(10)
        send(page.session, 2, until=20 * SECOND)
        send(page.session, 1, until=18 * SECOND, state="leaving")
        clock.shift(20)
        taken = send(page.session, 3, until=40 * SECOND)
        assert taken.counting
        assert (taken.progress.active_ms, taken.progress.overlap_ms) == (40 * SECOND, 0)
        assert not send(phone.session, 1, until=30 * SECOND).counting

    def test_someone_gone_silent_loses_the_turn_to_who_is_there(self, clock, item, page):
        clock.shift(10)
        phone = opened(item, 1, kind="phone")
        clock.shift(100)
        send(phone.session, 1, until=100 * SECOND)
        clock.shift(30)
        taken = send(phone.session, 2, until=130 * SECOND, active=[[100 * SECOND, 130 * SECOND]])
        assert taken.counting
        assert taken.progress.active_ms == 30 * SECOND

    def test_a_lonely_page_keeps_its_turn_through_hidden_and_offline(self, clock, item, page):
        clock.shift(10)
        send(page.session, 1, until=10 * SECOND, state="leaving")
        clock.shift(3600)
        taken = send(page.session, 2, until=3610 * SECOND, active=[[3000 * SECOND, 3610 * SECOND]])
        assert taken.progress.active_ms == 620 * SECOND

    def test_a_dead_page_is_not_handed_the_turn_of_someone_who_goes_on_offline(self, clock, item, page):
        """The phone of this morning died without a word. Now: away for a moment, back, and no line for an hour."""
        clock.shift(4 * 3600)
        desk = opened(item, 1)
        clock.shift(10)
        send(desk.session, 1, until=10 * SECOND, state="leaving")
        clock.shift(3600)
        block = first_block(item, 1)
        studied = {"active": [[20 * SECOND, 3610 * SECOND]], "coverage": {block: [[0, 60_000]]}}
        taken = send(desk.session, 2, until=3610 * SECOND, **studied)
        assert taken.refused == []
        assert taken.progress.active_ms == 3600 * SECOND

    def test_the_next_lesson_in_the_same_tab_counts_at_once(self, clock, item):
        opened(item, 0, device="d", tab="t")
        clock.shift(5)
        second = opened(item, 1, device="d", tab="t")
        assert second.counting

    def test_late_reports_of_a_dead_page_take_no_turn(self, clock, item, page):
        clock.shift(10)
        phone = opened(item, 1, kind="phone")
        take_over(item.person, phone.session.uuid.hex)
        clock.shift(200)
        taken = send(page.session, 1, until=10 * SECOND, state="late")
        assert not taken.counting
        assert taken.progress.active_ms == 10 * SECOND


class TestAudit:
    def test_it_finds_and_repairs_a_wrong_total(self, clock, item, page, capsys):
        clock.shift(30)
        send(page.session, 1, until=30 * SECOND, coverage={first_block(item): [[0, 30_000]]})
        call_command("audit_study")
        LessonProgress.objects.update(counted_ms=99 * MINUTE)
        with pytest.raises(CommandError):
            call_command("audit_study")
        call_command("audit_study", "--repair")
        assert fresh(page).counted_ms == 30 * SECOND
        call_command("audit_study", "--person", str(item.person.uuid))

    @settings(
        max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(data=st.data())
    def test_quick_steps_and_rebuilding_agree_on_random_study(self, db, data):
        """Two devices, takeovers, leaving, midnight, late and repeated reports, grants."""
        with time_machine.travel(datetime(2026, 3, 2, 23, 58, tzinfo=SHANGHAI), tick=False) as traveller:
            item = enrolment()
            pages = [opened(item, 0), opened(item, 0, kind="phone")]
            block = first_block(item)
            before, seqs, kept = 0, [0, 0], []
            for _ in range(data.draw(st.integers(1, 8))):
                traveller.shift(data.draw(st.integers(1, 60)))
                which = data.draw(st.integers(0, 1))
                page = pages[which]
                what = data.draw(st.sampled_from(["report"] * 6 + ["again", "takeover", "grant"]))
                if what == "takeover":
                    take_over(item.person, page.session.uuid.hex)
                elif what == "grant":
                    grant_block(item, page.session.lesson, block, source="h5p", evidence=item.uuid)
                elif what == "again" and kept:
                    session, seq, arguments = data.draw(st.sampled_from(kept))
                    assert send(session, seq, **arguments).repeated
                else:
                    elapsed = data.draw(st.integers(1, 400)) * SECOND
                    start = data.draw(st.integers(0, elapsed - 1))
                    first = data.draw(st.integers(0, 80_000))
                    seqs[which] += 1
                    arguments = {
                        "until": elapsed,
                        "active": [[start, elapsed]],
                        "coverage": {block: [[first, first + data.draw(st.integers(1, 30_000))]]},
                        "state": data.draw(st.sampled_from(["here", "leaving", "late"])),
                    }
                    send(page.session, seqs[which], **arguments)
                    kept.append((page.session, seqs[which], arguments))
                row = fresh(pages[0])
                assert row.counted_ms >= before
                assert sum(row.days.values()) == row.counted_ms
                before = row.counted_ms
            assert projection.differences(fresh(pages[0])) == {}
            for page in pages:
                page.session.refresh_from_db()
                assert projection.session_differences(page.session) == {}
