"""Films and exercises that a course in review shows stay as they are, and whoever would change one is told why."""

import pytest
from django.urls import reverse

from courses.h5p.authoring import services as authoring
from courses.h5p.authoring.models import H5PDraft
from courses.h5p.authoring.service import Unavailable
from courses.h5p.client import LibraryName
from courses.h5p.upgrades import upgrade_content
from courses.models import ChapterPage, CourseVideo, H5PContent
from courses.review.shown import closed_course_with
from lms.lib.errors import Conflict
from tests.courses.review.crew import crew
from tests.factories import courses as make

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture
def at():
    return crew()


@pytest.fixture
def exercise(at):
    """In a lesson's draft, not yet with learners."""
    content = H5PContent.objects.create(
        title="安全帽", main_library="H5P.RtTrueFalse 1.0", content_hash="a", organisation=at.college
    )
    at.draft(at.lesson, body=[make.text(), ("h5p", {"content": content, "title": "练习", "minutes": 3})])
    return content


@pytest.fixture
def film(at):
    video = CourseVideo.objects.create(title="演示", file="a.mp4", duration_ms=9000, organisation=at.college)
    make.lesson(ChapterPage.objects.get(), [("video", {"video": video})])
    return video


def test_an_exercise_is_not_changed_under_a_course_in_review(at, exercise):
    draft = H5PDraft.objects.create(
        organisation=at.college,
        content=exercise,
        was=exercise.uuid,
        title="安全帽",
        library=exercise.main_library,
        service_id="1",
    )
    at.submit()
    for change in (
        lambda: authoring.finish(at.editor, draft),
        lambda: upgrade_content(
            at.editor, exercise, was=exercise.uuid, to=LibraryName("H5P.RtTrueFalse", 1, 1), params={}
        ),
        lambda: (draft.delete(), authoring.edit(at.editor, exercise)),
    ):
        with pytest.raises(Conflict) as refused:
            change()
        assert refused.value.code == "in_review"
        assert at.course.title in str(refused.value.message)
    at.decide(at.approver, passed=False, comment="请改题目。")
    # Nothing stands in the way but that there is no service here.
    with pytest.raises(Unavailable):
        authoring.edit(at.editor, exercise)


def test_the_page_says_it_before_anything_is_begun(at, exercise, client, settings):
    settings.H5P_AUTHORING_URL, settings.H5P_AUTHORING_SECRET = "http://127.0.0.1:9", "x" * 40
    client.force_login(at.editor)
    page = reverse("courses_h5p_edit", args=[exercise.pk])
    assert "开始编辑" in client.get(page).content.decode()
    at.submit()
    told = client.get(page).content.decode()
    assert "正在审核或等待定时发布" in told
    assert "开始编辑" not in told
    assert client.post(page).status_code == 409


def test_a_film_of_a_course_in_review_is_not_given_another_file(at, film, client):
    client.force_login(at.editor)
    page = reverse("wagtailsnippets_courses_coursevideo:edit", args=[film.pk])
    at.submit()
    assert client.post(page, {"title": "换了"}).status_code == 409
    assert client.get(page).status_code == 200


def test_what_no_draft_shows_any_more_is_free(at, exercise):
    at.draft(at.lesson, body=[make.text(), make.text()])
    at.submit()
    assert closed_course_with(exercise) is None
