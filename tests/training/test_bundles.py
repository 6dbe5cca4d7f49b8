"""A04: departments group courses for a purpose; targets cascade from the city to departments and districts, and each
stands beside what came of it.
"""

from datetime import date
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from lms.accounts.api import actor
from lms.learning.classes.hours_models import ClassHoursTaken
from lms.learning.completion.models import Completion, CompletionTopUp
from lms.learning.enrolment.services import enrol
from lms.lib.audit.models import AuditRow
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.training.bundles import queries, services
from lms.training.bundles.models import Target
from lms.training.bundles.rules import Aim, lines, missing_parts, percent
from tests.factories.accounts import UserFactory, member
from tests.factories.courses import released_course
from tests.learning.clients import signed_in
from tests.learning.rosters.firm import completed
from tests.learning.statements.years import attended

pytestmark = [pytest.mark.django_db, pytest.mark.long]
ABOUT = services.About("电工安全提升", "给一线电工的安全课程", "先学验电。\n\n再学接地。")


def bundle(house, *releases, owner=None, by=None, publish=True, year=2026):
    by = by or house.officer
    found = services.begin(by, owner or house.authority, year, ABOUT)
    for release in releases:
        services.add_course(by, found, release.code)
    if publish:
        services.publish(by, found)
        found.refresh_from_db()
    return found


class TestBundles:
    def test_the_public_sees_a_published_bundle_and_no_draft(self, house, client):
        release = released_course()
        found = bundle(house, release, publish=False)
        address = reverse("bundles:bundle", args=[found.uuid])
        assert client.get(address).status_code == 404
        services.publish(house.officer, found)
        html = client.get(address).content.decode()
        assert release.title in html
        assert "再学接地。" in html
        assert "登录后全部报名" in html
        assert ABOUT.title in client.get(reverse("bundles:list")).content.decode()
        services.close(house.officer, found)
        assert client.get(address).status_code == 404

    def test_whoever_is_signed_in_begins_all_of_it_and_sees_their_progress(self, house, client):
        user, first, second = UserFactory(), released_course(), released_course()
        found = bundle(house, first, second)
        client.force_login(user)
        address = reverse("bundles:bundle", args=[found.uuid])
        assert "全部报名" in client.get(address).content.decode()
        said = client.post(reverse("bundles:enrol", args=[found.uuid]), follow=True).content.decode()
        assert "已报名 2 门课程" in said
        assert '学完 <b class="num">0</b> 门，共 2 门' in said
        assert services.enrol_in_all(user, found) == 0
        assert [step.progress is not None for step in queries.steps(user, [first.course, second.course])] == [
            True
        ] * 2

    def test_a_visitor_signs_in_first(self, house, client):
        found = bundle(house, released_course())
        assert "/login" in client.post(reverse("bundles:enrol", args=[found.uuid]))["Location"]

    def test_an_unpublished_bundle_enrols_nobody(self, house):
        with pytest.raises(Conflict, match="现在不能报名"):
            services.enrol_in_all(UserFactory(), bundle(house, released_course(), publish=False))

    def test_a_bundle_without_courses_is_not_published_and_keeps_its_last_one(self, house):
        release = released_course()
        found = bundle(house, publish=False)
        with pytest.raises(Invalid, match="还没有课程"):
            services.publish(house.officer, found)
        services.add_course(house.officer, found, release.code)
        services.publish(house.officer, found)
        with pytest.raises(Conflict, match="至少要有一门"):
            services.drop_course(house.officer, found, release.code)
        with pytest.raises(Conflict, match="已经发布"):
            services.publish(house.officer, found)

    def test_only_officers_of_its_department(self, house):
        found = bundle(house, released_course(), publish=False)
        for user in (house.stranger, UserFactory(), member("teacher", house.authority)):
            for act in (
                lambda user=user: services.begin(user, house.authority, 2026, ABOUT),
                lambda user=user: services.describe(user, found, ABOUT),
                lambda user=user: services.add_course(user, found, "x"),
                lambda user=user: services.drop_course(user, found, "x"),
                lambda user=user: services.publish(user, found),
                lambda user=user: services.close(user, found),
            ):
                with pytest.raises(NotAllowed):
                    act()
            with pytest.raises(NotFound):
                queries.of_department(user, found.uuid)

    def test_programs_read_and_begin_it(self, house, client):
        release = released_course()
        found = bundle(house, release)
        assert [row["uuid"] for row in client.get("/api/v1/training/bundles").json()["items"]] == [
            str(found.uuid)
        ]
        client.force_login(UserFactory())
        address = f"/api/v1/training/bundles/{found.uuid}"
        assert client.get(address).json()[0]["state"] == "none"
        assert client.post(f"{address}/enrol").json() == {"begun": 1}
        assert client.get(address).json()[0]["state"] == "active"

    def test_an_officer_goes_the_whole_way(self, house):
        release = released_course()
        client = signed_in(house.officer, staff=True)
        said = {"owner": house.authority.pk, "year": 2026, "title": ABOUT.title, "purpose": ABOUT.purpose}
        address = client.post(reverse("training_bundles"), said)["Location"]
        assert client.post(address, {"act": "course", "code": "nowhere"}).status_code == 422
        for act in ({"act": "course", "code": release.code}, {"act": "about"} | said, {"act": "publish"}):
            assert client.post(address, act).status_code == 302
        html = client.get(address).content.decode()
        assert release.title in html
        assert "停用" in html
        assert ABOUT.title in client.get(reverse("training_bundles")).content.decode()
        client = signed_in(house.stranger, staff=True)
        assert client.get(address).status_code == 404


class TestAudience:
    """A57 (沪工总研〔2020〕94号 二): training for 农民工 contains professional ethics, craft spirit and employment guidance."""

    def test_a57_a_programme_without_the_three_warns(self, house):
        releases = [released_course() for _ in range(4)]
        about = services.About("农民工电工培训", "给新进城的电工", audience="migrant")
        found = services.begin(house.officer, house.authority, 2026, about)
        services.add_course(house.officer, found, releases[0].code)
        assert queries.lacking(found) == ["职业道德", "工匠精神", "就业指导"]
        services.add_course(house.officer, found, releases[1].code, "craft")
        address = reverse("training_bundle", args=[found.uuid])
        client = signed_in(house.officer, staff=True)
        html = client.get(address).content.decode()
        assert "为农民工开展的培训还缺这些内容" in html
        assert "职业道德、就业指导" in html
        # It only warns.
        assert client.post(address, {"act": "publish"}).status_code == 302
        for release, part in zip(releases[2:], ("ethics", "employment"), strict=True):
            posted = {"act": "course", "code": release.code, "part": part}
            assert client.post(address, posted).status_code == 302
        assert queries.lacking(found) == []
        assert "还缺这些内容" not in client.get(address).content.decode()
        html = client.get(reverse("bundles:bundle", args=[found.uuid])).content.decode()
        assert "农民工" in html
        assert "工匠精神" in html
        # Said anew of a course that is in it already.
        services.add_course(house.officer, found, releases[1].code)
        assert queries.lacking(found) == ["工匠精神"]
        assert found.courses.count() == 4

    def test_others_are_not_asked_for_it(self, house):
        found = bundle(house, released_course())
        assert queries.lacking(found) == []
        assert (
            'name="part"'
            not in signed_in(house.officer, staff=True)
            .get(reverse("training_bundle", args=[found.uuid]))
            .content.decode()
        )
        with pytest.raises(Invalid):
            services.add_course(house.officer, found, released_course().code, "craft")
        with pytest.raises(Invalid):
            services.describe(
                house.officer, found, services.About("电工安全提升", "给电工的课", audience="x")
            )

    def test_refreshing_technicians_has_contents_of_its_own(self):
        assert missing_parts("technician", {"policy", "craft"}) == ["trends", "mentoring"]
        assert missing_parts("", set()) == []


def figures(person_times, centihours=None):
    return services.Figures(person_times, centihours, "测试")


class TestTargets:
    @pytest.fixture
    def tree(self, house):
        """City 1000 → departments 600 and 500 → a district 200 below the first."""
        self.city = services.set_target(house.officer, 2026, house.authority, None, figures(1000, 90_000))
        self.one, self.two, self.district = house.body("经信委"), house.body("卫健委"), house.body("青溪区")
        self.clerk = member("officer", self.one)
        first = services.set_target(house.officer, 2026, self.one, self.city, figures(600))
        services.set_target(house.officer, 2026, self.two, self.city, figures(500))
        services.set_target(self.clerk, 2026, self.district, first, figures(200))
        return house

    def test_a04_targets_cascade_and_results_stand_beside_them(self, tree):
        shared, own, below = released_course(), released_course(), released_course()
        bundle(tree, shared, own, owner=self.one, by=self.clerk)
        bundle(tree, shared, below, owner=self.district, by=member("officer", self.district))
        for release, times in ((shared, 3), (own, 2), (below, 1)):
            for _ in range(times):
                finish(release, 150)
        finish(own, 100, year=2025)
        rows = {row.target.body.name: row for row in queries.table(tree.officer, 2026)}
        city, one, two, district = (rows[name] for name in ("市人社局", "经信委", "卫健委", "青溪区"))
        assert [row.line.level for row in (city, one, two, district)] == [0, 1, 1, 2]
        # A course in two bundles counts once for whoever is above both.
        assert [row.result.person_times for row in (city, one, two, district)] == [6, 6, 0, 4]
        assert (one.result.centihours, district.result.centihours) == (900, 600)
        assert (city.line.parts_person_times, city.line.difference) == (1100, 100)
        assert (one.line.parts_person_times, one.line.difference, one.line.missing) == (200, -400, 400)
        assert (city.percent, one.percent) == (0, 1)

    def test_however_many_targets_the_queries_are_as_many(self, tree):
        def asked():
            with CaptureQueriesContext(connection) as found:
                queries.table(tree.officer, 2026)
            return len(found)

        bundle(tree, released_course(), owner=self.one, by=self.clerk)
        before = asked()
        for number in range(5):
            body = tree.body(f"部门 {number}")
            services.set_target(tree.officer, 2026, body, self.city, figures(10))
            bundle(tree, released_course(), owner=body, by=member("officer", body))
        assert asked() == before

    def test_a_department_sees_itself_and_what_is_below(self, tree):
        assert [row.target.body.name for row in queries.table(self.clerk, 2026)] == ["经信委", "青溪区"]
        assert [row.settable for row in queries.table(self.clerk, 2026)] == [False, True]
        assert {row.target.body.name for row in queries.table(tree.officer, 2026) if not row.settable} == {
            "青溪区"
        }
        assert queries.table(tree.stranger, 2026) == []

    def test_a_target_is_set_by_the_body_above_and_every_change_is_kept(self, tree):
        target = Target.objects.get(body=self.one)
        for user in (self.clerk, tree.stranger, UserFactory()):
            with pytest.raises(NotAllowed):
                services.set_target(user, 2026, self.one, self.city, figures(1))
            with pytest.raises(NotFound):
                queries.target(user, target.uuid)
        services.set_target(tree.officer, 2026, self.one, self.city, figures(650))
        services.set_target(tree.officer, 2026, self.one, self.city, figures(650))
        last = AuditRow.objects.filter(action="target.set", target=target.uuid).order_by("id")
        assert [row.data["person_times"] for row in last] == [600, 650]
        assert last[1].data["before"]["person_times"] == 600

    def test_no_further_than_districts_not_twice_and_not_to_oneself(self, tree):
        district = Target.objects.get(body=self.district)
        with pytest.raises(Invalid, match="分解到区为止"):
            services.set_target(
                member("officer", self.district), 2026, tree.body("街道"), district, figures(1)
            )
        with pytest.raises(Invalid, match="不能分解给自己"):
            services.set_target(tree.officer, 2026, tree.authority, self.city, figures(1))
        with pytest.raises(Invalid, match="跨年度"):
            services.set_target(tree.officer, 2027, tree.body("其他"), self.city, figures(1))
        with pytest.raises(Invalid):
            services.set_target(tree.officer, 2026, tree.body("其他"), self.city, figures(0))
        with pytest.raises(Conflict, match="先删除下面的指标"):
            services.drop_target(tree.officer, Target.objects.get(body=self.one))
        services.drop_target(self.clerk, district)
        assert not Target.objects.filter(body=self.district).exists()

    def test_targets_of_ones_own_keep_nobody_from_theirs_whatever_comes_first(self, house):
        """A district begins with a target of its own, and would even give the city one; the city's cascade comes later."""
        district, department = house.body("青溪区"), house.body("经信委")
        chief, clerk = member("officer", district), member("officer", department)
        own = services.set_target(chief, 2026, district, None, figures(50))
        with pytest.raises(Invalid, match="不能由下级分给它"):
            services.set_target(chief, 2026, house.authority, own, figures(7))
        services.set_target(
            clerk, 2026, district, services.set_target(clerk, 2026, department, None, figures(9)), figures(8)
        )
        city = services.set_target(house.officer, 2026, house.authority, None, figures(1000))
        services.set_target(house.officer, 2026, department, city, figures(600))
        services.set_target(house.officer, 2026, district, city, figures(300))
        shared, below = released_course(), released_course()
        bundle(house, shared)
        bundle(house, shared, below, owner=district, by=chief)
        for release in (shared, shared, below):
            finish(release, 100)
        rows = queries.table(house.officer, 2026)
        # Everybody who stands below somebody counts once for them, however many targets they have.
        assert {row.target.body.name: row.result.person_times for row in rows} == {
            "市人社局": 3,
            "经信委": 3,
            "青溪区": 3,
        }
        whole = next(row for row in rows if row.target == city)
        assert (whole.line.parts_person_times, whole.line.difference) == (900, -100)
        assert Target.objects.get(pk=own.pk).person_times == 50
        services.set_target(chief, 2026, district, None, figures(60))
        assert Target.objects.filter(body=district).count() == 3

    def test_a_part_is_not_hung_on_a_target_that_is_gone(self, tree):
        two = Target.objects.get(body=self.two)
        services.drop_target(tree.officer, two)
        with pytest.raises(Conflict, match="上级指标刚刚被删除"):
            services.set_target(member("officer", self.two), 2026, tree.body("新区"), two, figures(1))

    def test_hours_of_classes_stand_beside_the_target(self, tree):
        release = released_course()
        bundle(tree, release, owner=self.one, by=self.clerk)
        finish(release, 150)
        given = attended(UserFactory(), date(2026, 3, 10), 40, release=release)
        attended(UserFactory(), date(2025, 3, 10), 70, release=release)

        def hours():
            return {row.target.body.name: row.result.centihours for row in queries.table(tree.officer, 2026)}

        assert (hours()["经信委"], hours()["市人社局"], hours()["卫健委"]) == (190, 190, 0)
        ClassHoursTaken.objects.create(hours=given, reason="出席更正", at=given.at)
        assert hours()["经信委"] == 150

    def test_an_officer_sets_one_and_takes_the_table_away(self, tree):
        client = signed_in(tree.officer, staff=True)
        address = reverse("training_targets") + "?year=2026"
        body = tree.body("=区()")
        posted = {"parent": str(self.city.uuid), "body": body.pk, "person_times": 40, "hours": "12.5"}
        assert client.post(address, posted).status_code == 302
        wrong = client.post(address, posted | {"body": tree.authority.pk})
        assert wrong.status_code == 422
        assert "不能分解给自己" in wrong.content.decode()
        for year in ("0000", "9999", "x"):
            assert client.get(reverse("training_targets"), {"year": year}).status_code == 200
        html = client.get(address).content.decode()
        assert "=区()" in html
        assert "（多 140）" in html
        assert "12.5" in html
        assert "（少 400）" in html
        book = load_workbook(BytesIO(client.get(reverse("training_targets_export") + "?year=2026").content))
        rows = list(book.active.iter_rows(values_only=True))
        assert rows[1][2] == 1000
        assert len(rows) == 6
        assert next(row for row in rows if "=区()" in row[0])[3] == 12.5
        gone = client.post(reverse("training_target_drop", args=[Target.objects.get(body=body).uuid]))
        assert gone.status_code == 302
        assert not Target.objects.filter(body=body).exists()
        client = signed_in(member("editor"), staff=True)
        assert client.get(address).status_code == 403


def finish(release, centihours, year=2026):
    """Somebody completes this very release in March of the year, half of it given afterwards."""
    user = UserFactory()
    made = completed(user, centihours // 2, year=year)
    fresh = Completion(
        **{
            field.attname: getattr(made, field.attname)
            for field in Completion._meta.concrete_fields
            if field.attname not in ("id", "uuid", "enrolment_id", "release_id")
        },
        release=release,
        enrolment=enrol(user, release.course, actor(user)),
    )
    fresh.save()
    CompletionTopUp.objects.create(
        completion=fresh,
        number=1,
        counted_ms=1,
        centihours=centihours - centihours // 2,
        day=fresh.completed_at.date(),
        at=fresh.completed_at,
    )


aims = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 100)), max_size=12)


@given(aims, st.dictionaries(st.integers(0, 12), st.sets(st.integers(0, 9))))
def test_every_target_appears_once_and_counts_what_its_parts_count(drawn, courses):
    """A parent always stands earlier in the list, as in any tree."""
    made = [
        Aim(place, parent % place if place and parent % 3 else None, place, times, None)
        for place, (parent, times) in enumerate(drawn)
    ]
    found = lines(made, courses)
    assert sorted(line.aim.key for line in found) == list(range(len(made)))
    by_key = {line.aim.key: line for line in found}
    for line in found:
        parts = [by_key[aim.key] for aim in made if aim.parent == line.aim.key]
        assert line.parts_person_times == sum(part.aim.person_times for part in parts)
        assert line.courses == frozenset(courses.get(line.aim.body, ())).union(
            *(part.courses for part in parts)
        )


def test_percent_is_rounded_down_and_of_nothing_there_is_none():
    assert (percent(2, 3), percent(3, 3), percent(1, 0)) == (66, 100, None)
