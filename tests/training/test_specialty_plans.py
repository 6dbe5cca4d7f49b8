"""A04: a department plans the year's specialty subjects, breaks its targets down, names its bundles, guides and assesses; each target
stands beside what came of the courses of its kind.
"""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from lms.lib.audit.models import AuditRow
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.training.board import api as board
from lms.training.bundles import queries as targets
from lms.training.bundles import services as bundles
from lms.training.bundles.rules import Aim, kind_fits, lines
from lms.training.yearly_plans.specialty import queries, services
from lms.training.yearly_plans.specialty.models import SpecialtyDraft, SpecialtyPlan, SpecialtyReview
from tests.factories.accounts import UserFactory, member
from tests.factories.courses import released_course
from tests.learning.clients import signed_in
from tests.training.test_bundles import bundle, finish

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 3, 1), date(2026, 11, 30)
WORDS = services.Words(
    "2026 年度建设交通行业专业科目培训规划",
    "construction_transport",
    "申建人〔2026〕8 号（测试）",
    "结构、机电专业技术人员各一轮。",
    "每季度到开课单位听课一次。",
    "年末按指标考核，结果用于下一年的指标。",
)


def special(**fields):
    return released_course(kind="specialty", sector="construction_transport", **fields)


@pytest.fixture
def ministry(house):
    """A department below the city with its officer and a district below it; targets of 专业 and of 公需 subjects."""
    house.department, house.district = house.body("住房城乡建设委"), house.body("青溪区")
    house.clerk = member("officer", house.department)
    house.city = bundles.set_target(
        house.officer, 2026, house.authority, None, bundles.Figures(900, kind="specialty")
    )
    house.aim = bundles.set_target(
        house.officer, 2026, house.department, house.city, bundles.Figures(600, 120_000, kind="specialty")
    )
    bundles.set_target(house.clerk, 2026, house.district, house.aim, bundles.Figures(200, kind="specialty"))
    return house


def drafted(house, *releases, year=2026):
    found = services.begin(house.clerk, house.department, year, WORDS)
    for release in releases:
        services.set_course(house.clerk, found, release.code, FIRST, LAST)
    return found


def published(house, *releases):
    return services.publish(house.clerk, drafted(house, *releases))


class TestPlan:
    def test_a04_a_department_publishes_its_plan_and_everybody_reads_it(self, ministry, client):
        course, inside = special(), special()
        named = bundle(ministry, inside, owner=ministry.department, by=ministry.clerk)
        draft = drafted(ministry, course)
        services.set_bundles(ministry.clerk, draft, [named])
        plan = services.publish(ministry.clerk, draft)
        assert (plan.version, plan.year, plan.series) == (1, 2026, plan.uuid)
        assert not SpecialtyDraft.objects.exists()
        assert AuditRow.objects.get(action="specialty_plan.publish").target == plan.uuid
        html = client.get(reverse("plans:specialty")).content.decode()
        assert plan.title in html
        assert reverse("plans:specialty") in client.get(reverse("plans:list")).content.decode()
        html = client.get(reverse("plans:specialty_plan", args=[plan.uuid])).content.decode()
        for said in (
            course.title,
            named.title,
            "建设交通",
            "600 人次",
            "200 人次",
            "每季度到开课单位",
            "年末按指标考核",
        ):
            assert said in html, said
        assert "900 人次" not in html, "the city's own target is not the department's"

    def test_a04_it_stands_on_the_board_with_a_paper(self, ministry, client):
        course = special()
        first = published(ministry, course)
        posting = board.by_key(f"specialty-plan:{first.uuid}")
        assert posting.kind == "plan"
        assert posting.authority == ministry.department
        assert f"1. {course.title}（{course.code}）：2026-03-01 至 2026-11-30" in posting.body
        assert "指标：青溪区 200 人次（住房城乡建设委下达）" in posting.body
        assert "指标：住房城乡建设委 600 人次、1200 学时（市人社局下达）" in posting.body
        assert client.get(reverse("board:posting_pdf", args=[posting.uuid])).content[:4] == b"%PDF"
        second = published(ministry, special())
        newer = board.by_key(f"specialty-plan:{second.uuid}")
        assert (newer.replaces, second.version) == (posting, 2)
        assert "已由" in client.get(reverse("plans:specialty_plan", args=[first.uuid])).content.decode()

    def test_a04_an_update_begins_with_what_is_in_force_and_may_take_it_back(self, ministry):
        first, second = special(), special()
        published(ministry, first)
        draft = drafted(ministry, second)
        services.drop_course(ministry.clerk, draft, first.code)
        plan = services.publish(ministry.clerk, draft)
        assert [row.course for row in plan.courses.all()] == [second.course]
        assert [row.uuid for row in queries.in_force()] == [plan.uuid]

    def test_a04_only_specialty_courses_and_days_of_the_year(self, ministry):
        draft = drafted(ministry)
        for release, days, why in (
            (ministry.course(), (FIRST, LAST), "不是专业科目课程"),
            (special(), (date(2025, 12, 31), LAST), "年度内"),
            (special(), (LAST, FIRST), "年度内"),
        ):
            with pytest.raises(Invalid, match=why):
                services.set_course(ministry.clerk, draft, release.code, *days)
        with pytest.raises(Invalid, match="没有代码为"):
            services.set_course(ministry.clerk, draft, "nowhere", FIRST, LAST)
        with pytest.raises(Invalid, match="不能发布"):
            services.publish(ministry.clerk, draft)

    def test_a04_only_the_departments_own_bundles_of_the_year_with_a_specialty_course(self, ministry):
        draft = drafted(ministry)
        others = [
            bundle(ministry, special()),
            bundle(ministry, special(), owner=ministry.department, by=ministry.clerk, year=2025),
            bundle(ministry, ministry.course(), owner=ministry.department, by=ministry.clerk),
            bundle(ministry, special(), owner=ministry.department, by=ministry.clerk, publish=False),
        ]
        for found in others:
            with pytest.raises(Invalid, match="不能列入"):
                services.set_bundles(ministry.clerk, draft, [found])
        good = bundle(ministry, special(), owner=ministry.department, by=ministry.clerk)
        services.set_bundles(ministry.clerk, draft, [good])
        bundles.close(ministry.clerk, good)
        with pytest.raises(Invalid, match="不合规划"):
            services.publish(ministry.clerk, draft)

    def test_a04_a_course_that_changed_its_kind_stops_the_next_version(self, ministry):
        release = special()
        draft = drafted(ministry, release)
        page = release.course
        page.kind = "vocational"
        page.save()
        with pytest.raises(Invalid, match="不合规划"):
            services.publish(ministry.clerk, draft)

    def test_a04_rows_only_grow(self, ministry):
        plan = published(ministry, special())
        for statement in (
            "UPDATE training_specialtyplan SET title = 'x'",
            "DELETE FROM training_specialtycourse",
        ):
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        assert SpecialtyPlan.objects.get().title == plan.title

    def test_a04_only_officers_of_the_department(self, ministry):
        release, draft = special(), drafted(ministry, special())
        for user in (
            ministry.officer,
            ministry.stranger,
            UserFactory(),
            member("editor", ministry.department),
        ):
            for act in (
                lambda user=user: services.begin(user, ministry.department, 2027, WORDS),
                lambda user=user: services.describe(user, draft, WORDS),
                lambda user=user: services.set_course(user, draft, release.code, FIRST, LAST),
                lambda user=user: services.drop_course(user, draft, release.code),
                lambda user=user: services.set_bundles(user, draft, []),
                lambda user=user: services.publish(user, draft),
                lambda user=user: services.discard(user, draft),
            ):
                with pytest.raises(NotAllowed):
                    act()
            with pytest.raises(NotFound):
                queries.draft(user, draft.uuid)

    def test_a04_one_draft_a_year(self, ministry):
        draft = drafted(ministry)
        with pytest.raises(Conflict, match="已经有一份草稿"):
            drafted(ministry)
        services.discard(ministry.clerk, draft)
        with pytest.raises(Conflict, match="刚刚被人"):
            services.describe(ministry.clerk, draft, WORDS)

    @pytest.mark.parametrize(
        ("field", "words"),
        [
            ("title", services.Words("短")),
            ("sector", services.Words("建设行业培训规划", "nowhere")),
            ("note", services.Words("建设行业培训规划", note="长" * 2001)),
        ],
    )
    def test_a04_what_cannot_be_is_refused_at_its_field(self, ministry, field, words):
        with pytest.raises(Invalid) as refused:
            services.begin(ministry.clerk, ministry.department, 2026, words)
        assert refused.value.details["field"] == field


class TestPrograms:
    def test_a04_programs_read_the_same(self, ministry, client, django_assert_max_num_queries):
        course, inside = special(), special()
        named = bundle(ministry, inside, owner=ministry.department, by=ministry.clerk)
        draft = drafted(ministry, course)
        services.set_bundles(ministry.clerk, draft, [named])
        first = services.publish(ministry.clerk, draft)
        services.review(ministry.clerk, first, "上半年按指标完成过半，两家单位进度慢。")
        plan = published(ministry)
        there = "/api/v1/training/specialty-plans"
        with django_assert_max_num_queries(4):
            (row,) = client.get(there, {"year": 2026}).json()["items"]
        assert (row["uuid"], row["version"], row["in_force"]) == (str(plan.uuid), 2, True)
        assert (row["authority"], row["sector"]) == ("住房城乡建设委", "construction_transport")
        own, part = row["targets"]
        assert (own["level"], own["person_times"], own["centihours"], own["by"]) == (
            0,
            600,
            120_000,
            "市人社局",
        )
        assert (part["level"], part["name"], part["person_times"]) == (1, "青溪区", 200)
        assert client.get(there, {"year": 2025}).json()["items"] == []
        assert client.get(f"{there}/{first.uuid}").json()["in_force"] is False
        (found,) = client.get(f"{there}/{first.uuid}/courses").json()["items"]
        assert (found["code"], found["first_day"]) == (course.code, FIRST.isoformat())
        (found,) = client.get(f"{there}/{first.uuid}/bundles").json()["items"]
        assert found == {"bundle": str(named.uuid), "title": named.title}
        (found,) = client.get(f"{there}/{plan.uuid}/reviews").json()["items"]
        assert "进度慢" in found["text"]
        assert client.get(f"{there}/{ministry.aim.uuid}").status_code == 404


class TestKinds:
    def test_a04_a_target_counts_courses_of_its_kind_alone(self, ministry):
        """The same bundle has a course of public and one of specialty subjects; each target counts its own."""
        own, public, planned = special(), ministry.course(), special()
        bundle(ministry, own, public, owner=ministry.department, by=ministry.clerk)
        published(ministry, planned)
        bundles.set_target(
            ministry.clerk, 2026, ministry.department, None, bundles.Figures(50, kind="public")
        )
        bundles.set_target(ministry.clerk, 2026, ministry.department, None, bundles.Figures(70))
        for release, times in ((own, 2), (public, 3), (planned, 1)):
            for _ in range(times):
                finish(release, 100)
        rows = targets.table(ministry.clerk, 2026)
        done = {(row.target.body.name, row.target.kind): row.result.person_times for row in rows}
        assert done == {
            ("住房城乡建设委", "specialty"): 3,
            ("住房城乡建设委", "public"): 3,
            ("住房城乡建设委", ""): 6,
            ("青溪区", "specialty"): 0,
        }
        top = next(row for row in targets.table(ministry.officer, 2026) if row.target == ministry.city)
        assert (top.result.person_times, top.result.centihours) == (3, 300)

    def test_a04_a_replaced_version_counts_no_more(self, ministry):
        first, second = special(), special()
        published(ministry, first)
        finish(first, 100)
        draft = drafted(ministry, second)
        services.drop_course(ministry.clerk, draft, first.code)
        services.publish(ministry.clerk, draft)
        (row, _below) = queries.targets_of(ministry.department, 2026)
        assert row.result.person_times == 0

    def test_a04_a_part_is_of_the_kind_of_the_whole(self, ministry):
        with pytest.raises(Invalid, match="上级指标是专业科目的"):
            bundles.set_target(
                ministry.officer,
                2026,
                ministry.body("交通委"),
                ministry.city,
                bundles.Figures(5, kind="public"),
            )
        with pytest.raises(Invalid, match="列出的类别"):
            bundles.set_target(
                ministry.officer, 2026, ministry.authority, None, bundles.Figures(5, kind="nonsense")
            )
        whole = bundles.set_target(ministry.officer, 2026, ministry.authority, None, bundles.Figures(500))
        part = bundles.set_target(
            ministry.officer, 2026, ministry.department, whole, bundles.Figures(5, kind="public")
        )
        assert part.kind == "public"

    def test_a04_an_officer_sets_a_target_of_a_kind(self, ministry):
        client = signed_in(ministry.officer, staff=True)
        address = reverse("training_targets") + "?year=2026"
        posted = {
            "parent": str(ministry.city.uuid),
            "body": ministry.body("水务局").pk,
            "person_times": 40,
            "kind": "specialty",
        }
        assert client.post(address, posted).status_code == 302
        refused = client.post(address, posted | {"kind": "vocational"})
        assert refused.status_code == 422
        assert "分解下去的也要是专业科目。" in refused.content.decode()
        assert "专业科目" in client.get(address).content.decode()


class TestReview:
    def test_a04_the_department_records_what_it_found_beside_targets_and_results(self, ministry, client):
        release = special()
        plan = published(ministry, release)
        finish(release, 200)
        row = services.review(ministry.clerk, plan, "三季度到两家开课单位听课，机电专业进度偏慢。")
        assert row.lines == [[0, "住房城乡建设委", 600, 1, 0, 200], [1, "青溪区", 200, 0, 0, 0]]
        finish(release, 200)
        html = client.get(reverse("plans:specialty_plan", args=[plan.uuid])).content.decode()
        assert "机电专业进度偏慢" in html
        assert "1 / 600 人次，2 学时" in html

    def test_a04_a_replaced_version_is_not_reviewed_and_nobody_else_reviews(self, ministry):
        first = published(ministry, special())
        second = published(ministry, special())
        with pytest.raises(Conflict, match="已经被代替"):
            services.review(ministry.clerk, first, "三季度到两家开课单位听课。")
        with pytest.raises(Invalid, match="请写明考核情况"):
            services.review(ministry.clerk, second, "好")
        for user in (ministry.officer, UserFactory()):
            with pytest.raises(NotAllowed):
                services.review(user, second, "三季度到两家开课单位听课。")
            with pytest.raises(NotFound):
                queries.of_department(user, second.uuid)
        assert not SpecialtyReview.objects.exists()


class TestScreens:
    def test_a04_an_officer_goes_the_whole_way(self, ministry):
        release, inside = special(), special()
        named = bundle(ministry, inside, owner=ministry.department, by=ministry.clerk)
        client = signed_in(ministry.clerk, staff=True)
        said = {"title": WORDS.title, "sector": WORDS.sector, "guidance": WORDS.guidance}
        begun = client.post(
            reverse("training_specialty_plans"), {"authority": ministry.department.pk, "year": 2026} | said
        )
        address = begun["Location"]
        days = {"first_day": "2026-03-01", "last_day": "2026-11-30"}
        wrong = client.post(address, {"act": "course", "code": ministry.course().code} | days)
        assert wrong.status_code == 422
        assert "不是专业科目课程" in wrong.content.decode()
        for act in (
            {"act": "course", "code": release.code} | days,
            {"act": "bundles", "bundles": [named.pk]},
            {"act": "words", "assessing": "年末考核"} | said,
        ):
            assert client.post(address, act).status_code == 302, act
        html = client.get(address).content.decode()
        assert release.title in html
        assert named.title in html
        assert client.post(address, {"act": "publish"})["Location"] == reverse("training_specialty_plans")
        plan = SpecialtyPlan.objects.get()
        assert WORDS.title in client.get(reverse("training_specialty_plans")).content.decode()
        page = reverse("training_specialty_plan", args=[plan.uuid])
        assert "600" in client.get(page).content.decode()
        assert client.post(page, {"text": "短"}).status_code == 422
        assert client.post(page, {"text": "年末考核：指标完成情况正常。"}).status_code == 302
        assert "指标完成情况正常" in client.get(page).content.decode()
        stranger = signed_in(ministry.stranger, staff=True)
        assert stranger.get(page).status_code == 404
        assert signed_in(member("editor"), staff=True).get(page).status_code == 403

    def test_a04_however_many_plans_the_queries_are_as_many(self, ministry, client):
        def asked(address):
            with CaptureQueriesContext(connection) as found:
                assert client.get(address).status_code == 200
            return len(found)

        plan = published(ministry, special())
        listing, page = reverse("plans:specialty"), reverse("plans:specialty_plan", args=[plan.uuid])
        before = asked(listing)
        for number in range(3):
            body = ministry.body(f"第 {number} 委")
            clerk = member("officer", body)
            draft = services.begin(clerk, body, 2026, WORDS)
            services.set_course(clerk, draft, special().code, FIRST, LAST)
            services.publish(clerk, draft)
        assert asked(listing) == before
        before = asked(page)
        draft = drafted(ministry, *(special() for _ in range(3)))
        assert (
            asked(reverse("plans:specialty_plan", args=[services.publish(ministry.clerk, draft).uuid]))
            <= before + 1
        )


kinds = st.sampled_from(["", "public", "specialty", "vocational"])


@given(
    st.lists(kinds, max_size=8),
    st.dictionaries(st.integers(0, 9), kinds.filter(bool)),
    st.sets(st.integers(0, 9)),
)
def test_a04_the_courses_of_the_kinds_are_those_of_all_kinds(aims, kind_of, courses):
    """What counts for a body's targets of each kind never overlaps, and a target of all kinds has them all."""
    made = [Aim(place, None, 1, 1, None, kind) for place, kind in enumerate(aims)]
    by_kind = {line.aim.kind: line.courses for line in lines(made, {1: courses}, kind_of)}
    for kind, found in by_kind.items():
        assert found <= courses
        assert found == (
            courses if not kind else {course for course in courses if kind_of.get(course) == kind}
        )
    assert all(kind_fits("", kind) and kind_fits(kind, kind) for kind in by_kind)
