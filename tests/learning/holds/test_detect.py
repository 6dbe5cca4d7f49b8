"""What is held and what is not, by days from real life: each suspicion beside the honest day that looks like it."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lms.learning.holds import detect
from lms.learning.holds.detect import Window
from lms.learning.holds.models import HoldScan, HoldSession, StudyHold, StudyIncident
from lms.learning.holds.queries import rule_on
from lms.learning.holds.rules import Thresholds
from lms.learning.holds.services import days_due, look_at, scan, scan_due
from tests.factories.accounts import UserFactory
from tests.factories.learning import SECOND, blocks, body, enrolment, opened, send
from tests.learning.holds import cases
from tests.learning.holds.cases import DAY, MINUTE, at, course, looked, reports, studies

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture
def item(clock):
    return enrolment(release=course())


def reasons(holds):
    return [hold.reason for hold in holds]


class TestSeveralDevices:
    def test_two_devices_for_hours(self, item, clock):
        pages = cases.overlapping(clock, item)
        (hold,) = looked(clock)
        assert (hold.reason, hold.day, hold.state, hold.person) == ("overlap", DAY, "open", item.person)
        assert hold.evidence["overlap_ms"] == 200 * MINUTE
        (stretch,) = hold.evidence["stretches"]
        assert sorted(stretch[2]) == ["computer", "phone"]
        assert {row.session_id for row in hold.sessions.all()} == {page.session.pk for page in pages}

    def test_six_windows_of_one_browser_are_one_device(self, item, clock):
        clock.move_to(at(9), tick=False)
        pages = [opened(item, place % 2, device="desk", tab=f"tab-{place}") for place in range(6)]
        for place, page in enumerate(pages):
            reports(clock, item, page, 240, place=place % 2, state="here")
        assert looked(clock) == []

    def test_six_machines_are_held(self, item, clock):
        clock.move_to(at(9), tick=False)
        pages = [opened(item, place % 2, device=f"machine-{place}") for place in range(6)]
        for place, page in enumerate(pages):
            reports(clock, item, page, 130, place=place % 2, state="here")
        (hold,) = looked(clock)
        assert hold.sessions.count() == 6

    def test_a_video_that_plays_on_at_the_desk_while_one_reads_on_the_phone(self, item, clock):
        studies(clock, item, 9, 90, device="desk")
        studies(clock, item, 9, 60, minute=20, device="phone", kind="phone", place=1)
        assert looked(clock) == []

    def test_a_second_device_that_is_only_open(self, item, clock):
        clock.move_to(at(9), tick=False)
        desk, phone = opened(item, 0, device="desk"), opened(item, 1, device="phone", kind="phone")
        reports(clock, item, desk, 240)
        send(phone.session, 1, until=240 * MINUTE, active=[])
        assert looked(clock) == []

    def test_from_the_desk_to_the_train_and_back(self, item, clock):
        for number, (device, hour) in enumerate((("desk", 8), ("phone", 10), ("desk", 12), ("phone", 14))):
            studies(clock, item, hour, 115, device=device, first=number)
        assert looked(clock) == []

    def test_an_evening_counts_for_the_day_on_which_it_was(self, item, clock):
        """Three hours over midnight: two of them on the day they began, one on the next."""
        clock.move_to(at(22), tick=False)
        pages = [opened(item, 0, device="desk"), opened(item, 1, device="phone")]
        for place, page in enumerate(pages):
            reports(clock, item, page, 180, place=place, state="here")
        assert looked(clock) == []
        scan(DAY + timedelta(days=1))
        assert not StudyHold.objects.exists()

    def test_two_people_at_two_devices(self, clock):
        release = course()
        for device in ("desk", "phone"):
            studies(clock, enrolment(release=release), 9, 240, device=device)
        assert looked(clock) == []


class TestTooFast:
    def test_a_script_claims_a_lesson_in_a_minute(self, item, clock):
        page = reports(clock, item, opened(item), 1, covered=60)
        (hold,) = looked(clock)
        assert hold.reason == "speed"
        (row,) = hold.evidence["sessions"]
        assert row == {
            "session": str(page.session.uuid),
            "opened_ms": page.session.opened_ms,
            "claimed_ms": 60 * MINUTE,
            "active_ms": MINUTE,
            "allowed_ms": 2 * MINUTE,
            "speed_hundredths": 200,
        }

    @pytest.mark.parametrize("covered", [120, 125])
    def test_twice_the_speed_and_a_little_more(self, item, clock, covered):
        reports(clock, item, opened(item), 60, covered=covered)
        assert looked(clock) == []

    def test_saying_again_what_stands_already(self, item, clock):
        studies(clock, item, 9, 120, device="desk")
        clock.move_to(at(12), tick=False)
        reports(clock, item, opened(item, device="desk"), 1, covered=120)
        assert looked(clock) == []

    def test_a_second_look_by_a_device_that_was_not_counted(self, item, clock):
        """Another page had the turn: the lesson's budget is nothing, the page's own time is not."""
        clock.move_to(at(9), tick=False)
        opened(item, 1, device="desk")
        page = opened(item, 0, device="phone")
        reports(clock, item, page, 60)
        assert looked(clock) == []


class TestRefused:
    def say(self, person, content, *, times=1):
        client = Client()
        client.force_login(person)
        for _ in range(times):
            answer = client.post(reverse("learning:study_report"), content, content_type="application/json")
        return answer

    def forged(self, page, number):
        return body(page.session, number, until=0, active=[]) | {
            "session": f"{page.session.uuid.hex}:{number:043d}"
        }

    def test_a_broken_page_that_tries_again_all_night(self, item, clock):
        page = studies(clock, item, 9, 30)
        assert self.say(item.person, self.forged(page, 1), times=50).status_code == 403
        assert StudyIncident.objects.count() == 1
        assert looked(clock) == []

    def test_a_script_that_guesses_signatures(self, item, clock):
        page = studies(clock, item, 9, 30)
        other = studies(clock, item, 11, 30, place=1)
        for number in range(5):
            self.say(item.person, self.forged(page, number))
        (hold,) = looked(clock)
        assert (hold.reason, hold.evidence["refusals"]) == ("forged", {"bad_token": 5})
        assert [row.session for row in hold.sessions.all()] == [page.session]
        assert other.session.pk not in HoldSession.objects.values_list("session_id", flat=True)

    def test_what_is_kept_is_a_hash(self, item, clock):
        page = studies(clock, item, 9, 30)
        self.say(item.person, self.forged(page, 1))
        row = StudyIncident.objects.get()
        assert (row.person, row.session, row.kind) == (item.person, page.session, "bad_token")
        assert len(row.payload_hash) == 64
        assert page.session.uuid.hex not in row.payload_hash

    def test_other_content_under_numbers_that_were_used(self, item, clock):
        page = studies(clock, item, 9, 30)
        for number in range(5):
            changed = body(page.session, 1, until=30 * MINUTE + number, active=[])
            assert self.say(item.person, changed).json()["code"] == "seq_reused"
        (hold,) = looked(clock)
        assert hold.evidence["refusals"] == {"seq_reused": 5}

    def test_a_friends_pages(self, item, clock):
        studies(clock, item, 9, 30)
        friend = studies(clock, enrolment(release=item.release), 10, 30)
        for number in range(2, 8):
            self.say(item.person, body(friend.session, number, until=31 * MINUTE))
        (hold,) = looked(clock)
        assert (hold.person, hold.evidence["refusals"]) == (item.person, {"other_person": 6})

    def test_a_page_somebody_left_open_on_the_same_pc(self, item, clock):
        friend = studies(clock, enrolment(release=item.release), 8, 30, device="room-7")
        studies(clock, item, 9, 30, device="room-7")
        for number in range(2, 12):
            assert self.say(item.person, body(friend.session, number, until=31 * MINUTE)).status_code == 403
        assert looked(clock) == []

    def test_reports_from_the_future(self, item, clock):
        page = studies(clock, item, 9, 30)
        for number in range(2, 7):
            send(page.session, number, until=12 * 60 * MINUTE + number)
        (hold,) = looked(clock)
        assert (hold.reason, hold.evidence["refusals"]) == ("forged", {"ahead": 5})

    def test_a_clock_that_runs_a_little_fast(self, item, clock):
        page = studies(clock, item, 9, 30)
        for number in range(2, 12):
            send(page.session, number, until=39 * MINUTE + number)
        assert looked(clock) == []

    @pytest.mark.parametrize("code", ["late", "unreadable", "too_large", "signed_out"])
    def test_what_honest_pages_do_too_leaves_nothing(self, item, clock, code):
        page = studies(clock, item, 9, 30)
        if code == "late":
            clock.shift(timedelta(days=40))
        said = {
            "late": body(page.session, 2, until=MINUTE),
            "unreadable": "{",
            "too_large": "x" * 70_000,
            "signed_out": self.forged(page, 1),
        }[code]
        if code == "signed_out":
            assert (
                Client().post(reverse("learning:study_report"), said, "application/json").status_code == 401
            )
        else:
            assert self.say(item.person, said).status_code in (413, 422)
        assert not StudyIncident.objects.exists()

    def test_nobody_fills_the_disk(self, item, clock):
        page = opened(item)
        for number in range(130):
            self.say(item.person, self.forged(page, number))
        assert StudyIncident.objects.count() == 100
        clock.shift(timedelta(days=1, seconds=1))
        self.say(item.person, self.forged(page, 1000))
        assert StudyIncident.objects.count() == 101

    def test_a_refusal_is_noted_at_the_api_too(self, item, clock):
        client = Client()
        client.force_login(item.person)
        page = opened(item)
        answer = client.post("/api/v1/learning/reports", self.forged(page, 1), "application/json")
        assert answer.status_code == 403
        assert StudyIncident.objects.get().kind == "bad_token"


class TestOneDevice:
    def test_a_training_room_pc_used_by_one_after_the_other(self, clock):
        release = course()
        for hour in range(8, 18):
            studies(clock, enrolment(release=release), hour, 59, device="room-7")
        assert looked(clock) == []

    def test_four_accounts_at_the_same_time(self, clock):
        release = course()
        clock.move_to(at(9), tick=False)
        items = [enrolment(release=release) for _ in range(4)]
        pages = [opened(item, device="farm") for item in items]
        for item, page in zip(items, pages, strict=True):
            reports(clock, item, page, 40, state="here")
        holds = looked(clock)
        assert reasons(holds) == ["shared"] * 4
        assert {hold.person for hold in holds} == {item.person for item in items}
        assert holds[0].evidence["stretches"] == [
            [at(9).timestamp() * SECOND, at(9, 40).timestamp() * SECOND, 4]
        ]
        # Each reads how many there were, never who.
        others = {str(item.person.uuid) for item in items} | {str(item.person) for item in items}
        assert not any(name in str(hold.evidence) for hold in holds for name in others)

    @pytest.mark.parametrize(("people", "minutes"), [(2, 240), (4, 19)])
    def test_two_or_not_for_long(self, clock, people, minutes):
        release = course()
        clock.move_to(at(9), tick=False)
        items = [enrolment(release=release) for _ in range(people)]
        pages = [opened(item, device="farm") for item in items]
        for item, page in zip(items, pages, strict=True):
            reports(clock, item, page, minutes, state="here")
        assert looked(clock) == []

    def test_a_room_of_pcs_copied_from_one_disk_is_asked_about_once(self, clock):
        release, house = course(), cases.House()
        items = [enrolment(release=release) for _ in range(3)]

        def lesson(day):
            clock.move_to(at(9, day=day), tick=False)
            pages = [opened(item, device="copied") for item in items]
            for item, page in zip(items, pages, strict=True):
                reports(clock, item, page, 40, state="here")

        lesson(DAY)
        first, *_others = looked(clock)
        cases.release(house.officer, first, "机房的电脑从同一块硬盘复制")
        lesson(DAY + timedelta(days=1))
        clock.shift(timedelta(days=1))
        assert scan(DAY + timedelta(days=1)) == 0


class TestLooking:
    def test_the_same_facts_open_one_hold(self, item, clock):
        cases.overlapping(clock, item)
        assert len(looked(clock)) == 1
        assert look_at(item.person, DAY) == []
        HoldScan.objects.all().delete()
        assert scan(DAY) == scan(DAY, late=True) == 0
        assert StudyHold.objects.count() == 1

    def test_one_person_on_demand(self, item, clock):
        cases.overlapping(clock, item)
        other = enrolment(release=item.release)
        assert look_at(other.person, DAY) == []
        assert reasons(look_at(item.person, DAY)) == ["overlap"]

    def test_a_day_that_was_cut_off_goes_on_where_it_was(self, clock):
        release = course()
        items = [enrolment(release=release) for _ in range(3)]
        for item in items:
            cases.overlapping(clock, item)
        cases.next_day(clock)
        HoldScan.objects.create(day=DAY, late=False, cursor=items[0].person_id)
        assert (DAY, False) in days_due()
        assert scan(DAY, chunk=1) == 2
        assert HoldScan.objects.get().finished_at is not None
        assert not StudyHold.objects.filter(person=items[0].person).exists()

    def test_each_day_once_and_again_when_nothing_of_it_can_come(self, item, clock):
        cases.next_day(clock)
        assert scan_due() == 0
        scanned = list(HoldScan.objects.order_by("day").values_list("day", "late"))
        assert scanned == [(date(2026, 6, 2), True), (DAY, False)]
        assert days_due() == []
        clock.shift(timedelta(days=3))
        assert [day for day, late in days_due() if not late] == [DAY + timedelta(days=n) for n in (1, 2, 3)]

    def test_what_came_late_is_seen_by_the_second_look(self, item, clock):
        clock.move_to(at(9), tick=False)
        pages = [opened(item, 0, device="desk"), opened(item, 1, device="phone")]
        assert looked(clock) == []
        clock.shift(timedelta(days=10))
        for place, page in enumerate(pages):
            block = blocks(item, place)[0]["id"]
            send(page.session, 1, until=200 * MINUTE, coverage={block: [[0, 200 * MINUTE]]}, state="late")
        clock.shift(timedelta(days=25))
        assert scan(DAY, late=True) == 1

    def test_before_any_rule_nothing_is_held(self, item, clock):
        assert rule_on(date(2019, 12, 31)) is None
        assert scan(date(2019, 12, 31)) == 0

    def test_queries_do_not_grow_with_people(self, clock):
        release = course()

        def asked(people):
            for _ in range(people):
                one = enrolment(UserFactory(), release)
                studies(clock, one, 9, 30, device=f"desk-{one.pk}")
                studies(clock, one, 11, 30, device=f"phone-{one.pk}", kind="phone")
            limits = rule_on(DAY).plain()
            with CaptureQueriesContext(
                connection,
            ) as captured:
                assert detect.found_in(Window(DAY, 0, 10**9), limits) == []
                assert detect.found_on_devices(DAY, limits) == []
            return len(captured)

        assert asked(1) == asked(6) <= 8


def test_thresholds_are_generous():
    rule = rule_on(DAY)
    assert rule.source.startswith("平台规则")
    assert rule.plain() == Thresholds(
        speed_excess_ms=10 * MINUTE,
        speed_excess_percent=150,
        overlap_ms=120 * MINUTE,
        refusals=5,
        ahead_ms=10 * MINUTE,
        shared_people=3,
        shared_ms=20 * MINUTE,
    )
