"""Honest study on a page without a line, after the page that held the turn was closed: nothing else could count."""

from datetime import datetime

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lms.learning.study import projection
from lms.learning.study.models import LessonProgress, StudySession
from lms.learning.study.services import take_over
from lms.lib.clock import SHANGHAI
from tests.examples import examples
from tests.factories.learning import MINUTE, SECOND, blocks, enrolment, opened, send
from tests.learning.study.simulate import compare

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def test_a_phone_that_goes_on_offline_after_the_computer_was_closed_is_counted():
    """Opened on the phone; some minutes at the computer, which is closed; ten minutes on the phone in the underground.

    The turn stayed with the closed page. While it is closed no stretch of its can be accepted, so these minutes could
    be the phone's without any being counted twice.
    """
    with time_machine.travel(datetime(2026, 3, 2, 8, tzinfo=SHANGHAI), tick=False) as clock:
        item = enrolment()
        phone = opened(item, 0, kind="phone")
        clock.shift(30)
        send(phone.session, 1, until=30 * SECOND)
        clock.shift(10 * 60)
        desk = opened(item, 1)
        assert desk.counting
        clock.shift(60)
        send(desk.session, 1, until=MINUTE, state="leaving")
        clock.shift(5 * 60)
        # On the phone from here on, without a line for ten minutes; then one report says it all.
        began = (30 + 600 + 60 + 300) * SECOND
        clock.shift(600)
        ended = began + 600 * SECOND
        taken = send(
            phone.session,
            2,
            until=ended,
            active=[[began, ended]],
            coverage={blocks(item)[0]["id"]: [[0, 90 * SECOND]]},
        )
        assert taken.refused == []
        assert taken.progress.active_ms == (30 + 600) * SECOND


START = datetime(2026, 3, 2, 8, tzinfo=SHANGHAI)
CLOCK = START
KINDS = ("computer", "phone", "tablet")


def rows_of(item):
    return {row.lesson_id: row for row in LessonProgress.objects.filter(person=item.person)}


def is_right(item):
    """Every total is the model's and the audit's, whatever the quick way did."""
    compare(item.person)
    for row in rows_of(item).values():
        assert projection.differences(row) == {}
    for session in StudySession.objects.filter(person=item.person).select_related("rule"):
        assert projection.session_differences(session) == {}


class TestOpenTurn:
    @pytest.fixture
    def item(self, clock):
        return enrolment()

    @pytest.fixture
    def phone(self, clock, item):
        """Opened, and put away; then ten minutes at a computer, closed at 8:20. Now it is 8:40."""
        found = opened(item, 0, kind="phone")
        clock.shift(10 * 60)
        desk = opened(item, 1)
        clock.shift(10 * 60)
        send(desk.session, 1, until=10 * MINUTE, state="leaving")
        clock.shift(20 * 60)
        self.desk = desk
        return found

    def test_what_was_counted_stays_and_only_open_time_is_given(self, clock, item, phone):
        """The phone claims from 8:05 to 8:30: it held its turn until 8:10, the computer until it was closed at 8:20."""
        taken = send(phone.session, 1, until=30 * MINUTE, active=[[5 * MINUTE, 30 * MINUTE]], state="late")
        assert taken.refused == [("overlap", 10 * MINUTE)]
        assert taken.progress.active_ms == 15 * MINUTE
        assert LessonProgress.objects.get(pk=self.desk.progress.pk).active_ms == 10 * MINUTE
        is_right(item)

    def test_whoever_comes_with_a_line_ends_it(self, clock, item, phone):
        """A third page opened at 8:40 and still there: nothing after that is open, what was before is."""
        tablet = opened(item, 1, kind="tablet")
        clock.shift(10 * 60)
        send(tablet.session, 1, until=10 * MINUTE)
        taken = send(phone.session, 1, until=50 * MINUTE, active=[[35 * MINUTE, 50 * MINUTE]])
        assert taken.refused == [("overlap", 10 * MINUTE)]
        assert taken.progress.active_ms == 5 * MINUTE
        assert not taken.counting
        is_right(item)

    def test_the_computer_that_came_back_keeps_its_turn_and_the_phone_what_was_open(self, clock, item, phone):
        clock.shift(60)
        send(self.desk.session, 2, until=31 * MINUTE, active=[[31 * MINUTE - SECOND, 31 * MINUTE]])
        clock.shift(60)
        taken = send(phone.session, 1, until=30 * MINUTE, active=[[22 * MINUTE, 30 * MINUTE]], state="late")
        assert (taken.refused, taken.counting) == ([], False)
        clock.shift(60)
        back = send(self.desk.session, 3, until=33 * MINUTE, active=[[31 * MINUTE, 33 * MINUTE]])
        assert (back.refused, back.counting) == ([], True)
        is_right(item)

    def test_the_same_open_time_is_given_once(self, clock, item, phone):
        other = opened(item, 1, device="held back", kind="tablet")
        send(other.session, 1, until=0, active=[], state="leaving")
        clock.shift(20 * 60)
        spent = [[45 * MINUTE, 55 * MINUTE]]
        send(phone.session, 1, until=55 * MINUTE, active=spent, state="late")
        taken = send(other.session, 2, until=20 * MINUTE, active=[[5 * MINUTE, 15 * MINUTE]], state="late")
        assert taken.refused == [("overlap", 10 * MINUTE)]
        is_right(item)

    def test_nothing_is_open_while_the_holder_is_there(self, clock, item, phone):
        """Not left, only silent: it may be studying without a line itself."""
        desk = opened(item, 1)
        clock.shift(20 * 60)
        spent = [[45 * MINUTE, 55 * MINUTE]]
        assert send(phone.session, 1, until=55 * MINUTE, active=spent, state="late").refused == [
            ("overlap", 10 * MINUTE)
        ]
        assert send(desk.session, 1, until=20 * MINUTE).refused == []
        is_right(item)

    def test_an_earlier_refusal_that_fits_into_open_time_now_is_made_good(self, clock, item, phone):
        """Of two stretches the later one arrived when it was still refused: its own day gains, not today."""
        clock.shift(16 * 3600)
        first = send(phone.session, 2, until=31 * MINUTE, active=[[5 * MINUTE, 30 * MINUTE]], state="late")
        second = send(phone.session, 1, until=12 * MINUTE, active=[[2 * MINUTE, 12 * MINUTE]], state="late")
        assert (first.progress.active_ms, second.progress.active_ms) == (15 * MINUTE, 18 * MINUTE)
        is_right(item)


@settings(
    max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_who_studies_at_one_place_at_a_time_without_a_line_loses_nothing(db, data):
    """The page with the turn is left; then, on three pages in any order, stretches that never overlap; told in any
    order, from whichever page, hours later.
    """
    with time_machine.travel(START, tick=False) as traveller:
        item = enrolment()
        pages = []
        for place, kind in enumerate(KINDS):
            pages.append(opened(item, place % 2, kind=kind))
            traveller.shift(600)
        send(pages[-1].session, 1, until=600 * SECOND, active=[], state="leaving")
        moment, spent, told = 1800, 0, []
        for _ in range(data.draw(st.integers(1, 6))):
            moment += data.draw(st.integers(0, 50))
            end = moment + data.draw(st.integers(1, 50))
            told.append((data.draw(st.integers(0, 2)), moment, end))
            spent += end - moment
            moment = end
        traveller.shift(3600)
        for seq, (which, start, end) in enumerate(data.draw(st.permutations(told)), 2):
            traveller.shift(1)
            since = which * 600
            send(
                pages[which].session,
                seq,
                until=(end - since) * SECOND,
                active=[[(start - since) * SECOND, (end - since) * SECOND]],
                state=data.draw(st.sampled_from(["late", "late", "here", "leaving"])),
            )
        assert sum(row.active_ms for row in rows_of(item).values()) == spent * SECOND
        assert sum(row.overlap_ms for row in rows_of(item).values()) == 0
        is_right(item)


@settings(
    max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_whatever_pages_say_nothing_falls_and_no_second_counts_twice(db, data):
    """Three pages in two lessons, leaving, coming back, taking over, claiming any time there was, true or not."""
    with time_machine.travel(START, tick=False) as traveller:
        item = enrolment()
        pages, since, seqs, second = [], [], [0, 0, 0], 0
        for place, kind in enumerate(KINDS):
            pages.append(opened(item, place % 2, kind=kind))
            since.append(second)
            second += 5
            traveller.shift(5)
        before = {}
        for _ in range(data.draw(st.integers(2, 12))):
            step = data.draw(st.integers(1, 200))
            second += step
            traveller.shift(step)
            which = data.draw(st.integers(0, 2))
            if data.draw(st.integers(0, 6)) == 0:
                take_over(item.person, pages[which].session.uuid.hex)
            else:
                elapsed = second - since[which]
                start = data.draw(st.integers(0, elapsed - 1))
                end = data.draw(st.integers(start + 1, elapsed))
                seqs[which] += 1
                first = data.draw(st.integers(0, 60)) * SECOND
                send(
                    pages[which].session,
                    seqs[which],
                    until=elapsed * SECOND,
                    active=[[start * SECOND, end * SECOND]],
                    coverage={blocks(item, which % 2)[0]["id"]: [[first, first + 20 * SECOND]]},
                    state=data.draw(st.sampled_from(["here", "leaving", "leaving", "late"])),
                )
            rows = rows_of(item)
            for pk, row in rows.items():
                assert row.active_ms >= before.get(pk, (0, 0))[0]
                assert row.counted_ms >= before.get(pk, (0, 0))[1]
            before = {pk: (row.active_ms, row.counted_ms) for pk, row in rows.items()}
        is_right(item)
