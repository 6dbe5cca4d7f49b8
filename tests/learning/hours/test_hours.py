"""The year and the day: every number explained, in a fixed number of queries."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lms.learning.hours import queries
from lms.learning.study.services import grant_block, take_over
from lms.lib.clock import SHANGHAI, local_day
from tests.factories.accounts import UserFactory
from tests.factories.learning import SECOND, blocks, enrolment, opened, send

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)


@pytest.fixture
def item(clock):
    return enrolment()


def block(item, place=0):
    return blocks(item, place)[0]["id"]


class TestDay:
    def test_counted_repeated_and_resting_stretches_each_say_why(self, clock, item):
        page = opened(item)
        met = {block(item): [[0, 30_000]]}
        clock.shift(30)
        send(page.session, 1, until=30 * SECOND, coverage=met)
        clock.shift(30)
        send(
            page.session,
            2,
            until=60 * SECOND,
            active=[[30 * SECOND, 50 * SECOND]],
            inactive=[[50 * SECOND, 60 * SECOND, "hidden"]],
            coverage=met,
        )
        found = queries.day(item.person, DAY)
        assert found.counted_ms == 30_000
        assert [(line["reason"], line["wall_ms"], line["counted_ms"]) for line in found.lines] == [
            ("", 30_000, 30_000),
            ("repeat", 20_000, 0),
            ("hidden", 10_000, 0),
        ]
        assert [rule.version for rule in found.rules] == [1]
        assert {line["reason"]: line["ms"] for line in found.not_counted} == {
            "repeat": 20_000,
            "hidden": 10_000,
        }

    def test_neighbouring_reports_are_one_line(self, clock, item):
        page = opened(item)
        for number in range(3):
            clock.shift(30)
            start = number * 30 * SECOND
            send(
                page.session,
                number + 1,
                until=start + 30 * SECOND,
                active=[[start, start + 30 * SECOND]],
                coverage={block(item): [[start, start + 30 * SECOND]]},
            )
        found = queries.day(item.person, DAY)
        assert [(line["wall_ms"], line["counted_ms"]) for line in found.lines] == [(90_000, 90_000)]

    def test_an_overlap_names_the_lesson_and_the_device(self, clock, item):
        page = opened(item)
        phone = opened(item, 1, kind="phone")
        clock.shift(10)
        take_over(item.person, phone.session.uuid.hex)
        clock.shift(20)
        send(page.session, 1, until=30 * SECOND, coverage={block(item): [[0, 10_000]]})
        found = queries.day(item.person, DAY)
        assert [(line["reason"], line["wall_ms"]) for line in found.lines] == [
            ("", 10_000),
            ("overlap", 20_000),
        ]
        assert "手机" in str(found.lines[1]["text"])

    def test_the_future_and_lateness_are_shown(self, clock, item):
        page = opened(item)
        clock.shift(10)
        send(page.session, 1, until=100 * SECOND)
        clock.shift(3600)
        send(page.session, 2, until=20 * SECOND, active=[[10 * SECOND, 20 * SECOND]], state="late")
        lines = queries.day(item.person, DAY).lines
        assert [line["reason"] for line in lines] == ["repeat", "ahead_of_clock"]
        assert lines[0]["late_ms"] > 0
        assert lines[1]["wall_ms"] == 90_000

    def test_faster_than_permitted_says_what_is_short(self, clock, item):
        page = opened(item)
        clock.shift(10)
        send(page.session, 1, until=10 * SECOND, coverage={block(item): [[0, 60_000]]})
        found = queries.day(item.person, DAY)
        assert [(line["reason"], line["counted_ms"]) for line in found.lines] == [("too_fast", 20_000)]
        assert found.lessons[0]["short_ms"] == 40_000

    def test_midnight_divides_the_days(self, clock, item):
        clock.move_to(datetime(2026, 3, 2, 23, 59, 50, tzinfo=SHANGHAI))
        page = opened(item)
        clock.shift(5)
        send(page.session, 1, until=5 * SECOND, coverage={block(item): [[0, 5_000]]})
        clock.shift(20)
        send(
            page.session,
            2,
            until=25 * SECOND,
            active=[[5_000, 25_000]],
            coverage={block(item): [[5_000, 25_000]]},
        )
        assert queries.day(item.person, DAY).counted_ms == 5_000
        assert queries.day(item.person, date(2026, 3, 3)).counted_ms == 20_000

    @pytest.mark.parametrize(
        ("night", "zone"),
        [
            (datetime(2026, 3, 8, 6, 59, 30, tzinfo=UTC), "America/New_York"),
            (datetime(2026, 11, 1, 5, 59, 30, tzinfo=UTC), "America/New_York"),
            (datetime(2026, 10, 25, 0, 59, 30, tzinfo=UTC), "Europe/Berlin"),
            (datetime(2026, 3, 2, 15, 59, 30, tzinfo=UTC), "Pacific/Auckland"),
        ],
        ids=["an hour left out", "an hour twice", "an hour twice in Europe", "midnight here, morning there"],
    )
    def test_days_are_shanghais_wherever_clocks_change(self, clock, item, night, zone):
        """Half a minute before and after the moment: nothing is lost or doubled in the hour that is not, or is twice."""
        clock.move_to(night)
        with timezone.override(zone):
            page = opened(item)
            clock.shift(60)
            for seq, since, until in ((1, 0, 29_000), (2, 29_000, 60_000)):
                met = {block(item): [[since, until]]}
                send(page.session, seq, until=until, active=[[since, until]], coverage=met)
            found = [queries.day(item.person, local_day(night + timedelta(seconds=s))) for s in (29, 60)]
        expected = [29_000, 31_000] if found[0].day < found[1].day else [60_000, 60_000]
        assert [day.counted_ms for day in found] == expected
        starts = {line["start"] for day in found for line in day.lines}
        assert min(starts) == night
        assert found[0].day == night.astimezone(SHANGHAI).date()

    def test_the_page_reads_the_same(self, clock, item):
        page = opened(item)
        clock.shift(90)
        send(page.session, 1, until=90 * SECOND, coverage={block(item): [[0, 90_000]]})
        client = Client()
        client.force_login(item.person)
        body = client.get(reverse("hours:day", args=[DAY])).content.decode()
        assert "1 分钟 30 秒" in body
        assert "学时计算规则第 1 版" in body
        assert client.get("/hours/2026-02-30/").status_code == 404
        assert client.get(f"/api/v1/learning/days/{DAY}").json()["counted_ms"] == 90_000

    def test_what_counts_when_a_quiz_is_handed_in_has_a_line_so_that_the_lines_add_up(self, clock, item):
        lesson, done = item.release.lessons.get(position=0), block(item)
        page = opened(item)
        clock.shift(30)
        # At work in the lesson, and nothing new told: what a quiz page reports.
        send(page.session, 1, until=30 * SECOND, active=[[0, 30 * SECOND]])
        assert queries.day(item.person, DAY).counted_ms == 0
        clock.shift(1)
        grant_block(item, lesson, done, source="quiz", evidence=item.uuid)
        found = queries.day(item.person, DAY)
        assert found.counted_ms > 0
        assert sum(line["counted_ms"] for line in found.lines) == found.counted_ms
        last = found.lines[-1]
        assert (last["wall_ms"], last["rule"], last["lesson"].pk) == (0, 1, lesson.pk)
        client = Client()
        client.force_login(item.person)
        assert "测验交卷或练习做完" in client.get(reverse("hours:day", args=[DAY])).content.decode()

    def test_queries_do_not_grow_with_the_day(self, clock, item, django_assert_num_queries):
        def study(place, count):
            page = opened(item, place)
            for number in range(count):
                clock.shift(10)
                start = number * 10 * SECOND
                send(
                    page.session, number + 1, until=start + 10 * SECOND, active=[[start, start + 10 * SECOND]]
                )

        study(0, 1)
        with django_assert_num_queries(9):
            queries.day(item.person, DAY)
        study(0, 5)
        study(1, 5)
        with django_assert_num_queries(9):
            queries.day(item.person, DAY)

    def test_another_persons_day_is_ones_own_empty_day(self, clock, item):
        page = opened(item)
        clock.shift(30)
        send(page.session, 1, until=30 * SECOND)
        assert queries.day(UserFactory(), DAY).lines == []


class TestYear:
    def test_the_goal_is_data_with_its_source_and_the_unknown_is_said(self, clock, item):
        client = Client()
        client.force_login(item.person)
        body = client.get(reverse("hours:year")).content.decode()
        assert "第 25 号" in body
        assert "90" in body
        assert "尚未设定" in body

    def test_what_belongs_to_the_hours_can_be_reached_from_them(self, clock, item):
        client = Client()
        client.force_login(item.person)
        body = client.get(reverse("hours:year")).content.decode()
        pages = ("record", "holds", "declare", "declarations", "statements", "readiness", "packages")
        assert [name for name in pages if f'href="{reverse(f"hours:{name}")}' not in body] == []

    def test_study_under_way_is_shown_before_it_is_posted(self, clock, item):
        page = opened(item)
        clock.shift(60)
        send(page.session, 1, until=60 * SECOND, coverage={block(item): [[0, 60_000]]})
        found = queries.year(item.person, 2026)
        assert found["counted_ms"] == found["today_ms"] == 60_000
        assert [row["centihours"] for row in found["waiting"]] == [2]
        assert found["days"] == [(DAY, 60_000)]
        assert found["pending"] == 0

    def test_every_day_of_study_can_be_reached(self, clock, item):
        """The newest days are listed, a month lists its own, and a course says on which days it was studied."""
        studied = [DAY + timedelta(days=number) for number in range(16)]
        for day in studied:
            clock.move_to(datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI))
            page = opened(item)
            clock.shift(10)
            start = (day - DAY).days * 3_000
            send(page.session, 1, until=10 * SECOND, coverage={block(item): [[start, start + 3_000]]})
        client = Client()
        client.force_login(item.person)

        def linked(address, **asked):
            body = client.get(address, asked).content.decode()
            return [day for day in studied if reverse("hours:day", args=[day]) in body], body

        newest, body = linked(reverse("hours:year"))
        assert newest == studied[-14:]
        assert "month=2026-03" in body
        assert linked(reverse("hours:year"), year="2026", month="2026-03")[0] == studied
        assert linked(reverse("hours:year"), year="2026", month="2026-02")[0] == []
        assert linked(reverse("hours:year"), month="2026-13")[0] == studied[-14:]
        assert linked(reverse("learning:course", args=[item.uuid]))[0] == studied

    @pytest.mark.parametrize("asked", ["1999", "9999", "abc", "-1", "²"])
    def test_a_year_that_is_none_gives_the_present_one(self, clock, item, asked):
        client = Client()
        client.force_login(item.person)
        assert client.get(reverse("hours:year"), {"year": asked}).context["year"] == 2026

    def test_nobody_looks_without_signing_in(self):
        assert Client().get(reverse("hours:year")).status_code == 302
