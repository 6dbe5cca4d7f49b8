"""Publishing pins a release; what a learner began with does not change under them."""

import pytest

from courses.models import ChapterPage, CoursePage, LessonPage, Release, ReleaseLesson
from courses.releases.rules import Pace, characters, exercise_ms, text_ms
from courses.releases.services import cut_release
from lms.lib.actor import Actor
from lms.lib.errors import Invalid
from lms.lib.outbox.models import OutboxEvent
from tests.factories import courses as make

pytestmark = pytest.mark.django_db
ACTOR = Actor.system("tests")


@pytest.mark.parametrize(
    ("html", "count"),
    [
        ("<p>停电、验电</p>", 4),
        ("<p>CNC 编程 G01</p>", 4),
        ("<p>第 1 步</p><p>第 2 步</p>", 6),
        ("<script>alert(1)</script>", 0),
        ("", 0),
    ],
)
def test_what_a_reader_reads_is_counted(html, count):
    assert characters(html) == count


def test_the_pace_is_data():
    pace = Pace(ms_per_character=200, ms_per_question=60_000)
    assert text_ms("<p>停电验电</p>", pace) == 800
    assert exercise_ms(None, 3, pace) == 180_000
    assert exercise_ms(5, 3, pace) == 300_000


def test_a_release_pins_lessons_blocks_and_answers():
    release = make.released_course(with_quiz=True)
    first, _second, last = release.lessons.all()
    assert first.blocks[0]["type"] == "text"
    assert first.nominal_ms == first.blocks[0]["nominal_ms"] > 0
    assert last.blocks[0]["value"]["questions"][0]["answer"] == ["a"]
    assert release.nominal_ms == sum(lesson.nominal_ms for lesson in release.lessons.all())
    assert (
        OutboxEvent.objects.filter(kind="course.published", payload__release=str(release.uuid)).count() == 1
    )


def test_the_same_content_again_is_the_same_release():
    release = make.released_course()
    assert cut_release(release.course, ACTOR) == release


def test_questions_of_another_course_are_not_published():
    other = make.question(make.released_course().course)
    release = make.released_course()
    lesson = LessonPage.objects.descendant_of(release.course).first()
    lesson.body = [("text", make.PARAGRAPH), make.quiz([other])]
    with pytest.raises(Invalid) as refusal:
        lesson.save_revision().publish()
    assert refusal.value.code == "question_of_another_course"
    assert release.course.releases.count() == 1


def test_editing_a_lesson_makes_a_new_release_and_leaves_the_old_one():
    release = make.released_course()
    lesson = LessonPage.objects.descendant_of(release.course).first()
    before = list(ReleaseLesson.objects.filter(release=release).values_list("blocks", flat=True))
    lesson.body = [("text", "<p>改过的内容，" + "先验电。" * 200 + "</p>")]
    lesson.save_revision().publish()
    assert Release.objects.filter(course=release.course).count() == 2
    assert list(ReleaseLesson.objects.filter(release=release).values_list("blocks", flat=True)) == before
    assert lesson.key in set(Release.objects.latest("number").lessons.values_list("key", flat=True))


def test_an_unpublished_lesson_is_gone_from_the_next_release_only():
    release = make.released_course()
    LessonPage.objects.descendant_of(release.course).first().unpublish()
    newer = cut_release(CoursePage.objects.get(pk=release.course_id), ACTOR)
    assert (release.lessons.count(), newer.lessons.count()) == (2, 1)


def test_more_hours_than_the_content_can_fill_are_refused_with_both_numbers():
    with pytest.raises(Invalid, match="核定学时 5 超过") as refusal:
        make.released_course(centihours=500)
    assert refusal.value.code == "hours_exceed_content"
    assert Release.objects.count() == 0


def test_a_course_without_lessons_has_no_release():
    with pytest.raises(Invalid, match="还没有已发布的课时"):
        cut_release(make.course_page(), ACTOR)


def test_markup_that_could_run_is_gone_from_the_release():
    release = make.released_course(
        [[("html", make.PARAGRAPH + "<script>alert(1)</script><p onclick='x()'>好</p>")]]
    )
    html = release.lessons.get().blocks[0]["value"]["html"]
    assert "script" not in html
    assert "onclick" not in html


def test_a_specialty_course_needs_its_sector():
    page = make.course_page()
    page.kind, page.sector = "specialty", ""
    with pytest.raises(Exception, match="专业科目须选择所属行业"):
        page.full_clean()


def test_the_course_page_costs_the_same_queries_for_any_number_of_lessons(
    client, django_assert_max_num_queries
):
    few = make.released_course()
    many = make.released_course([[make.text()] for _ in range(12)])
    for release in (few, many):
        url = release.course.get_url()
        client.get(url)
        with django_assert_max_num_queries(8):
            assert client.get(url).status_code == 200


def test_chapters_of_a_page_tree_are_not_pages_of_their_own(client):
    release = make.released_course()
    chapter = ChapterPage.objects.descendant_of(release.course).get()
    assert client.get(chapter.get_url()).status_code == 302
