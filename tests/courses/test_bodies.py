"""Bodies read together say what each says by itself, and ask as much for ten lessons as for two."""

import copy

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.models import CoursePage, LessonPage
from courses.packs.services import import_pack
from courses.pages.bodies import read_bodies
from courses.releases.services import check_drafts
from courses.review.checks import sound_parts
from lms.lib.actor import Actor
from tests.courses.packs import making
from tests.factories.accounts import OrganisationFactory

pytestmark = pytest.mark.django_db


def brought(tmp_path, lessons):
    """A course of that many lessons, each with every block of the example pack's."""
    data = making.manifest(code=f"lessons-{lessons}")
    of_all = [block for chapter in data["chapters"] for one in chapter["lessons"] for block in one["blocks"]]
    data["chapters"] = [
        {
            "title": "第一章",
            "lessons": [
                {"key": f"k{n}", "title": f"课 {n}", "blocks": copy.deepcopy(of_all)} for n in range(lessons)
            ],
        }
    ]
    path = making.written(tmp_path / f"{lessons}.zip", data)
    report = import_pack(path, organisation=OrganisationFactory(), actor=Actor.system("tests"), publish=False)
    assert report.state == "done", report.problems
    return CoursePage.objects.get(code=data["code"])


def lessons_of(course):
    return list(LessonPage.objects.descendant_of(course).order_by("path"))


def said(lesson):
    return [(child.block_type, child.id, child.get_prep_value()) for child in lesson.body]


def test_read_together_they_say_what_each_says_by_itself(tmp_path):
    course = brought(tmp_path, 3)
    alone, together = lessons_of(course), lessons_of(course)
    # One that somebody has looked into already, and one that says nothing.
    first = together[0].body[0]
    empty = LessonPage(title="空")
    read_bodies([*together, empty])
    assert together[0].body[0] is first
    assert {"image", "video", "file", "quiz"} <= {child.block_type for child in together[0].body}
    with CaptureQueriesContext(connection) as asked:
        shown = [said(lesson) for lesson in together]
        assert all(
            list(child.value["video"].captions.all()) is not None
            for child in together[1].body
            if child.block_type == "video"
        )
    assert len(asked) == 0
    assert shown == [said(lesson) for lesson in alone]
    pictures = [
        child.value["image"] for lesson in together for child in lesson.body if child.block_type == "image"
    ]
    assert len({id(picture) for picture in pictures}) == len(pictures)


def test_a_course_is_checked_with_as_many_questions_however_long_it_is(tmp_path):
    asked = {}
    for lessons in (2, 10):
        course = brought(tmp_path, lessons)
        LessonPage.objects.descendant_of(course).update(live=True)
        CoursePage.objects.filter(pk=course.pk).update(live=True)
        course.get_children().update(live=True)
        course.refresh_from_db()
        with CaptureQueriesContext(connection) as found:
            check_drafts(course, *sound_parts(course))
        asked[lessons] = len(found)
    assert asked[2] == asked[10]
