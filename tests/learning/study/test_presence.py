"""Presence prompts: seldom, announced, answered with one tap, and what a missed one does and does not do."""

import json
from datetime import date, datetime
from uuid import uuid4

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lms.learning.study import answers, projection
from lms.learning.study.intervals import FOREVER
from lms.learning.study.models import LessonProgress, StudyRule, StudySession
from lms.learning.study.presence import export
from lms.learning.study.presence.models import PresenceAnswer, PresencePrompt
from lms.learning.study.presence.rules import answered_at, bar_of, is_due, moments, next_at
from lms.learning.study.presence.services import answer
from lms.learning.study.reports import token_for
from lms.learning.study.services import grant_block, take_over
from lms.lib.appendonly import AppendOnlyError
from lms.lib.clock import SHANGHAI
from lms.lib.errors import Invalid, NotAllowed, NotFound
from tests.examples import examples
from tests.factories.accounts import UserFactory
from tests.factories.courses import PARAGRAPH, released_course, text
from tests.factories.learning import MINUTE, SECOND, blocks, enrolment, opened, send

pytestmark = [pytest.mark.django_db, pytest.mark.long]
# After the day from which the second version of the rule holds.
NOON = datetime(2026, 12, 2, 12, 0, tzinfo=SHANGHAI)
CLOCK = NOON
STEP = 30 * SECOND


@pytest.fixture
def course(db):
    """Three hours of text: nobody comes to its end here."""
    return released_course(lessons=[[text(PARAGRAPH * 120)]])


@pytest.fixture
def item(clock, course):
    return enrolment(release=course)


class Page:
    """A page that reports every half minute, as ours does; meets content at the speed of the wall clock."""

    def __init__(self, clock, item, **options):
        self.clock, self.item = clock, item
        self.opened = opened(item, **options)
        self.session = self.opened.session
        self.block = blocks(item)[0]["id"]
        self.seq, self.at, self.met = 0, 0, self.opened.progress.covered_ms
        self.last = None

    def study(self, minutes, state="here"):
        for _ in range(int(minutes * MINUTE) // STEP):
            self.clock.shift(STEP / SECOND)
            self.report(STEP, state=state)
        return self

    def rest(self, minutes):
        self.clock.shift(minutes * 60)
        self.at += int(minutes * MINUTE)
        return self

    def report(self, active, state="here"):
        self.seq += 1
        start, self.at = self.at, self.at + active
        self.last = send(
            self.session,
            self.seq,
            until=self.at,
            active=[[start, self.at]],
            coverage={self.block: [[self.met, self.met + active]]},
            state=state,
        )
        self.met += active
        return self.last

    @property
    def now(self):
        return StudySession.objects.get(pk=self.session.pk)

    @property
    def prompt(self):
        return self.now.prompt

    @property
    def progress(self):
        return LessonProgress.objects.get(pk=self.session.progress_id)

    def tap(self, at=None, user=None, prompt=None):
        asked = prompt or PresencePrompt.objects.order_by("-pk").first().uuid
        return answer(user or self.item.person, self.session.uuid.hex, asked, self.at if at is None else at)


@pytest.fixture
def page(clock, item):
    return Page(clock, item)


def audited():
    call_command("audit_study")


class TestTheRule:
    def test_the_second_version_asks_and_says_that_no_law_does(self):
        first, second = StudyRule.objects.order_by("version")
        assert (first.presence_every_ms, second.valid_from) == (0, date(2026, 11, 1))
        assert (second.presence_every_ms, second.presence_notice_ms, second.presence_answer_ms) == (
            45 * MINUTE,
            2 * MINUTE,
            10 * MINUTE,
        )
        assert second.source.startswith("平台规则第 2 版")
        assert "法律和政策没有规定" in second.source
        plain = second.plain()
        assert {**vars(plain), "version": 1, "presence_every_ms": 0, "presence_notice_ms": 0} | {
            "presence_answer_ms": 0
        } == vars(first.plain())

    def test_a_rule_without_a_figure_never_asks(self):
        rule = StudyRule.objects.get(version=1).plain()
        assert next_at(0, rule) == FOREVER

    def test_when_it_is_due(self):
        rule = StudyRule.objects.get(version=2).plain()
        first = next_at(0, rule)
        assert first == 43 * MINUTE
        assert not is_due(first - 1, first, 60 * MINUTE, rule)
        assert is_due(first, first, 60 * MINUTE, rule)
        # The prompt could outlast the lesson.
        assert not is_due(first, first, 12 * MINUTE, rule)
        assert moments(100, rule) == moments(100, rule).__class__(100, 100 + 2 * MINUTE, 100 + 12 * MINUTE)

    @pytest.mark.parametrize(
        ("at", "received", "taken"),
        [(50, 2000, 1050), (900, 1500, 1500), (0, 2000, 1020), (10, 1000, 1020)],
    )
    def test_an_answer_lies_between_its_question_and_its_arrival(self, at, received, taken):
        assert answered_at(1000, at, 1020, received) == taken

    def test_bars(self):
        assert bar_of(100, None) == (100, FOREVER, "unanswered")
        assert (bar_of(100, 100), bar_of(100, 99)) == (None, None)
        assert bar_of(100, 150) == (100, 150, "unanswered")


class TestAsking:
    def test_it_is_announced_after_three_quarters_of_an_hour_and_carried_by_every_answer(self, page):
        page.study(42.5)
        assert PresencePrompt.objects.count() == 0
        page.study(0.5)
        prompt = PresencePrompt.objects.get()
        assert prompt.due_ms - prompt.issued_ms == 2 * MINUTE
        assert prompt.expires_ms - prompt.due_ms == 10 * MINUTE
        assert page.last.session.prompt["id"] == prompt.uuid.hex
        page.study(3)
        assert page.last.session.prompt["id"] == prompt.uuid.hex
        assert PresencePrompt.objects.count() == 1

    def test_an_answer_in_time_costs_nothing_and_puts_off_the_next(self, page):
        page.study(50)
        found = page.tap()
        assert found.answer.how == PresenceAnswer.How.BUTTON
        assert (found.session.prompt, found.session.barred) == ({}, [])
        page.study(40)
        assert PresencePrompt.objects.count() == 1
        assert page.progress.counted_ms == 90 * MINUTE
        page.study(4)
        assert PresencePrompt.objects.count() == 2
        audited()

    def test_a_missed_one_pauses_from_then_on_and_erases_nothing(self, page):
        page.study(70)
        # Announced after 43 minutes, asked from 45 to 55.
        assert page.progress.counted_ms == 55 * MINUTE
        assert page.progress.barred_ms == 15 * MINUTE
        assert page.last.refused == [("unanswered", STEP)]
        audited()
        found = page.tap()
        assert found.session.barred == [
            [page.session.opened_ms + 55 * MINUTE, page.session.opened_ms + 70 * MINUTE, "unanswered"]
        ]
        assert found.progress.counted_ms == 55 * MINUTE
        page.met = 55 * MINUTE
        page.study(10)
        assert page.progress.counted_ms == 65 * MINUTE
        audited()

    def test_content_played_to_nobody_is_not_met_and_cannot_be_made_up(self, page):
        page.study(100)
        page.tap()
        assert page.progress.covered_ms == 55 * MINUTE
        page.study(10)
        assert page.progress.covered_ms == 65 * MINUTE

    def test_a_tap_without_a_line_counts_from_when_it_was_tapped(self, page):
        page.study(50)
        tapped = page.at
        page.study(20)
        assert page.progress.counted_ms == 55 * MINUTE
        page.clock.shift(3600)
        found = page.tap(tapped)
        assert found.session.barred == []
        assert found.progress.counted_ms == 70 * MINUTE
        audited()

    def test_the_last_minutes_of_a_lesson_are_not_interrupted(self, clock):
        page = Page(clock, enrolment(release=released_course(lessons=[[text(PARAGRAPH * 34)]])))
        assert 43 * MINUTE < sum(page.progress.lengths.values()) < 55 * MINUTE
        page.study(54)
        assert PresencePrompt.objects.count() == 0
        page.study(60)
        assert PresencePrompt.objects.count() == 0

    def test_late_reports_and_pages_without_the_turn_are_not_asked(self, page, clock, item):
        page.study(44, state="late")
        assert PresencePrompt.objects.count() == 0
        other = opened(item)
        take_over(item.person, other.session.uuid.hex)
        # Not yet so long that the other page were silent, and its turn free.
        page.study(1)
        assert PresencePrompt.objects.count() == 0

    def test_sessions_keep_the_rule_that_never_asked(self, clock, course):
        clock.move_to(datetime(2026, 10, 30, 12, 0, tzinfo=SHANGHAI))
        page = Page(clock, enrolment(release=course))
        clock.move_to(datetime(2026, 10, 30, 12, 0, tzinfo=SHANGHAI))
        page.study(120)
        assert PresencePrompt.objects.count() == 0
        assert page.progress.counted_ms == 120 * MINUTE


class TestOtherProofs:
    """Who does things is hardly ever asked."""

    @pytest.mark.parametrize(("source", "how"), [("quiz", "quiz"), ("h5p", "exercise")])
    def test_an_exercise_puts_it_off_and_answers_what_is_open(self, clock, source, how):
        course = released_course(lessons=[[text(PARAGRAPH * 120)], [text(), text()]])
        item = enrolment(release=course)
        page = Page(clock, item)
        page.study(30)
        lesson = item.release.lessons.all()[1]
        grant_block(item, lesson, lesson.blocks[0]["id"], source=source, evidence=uuid4())
        page.study(40)
        assert PresencePrompt.objects.count() == 0
        page.study(10)
        assert PresencePrompt.objects.count() == 1
        grant_block(item, lesson, lesson.blocks[1]["id"], source=source, evidence=uuid4())
        assert PresenceAnswer.objects.get().how == how
        page.study(20)
        assert page.progress.counted_ms == 100 * MINUTE
        audited()

    def test_a_takeover_does(self, page, item):
        page.study(30)
        other = opened(item)
        take_over(item.person, other.session.uuid.hex)
        take_over(item.person, page.session.uuid.hex)
        page.study(42)
        assert PresencePrompt.objects.count() == 0
        page.study(2)
        assert PresencePrompt.objects.count() == 1
        found = take_over(item.person, page.session.uuid.hex)
        assert (found.prompt, PresenceAnswer.objects.get().how) == ({}, "takeover")

    def test_a_lesson_opened_by_hand_does(self, page, clock, item):
        page.study(30)
        again = Page(clock, item)
        again.study(42)
        assert PresencePrompt.objects.count() == 0


class TestGoingOn:
    """A reload is not a hand: what was open stays open, and what was counted since the last proof stays counted."""

    def test_a_page_that_renews_itself_goes_on_counting(self, clock, item):
        page = Page(clock, item, device="desk", tab="one")
        page.study(30)
        again = Page(clock, item, device="desk", tab="one", again=True)
        again.study(12.5)
        assert PresencePrompt.objects.count() == 0
        again.study(0.5)
        assert PresencePrompt.objects.get().session_id == again.session.pk

    def test_a_reload_while_it_is_asked_does_not_lose_it(self, clock, item):
        page = Page(clock, item, device="desk", tab="one")
        page.study(46)
        again = Page(clock, item, device="desk", tab="one", again=True)
        assert again.opened.session.prompt == page.prompt
        again.study(20)
        assert again.progress.counted_ms == 55 * MINUTE
        audited()
        # The tap is given on the new page and holds for both.
        again.tap()
        assert (page.prompt, again.prompt) == ({}, {})
        again.met = 55 * MINUTE
        again.study(5)
        assert again.progress.counted_ms == 60 * MINUTE
        audited()

    def test_a_tap_on_the_page_before_holds_for_the_page_after(self, clock, item):
        page = Page(clock, item, device="desk", tab="one")
        page.study(46)
        again = Page(clock, item, device="desk", tab="one", again=True)
        again.study(20)
        page.tap()
        assert again.progress.counted_ms == 66 * MINUTE
        assert again.now.barred == []
        audited()

    def test_a_reload_after_a_missed_one_is_paused_still(self, clock, item):
        page = Page(clock, item, device="desk", tab="one")
        page.study(60)
        again = Page(clock, item, device="desk", tab="one", again=True)
        again.study(10)
        assert again.progress.counted_ms == 55 * MINUTE
        assert PresencePrompt.objects.count() == 1
        audited()


class TestRefusals:
    def test_the_same_answer_again_changes_nothing(self, page):
        page.study(60)
        first = page.tap()
        page.study(2)
        again = page.tap(50 * MINUTE)
        assert (first.repeated, again.repeated) == (False, True)
        assert again.answer.at_ms == first.answer.at_ms
        assert PresenceAnswer.objects.count() == 1

    def test_anothers_and_made_up_ones(self, page, clock, course):
        page.study(50)
        stranger = UserFactory()
        with pytest.raises(NotAllowed) as refusal:
            page.tap(user=stranger)
        assert refusal.value.code == "other_person"
        with pytest.raises(NotFound) as refusal:
            page.tap(prompt=uuid4())
        assert refusal.value.code == "unknown_prompt"
        # A prompt of somebody else's session, answered with one's own.
        other = Page(clock, enrolment(user=stranger, release=course))
        with pytest.raises(NotFound):
            other.tap(prompt=page.prompt["id"])
        with pytest.raises(NotFound):
            answer(page.item.person, uuid4().hex, uuid4(), 0)
        assert PresenceAnswer.objects.count() == 0

    def test_too_late(self, page):
        page.study(60)
        page.clock.shift(31 * 24 * 3600)
        with pytest.raises(Invalid) as refusal:
            page.tap()
        assert refusal.value.code == "too_late"

    def test_rows_only_grow(self, page):
        page.study(50)
        page.tap()
        for row in (PresencePrompt.objects.get(), PresenceAnswer.objects.get()):
            with pytest.raises(AppendOnlyError):
                row.save()


class TestDoors:
    def test_the_page_and_the_api(self, page, item):
        client = Client()
        client.force_login(item.person)
        page.study(50)
        asked = page.prompt["id"]
        body = {"session": token_for(page.session.uuid.hex), "prompt": asked, "at_ms": page.at}

        def post(address, **changed):
            return client.post(address, json.dumps(body | changed), content_type="application/json")

        address = reverse("learning:study_presence")
        for wrong in ({"at_ms": -1}, {"at_ms": 1.5}, {"at_ms": True}, {"prompt": "x"}, {"session": 7}):
            assert post(address, **wrong).status_code == 422, wrong
        assert post(address, session="forged:signature").status_code == 403
        found = post(address).json()
        assert (found["answered_ms"], found["in_time"], found["prompt"]) == (page.at, True, None)
        assert post("/api/v1/learning/presence").json() == found
        assert Client().post(address, "{}", content_type="application/json").status_code == 401

    def test_it_is_told_relative_to_the_session(self, page, item):
        page.study(43)
        told = answers.taken(page.last)["prompt"]
        assert told == {"id": page.prompt["id"], "due_ms": 45 * MINUTE, "until_ms": 55 * MINUTE}
        assert answers.opened(page.opened, 0)["prompt"] is None

    def test_the_day_page_says_what_was_asked_and_what_did_not_count(self, page, item):
        page.study(60)
        client = Client()
        client.force_login(item.person)
        address = reverse("hours:day", args=[NOON.date()])
        shown = client.get(address).content.decode()
        assert "12:45 问过是否还在学习，12:55 前没有回应" in shown
        assert "从 12:55 起暂停计时，此前的不变" in shown
        assert "学时计算规则第 2 版" in shown
        assert "45 分钟，10 分钟内回应" in shown
        page.tap()
        shown = client.get(address).content.decode()
        assert "12:55 到 13:00 暂停计时，此前的不变" in shown
        (told,) = client.get(f"/api/v1/learning/days/{NOON.date()}").json()["prompts"]
        assert told["rule"] == 2
        assert told["answered_at"]

    def test_ones_own_data_hold_it(self, page, item):
        page.study(60)
        (row,) = export.part(item.person)
        assert (row["answered"], row["rule"]) == (None, 2)
        page.tap()
        (row,) = export.part(item.person)
        assert row["answered"]["how"] == "button"


steps = st.lists(
    st.one_of(
        st.tuples(st.just("study"), st.integers(1, 40)),
        st.tuples(st.just("rest"), st.integers(1, 30)),
        st.tuples(st.just("tap"), st.integers(0, 40)),
        st.tuples(st.just("exercise"), st.just(0)),
    ),
    max_size=8,
)


@given(steps)
@settings(
    max_examples=examples(12),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_happens_nothing_counted_is_taken_back_and_the_audit_agrees(course, happens):
    with time_machine.travel(NOON, tick=False) as clock:
        page = Page(clock, enrolment(user=UserFactory(), release=course))
        counted = 0
        for what, minutes in happens:
            if what == "study":
                page.study(minutes)
            elif what == "rest":
                page.rest(minutes)
            elif what == "exercise":
                take_over(page.item.person, page.session.uuid.hex)
            elif page.prompt:
                page.tap(max(page.at - minutes * MINUTE, 0), prompt=page.prompt["id"])
            now_counted = page.progress.counted_ms
            assert now_counted >= counted, what
            counted = now_counted
        assert projection.differences(page.progress) == {}
        assert projection.session_differences(page.now) == {}
