"""How a provider's courses are used: reckoned from study, told only of enough people, and only to the provider's staff."""

from datetime import datetime, timedelta
from io import BytesIO
from types import SimpleNamespace

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from courses.media.models import CourseVideo
from lms.learning.completion.models import Completion
from lms.learning.enrolment.models import Enrolment
from lms.learning.study.models import LessonProgress
from lms.learning.use import queries, rules
from lms.learning.use.models import CourseUse
from lms.learning.use.services import reckon, reckon_all
from lms.learning.use.tasks import order
from lms.lib.clock import SHANGHAI
from lms.lib.jobs.models import Job
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.factories.courses import released_course, text
from tests.learning.clients import signed_in

pytestmark = pytest.mark.django_db
MINUTE = 60_000
FIRST = datetime(2026, 3, 2, 12, tzinfo=SHANGHAI)


@pytest.fixture
def used():
    """Seven people in a course of a text and a film of 3½ minutes: six began, five finished; one left after a minute."""
    video = CourseVideo.objects.create(title="验电", file="videos/a.mp4", duration_ms=210_000)
    release = released_course([[text()], [("video", {"video": video, "title": "验电"})]])
    first, film = release.lessons.order_by("position")
    block = film.blocks[0]["id"]
    for number in range(7):
        person = UserFactory()
        began = FIRST + timedelta(days=number)
        item = Enrolment.objects.create(
            person=person, course=release.course, release=release, started_at=began, studied_at=began
        )
        if number == 6:
            continue
        whole = number < 5
        common = {"enrolment": item, "person": person, "lengths": {}, "required_percent": 90}
        days = {began.date().isoformat(): MINUTE * 60}
        LessonProgress.objects.create(
            lesson=first, percent=100, counted_ms=MINUTE * 60, days=days, updated_at=began, **common
        )
        LessonProgress.objects.create(
            lesson=film,
            percent=100 if whole else 28,
            counted_ms=MINUTE * 60,
            # The next month's study of some is in the next month.
            days={"2026-04-01": MINUTE * 60},
            coverage={block: [[0, 210_000 if whole else MINUTE]]},
            updated_at=began,
            **common,
        )
        if whole:
            Completion.objects.create(
                enrolment=item,
                person=person,
                release=release,
                kind="vocational",
                counted_ms=1,
                centihours=0,
                rule={},
                evidence={},
                completed_at=began + timedelta(days=10 + number),
            )
    return SimpleNamespace(release=release, course=release.course, block=block)


class TestRules:
    def test_few_are_not_told_and_all_are_rounded_down(self):
        assert [rules.told(number, 30) for number in (0, 4, 5, 9, 10, 30)] == [None, None, 5, 5, 10, 30]
        assert (rules.told(0, 0), rules.told(4, 4), rules.told(3, 4)) == (0, None, None)

    def test_hours_of_few_are_not_told(self):
        hour = rules.MS_PER_HOUR
        assert [rules.told_hours(29 * hour, people) for people in (0, 4, 5)] == [0, None, 20]

    def test_the_lower_median(self):
        assert rules.median({1: 2, 9: 2}) is None
        assert rules.median({1: 3, 9: 3}) == 1
        assert rules.median({1: 2, 4: 1, 9: 2}) == 4

    @pytest.mark.parametrize(
        ("ranges", "held"),
        [
            ([], []),
            ([[0, 29_999]], []),
            ([[0, 30_000]], [0]),
            ([[0, 10_000], [40_000, 60_000]], [0]),
            ([[30_000, 90_000]], [0, 1]),
            # The last half minute is whole with a quarter.
            ([[180_000, 195_000]], [3]),
            ([[180_000, 194_999]], []),
            ([[0, 999_999]], [0, 1, 2, 3]),
        ],
    )
    def test_a_minute_is_held_by_its_half(self, ranges, held):
        assert rules.minutes_held(ranges, 210_000) == held

    def test_a_film_without_end_is_bounded(self):
        assert len(rules.minutes_held([[0, 10**9]], 10**9)) == rules.MOST_MINUTES

    def test_months_are_bounded_too(self):
        assert rules.months_between("2025-11", "2026-02") == ["2025-11", "2025-12", "2026-01", "2026-02"]
        assert len(rules.months_between("2000-01", "2026-02")) == rules.MOST_MONTHS


class TestReckoning:
    def test_enrolled_started_finished_by_month_of_enrolment_and_time_by_its_own(self, used):
        months = reckon(used.course).months
        assert months["2026-03"] == {
            "enrolled": 7,
            "started": 6,
            "finished": 5,
            "counted_ms": 6 * 60 * MINUTE,
            "studied": 6,
            "days": {"10": 1, "11": 1, "12": 1, "13": 1, "14": 1},
        }
        assert months["2026-04"]["counted_ms"] == 6 * 60 * MINUTE
        assert months["2026-04"]["enrolled"] == 0

    def test_lessons_and_the_minutes_of_films(self, used):
        first, second = reckon(used.course).lessons
        assert (first["started"], first["finished"], first["films"]) == (6, 6, [])
        assert (second["started"], second["finished"]) == (6, 5)
        assert second["films"][0]["minutes"] == [6, 5, 5, 5]
        assert second["films"][0]["learners"] == 6

    def test_again_is_the_same_row_and_the_same_figures(self, used):
        before, after = reckon(used.course), reckon(used.course)
        assert (before.pk, before.months, before.lessons) == (after.pk, after.months, after.lessons)

    def test_no_more_queries_for_more_people(self, used, django_assert_num_queries):
        reckon(used.course)
        with django_assert_num_queries(8):
            reckon(used.course)

    def test_every_used_course_and_no_other(self, used):
        released_course()
        assert list(reckon_all()) == [1]
        assert CourseUse.objects.get().course_id == used.course.pk

    def test_one_job_a_night(self):
        order()
        order()
        assert Job.objects.filter(kind="learning.course_use").count() == 1


class TestTold:
    def test_nothing_exact_is_told(self, used):
        use = reckon(used.course)
        march = queries.month_lines(use, ["2026-03"])[0]
        assert (march.enrolled, march.started, march.finished, march.share) == (5, 5, 5, 100)
        assert (march.days, march.hours) == (12, 0)
        film = queries.lesson_lines(use)[1]["films"][0]
        assert [item["people"] for item in film["minutes"]] == [5, 5, 5, 5]

    def test_what_few_did_is_not_told(self, used):
        LessonProgress.objects.filter(enrolment__completion__isnull=False).delete()
        use = reckon(used.course)
        april = queries.month_lines(use, ["2026-03", "2026-04"])[0]
        whole = queries.whole_line(use, ["2026-03", "2026-04"])
        assert (whole.enrolled, whole.started, whole.finished, whole.days) == (5, None, 5, None)
        assert (april.enrolled, april.hours) == (0, None)
        assert queries.lesson_lines(use)[0]["started"] is None
        assert queries.lesson_lines(use)[1]["films"][0]["minutes"] == []


class TestWhoSees:
    @pytest.mark.parametrize(
        ("role", "status"),
        [
            ("editor", 200),
            ("admin", 200),
            ("approver", 403),
            ("curator", 403),
            ("teacher", 403),
            ("hr", 403),
            ("officer", 403),
            ("auditor", 403),
        ],
    )
    def test_editors_and_administrators_of_the_provider(self, used, role, status):
        client = signed_in(member(role, used.course.provider), staff=True)
        for url in (reverse("learning_use"), reverse("learning_use_course", args=[used.course.uuid])):
            assert client.get(url).status_code == status
        reckon(used.course)
        sheet = client.post(reverse("learning_use_workbook", args=[used.course.uuid]))
        assert sheet.status_code == status

    def test_another_providers_course_is_not_there(self, used):
        reckon(used.course)
        client = signed_in(member("editor", OrganisationFactory(kind="college")), staff=True)
        assert used.course.title not in client.get(reverse("learning_use")).content.decode()
        for answer in (
            client.get(reverse("learning_use_course", args=[used.course.uuid])),
            client.post(reverse("learning_use_workbook", args=[used.course.uuid])),
        ):
            assert answer.status_code == 404

    def test_platform_staff_see_all(self, used):
        client = signed_in(UserFactory(is_superuser=True))
        assert client.get(reverse("learning_use_course", args=[used.course.uuid])).status_code == 200

    def test_learners_and_strangers_see_nothing(self, used, client):
        url = reverse("learning_use_course", args=[used.course.uuid])
        assert client.get(url).status_code == 302
        assert signed_in(UserFactory()).get(url).status_code == 302
        assert signed_in(UserFactory(), staff=True).get(url).status_code == 403


class TestPages:
    @pytest.fixture
    def editor(self, used):
        return signed_in(member("editor", used.course.provider), staff=True)

    def test_the_page_with_its_chart_and_its_table(self, used, editor):
        reckon(used.course)
        url = reverse("learning_use_course", args=[used.course.uuid])
        content = editor.get(url, {"from": "2026-04", "to": "2026-03"}).content.decode()
        assert content.count("<rect") == 4
        assert "2026-04" in content
        assert editor.get(url, {"from": "x", "to": "9999-99"}).status_code == 200

    def test_before_the_first_night(self, used, editor):
        url = reverse("learning_use_course", args=[used.course.uuid])
        assert "今夜才会计算" in editor.get(url).content.decode()
        assert editor.post(reverse("learning_use_workbook", args=[used.course.uuid])).status_code == 404

    def test_a_course_without_anybody_is_not_said_to_wait_for_its_night_alone(self, used, editor):
        released_course(provider=used.course.provider)
        list(reckon_all())
        assert editor.get(reverse("learning_use")).content.decode().count("还没有人报名") == 1

    def test_the_list_asks_the_same_for_many_courses(self, used, editor, django_assert_max_num_queries):
        for _ in range(3):
            released_course(provider=used.course.provider)
        list(reckon_all())
        editor.get(reverse("learning_use"))
        page = list(queries.courses(UserFactory(is_superuser=True))[:50])
        with django_assert_max_num_queries(1):
            assert len(queries.with_figures(page)) == 4

    def test_the_workbook_says_what_the_page_says(self, used, editor):
        reckon(used.course)
        url = reverse("learning_use_workbook", args=[used.course.uuid])
        answer = editor.post(url, {"from": "2026-03", "to": "2026-04"})
        book = load_workbook(BytesIO(answer.content))
        rows = [[list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book]
        assert rows[0][1] == ["合计", 5, 5, 5, 100, 12, 0]
        assert rows[1][2][1:] == ["课时 2", 5, 5] or rows[1][2][2:] == [5, 5]
        assert [row[2:] for row in rows[2][1:]] == [[1, 5], [2, 5], [3, 5], [4, 5]]
