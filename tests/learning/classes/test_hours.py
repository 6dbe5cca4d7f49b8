"""Hours of a class: by rule and filing, once, explained, no second twice, corrected by further rows and reversals."""

from datetime import date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from creditbank.api import audit, posted_hours
from lms.accounts.api import require_role, staff_group
from lms.accounts.people.export import export_person
from lms.learning.classes import (
    attendance,
    filings,
    hours,
    hours_queries,
    queries,
    reckoning,
    services,
    walk_ins,
)
from lms.learning.classes.hours_models import ClassHours, ClassHoursRule
from lms.learning.classes.models import ClassPlace, WalkIn
from lms.learning.hours import queries as hours_pages
from lms.learning.statements import figures
from lms.learning.statements.records import records_of
from lms.learning.study.intervals import clip, intersect, length, merge
from lms.lib.clock import SHANGHAI, day_bounds
from lms.lib.errors import Invalid, NotAllowed, NotFound
from lms.lib.outbox.services import deliver_pending
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.factories.learning import SECOND, blocks, opened, send
from tests.learning.classes.classroom import DAY, HOUR, Classroom
from tests.learning.classes.test_walk_ins import come

pytestmark = pytest.mark.long

MINUTE = 60_000
SOURCE = "试用文件第 1 号第 2 条"


@pytest.fixture
def room(db, clock):
    """Two meetings of three hours; filed with eight hours; a rule of 45 minutes is in force."""
    found = Classroom(capacity=3)
    found.authority = OrganisationFactory(kind="authority", name="申江市人社局")
    found.officer = member("officer", found.authority)
    found.place = found.learner()
    rule(found)
    file(found)
    return found


def rule(room, **changes):
    values = {
        "valid_from": date(2026, 1, 1),
        "minutes_per_hour": 45,
        "min_share_percent": 0,
        "late_minutes": None,
        "source": SOURCE,
    } | changes
    return hours.publish_rule(room.officer, hours.NewClassRule(**values))


def file(room, centihours=800, **more):
    return filings.file(
        room.officer,
        room.run,
        authority=room.authority.uuid,
        reference="申人社备〔2026〕7 号",
        centihours=centihours,
        **more,
    )


def there(room, since, until, *, place=None, meeting=0, reason="纸质签到表"):
    """Put on record that the learner was there from … to … (minutes after the start)."""
    found = room.meetings[meeting]
    return attendance.correct(
        room.teacher,
        found,
        (place or room.place).uuid,
        since=found.starts_at + timedelta(minutes=since),
        until=found.starts_at + timedelta(minutes=until),
        reason=reason,
    )


def ended(room, clock):
    if room.run.state == "open":
        room.began()
    clock.move_to(datetime(2026, 3, 11, 18, tzinfo=SHANGHAI))


def end(room):
    room.run = services.move(room.teacher, room.run, "end")
    delivered()


def delivered():
    while deliver_pending():
        pass


def booked(room, place=None):
    return posted_hours((place or room.place).person.uuid)[room.release.kind]


def explained(place):
    return hours_queries.of_place(ClassPlace.objects.get(pk=place.pk))


class TestGiving:
    def test_once_the_class_has_ended(self, room, clock):
        ended(room, clock)
        there(room, 0, 180)
        there(room, 10, 100, meeting=1)
        delivered()
        assert not ClassHours.objects.exists()
        assert "班次结束以后" in explained(room.place).explanation[0]
        end(room)
        # 270 minutes by 45.
        row = ClassHours.objects.get()
        assert (row.centihours, row.counted_ms, row.day) == (600, 270 * MINUTE, date(2026, 3, 11))
        assert booked(room) == 600
        for _again in range(3):
            assert not hours.settle(room.place.pk)
        services.note_filing(
            _actor(room), room.run, filed=True, reference="同上", authority=room.authority, centihours=800
        )
        delivered()
        assert (ClassHours.objects.count(), booked(room)) == (1, 600)
        assert audit().broken == 0
        assert list(hours_queries.faults(row)) == []

    def test_rounded_down_once_and_never_up(self, room, clock):
        ended(room, clock)
        there(room, 0, 44)
        there(room, 0, 0.9, meeting=1)
        end(room)
        assert ClassHours.objects.get().centihours == (44 * 60 + 54) * 1000 * 100 // (45 * MINUTE)

    def test_at_most_what_was_approved(self, room, clock):
        file(room, 500)
        ended(room, clock)
        room.present(room.place)
        end(room)
        assert booked(room) == 500
        assert any("核定 5 学时" in said for said in explained(room.place).explanation)

    def test_too_little_of_a_meeting_and_too_late(self, room, clock):
        rule(room, min_share_percent=50, late_minutes=15)
        ended(room, clock)
        there(room, 0, 89)
        there(room, 16, 180, meeting=1)
        end(room)
        assert not ClassHours.objects.exists()
        there(room, 0, 90)
        there(room, 15, 180, meeting=1)
        delivered()
        assert ClassHours.objects.get().counted_ms == (90 + 165) * MINUTE

    def test_no_rule_no_filing_no_hours_approved_nothing_is_given(self, room, clock):
        ended(room, clock)
        room.present(room.place)
        file(room, None)
        end(room)
        assert "尚未设定" in explained(room.place).explanation[0]
        file(room, 800, filed=False)
        delivered()
        assert "没有备案" in explained(room.place).explanation[0]
        rule(room, minutes_per_hour=None)
        file(room, 800)
        delivered()
        assert "尚未设定" in explained(room.place).explanation[0]
        assert not ClassHours.objects.exists()
        # As soon as it is set, the night's round gives what was attended.
        rule(room, minutes_per_hour=60)
        assert hours.settle_recent() == 1
        delivered()
        assert booked(room) == 600

    def test_what_was_given_stays_under_its_rule(self, room, clock):
        ended(room, clock)
        there(room, 0, 90)
        end(room)
        rule(room, minutes_per_hour=90)
        there(room, 0, 180)
        delivered()
        assert booked(room) == 400
        assert {row.rule.version for row in ClassHours.objects.all()} == {1}

    def test_whoever_came_to_the_door_waits_for_the_word(self, room, clock):
        room.began()
        clock.move_to(DAY)
        user = UserFactory()
        place = come(user, room.meetings[0]).place
        ended(room, clock)
        there(room, 0, 90, place=place)
        end(room)
        assert not ClassHours.objects.exists()
        walk_ins.decide(room.teacher, WalkIn.objects.get().uuid, confirm=True)
        delivered()
        assert booked(room, place) == 200


def _actor(room):
    return require_role(room.officer, "officer", organisation=room.authority)


class TestCorrections:
    def test_more_is_a_further_posting(self, room, clock):
        ended(room, clock)
        there(room, 0, 90)
        end(room)
        there(room, 0, 135, reason="监控录像")
        delivered()
        assert [row.centihours for row in ClassHours.objects.order_by("number")] == [200, 100]
        assert booked(room) == 300
        assert audit().broken == 0

    def test_less_is_a_reversal_and_what_is_left(self, room, clock):
        ended(room, clock)
        there(room, 0, 90)
        end(room)
        there(room, 0, 135)
        delivered()
        there(room, 0, 60, reason="监控录像")
        delivered()
        rows = list(ClassHours.objects.order_by("number"))
        assert [(row.centihours, hasattr(row, "taken")) for row in rows] == [
            (200, True),
            (100, True),
            (133, False),
        ]
        assert booked(room) == 133
        assert audit().broken == 0
        attendance.correct(
            room.teacher, room.meetings[0], room.place.uuid, since=None, until=None, reason="代签"
        )
        delivered()
        assert booked(room) == 0
        given = explained(room.place)
        assert given.centihours == 0
        assert sum("冲回" in said for said in given.explanation) == 3
        with translation.override("en"):
            assert not any("更正" in said for said in explained(room.place).explanation)
        assert audit().broken == 0

    def test_taken_back_before_it_was_posted_comes_again(self, room, clock):
        ended(room, clock)
        there(room, 0, 90)
        room.run = services.move(room.teacher, room.run, "end")
        hours.settle(room.place.pk)
        there(room, 0, 45)
        hours.settle(room.place.pk)
        for _time in range(3):
            clock.shift(60)
            delivered()
        assert booked(room) == 100


class TestOneStream:
    def online(self, room, clock, start, seconds):
        """The learner studies online for so many seconds, from `start` on; what counted, in ms."""
        clock.move_to(start)
        page = opened(room.place.enrolment, 0)
        block = blocks(room.place.enrolment, 0)[0]
        clock.shift(seconds)
        send(
            page.session,
            1,
            until=seconds * SECOND,
            coverage={block["id"]: [[0, min(block["nominal_ms"], seconds * SECOND)]]},
            state="leaving",
        )
        return sum(row.counted_ms for row in room.place.enrolment.progress.all())

    def test_what_counted_online_counts_once_and_the_page_says_so(self, room, clock):
        room.began()
        counted = self.online(room, clock, DAY + HOUR, 60)
        assert counted > 0
        ended(room, clock)
        there(room, 0, 180)
        end(room)
        row = ClassHours.objects.get()
        assert row.counted_ms == 180 * MINUTE - min(counted, 60 * SECOND)
        assert row.evidence["meetings"][0]["online_ms"] == min(counted, 60 * SECOND)
        assert any("同时在线学习" in said for said in explained(room.place).explanation)

    def test_online_study_beside_the_class_takes_nothing_off(self, room, clock):
        room.began()
        assert self.online(room, clock, DAY - HOUR, 60) > 0
        ended(room, clock)
        there(room, 0, 180)
        end(room)
        assert ClassHours.objects.get().counted_ms == 180 * MINUTE

    def test_two_classes_at_one_time_give_once(self, room, clock):
        other = Classroom(capacity=2)
        other.authority, other.officer = room.authority, room.officer
        other.place = services.join(room.place.person, other.run)
        file(other)
        other.began()
        ended(room, clock)
        there(room, 0, 180)
        there(other, 60, 180)
        there(other, 0, 45, meeting=1)
        end(room)
        end(other)
        assert [row.counted_ms // MINUTE for row in ClassHours.objects.order_by("id")] == [180, 45]
        assert any("另一次课" in said for said in explained(other.place).explanation)


class TestPages:
    @pytest.fixture
    def given(self, room, clock):
        ended(room, clock)
        there(room, 0, 90)
        end(room)
        return room

    def test_the_year_the_day_and_the_class_explain_it(self, given):
        user = given.place.person
        client = Client()
        client.force_login(user)
        detail = client.get(reverse("learning:class", args=[given.run.uuid])).content.decode()
        for said in ("09:00–10:30", "课内 90 分钟", "第 1 版", "申人社备"):
            assert said in detail
        year = client.get(reverse("hours:year") + "?year=2026")
        assert year.context["earned"][given.release.kind] == 200
        assert year.context["pending"] == 0
        assert given.run.title in year.content.decode()
        day = client.get(reverse("hours:day", args=[date(2026, 3, 10)])).content.decode()
        assert "班次出席" in day
        assert "09:00–10:30" in day
        empty = client.get(reverse("hours:day", args=[date(2026, 3, 12)])).content.decode()
        assert "班次出席" not in empty

    def test_statements_and_figures_have_it_and_lose_what_was_taken_back(self, given, clock):
        user = given.place.person
        (record,) = records_of(user, 2026)
        assert (record.source, record.centihours, record.title) == ("class", 200, given.run.title)
        assert record.explained.endswith(f"#k-{given.place.uuid}")
        clock.shift(timedelta(hours=1))
        figures.step(2026)
        assert list(figures.differences()) == []
        assert figures.overview(2026).centihours == {given.release.kind: 200}
        there(given, 0, 45)
        delivered()
        clock.shift(timedelta(hours=1))
        figures.step(2026)
        assert figures.overview(2026).centihours == {given.release.kind: 100}
        assert [record.centihours for record in records_of(user, 2026)] == [100]
        assert list(figures.differences()) == []

    def test_the_proof_and_ones_own_data(self, given, capsys):
        there(given, 0, 45)
        delivered()
        call_command("audit_study")
        (row,) = export_person(given.place.person)["classes"]
        assert [(item["centihours"], bool(item["taken_back"])) for item in row["hours"]] == [
            (200, True),
            (100, False),
        ]

    def test_a_day_line_before_the_class_has_ended(self, room, clock):
        ended(room, clock)
        there(room, 0, 90)
        (line,) = hours_queries.day_lines(room.place.person, *day_bounds(date(2026, 3, 10)))
        assert (line["told"], line["attendance"].minutes) == (None, 90)
        assert hours_pages.day(room.place.person, date(2026, 3, 10)).classes

    def test_the_authoritys_pages_by_role(self, room):
        pages = {
            "queue": reverse("learning_class_filings"),
            "file": reverse("learning_class_file", args=[room.run.uuid]),
            "rules": reverse("learning_class_rules"),
        }
        form = reverse("learning_class_filing", args=[room.run.uuid])

        def statuses(user):
            user.groups.add(staff_group())
            client = Client()
            client.force_login(user)
            return [client.get(page).status_code for page in (*pages.values(), form)]

        assert statuses(room.officer)[:3] == [200, 200, 200]
        assert statuses(room.officer)[3] in (302, 403, 404)
        for status in statuses(room.teacher)[:3]:
            assert status in (302, 403)
        assert statuses(room.teacher)[3] == 200
        assert statuses(member("teacher", OrganisationFactory()))[3] == 404

    def test_filing_and_publishing_by_the_forms(self, room):
        room.officer.groups.add(staff_group())
        client = Client()
        client.force_login(room.officer)
        address = reverse("learning_class_file", args=[room.run.uuid])
        said = {"authority": str(room.authority.uuid), "reference": "新备 9 号", "hours": "4.25"}
        assert client.post(address, said | {"authority": "x"}).status_code == 422
        assert client.post(address, said).status_code == 302
        assert queries.filing_of(room.run).centihours == 425
        rules = reverse("learning_class_rules")
        said = {
            "valid_from": "2026-09-01",
            "minutes_per_hour": "50",
            "min_share_percent": "80",
            "late_minutes": "10",
            "source": SOURCE,
        }
        assert client.post(rules, said | {"source": ""}).status_code == 422
        assert client.post(rules, said).status_code == 302
        assert ClassHoursRule.objects.get(version=2).ms_per_hour == 50 * MINUTE
        assert "50 分钟为 1 学时" in client.get(rules).content.decode()

    def test_the_form_of_the_filing(self, room):
        found = dict(filings.form(room.run).facts)
        assert found["计划学时"] == "8 学时（360 分钟）"
        assert found["授课教师"] == "吴工"
        assert found["计划人数"] == "3"
        assert filings.workbook(room.run).startswith(b"PK")
        rule(room, minutes_per_hour=None)
        assert "尚未设定" in dict(filings.form(room.run).facts)["计划学时"]


def test_only_officers_file_and_set_rules(room):
    with pytest.raises(NotAllowed):
        hours.publish_rule(room.teacher, hours.NewClassRule(date(2026, 1, 1), 45, 0, None, SOURCE))
    with pytest.raises(Invalid):
        filings.file(room.teacher, room.run, authority=room.authority.uuid, reference="备 1", centihours=100)
    with pytest.raises(NotFound):
        filings.run_for_officer(room.teacher, room.run.uuid)
    for wrong in ({"minutes_per_hour": 0}, {"min_share_percent": 101}, {"late_minutes": -1}, {"source": "x"}):
        with pytest.raises(Invalid):
            rule(room, **wrong)


# --- algebra ---------------------------------------------------------------------------------------------

pairs = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)).map(sorted).map(tuple), max_size=5)


@given(pairs, st.lists(st.tuples(pairs, st.integers(0, 100)), max_size=4), pairs)
def test_no_millisecond_twice_and_none_lost(attended, online, elsewhere):
    """Two meetings that overlap, online study and another class at the same time."""
    terms = reckoning.Terms(1, 45)
    seen, reports = (), []
    for ranges, counted in online:
        # One stream: reports of one person do not overlap, and none counts more than it can.
        free = merge(ranges)
        free = tuple(pair for pair in free if not intersect((pair,), seen))
        seen = merge((*seen, *free))
        reports.append((free, min(counted, 2 * length(free))))
    meetings = [
        reckoning.Attended(0, 120, merge(attended), 0),
        reckoning.Attended(60, 180, merge(attended), 0),
    ]
    parts = reckoning.parts(meetings, terms, reports, merge(elsewhere))
    there = clip(merge(attended), 0, 180)
    free = length(there) - length(intersect(there, merge(elsewhere)))
    given_ms = sum(item.given_ms for item in parts)
    online_ms = sum(item.online_ms for item in parts)
    assert given_ms + online_ms == free
    assert given_ms >= 0
    # Taken off is no more than counted online, and no more than was in both.
    assert online_ms <= sum(counted for _ranges, counted in reports)
    assert online_ms <= length(intersect(there, seen))
    for item in parts:
        assert 0 <= item.given_ms <= item.attended_ms <= 120


@given(st.lists(st.integers(1, 500), max_size=6), st.integers(0, 1500))
def test_from_what_stands_to_the_target(standing, target):
    due = reckoning.change(standing, target)
    kept = standing[: len(standing) - due.take]
    assert sum(kept) + due.give == target
    assert due.give >= 0
    if sum(standing) <= target:
        assert due.take == 0
