"""Lists of the staff screens ask the database as often for twelve rows as for two."""

from itertools import count

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import Page

from courses.models import ChapterPage, CourseDocument, CourseVideo, H5PContent, H5PLibrary
from tests.courses.review.crew import Crew, crew
from tests.factories import courses as make

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture
def at() -> Crew:
    return crew()


def asked(client, url):
    client.get(url)
    with CaptureQueriesContext(connection) as found:
        answer = client.get(url)
    assert answer.status_code == 200
    return len(found), answer.content.decode()


def flat(client, url, more):
    """`more(n)` makes n further rows and returns what names the last of them."""
    more(2)
    few, _ = asked(client, url)
    name = more(10)
    many, page = asked(client, url)
    assert name in page
    assert many == few


def lessons_in(chapter, **fields):
    def more(count):
        for _ in range(count):
            title = make.lesson(chapter, [make.text()], **fields).title
        return title

    return more


class TestChapter:
    @pytest.mark.parametrize("live", [True, False])
    def test_of_a_course_at_work(self, at, client, live):
        client.force_login(at.editor)
        chapter = ChapterPage.objects.get()
        flat(client, reverse("wagtailadmin_explore", args=[chapter.pk]), lessons_in(chapter, live=live))

    def test_of_a_course_in_review(self, at, client):
        client.force_login(at.editor)
        at.submit()
        chapter = ChapterPage.objects.get()
        flat(client, reverse("wagtailadmin_explore", args=[chapter.pk]), lessons_in(chapter))


@pytest.mark.parametrize("state", ["live", "draft", "review"])
def test_courses(at, client, state):
    client.force_login(at.editor)

    def more(count):
        for _ in range(count):
            course = make.released_course(provider=at.college).course
            if state == "review":
                Crew(at.college, at.platform, at.editor, at.approver, at.curator, course).submit()
            if state == "draft":
                Page.objects.filter(path__startswith=course.path).update(live=False)
        return course.title

    flat(client, reverse("wagtailadmin_explore", args=[at.course.get_parent().pk]), more)


@pytest.mark.parametrize("state", ["own", "waiting"])
def test_queue(at, client, state):
    client.force_login(at.editor if state == "own" else at.approver)

    def more(count):
        for _ in range(count):
            course = make.released_course(provider=at.college).course
            Crew(at.college, at.platform, at.editor, at.approver, at.curator, course).submit()
        return course.title

    flat(client, reverse("courses_review") + f"?state={state}", more)


def test_history(at, client):
    client.force_login(at.editor)

    def more(count):
        for _ in range(count):
            at.submit()
            at.decide(at.approver, passed=False, comment=f"第 {_} 次：请改题目。")
        return f"第 {count - 1} 次"

    flat(client, reverse("courses_review_history", args=[at.course.uuid]), more)


def test_libraries(at, client):
    client.force_login(at.editor)

    def more(count):
        for _ in range(count):
            name = f"H5P.Listed{next(_numbers)}"
            H5PLibrary.objects.create(machine_name=name, title=name, major=1, minor=0, patch=1)
            H5PContent.objects.create(title=name, main_library=f"{name} 1.0", organisation=at.college)
        return name

    flat(client, reverse("courses_h5p_libraries"), more)


_numbers = count(1)


def _numbered(text):
    return f"{text} {next(_numbers)}"


def _question(at):
    return make.question(at.course, stem=_numbered("停电以后做什么？")).stem


def _film(at):
    return CourseVideo.objects.create(
        title=_numbered("验电"), file="a.mp4", duration_ms=1000, organisation=at.college
    ).title


def _exercise(at):
    return H5PContent.objects.create(
        title=_numbered("练习"), main_library="H5P.Blanks-1.14.6", organisation=at.college
    ).title


def _document(at):
    return CourseDocument.objects.create(
        title=_numbered("规程"), file="documents/a.pdf", uploaded_by_user=at.editor
    ).title


@pytest.mark.parametrize(
    ("make_one", "name"),
    [
        (_question, "wagtailsnippets_courses_question:list"),
        (_film, "wagtailsnippets_courses_coursevideo:list"),
        (_exercise, "wagtailsnippets_courses_h5pcontent:list"),
        (_document, "wagtaildocs:index"),
    ],
)
def test_materials(at, client, make_one, name, settings):
    settings.H5P_AUTHORING_URL, settings.H5P_AUTHORING_SECRET = "http://127.0.0.1:9", "x" * 40
    client.force_login(at.editor)
    flat(client, reverse(name), lambda count: [make_one(at) for _ in range(count)][-1])


def test_a_list_offers_what_the_page_allows(at, client):
    client.force_login(at.editor)
    for page in (at.course, at.lesson):
        url = reverse("wagtailadmin_explore", args=[page.get_parent().pk])
        move = reverse("wagtailadmin_pages:move", args=[page.pk])
        assert move in client.get(url).content.decode()
        at.submit()
        assert move not in client.get(url).content.decode()
        at.decide(at.approver, passed=False, comment="请改题目。")


@pytest.mark.parametrize("below", [True, False])
def test_a_draft_with_something_live_below_is_not_deleted(at, below):
    chapter = ChapterPage.objects.get()
    Page.objects.filter(path__startswith=chapter.path).update(live=below)
    Page.objects.filter(pk=chapter.pk).update(live=False)
    allowed = ChapterPage.objects.get().permissions_for_user(at.editor)
    assert allowed.can_delete(ignore_bulk=True) != below
    # With its lessons, page by page.
    assert not allowed.can_delete()
