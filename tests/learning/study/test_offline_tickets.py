"""Study without a line under a ticket: kept at once, counted when its quiz is passed, never twice, never silently lost."""

import json
from datetime import datetime
from uuid import UUID, uuid4

import pytest
import time_machine
from django.core.signing import Signer
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lms.learning.assessment import services as quizzes
from lms.learning.completion.models import Completion
from lms.learning.study import projection
from lms.learning.study.models import LessonProgress, StreamClaim, StudyReport, StudySession
from lms.learning.study.offline.models import OfflinePart, OfflineRule, OfflineSession, StudyTicket
from lms.learning.study.offline.queries import pending_of
from lms.learning.study.offline.rules import Unit, confirming, place
from lms.learning.study.offline.services import issue_ticket, take_part
from lms.learning.study.reports import facts_of
from lms.learning.study.services import take_over
from lms.lib.clock import SHANGHAI
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.examples import examples
from tests.factories.accounts import UserFactory
from tests.factories.learning import MINUTE, SECOND, blocks, body, enrolment, opened, send
from tests.learning.study.simulate import compare

pytestmark = [pytest.mark.django_db, pytest.mark.long]
START = datetime(2026, 3, 2, 8, tzinfo=SHANGHAI)
CLOCK = START
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@pytest.fixture
def item(clock):
    """Two lessons of text and a third with the quiz, in one chapter."""
    return enrolment(with_quiz=True)


@pytest.fixture
def without_quiz(clock):
    return enrolment()


def taken_along(item, where=0, device="phone"):
    lesson = item.release.lessons.all()[where]
    return issue_ticket(item.person, item, lesson.uuid, device=device, device_kind="phone")


def facts(seq=1, *, until, active=None, **more):
    stretches = [[0, until]] if active is None else active
    return {
        "seq": seq,
        "elapsed_ms": until,
        "active_ms_total": sum(end - start for start, end in stretches),
        "active": stretches,
        "inactive": [],
        "coverage": {},
    } | more


def hand_in(issued, key, *, since, until, lasted=None, user=None, **more):
    return take_part(
        user or issued.ticket.person,
        issued.token,
        key,
        facts_of(facts(until=until, **more), session=""),
        since_ms=since,
        lasted_ms=until if lasted is None else lasted,
    )


def pass_quiz(item):
    lesson = item.release.lessons.all()[2]
    block = blocks(item, 2)[0]
    attempt = quizzes.begin(item.person, item, lesson, block["id"])
    return quizzes.submit(item.person, attempt, {block["value"]["questions"][0]["id"]: ["a"]})


def progress(item, where=0):
    return LessonProgress.objects.get(enrolment=item, lesson=item.release.lessons.all()[where])


def is_right(item):
    # Two claims in one moment are a millisecond apart, and the model knows only whole seconds.
    moments = StreamClaim.objects.filter(person=item.person).values_list("at_ms", flat=True)
    if all(moment % SECOND == 0 for moment in moments):
        compare(item.person)
    for row in LessonProgress.objects.filter(person=item.person):
        assert projection.differences(row) == {}
    for session in StudySession.objects.filter(person=item.person).select_related("rule"):
        assert projection.session_differences(session) == {}


class TestTicket:
    def test_it_names_person_lesson_rule_and_its_end(self, item):
        issued = taken_along(item)
        row = StudyTicket.objects.get()
        assert (row.person, row.enrolment, row.until_ms - row.issued_ms) == (item.person, item, 14 * DAY)
        assert issued.progress.lengths == progress(item).lengths
        assert "平台规则" in row.offline_rule.source

    def test_only_for_ones_own_course(self, item):
        lesson = item.release.lessons.first()
        with pytest.raises(NotFound):
            issue_ticket(UserFactory(), item, lesson.uuid, device="d", device_kind="phone")
        with pytest.raises(NotFound):
            issue_ticket(item.person, item, uuid4(), device="d", device_kind="phone")
        assert not StudyTicket.objects.exists()

    @pytest.mark.parametrize("unset", ["valid_ms", "media_bytes"])
    def test_a_rule_that_is_not_set_is_said_to_be(self, item, unset):
        values = {"valid_ms": DAY, "media_bytes": 1} | {unset: None}
        OfflineRule.objects.create(version=2, valid_from=START.date(), source="试验", **values)
        with pytest.raises(Invalid, match="尚未设定") as refusal:
            taken_along(item)
        assert refusal.value.code == "no_rule"

    def test_none_for_a_lesson_whose_exercises_need_the_line(self, item, monkeypatch):
        monkeypatch.setattr("lms.learning.study.offline.services.KEEPABLE", frozenset({"video"}))
        with pytest.raises(Invalid) as refusal:
            taken_along(item)
        assert refusal.value.code == "not_keepable"


class TestPending:
    @pytest.fixture
    def offline(self, clock, item):
        """An hour after the download, without a line: a minute and a half of text met in as much time."""
        opened(item, 0, device="phone", kind="phone")
        issued, key = taken_along(item), uuid4()
        clock.shift(3 * 3600)
        met = {blocks(item)[0]["id"]: [[0, 60 * SECOND]]}
        self.kept = hand_in(issued, key, since=HOUR, until=90 * SECOND, coverage=met)
        self.issued, self.key = issued, key
        return item

    def test_it_waits_for_the_quiz_and_says_so(self, offline):
        assert self.kept.progress is None
        assert progress(offline).counted_ms == 0
        waits = pending_of(offline, offline.release.lessons.all()[0])
        assert (waits.active_ms, waits.quizzes) == (90 * SECOND, ["小测验"])
        assert not StudyReport.objects.exists()

    def test_the_quiz_confirms_it_where_it_was(self, clock, offline):
        clock.shift(24 * 3600)
        pass_quiz(offline)
        row = progress(offline)
        assert (row.active_ms, row.counted_ms) == (90 * SECOND, 60 * SECOND)
        assert row.days == {"2026-03-02": 60 * SECOND}
        assert (
            StudySession.objects.get(offline__key=self.key).opened_ms == self.issued.ticket.issued_ms + HOUR
        )
        assert pending_of(offline, offline.release.lessons.all()[0]) is None
        is_right(offline)

    def test_a_failed_attempt_confirms_nothing(self, offline):
        lesson, block = offline.release.lessons.all()[2], blocks(offline, 2)[0]
        attempt = quizzes.begin(offline.person, offline, lesson, block["id"])
        quizzes.submit(offline.person, attempt, {block["value"]["questions"][0]["id"]: ["b"]})
        assert progress(offline).counted_ms == 0
        assert pending_of(offline, offline.release.lessons.all()[0]).active_ms == 90 * SECOND

    def test_what_comes_after_the_quiz_counts_at_once(self, offline):
        pass_quiz(offline)
        kept = hand_in(
            self.issued,
            self.key,
            since=HOUR,
            until=110 * SECOND,
            seq=2,
            active=[[90 * SECOND, 110 * SECOND]],
            coverage={blocks(offline)[0]["id"]: [[60 * SECOND, 80 * SECOND]]},
        )
        assert (kept.progress.active_ms, kept.progress.counted_ms) == (110 * SECOND, 80 * SECOND)
        is_right(offline)

    def test_passing_completes_the_course_with_it(self, clock, offline):
        """Hours and completion know only what is confirmed, and then all of it."""
        key = uuid4()
        for where in (0, 1):
            clock.shift(3600)
            issued = taken_along(offline, where)
            clock.shift(3600)
            met = {block["id"]: [[0, HOUR]] for block in blocks(offline, where)}
            hand_in(issued, key, since=MINUTE, until=10 * MINUTE, coverage=met)
        assert not Completion.objects.exists()
        pass_quiz(offline)
        done = Completion.objects.get()
        assert done.counted_ms == sum(row.counted_ms for row in LessonProgress.objects.all()) > 0
        is_right(offline)

    def test_the_day_and_the_lesson_show_what_waits(self, client, offline):
        client.force_login(offline.person)
        for address in (
            "/hours/2026-03-02/",
            f"/learn/{offline.uuid}/{offline.release.lessons.all()[0].uuid}/",
        ):
            page = client.get(address).content.decode()
            assert "待确认" in page
            assert "小测验" in page


class TestCounting:
    def test_without_any_quiz_it_counts_on_arrival(self, clock, without_quiz):
        issued = taken_along(without_quiz)
        clock.shift(3600)
        met = {blocks(without_quiz)[0]["id"]: [[0, 60 * SECOND]]}
        kept = hand_in(issued, uuid4(), since=MINUTE, until=40 * SECOND, coverage=met)
        assert (kept.progress.active_ms, kept.progress.counted_ms) == (40 * SECOND, 60 * SECOND)
        is_right(without_quiz)

    def test_the_page_it_was_downloaded_on_may_have_gone_without_a_word(self, clock, without_quiz):
        """It lost its line with everything else and still holds the turn; ten minutes of its own are known."""
        page = opened(without_quiz, device="phone", kind="phone")
        issued = taken_along(without_quiz)
        clock.shift(600)
        send(page.session, 1, until=10 * MINUTE)
        clock.shift(3600)
        kept = hand_in(issued, uuid4(), since=9 * MINUTE, until=20 * MINUTE)
        assert kept.progress.active_ms == 29 * MINUTE
        # Its last words come from the same device, afterwards: a minute before the other page was opened was free.
        late = send(page.session, 2, until=40 * MINUTE, active=[[10 * MINUTE, 40 * MINUTE]], state="late")
        assert late.progress.active_ms == 40 * MINUTE
        is_right(without_quiz)

    def test_what_another_device_was_counted_for_is_not_counted_again(self, clock, without_quiz):
        issued = taken_along(without_quiz)
        clock.shift(3600)
        desk = opened(without_quiz, 1)
        clock.shift(600)
        send(desk.session, 1, until=10 * MINUTE)
        kept = hand_in(issued, uuid4(), since=55 * MINUTE, until=15 * MINUTE)
        assert kept.progress.active_ms == 0
        assert progress(without_quiz, 1).active_ms == 10 * MINUTE
        is_right(without_quiz)

    def test_two_devices_without_a_line_in_turn(self, clock, without_quiz):
        phone, tablet = taken_along(without_quiz, 0), taken_along(without_quiz, 1, device="tablet")
        clock.shift(4 * 3600)
        first = hand_in(tablet, uuid4(), since=2 * HOUR, until=20 * MINUTE)
        second = hand_in(phone, uuid4(), since=HOUR, until=20 * MINUTE)
        third = hand_in(phone, uuid4(), since=3 * HOUR, until=20 * MINUTE)
        assert (first.progress.active_ms, second.progress.active_ms) == (20 * MINUTE, 20 * MINUTE)
        assert third.progress.active_ms == 40 * MINUTE
        is_right(without_quiz)

    def test_longer_than_the_time_there_was_is_cut_by_the_servers_clock(self, clock, without_quiz):
        issued = taken_along(without_quiz)
        clock.shift(600)
        kept = hand_in(issued, uuid4(), since=0, until=3 * HOUR)
        assert kept.progress.active_ms == 10 * MINUTE
        is_right(without_quiz)

    def test_a_session_has_an_end_without_a_line_too(self, clock, without_quiz):
        issued = taken_along(without_quiz)
        clock.shift(2 * 24 * 3600)
        kept = hand_in(issued, uuid4(), since=0, until=20 * HOUR)
        assert kept.progress.active_ms == 12 * HOUR

    @settings(
        max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(data=st.data())
    def test_nothing_falls_and_nothing_is_longer_than_the_time_there_was(self, db, data):
        """Sessions of three tickets, placed anywhere and saying anything, beside a desk with a line."""
        with time_machine.travel(START, tick=False) as traveller:
            item = enrolment()
            tickets = [taken_along(item, 0), taken_along(item, 1), taken_along(item, 1, device="tablet")]
            desk = opened(item, 0)
            keys = [UUID(int=number) for number in range(4)]
            seqs, desk_seq, second, before = {}, 0, 0, {}
            for _ in range(data.draw(st.integers(1, 8))):
                step = data.draw(st.integers(1, 300))
                second += step
                traveller.shift(step)
                what = data.draw(st.sampled_from(["part"] * 4 + ["desk", "desk", "takeover"]))
                if what == "takeover":
                    take_over(item.person, desk.session.uuid.hex)
                elif what == "desk":
                    desk_seq += 1
                    state = data.draw(st.sampled_from(["here", "leaving", "late"]))
                    start = data.draw(st.integers(0, second - 1))
                    send(
                        desk.session,
                        desk_seq,
                        until=second * SECOND,
                        active=[[start * SECOND, second * SECOND]],
                        state=state,
                    )
                else:
                    which, key = data.draw(st.integers(0, 2)), data.draw(st.sampled_from(keys))
                    seq = seqs[which, key] = seqs.get((which, key), 0) + 1
                    elapsed = data.draw(st.integers(1, 500))
                    start = data.draw(st.integers(0, elapsed - 1))
                    hand_in(
                        tickets[which],
                        key,
                        since=data.draw(st.integers(0, 2000)) * SECOND,
                        lasted=data.draw(st.integers(elapsed, 600)) * SECOND,
                        until=elapsed * SECOND,
                        active=[[start * SECOND, elapsed * SECOND]],
                        seq=seq,
                    )
                rows = {row.pk: row.active_ms for row in LessonProgress.objects.filter(person=item.person)}
                assert all(ms >= before.get(pk, 0) for pk, ms in rows.items())
                assert sum(rows.values()) <= second * SECOND
                before = rows
            is_right(item)


class TestRefused:
    @pytest.fixture
    def issued(self, clock, without_quiz):
        found = taken_along(without_quiz)
        clock.shift(3600)
        return found

    def nothing(self):
        return not OfflineSession.objects.exists() and not OfflinePart.objects.exists()

    def test_another_person_writes_nothing(self, issued):
        with pytest.raises(NotAllowed) as refusal:
            hand_in(issued, uuid4(), since=0, until=SECOND, user=UserFactory())
        assert refusal.value.code == "other_person"
        assert self.nothing()

    @pytest.mark.parametrize("forge", ["", "x:y", "plain", "other"])
    def test_a_ticket_that_is_not_ours(self, issued, forge):
        uuid = issued.ticket.uuid.hex
        token = {
            "plain": uuid,
            "other": Signer(salt="rongtong.study.session").sign(uuid),
        }.get(forge, forge)
        with pytest.raises(NotAllowed) as refusal:
            take_part(
                issued.ticket.person,
                token,
                uuid4(),
                facts_of(facts(until=SECOND), session=""),
                since_ms=0,
                lasted_ms=0,
            )
        assert refusal.value.code == "bad_ticket"
        assert self.nothing()

    def test_begun_after_its_end(self, clock, issued):
        clock.shift(15 * 24 * 3600)
        with pytest.raises(Invalid, match="14 天") as refusal:
            hand_in(issued, uuid4(), since=14 * DAY, until=MINUTE)
        assert refusal.value.code == "ticket_expired"
        assert self.nothing()
        assert hand_in(issued, uuid4(), since=13 * DAY, until=MINUTE).progress.active_ms == MINUTE

    def test_handed_in_too_late(self, clock, issued):
        clock.shift(31 * 24 * 3600)
        with pytest.raises(Invalid) as refusal:
            hand_in(issued, uuid4(), since=0, until=MINUTE)
        assert refusal.value.code == "too_late"
        assert self.nothing()

    def test_the_same_part_again_and_another_under_its_number(self, clock, issued):
        key = uuid4()
        first = hand_in(issued, key, since=0, until=MINUTE)
        clock.shift(100)
        again = hand_in(issued, key, since=0, until=MINUTE)
        assert again.repeated
        assert again.progress.active_ms == first.progress.active_ms == MINUTE
        with pytest.raises(Conflict):
            hand_in(issued, key, since=0, until=2 * MINUTE)
        assert OfflinePart.objects.count() == StudyReport.objects.count() == 1


class TestDoor:
    @pytest.fixture
    def learner(self, item):
        client = Client()
        client.force_login(item.person)
        return client

    def post(self, client, name, data):
        return client.post(f"/learn/study/{name}", json.dumps(data), content_type="application/json")

    def test_from_ticket_to_what_waits(self, clock, item, learner):
        lesson = item.release.lessons.first()
        asked = {
            "enrolment": str(item.uuid),
            "lesson": str(lesson.uuid),
            "device": "d",
            "device_kind": "phone",
        }
        ticket = self.post(learner, "ticket", asked).json()
        assert ticket["until_ms"] - ticket["issued_ms"] == 14 * DAY
        assert ticket["lengths"]
        clock.shift(3600)
        told = {"ticket": ticket["ticket"], "session": str(uuid4()), "since_ms": 0, "lasted_ms": MINUTE}
        answer = self.post(learner, "offline", told | facts(until=MINUTE))
        assert answer.json() == {
            "counted": False,
            "counted_ms": None,
            "pending_ms": MINUTE,
            "confirmed_by": ["小测验"],
        }

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"ticket": None}, 422),
            ({"ticket": "forged"}, 403),
            ({"session": "x"}, 422),
            ({"since_ms": -1}, 422),
            ({"since_ms": 1.5}, 422),
            ({"lasted_ms": None}, 422),
            ({"lasted_ms": 10**15}, 422),
            ({"seq": 0}, 422),
            ({"active": [[5, 5]]}, 422),
            ({"position": "x" * 70_000}, 413),
        ],
    )
    def test_bad_input_gets_a_status_and_writes_nothing(self, clock, item, learner, change, status):
        token = taken_along(item).token
        clock.shift(3600)
        told = {"ticket": token, "session": str(uuid4()), "since_ms": 0, "lasted_ms": MINUTE}
        answer = self.post(learner, "offline", told | facts(until=MINUTE) | change)
        assert answer.status_code == status
        assert answer.json()["message"]
        assert not OfflinePart.objects.exists()
        assert not StreamClaim.objects.exists()

    def test_nobody_signed_in_keeps_it_for_later(self, item):
        assert self.post(Client(), "offline", {}).status_code == 401
        assert self.post(Client(), "ticket", {}).status_code == 401

    def test_an_ordinary_report_is_not_a_part(self, item, learner):
        page = opened(item)
        assert self.post(learner, "offline", body(page.session, 1, until=0, active=[])).status_code == 422


class TestRules:
    @given(*[st.integers(0, 10**6)] * 4)
    def test_a_session_lies_between_issue_and_arrival(self, issued, waited, since, lasted):
        found = place(issued, issued + waited, since, lasted)
        assert found >= issued
        if lasted <= waited:
            assert found + lasted <= issued + waited
        if since + lasted <= waited:
            assert found == issued + since

    def test_the_nearest_quizzes_confirm(self):
        units = [
            Unit(1, "甲", frozenset({"a", "b"})),
            Unit(2, "甲", frozenset()),
            Unit(3, "乙", frozenset()),
        ]
        assert confirming(units, 1) == {(1, "a"), (1, "b")}
        assert confirming(units, 2) == {(1, "a"), (1, "b")}
        assert confirming(units, 3) == {(1, "a"), (1, "b")}
        assert confirming([*units, Unit(4, "乙", frozenset({"c"}))], 3) == {(4, "c")}
        assert confirming(units[1:], 2) == set()
