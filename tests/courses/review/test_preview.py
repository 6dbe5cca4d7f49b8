"""What is written is seen as its learners will see it, before anybody else does, and nothing is counted."""

import pytest
from django.urls import reverse

from courses.models import ReleaseLesson
from lms.learning.models import Enrolment
from tests.courses.review.crew import crew
from tests.factories import courses as make

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture
def at():
    return crew(with_quiz=True)


def test_a_lesson_in_the_players_own_form_and_a_course_with_what_would_be_new(at, client):
    at.draft(
        at.lesson,
        title="只有草稿里有",
        body=[make.text("<p>新写的一段</p>"), make.quiz(list(at.course.questions.all()))],
    )
    at.draft(at.course, summary="草稿里的介绍")
    client.force_login(at.editor)
    lesson = client.get(reverse("wagtailadmin_pages:view_draft", args=[at.lesson.pk]))
    page = lesson.content.decode()
    assert "is-player" in page
    assert "新写的一段" in page
    assert "先验电，确认无电以后才挂接地线" in page
    # No session, so nothing to report to.
    assert "study-config" not in page
    assert "rt/js/player.js" not in page
    course = client.get(reverse("wagtailadmin_pages:view_draft", args=[at.course.pk])).content.decode()
    assert "草稿里的介绍" in course
    assert "只有草稿里有" in course
    assert "第 2 版" in course
    assert "加入学习" not in course
    assert not Enrolment.objects.exists()
    assert ReleaseLesson.objects.count() == 3
    assert "草稿里的介绍" not in client.get(at.course.get_url()).content.decode()


def test_the_first_size_is_a_phones(at):
    for page in (at.course, at.lesson):
        assert page.preview_sizes[0]["device_width"] == 360
        assert page.default_preview_size == "phone"
