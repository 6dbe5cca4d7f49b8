"""A higher title by dated rules: each missing hour by year and category, and nothing where nothing is set."""

import re
from datetime import date, datetime
from html import unescape

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from lms.learning.enrolment.services import enrol
from lms.learning.hours.years import NewLearningYear, publish_year
from lms.learning.statements import readiness as titles
from lms.learning.statements.models import TitleRule
from lms.learning.statements.readiness import NewTitleRule, publish_rule, readiness, rule_on
from lms.learning.statements.rules import Gap
from lms.lib.actor import Actor
from lms.lib.audit.models import AuditRow
from lms.lib.clock import SHANGHAI
from lms.lib.errors import Invalid, NotAllowed
from search.api import rebuild
from tests.factories.accounts import UserFactory, member
from tests.factories.courses import released_course
from tests.learning.clients import signed_in
from tests.learning.statements.years import NEEDED, claimed, completed

pytestmark = [pytest.mark.django_db, pytest.mark.long, pytest.mark.usefixtures("clock")]
CLOCK = datetime(2026, 3, 10, 12, tzinfo=SHANGHAI)
TODAY = date(2026, 3, 10)


@pytest.fixture
def user():
    return UserFactory()


def new(**changes):
    values = {
        "level": "middle",
        "series": "",
        "valid_from": date(2026, 1, 1),
        "source": "申江市职称评审办法（演示）",
        "centihours_per_year": 7200,
    } | changes
    return NewTitleRule(**values)


def published(**changes):
    return publish_rule(Actor.system("tests"), new(**changes))


class TestRules:
    def test_only_what_the_regulation_gives_is_shipped(self):
        row = TitleRule.objects.get()
        assert (row.level, row.series, row.years, row.public_centihours) == ("", "", None, None)
        assert (row.centihours_per_year, row.specialty_numerator, row.specialty_denominator) == (9000, 2, 3)
        assert "第 25 号" in row.source

    def test_the_most_special_rule_of_the_day_holds(self):
        general = TitleRule.objects.get()
        of_level = published()
        of_series = published(level="", series="工程", centihours_per_year=8000)
        own = published(series="工程", centihours_per_year=8800)
        later = published(series="工程", centihours_per_year=9900, valid_from=date(2026, 3, 11))
        assert rule_on(TODAY, "senior", "") == general
        assert rule_on(TODAY, "middle", "") == of_level
        assert rule_on(TODAY, "senior", "工程") == of_series
        assert rule_on(TODAY, "middle", "工程") == own
        assert rule_on(date(2026, 3, 11), "middle", "工程") == later
        assert rule_on(date(2015, 9, 30), "middle", "工程") is None

    def test_a_rule_taken_back_gives_way_to_the_general_one(self):
        published()
        published(centihours_per_year=None, valid_from=date(2026, 2, 1))
        assert rule_on(TODAY, "middle", "").level == ""
        assert rule_on(date(2026, 1, 31), "middle", "").level == "middle"

    @pytest.mark.parametrize("role", ["hr", "reviewer", "teacher", "auditor", "admin"])
    def test_only_officers_publish(self, role):
        with pytest.raises(NotAllowed):
            publish_rule(member(role), new())
        with pytest.raises(NotAllowed):
            publish_rule(Actor(person=None, role="officer"), new())
        assert TitleRule.objects.count() == 1
        assert publish_rule(member("officer"), new()).version == 1
        assert AuditRow.objects.get(action="title_rule.publish").data == {
            "rule": "title:middle",
            "version": 1,
        }

    @pytest.mark.parametrize(
        "changes",
        [
            {"level": "emperor"},
            {"source": " "},
            {"series": "x" * 31},
            {"series": "a\0b"},
            {"years": 0},
            {"years": 11},
            {"centihours_per_year": 0},
            {"centihours_per_year": 10**9},
            {"public_centihours": 7201},
            {"public_centihours": 100, "centihours_per_year": None},
            {"share": (3, 2)},
            {"share": (0, 2)},
        ],
    )
    def test_what_cannot_be_is_refused(self, changes):
        with pytest.raises(Invalid):
            published(**changes)
        assert TitleRule.objects.count() == 1

    def test_nobody_edits_one(self):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE learning_titlerule SET centihours_per_year = 1")


class TestYears:
    def test_each_missing_hour_by_year_and_category(self, user):
        completed(user, date(2026, 1, 5), 2000, kind="public")
        claimed(user, date(2026, 2, 1), 3000)
        completed(user, date(2025, 5, 1), 7000, kind="public")
        completed(user, date(2025, 5, 2), 2999)
        completed(UserFactory(), date(2024, 5, 2), 9000)
        found = readiness(user, level="middle", series="", years=3)
        assert [(item.year, item.yearly, item.gap, item.open) for item in found.years] == [
            (2026, 5000, Gap(4000, 3000, None, 1000), True),
            (2025, 9999, Gap(0, 3001, None, 0), False),
            (2024, 0, Gap(9000, 6000, None, 3000), False),
        ]
        assert (found.missing, found.this_year) == (13_000, Gap(4000, 3000, None, 1000))

    def test_without_a_rule_only_what_there_is(self, user, clock):
        published(level="", centihours_per_year=None)
        completed(user, date(2026, 1, 5), 2000)
        found = readiness(user, level="middle", series="", years=1)
        assert (found.rule, found.need, found.this_year, found.missing) == (None, None, None, 0)
        assert [(item.yearly, item.gap) for item in found.years] == [(2000, None)]
        page = signed_in(user).get(reverse("hours:readiness")).content.decode()
        assert "尚未设定" in page
        assert "本年度缺的" not in page

    def test_a22_the_day_of_applying_judges_by_its_rule_and_its_years(self, user):
        """Today 72 hours a year are asked for; from July on 80; the year before last is no year of the later day any more."""
        published()
        published(centihours_per_year=8000, valid_from=date(2026, 7, 1))
        completed(user, date(2025, 5, 1), 7500)
        completed(user, date(2026, 2, 1), 100)
        completed(user, date(2026, 3, 9), 50)

        def missing(day, years=2):
            found = readiness(user, level="middle", series="", years=years, day=day)
            return [(item.year, item.gap.total, item.open) for item in found.years]

        assert missing(None) == missing(TODAY) == [(2026, 7050, True), (2025, 0, False)]
        assert missing(date(2026, 7, 1)) == [(2026, 7850, True), (2025, 500, False)]
        assert missing(date(2027, 1, 2)) == [(2027, 8000, False), (2026, 7850, True)]
        # As it was on a day gone by: nothing that came later, and nothing can be added any more.
        assert missing(date(2026, 2, 1), 1) == [(2026, 7100, False)]

    def test_the_page_and_programs_ask_for_a_day(self, user):
        published()
        published(centihours_per_year=8000, valid_from=date(2026, 7, 1))
        client = signed_in(user)
        page = client.get(reverse("hours:readiness"), {"level": "middle", "day": "2026-07-02"})
        html = page.content.decode()
        assert "按 2026-07-02 这一天比对" in html
        assert "第 2 版" in html
        wrong = client.get(reverse("hours:readiness"), {"level": "middle", "day": "1999-01-01"})
        html = wrong.content.decode()
        assert "请填写有规则可查、不太远的日期" in html
        assert "第 1 版" in html
        address = "/api/v1/learning/statements/readiness"
        answer = client.get(address, {"level": "middle", "day": "2026-07-02"}).json()
        assert (answer["day"], answer["rule"]["version"]) == ("2026-07-02", 2)
        assert client.get(address, {"level": "middle"}).json()["day"] == TODAY.isoformat()
        assert client.get(address, {"day": "2099-01-01"}).status_code == 422

    def test_queries_do_not_grow_with_years_or_records(self, user, django_assert_num_queries):
        for year in range(2019, 2027):
            completed(user, date(year, 1, 5), 500)
            claimed(user, date(year, 1, 6), 500)
        with django_assert_num_queries(7):
            readiness(user, level="middle", series="", years=10)


class TestCourses:
    @pytest.fixture
    def courses(self):
        made = {
            kind: released_course(kind=kind, **NEEDED.get(kind, {}))
            for kind in ("public", "specialty", "vocational")
        }
        rebuild()
        return made

    def offers(self, user, gap):
        answer = titles.courses_for(user, gap, page=1)
        return {offer.title: offer for offer in answer[1]} if answer else None

    def test_of_the_missing_kind_at_most_what_is_approved(self, user, courses):
        found = self.offers(user, Gap(4000, 4000, None, 0))
        (offer,) = found.values()
        assert (offer.title, offer.most) == (courses["specialty"].title, courses["specialty"].centihours)
        assert set(self.offers(user, Gap(4000, 1000, None, 3000))) == {
            courses["specialty"].title,
            courses["public"].title,
        }
        assert self.offers(user, Gap(0, 0, None, 0)) is None

    def test_a_course_studied_already_promises_only_what_is_left(self, user, courses):
        release = courses["specialty"]
        completed(user, date(2026, 1, 5), release.centihours - 1, release=release)
        enrol(user, courses["public"].course, Actor(person=user.uuid, role="learner", user_id=user.pk))
        found = self.offers(user, Gap(4000, 1000, None, 3000))
        done, begun = found[release.title], found[courses["public"].title]
        assert (done.most, done.done, begun.most, begun.under_way) == (1, True, begun.most, True)
        assert begun.most <= courses["public"].centihours

    def test_a_course_that_has_given_all_is_not_offered(self, user, courses):
        release = courses["specialty"]
        completed(user, date(2026, 1, 5), release.centihours, release=release)
        assert set(self.offers(user, Gap(4000, 1000, None, 3000))) == {courses["public"].title}

    def test_the_page(self, user, courses):
        page = (
            signed_in(user)
            .get(reverse("hours:readiness"), {"level": "middle", "years": "3"})
            .content.decode()
        )
        assert courses["specialty"].title in page
        assert courses["vocational"].title not in page
        assert "第 1 版（2015-10-01 起）" in page
        assert page.count("专业科目差 60（提醒）") == 3

    @pytest.mark.parametrize(
        "asked",
        [{"level": "x"}, {"years": "99"}, {"years": "-1"}, {"page": "x"}, {"page": "99999"}, {"series": "?"}],
    )
    def test_odd_addresses(self, user, courses, asked):
        assert signed_in(user).get(reverse("hours:readiness"), asked).status_code == 200


class TestStaff:
    form = {
        "level": "middle",
        "series": "",
        "valid_from": "2026-01-01",
        "years": "5",
        "hours": "72",
        "public": "",
        "numerator": "2",
        "denominator": "3",
        "source": "申江市职称评审办法（演示）",
    }

    def test_an_officer_publishes_and_sees_it(self):
        client = signed_in(member("officer"), staff=True)
        assert client.post(reverse("learning_title_rules"), self.form).status_code == 302
        row = TitleRule.objects.get(level="middle")
        assert (row.years, row.centihours_per_year, row.public_centihours) == (5, 7200, None)
        page = client.get(reverse("learning_title_rules")).content.decode()
        assert "申江市职称评审办法（演示）" in page

    def test_half_a_share_is_refused(self):
        client = signed_in(member("officer"), staff=True)
        answer = client.post(reverse("learning_title_rules"), self.form | {"denominator": ""})
        assert answer.status_code == 422
        assert TitleRule.objects.count() == 1

    def test_others_are_not_let_in(self):
        client = signed_in(member("reviewer"), staff=True)
        assert client.get(reverse("learning_title_rules")).status_code == 403
        assert client.post(reverse("learning_title_rules"), self.form).status_code == 403


class TestEachMissingHourLeadsToCourses:
    @pytest.fixture
    def courses(self):
        made = [released_course(kind="specialty", **NEEDED["specialty"]) for _ in range(12)]
        made += [released_course(kind="public", **NEEDED["public"]) for _ in range(12)]
        rebuild()
        return made

    def links(self, page):
        return [unescape(found) for found in re.findall(r'href="([^"]*#courses)"', page)]

    def titles(self, page, courses):
        return [course.title for course in courses if f">{course.title}<" in page]

    def test_by_category_and_page_by_page(self, user, courses):
        client, address = signed_in(user), reverse("hours:readiness")
        page = client.get(address, {"level": "middle", "years": "2"}).content.decode()
        specialty, every = self.links(page)
        assert "kind=specialty" in specialty
        assert "level=middle" in every
        seen = []
        for number in (1, 2):
            shown = client.get(f"{address}{specialty.split('#')[0]}&page={number}").content.decode()
            seen += self.titles(shown, courses)
        # All of that category, each once, and none of the other.
        assert sorted(seen) == sorted(course.title for course in courses[:12])
        first = client.get(address + specialty.split("#")[0]).content.decode()
        assert "kind=specialty" in re.search(r'href="([^"]*page=2[^"]*)"', first).group(1)
        both = []
        for number in (1, 2, 3):
            shown = client.get(f"{address}{every.split('#')[0]}&page={number}").content.decode()
            both += self.titles(shown, courses)
        assert sorted(both) == sorted(course.title for course in courses)

    def test_a_category_of_which_nothing_is_missing_is_not_asked_for(self, user, courses):
        completed(user, date(2026, 1, 5), 6000)
        page = signed_in(user).get(reverse("hours:readiness"), {"kind": "vocational"}).content.decode()
        assert len(self.titles(page, courses)) == 10

    def test_in_a_year_that_is_not_the_calendar_s(self, user, courses, clock):
        publish_year(Actor.system("tests"), NewLearningYear(date(2025, 7, 1), 2026, "申江市办法（演示）"))
        completed(user, date(2025, 12, 1), 9000)
        page = signed_in(user).get(reverse("hours:readiness"), {"years": "2"}).content.decode()
        # December counts towards the year that began in July, which lacks nothing; nothing fills the one before any more.
        assert "2025-07-01 — 2026-06-30" in page
        assert self.links(page) == []
        assert self.titles(page, courses) == []
        clock.move_to(datetime(2026, 7, 1, 12, tzinfo=SHANGHAI))
        page = signed_in(user).get(reverse("hours:readiness"), {"years": "1"}).content.decode()
        assert "2026-07-01 — 2027-06-30" in page
        assert len(self.links(page)) == 2
        assert len(self.titles(page, courses)) == 10
