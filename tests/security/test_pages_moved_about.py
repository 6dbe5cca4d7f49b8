"""Copying, moving, deleting, unpublishing and restoring pages in the admin: done, or refused in a sentence; never a 500."""

import pytest
from django.test import Client
from django.urls import reverse

from courses.models import Release
from courses.pages.models import ChapterPage, CoursePage, LessonPage
from tests.factories.accounts import OrganisationFactory, UserFactory
from tests.factories.courses import released_course
from tests.factories.learning import enrolment, opened

pytestmark = [pytest.mark.django_db, pytest.mark.long]
PAGES = "wagtailadmin_pages"


@pytest.fixture
def course():
    return released_course(title="电工安全", with_quiz=True).course


@pytest.fixture
def root():
    client = Client()
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    return client


def copied(client, page, **changes):
    said = {
        "new_title": "副本",
        "new_slug": "fu-ben",
        "new_parent_page": page.get_parent().pk,
        "copy_subpages": "on",
    }
    return client.post(reverse(f"{PAGES}:copy", args=[page.pk]), said | changes)


def test_a_copied_course_is_a_course_of_its_own(root, course):
    assert copied(root, course).status_code == 302
    copy = CoursePage.objects.get(slug="fu-ben")
    assert copy.code != course.code
    assert copy.code
    assert copy.uuid != course.uuid
    assert not copy.live
    assert not copy.releases.exists()
    keys = set(LessonPage.objects.descendant_of(copy).values_list("key", flat=True))
    assert len(keys) == 3
    assert keys.isdisjoint(LessonPage.objects.descendant_of(course).values_list("key", flat=True))
    latest = copy.get_latest_revision_as_object()
    assert (latest.code, latest.uuid) == (copy.code, copy.uuid)
    assert root.get(reverse(f"{PAGES}:edit", args=[copy.pk])).status_code == 200
    assert copied(root, course, new_slug="fu-ben-2").status_code == 302


def test_a_copy_elsewhere_is_a_draft_first(root, course):
    other = released_course(provider=OrganisationFactory()).course
    chapter, quiz = course.get_children().first(), LessonPage.objects.descendant_of(course).last()
    for page, place in (
        (course, course.get_parent()),
        (chapter, other),
        (quiz, other.get_children().first()),
    ):
        answer = copied(root, page, publish_copies="on", new_parent_page=place.pk)
        assert answer.status_code == 409
        assert "草稿" in answer.content.decode()
        assert copied(root, page, new_parent_page=place.pk).status_code == 302
    assert not CoursePage.objects.get(slug="fu-ben").live
    assert Release.objects.count() == 2


def test_a_course_has_no_second_address(root, course):
    answer = copied(root, course, alias="on")
    assert answer.status_code == 409
    assert "别名" in answer.content.decode()
    assert not CoursePage.objects.filter(slug="fu-ben").exists()


def test_a_lesson_copied_in_its_own_course_is_another_lesson(root, course):
    lesson = LessonPage.objects.descendant_of(course).first()
    assert copied(root, lesson, publish_copies="on").status_code == 302
    release = Release.objects.filter(course=course).order_by("-number").first()
    keys = list(release.lessons.values_list("key", flat=True))
    assert len(keys) == len(set(keys)) == 4


@pytest.mark.parametrize("kind", [LessonPage, ChapterPage])
@pytest.mark.parametrize("many", [True, False])
def test_what_learners_study_stays_in_its_course(root, course, kind, many):
    other = released_course(provider=OrganisationFactory()).course
    page = kind.objects.descendant_of(course).first()
    place = other if kind is ChapterPage else ChapterPage.objects.descendant_of(other).first()
    if many:
        address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "move"])
        answer = root.post(f"{address}?id={page.pk}", {"chooser": place.pk})
    else:
        answer = root.post(reverse(f"{PAGES}:move_confirm", args=[page.pk, place.pk]), {})
    assert answer.status_code == 409
    assert "复制" in answer.content.decode()
    page.refresh_from_db()
    assert page.is_descendant_of(course)


def test_a_lesson_is_moved_within_its_course(root, course):
    second = course.add_child(instance=ChapterPage(title="第二章", slug="di-er-zhang"))
    lesson = LessonPage.objects.descendant_of(course).first()
    assert root.post(reverse(f"{PAGES}:move_confirm", args=[lesson.pk, second.pk]), {}).status_code == 302
    assert LessonPage.objects.get(pk=lesson.pk).is_child_of(second)


@pytest.mark.parametrize("many", [True, False])
def test_a_course_that_people_study_is_not_deleted(root, course, many):
    enrolment(release=course.releases.get())
    if many:
        address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"])
        answer = root.post(f"{address}?id={course.pk}", {})
    else:
        answer = root.post(reverse(f"{PAGES}:delete", args=[course.pk]), {})
    assert answer.status_code == 409
    assert "不能删除" in answer.content.decode()
    assert CoursePage.objects.filter(pk=course.pk).exists()


def test_whoever_is_under_way_goes_on_after_unpublishing(root, course):
    item = enrolment(release=course.releases.get())
    assert root.post(reverse(f"{PAGES}:unpublish", args=[course.pk]), {}).status_code == 302
    course.refresh_from_db()
    assert not course.live
    learner = Client()
    learner.force_login(item.person)
    lesson = item.release.lessons.first()
    assert learner.get(reverse("learning:player", args=[item.uuid, lesson.uuid])).status_code == 200
    assert opened(item).session


def test_an_old_revision_with_a_code_that_is_taken_since_is_told(root, course):
    old, code = course.save_revision(), course.code
    course.code = "another-code"
    course.save_revision().publish()
    released_course(code=code)
    assert root.get(reverse(f"{PAGES}:revisions_revert", args=[course.pk, old.pk])).status_code == 200
    said = {
        "revision": old.pk,
        "title": course.title,
        "slug": course.slug,
        "code": code,
        "action-publish": "1",
    }
    answer = root.post(reverse(f"{PAGES}:edit", args=[course.pk]), said)
    assert answer.status_code == 200
    course.refresh_from_db()
    assert course.code == "another-code"
