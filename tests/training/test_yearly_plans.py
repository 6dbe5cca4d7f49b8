"""A03: 市人社局 works on, publishes and updates the year's plan; what was published is never changed."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from lms.learning.hours.years import NewLearningYear, publish_year
from lms.learning.permits.models import CoursePermit
from lms.lib.actor import Actor
from lms.lib.appendonly import AppendOnlyError
from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.jobs.models import Job
from lms.training.lifecycle.conduct import alarms_of
from lms.training.yearly_plans import queries, services
from lms.training.yearly_plans.models import PlanCourse, PlanDraft, YearlyPlan
from lms.training.yearly_plans.rules import Span, broken
from tests.factories.accounts import UserFactory, member
from tests.factories.courses import released_course
from tests.learning.clients import signed_in

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LAST = date(2026, 12, 31)


def told(user, authority):
    """What the officers' pages say of a plan that is missing: that of the plans, and live supervision."""
    client = signed_in(user, staff=True)
    found = []
    for name in ("training_plans", "training_supervision"):
        page = client.get(reverse(name), {"authority": authority.code})
        assert page.status_code == 200
        found.append("年度公需科目培训实施计划还没有发布" in page.content.decode())
    return found


class TestYearly:
    def test_a03_a_year_without_its_plan_is_named_until_it_is_published(self, house, clock):
        assert told(house.officer, house.authority) == [True, True]
        ((text, url),) = alarms_of(house.authority, today())
        assert ("2026 年度" in text, "沪人社专〔2022〕372号 三(一)" in text) == (True, True)
        assert url == reverse("training_plans")
        # Whoever has no plans to publish is not asked for any.
        assert told(house.stranger, house.other) == [False, False]
        house.published(house.course())
        assert told(house.officer, house.authority) == [False, False]
        assert queries.missing([house.authority, house.other], date(2027, 1, 1)) == [house.authority]

    def test_a03_the_year_is_the_learning_year_wherever_it_begins(self, house, clock):
        """Years begin in July: what is missing in a March is the plan of the year that began in the July before."""
        who = UserFactory(is_superuser=True)
        publish_year(who, NewLearningYear(date(2026, 7, 1), 2026, "测试：学习年度自七月起"))
        day = date(2027, 3, 1)
        assert queries.missing([house.authority], day) == [house.authority]
        assert "2026 年度" in queries.missing_text(day)
        assert "2027 年度" in queries.missing_text(date(2027, 7, 1))
        house.published(house.course(), first=date(2026, 7, 1), last=date(2027, 6, 30))
        assert queries.missing([house.authority], day) == []
        assert queries.missing([house.authority], date(2027, 6, 30)) == []
        assert queries.missing([house.authority], date(2027, 7, 1)) == [house.authority]

    def test_a03_many_authorities_are_asked_at_once(self, house, django_assert_num_queries):
        bodies = [house.body(f"第 {number} 局") for number in range(4)]
        for number, body in enumerate(bodies):
            house.publishes(body, region=f"第 {number} 市")
        with django_assert_num_queries(2):
            assert queries.missing([house.authority, *bodies], today()) == [house.authority, *bodies]


class TestPublishing:
    def test_a03_a_published_plan_permits_its_courses(self, house):
        release = house.course()
        plan = house.published(release)
        assert (plan.version, plan.year, plan.published_on, plan.series) == (1, 2026, today(), plan.uuid)
        (row,) = CoursePermit.objects.filter(course=release.course)
        assert (row.first_day, row.last_day, row.plan) == (date(2026, 1, 1), LAST, plan.uuid)
        assert not PlanDraft.objects.exists()
        assert AuditRow.objects.get(action="plan.publish").target == plan.uuid
        assert Job.objects.filter(kind="learning.permits").count() == 1

    def test_an_update_is_the_next_version_and_the_last_one_counts(self, house):
        first, second = house.course(), house.course()
        before = house.published(first)
        draft = services.begin(house.officer, house.authority, 2026, services.Words("2026 年度计划更新"))
        assert [row.course for row in draft.courses.all()] == [first.course]
        services.set_course(house.officer, draft, second.code, date(2026, 6, 1), LAST)
        after = services.publish(house.officer, draft)
        assert (after.version, after.series) == (2, before.series)
        assert [row.course for row in before.courses.all()] == [first.course]
        assert set(CoursePermit.objects.values_list("course", "version")) == {
            (first.course.pk, 2),
            (second.course.pk, 2),
        }
        assert list(queries.in_force()) == [after]

    def test_what_was_published_is_never_changed(self, house):
        plan = house.published(house.course())
        plan.title = "改了"
        with pytest.raises(AppendOnlyError):
            plan.save()
        for table in (YearlyPlan._meta.db_table, PlanCourse._meta.db_table):
            for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
                with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(statement)

    def test_one_draft_a_year(self, house):
        house.draft()
        with pytest.raises(Conflict, match="已经有一份草稿"):
            house.draft()
        house.draft(year=2027)

    def test_an_empty_plan_is_not_published(self, house):
        with pytest.raises(Invalid, match="还没有课程"):
            services.publish(house.officer, house.draft())
        assert not YearlyPlan.objects.exists()

    def test_a_discarded_draft_changes_nothing(self, house):
        plan = house.published(house.course())
        draft = services.begin(house.officer, house.authority, 2026, services.Words("再改一次"))
        services.discard(house.officer, draft)
        assert list(queries.in_force()) == [plan]
        with pytest.raises(Conflict, match="刚刚被人发布或删除"):
            services.publish(house.officer, draft)

    def test_a_course_that_changed_its_kind_meanwhile_stops_the_whole_plan(self, house):
        release = house.course()
        draft = house.draft(release, house.course())
        release.course.__class__.objects.filter(pk=release.course.pk).update(kind="specialty")
        with pytest.raises(Invalid, match="已不是公需科目") as refused:
            services.publish(house.officer, draft)
        assert f"「{release.title}」" in str(refused.value.message)
        assert refused.value.details["courses"] == [release.code]
        assert not CoursePermit.objects.exists()


class TestCoursesThatChangedMeanwhile:
    """What became of a course after it was published never keeps the next version from being published."""

    @pytest.fixture
    def update(self, house):
        """Two courses are in force; the first is no course of public subjects any more. The next version under way."""
        self.gone, self.kept = house.course(), house.course()
        house.published(self.gone, self.kept)
        self.gone.course.__class__.objects.filter(pk=self.gone.course.pk).update(kind="specialty", live=False)
        return services.begin(house.officer, house.authority, 2026, services.Words("2026 年度计划更新"))

    def test_it_may_stay_as_it_was_promised(self, house, update):
        services.set_course(house.officer, update, house.course().code, date(2026, 1, 1), LAST)
        assert services.publish(house.officer, update).courses.count() == 3

    def test_taken_out_it_ends_today_and_another_takes_its_place(self, house, update):
        assert services.drop_course(house.officer, update, self.gone.code) == today()
        fresh = house.course()
        services.set_course(house.officer, update, fresh.code, today(), LAST)
        plan = services.publish(house.officer, update)
        days = {row.course_id: (row.first_day, row.last_day) for row in plan.courses.all()}
        assert days[self.gone.course.pk] == (date(2026, 1, 1), today())
        assert days[fresh.course.pk] == (today(), LAST)

    def test_before_its_days_have_come_it_goes(self, house):
        release = house.course()
        house.published(release, house.course(), first=today() + DAY)
        release.course.__class__.objects.filter(pk=release.course.pk).update(kind="specialty")
        draft = services.begin(house.officer, house.authority, 2026, services.Words("2026 年度计划更新"))
        assert services.drop_course(house.officer, draft, release.code) is None
        assert services.publish(house.officer, draft).courses.count() == 1

    def test_longer_than_promised_it_may_not_stand(self, house, update):
        services.set_course(house.officer, update, self.gone.code, date(2026, 1, 1), today())
        services.publish(house.officer, update)
        draft = services.begin(house.officer, house.authority, 2026, services.Words("2026 年度计划再更新"))
        with pytest.raises(Invalid, match="不是公需科目课程"):
            services.set_course(house.officer, draft, self.gone.code, date(2026, 1, 1), LAST)

    def test_another_learning_year_does_not_stop_it_either(self, house, update):
        """The year 2026 becomes July to June: what was published from January on goes on."""
        publish_year(
            Actor.system("tests"), NewLearningYear(date(2026, 7, 1), 2026, "申人社〔2026〕9 号（测试）")
        )
        rows = {item["row"].course_id: item for item in queries.changes(update)["rows"]}
        assert "学习年度" in rows[self.kept.course.pk]["wrong"]
        assert not rows[self.kept.course.pk]["stops"]
        assert services.publish(house.officer, update).version == 2

    def test_the_page_says_which_entry_is_wrong(self, house, update):
        client = signed_in(house.officer, staff=True)
        address = reverse("training_plan_draft", args=[update.uuid])
        assert "已不是公需科目（现为专业科目）：已发布的日期仍可保留" in client.get(address).content.decode()
        client.post(address, {"act": "drop", "code": self.gone.code})
        assert update.courses.get(course=self.gone.course).last_day == today()


class TestWhoPublishes:
    def test_a03_an_authority_without_the_right_publishes_nothing(self, house):
        draft = house.draft(house.course())
        house.publishes(None, since=today())
        for act in (
            lambda: services.publish(house.officer, draft),
            lambda: services.begin(house.officer, house.authority, 2027, services.Words("明年的计划")),
            lambda: services.describe(house.officer, draft, services.Words("改标题")),
        ):
            with pytest.raises(NotAllowed, match="没有发布公需科目年度计划的权限"):
                act()
        with pytest.raises(NotAllowed):
            services.begin(house.stranger, house.other, 2026, services.Words("别人的计划"))
        assert not CoursePermit.objects.exists()
        services.discard(house.officer, draft)

    def test_the_right_has_its_day_and_its_region(self, house):
        house.publishes(house.other, since=today() + DAY)
        assert queries.may_publish(house.authority, today())
        assert not queries.may_publish(house.other, today())
        assert queries.may_publish(house.other, today() + DAY)
        assert not queries.may_publish(house.authority, today() + DAY)
        house.publishes(house.other, region="青溪区")
        assert {row.region: row.authority for row in queries.rights_on(today())} == {
            "申江市": house.authority,
            "青溪区": house.other,
        }
        assert AuditRow.objects.filter(action="plan_right.set").count() == 3

    def test_what_was_published_before_stays(self, house):
        plan = house.published(house.course())
        house.publishes(None, since=today())
        assert list(queries.in_force()) == [plan]
        assert CoursePermit.objects.count() == 1

    @pytest.mark.parametrize(
        "changes",
        [{"region": " "}, {"region": "区" * 61}, {"source": "\0\0"}, {"valid_from": date(1999, 1, 1)}],
    )
    def test_what_cannot_be_is_refused(self, house, changes):
        said = {"region": "申江市", "authority": house.other, "valid_from": today(), "source": "文件"}
        with pytest.raises(Invalid):
            services.set_right(Actor.system("tests"), services.NewRight(**said | changes))
        college = member("officer").memberships.get().organisation
        with pytest.raises(Invalid):
            services.set_right(Actor.system("tests"), services.NewRight(**said | {"authority": college}))

    def test_only_administrators_of_the_platform_set_it(self, house):
        new = services.NewRight("申江市", house.other, today(), "文件")
        address = reverse("training_plan_rights")
        for user in (house.officer, member("admin", house.authority), UserFactory()):
            with pytest.raises(NotAllowed):
                services.set_right(user, new)
        assert signed_in(house.officer, staff=True).get(address).status_code == 403
        client = signed_in(UserFactory(is_superuser=True, is_staff=True), staff=True)
        posted = {
            "region": "申江市",
            "authority": house.other.pk,
            "valid_from": "2026-03-01",
            "source": "文件",
        }
        wrong = client.post(address, posted | {"valid_from": "1999-01-01"})
        assert wrong.status_code == 422
        assert client.post(address, posted).status_code == 302
        assert queries.may_publish(house.other, today())
        assert "今天有效" in client.get(address).content.decode()
        page = signed_in(house.officer, staff=True).get(reverse("training_plans")).content.decode()
        assert "你所在的部门今天没有发布的权限" in page
        assert f"申江市：{house.other.name}" in page


class TestWhatAPlanMaySay:
    @pytest.mark.parametrize(
        ("first", "last"),
        [
            (date(2025, 12, 31), LAST),
            (date(2026, 1, 1), date(2027, 1, 1)),
            (date(2026, 5, 2), date(2026, 5, 1)),
        ],
    )
    def test_days_lie_in_the_year(self, house, first, last):
        release, draft = house.course(), house.draft()
        with pytest.raises(Invalid, match="2026 年度内"):
            services.set_course(house.officer, draft, release.code, first, last)

    def test_only_courses_of_public_subjects(self, house):
        draft = house.draft()
        with pytest.raises(Invalid, match="不是公需科目课程"):
            services.set_course(house.officer, draft, released_course().code, date(2026, 1, 1), LAST)
        with pytest.raises(Invalid, match="没有代码为"):
            services.set_course(house.officer, draft, "nowhere", date(2026, 1, 1), LAST)

    @pytest.mark.parametrize("year", [2021, 2040])
    def test_years_one_can_plan(self, house, year):
        with pytest.raises(Invalid):
            house.draft(year=year)

    @pytest.mark.parametrize(
        "words", [services.Words(" "), services.Words("标题" * 61), services.Words("计划\0计划")]
    )
    def test_words_within_bounds(self, house, words):
        with pytest.raises(Invalid):
            services.begin(house.officer, house.authority, 2026, words)

    def test_days_that_have_come_are_not_taken_back(self, house):
        """The clock stands at 2 March 2026."""
        release = house.course()
        house.published(release)
        draft = services.begin(house.officer, house.authority, 2026, services.Words("2026 年度计划更新"))
        services.set_course(house.officer, draft, release.code, date(2026, 2, 1), LAST)
        with pytest.raises(Conflict, match="不能推后"):
            services.publish(house.officer, draft)
        services.set_course(house.officer, draft, release.code, date(2026, 1, 1), today() - DAY)
        with pytest.raises(Conflict, match="不能早于今天"):
            services.publish(house.officer, draft)
        services.drop_course(house.officer, draft, release.code)
        services.set_course(house.officer, draft, house.course().code, date(2026, 1, 1), LAST)
        with pytest.raises(Conflict, match="不能撤下"):
            services.publish(house.officer, draft)
        services.set_course(house.officer, draft, release.code, date(2026, 1, 1), today())
        assert services.publish(house.officer, draft).version == 2


days = st.dates(date(2026, 1, 1), LAST)
spans = st.tuples(days, days).map(lambda pair: Span(min(pair), max(pair)))
plans = st.dictionaries(st.integers(1, 4), spans)


@pytest.mark.long
@given(plans, plans, days)
def test_a_version_that_breaks_nothing_keeps_every_day_that_has_come(before, after, today):
    def earned(plan):
        return {
            (course, day)
            for course, span in plan.items()
            for day in (span.first, span.last, today, min(span.last, today))
            if span.first <= day <= min(span.last, today)
        }

    if not list(broken(before, after, today)):
        for course, day in earned(before):
            assert after[course].first <= day <= after[course].last


@pytest.mark.long
class TestWho:
    def test_only_officers_of_that_authority(self, house):
        release, draft = house.course(), house.draft(house.course())
        for user in (house.stranger, UserFactory(), member("editor", house.authority)):
            for act in (
                lambda user=user: services.begin(user, house.authority, 2027, services.Words("别人的计划")),
                lambda user=user: services.set_course(user, draft, release.code, date(2026, 1, 1), LAST),
                lambda user=user: services.drop_course(user, draft, release.code),
                lambda user=user: services.describe(user, draft, services.Words("改标题")),
                lambda user=user: services.discard(user, draft),
                lambda user=user: services.publish(user, draft),
            ):
                with pytest.raises(NotAllowed):
                    act()
            with pytest.raises(NotFound):
                queries.draft(user, draft.uuid)

    def test_only_authorities_have_plans(self, house):
        college = member("officer")
        with pytest.raises(NotAllowed, match="由主管部门发布"):
            services.begin(
                college, college.memberships.get().organisation, 2026, services.Words("学院的计划")
            )


@pytest.mark.long
class TestPages:
    def test_the_public_sees_plans_and_their_versions(self, house, client):
        release = house.course()
        first = house.published(release)
        draft = services.begin(house.officer, house.authority, 2026, services.Words("2026 年度计划更新"))
        second = services.publish(house.officer, draft)
        html = client.get(reverse("plans:list")).content.decode()
        assert "2026 年度计划更新" in html
        assert first.title not in html
        html = client.get(reverse("plans:plan", args=[second.uuid])).content.decode()
        assert release.title in html
        assert "2026-01-01 至 2026-12-31 学完有效" in html
        assert "已由" in client.get(reverse("plans:plan", args=[first.uuid])).content.decode()

    def test_programs_read_the_same(self, house, client):
        release = house.course()
        plan = house.published(release)
        (row,) = client.get("/api/v1/training/plans").json()["items"]
        assert (row["uuid"], row["version"], row["in_force"]) == (str(plan.uuid), 1, True)
        assert client.get("/api/v1/training/plans", {"year": 2025}).json()["items"] == []
        assert client.get(f"/api/v1/training/plans/{plan.uuid}").json()["title"] == plan.title
        (course,) = client.get(f"/api/v1/training/plans/{plan.uuid}/courses").json()["items"]
        assert (course["code"], course["last_day"]) == (release.code, "2026-12-31")

    def test_an_officer_goes_the_whole_way(self, house):
        release = house.course()
        client = signed_in(house.officer, staff=True)
        begun = client.post(
            reverse("training_plans"),
            {"authority": house.authority.pk, "year": 2026, "title": "2026 年度计划"},
        )
        address = begun["Location"]
        days = {"first_day": "2026-01-01", "last_day": "2026-12-31"}
        wrong = client.post(address, {"act": "course", "code": "nowhere"} | days)
        assert wrong.status_code == 422
        assert "没有代码为" in wrong.content.decode()
        assert client.post(address, {"act": "publish"}).status_code == 302
        assert "还没有课程，不能发布" in client.get(address).content.decode()
        assert client.post(address, {"act": "course", "code": release.code} | days).status_code == 302
        html = client.get(address).content.decode()
        assert release.title in html
        assert "新列入" in html
        client.post(address, {"act": "words", "title": "2026 年度计划（定稿）", "number": "测〔2〕号"})
        assert client.post(address, {"act": "publish"})["Location"] == reverse("training_plans")
        assert "2026 年度计划（定稿）" in client.get(reverse("training_plans")).content.decode()

    def test_staff_screens_are_for_officers_alone(self, house):
        draft = house.draft()
        for user, list_status in ((member("editor"), 403), (house.stranger, 200)):
            client = signed_in(user, staff=True)
            assert client.get(reverse("training_plans")).status_code == list_status
            found = client.get(reverse("training_plan_draft", args=[draft.uuid])).status_code
            assert found == (404 if list_status == 200 else 403)
