"""Wagtail's screens, by role: one organisation's staff on another's courses, questions, videos and files."""

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from wagtail.models import Page

from courses.h5p.models import H5PContent
from courses.media.models import CourseDocument, CourseVideo
from courses.pages.models import CoursePage, LessonPage
from courses.questions.models import Question
from courses.review.models import OneStepPublishing
from lms.accounts.api import staff_group
from tests.courses.packs.making import mp4
from tests.factories.accounts import OrganisationFactory, member
from tests.factories.courses import course_page, question, released_course

pytestmark = [pytest.mark.django_db, pytest.mark.long]
PAGES = "wagtailadmin_pages"


@pytest.fixture
def release():
    return released_course(title="别家的课", provider=OrganisationFactory(code="theirs"))


@pytest.fixture
def course(release):
    return release.course


@pytest.fixture
def ours():
    return OrganisationFactory(code="ours")


@pytest.fixture
def own_course(ours):
    return released_course(provider=ours).course


def client_of(role, organisation):
    user = member(role, organisation)
    user.groups.add(staff_group())
    found = Client()
    found.force_login(user)
    found.person = user
    return found


@pytest.fixture
def stranger(ours):
    """An editor, of another organisation than the course's."""
    return client_of("editor", ours)


def refused(answer):
    # Wagtail answers some refusals by leading back to its first page with a message.
    return answer.status_code in (403, 404) or answer.headers.get("Location") == reverse("wagtailadmin_home")


def screens(course):
    lesson = course.get_descendants().last()
    chapter = course.get_children().first()
    revision = course.save_revision()
    revision.publish()
    return {
        "edit": reverse(f"{PAGES}:edit", args=[course.pk]),
        "draft": reverse(f"{PAGES}:view_draft", args=[lesson.pk]),
        "revision": reverse(f"{PAGES}:revisions_view", args=[course.pk, revision.pk]),
        "revert": reverse(f"{PAGES}:revisions_revert", args=[course.pk, revision.pk]),
        "privacy": reverse(f"{PAGES}:set_privacy", args=[course.pk]),
        "delete": reverse(f"{PAGES}:delete", args=[lesson.pk]),
        "unpublish": reverse(f"{PAGES}:unpublish", args=[course.pk]),
        "move": reverse(f"{PAGES}:move", args=[lesson.pk]),
        "copy": reverse(f"{PAGES}:copy", args=[lesson.pk]),
        "add": reverse(f"{PAGES}:add", args=["courses", "lessonpage", chapter.pk]),
        "privacy of the catalogue": reverse(f"{PAGES}:set_privacy", args=[course.get_parent().pk]),
        "unpublish the catalogue": reverse(f"{PAGES}:unpublish", args=[course.get_parent().pk]),
    }


def test_no_screen_of_another_organisations_course(stranger, course):
    answers = {name: stranger.get(address) for name, address in screens(course).items()}
    assert [name for name, answer in answers.items() if not refused(answer)] == []


def test_the_providers_own_editor_has_them(course):
    editor = client_of("editor", course.provider)
    names = ("edit", "draft", "revision", "copy", "add")
    addresses = screens(course)
    assert {name: editor.get(addresses[name]).status_code for name in names} == dict.fromkeys(names, 200)
    # What learners have changes only by review (courses/review).
    assert all(refused(editor.get(addresses[name])) for name in ("privacy", "unpublish"))


@pytest.mark.parametrize("role", ["reviewer", "approver", "assessor", "hr", "teacher", "admin"])
def test_other_roles_of_the_provider_edit_no_pages(course, role):
    person = client_of(role, course.provider)
    addresses = screens(course)
    assert all(
        refused(person.get(addresses[name])) for name in ("edit", "draft", "privacy", "unpublish", "copy")
    )


@pytest.mark.parametrize("role", ["editor", "teacher", "reviewer", "officer"])
def test_the_first_page_opens_for_all_staff(course, own_course, ours, role):
    person = client_of(role, ours)
    assert person.get(reverse("wagtailadmin_home")).status_code == 200
    assert person.get(reverse("wagtailadmin_pages:search")).status_code in (200, 302)
    assert person.get(reverse("wagtailadmin_reports:site_history")).status_code in (200, 302)


def test_an_editor_begins_a_course_and_publishes_it(stranger, course, ours):
    begun = reverse(f"{PAGES}:add", args=["courses", "coursepage", course.get_parent().pk])
    said = {
        "title": "新课",
        "slug": "xin-ke",
        "code": "xin-ke",
        "kind": "vocational",
        "year": 2026,
        "mode": "online",
        "provider": ours.pk,
        "summary": "一句话。",
        "description": "null",
        "centihours": 100,
        "language": "zh-Hans",
        "min_coverage_percent": 90,
        "quiz_rule": "all_passed",
        "theme": "",
        "sector": "",
        "occupation_code": "",
        "outcomes-TOTAL_FORMS": 0,
        "outcomes-INITIAL_FORMS": 0,
        "comments-TOTAL_FORMS": 0,
        "outcomes-MIN_NUM_FORMS": 0,
        "outcomes-MAX_NUM_FORMS": 1000,
        "comments-INITIAL_FORMS": 0,
    }
    stranger.post(begun, said)
    made = CoursePage.objects.get(code="xin-ke")
    publish = reverse(f"{PAGES}:edit", args=[made.pk])
    stranger.post(publish, said | {"action-publish": "1"})
    made.refresh_from_db()
    # Publishing is the end of a review, but where the platform says so.
    assert not made.live
    OneStepPublishing.objects.create(organisation=ours, since="2026-01-01", reason="试点机构")
    stranger.post(publish, said | {"action-publish": "1"})
    made.refresh_from_db()
    assert made.live


@pytest.mark.parametrize("action", ["unpublish", "publish", "delete", "move"])
def test_many_at_once(stranger, course, own_course, action):
    lesson = course.get_descendants().last()
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", action])
    stranger.post(
        f"{address}?id={course.pk}&id={lesson.pk}", {"chooser": own_course.pk, "include_descendants": "on"}
    )
    course.refresh_from_db()
    assert course.live
    assert Page.objects.get(pk=lesson.pk).path == lesson.path


def test_order_and_privacy_are_not_the_strangers(stranger, course):
    first, last = course.get_descendants().filter(depth=course.depth + 2)
    stranger.post(reverse(f"{PAGES}:set_page_position", args=[last.pk]) + "?position=0")
    assert Page.objects.get(pk=first.pk).path == first.path
    stranger.post(reverse(f"{PAGES}:set_privacy", args=[course.pk]), {"restriction_type": "login"})
    assert not course.get_view_restrictions().exists()


def test_nothing_is_put_into_another_organisations_course(stranger, course, own_course):
    lesson = own_course.get_descendants().last()
    chapter = course.get_children().first()
    moved = reverse(f"{PAGES}:move_confirm", args=[lesson.pk, chapter.pk])
    assert refused(stranger.post(moved))
    bulk = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "move"])
    stranger.post(f"{bulk}?id={lesson.pk}", {"chooser": chapter.pk})
    copied = reverse(f"{PAGES}:copy", args=[lesson.pk])
    said = {"new_title": "x", "new_slug": "x", "new_parent_page": chapter.pk}
    assert refused(stranger.post(copied, said))
    assert chapter.get_children().count() == 2
    assert Page.objects.get(pk=lesson.pk).path == lesson.path


@pytest.mark.parametrize("provider", ["theirs", "", "x", "-1", "9" * 5000])
def test_no_course_in_the_name_of_another_organisation(stranger, course, own_course, provider):
    named = str(course.provider.pk) if provider == "theirs" else provider
    begun = reverse(f"{PAGES}:add", args=["courses", "coursepage", course.get_parent().pk])
    for address in (begun, reverse(f"{PAGES}:edit", args=[own_course.pk])):
        assert stranger.post(address, {"title": "x", "provider": named}).status_code == 403
    assert CoursePage.objects.get(pk=own_course.pk).provider == own_course.provider


def test_a_role_that_has_ended_opens_nothing(course):
    editor = client_of("editor", course.provider)
    edit = reverse(f"{PAGES}:edit", args=[course.pk])
    assert editor.get(edit).status_code == 200
    editor.person.memberships.update(until="2026-01-02")  # the group is put in step only at the next sign-in
    assert refused(editor.get(edit))
    assert refused(editor.get(reverse(f"{PAGES}:view_draft", args=[course.pk])))


# --- questions with their answers, videos, contents -------------------------------------------------------


@pytest.fixture
def things(course):
    theirs = course.provider
    return [
        question(course, stem="秘密的题干", answer=["b"]),
        CourseVideo.objects.create(title="秘密的视频", file="v.mp4", duration_ms=1000, organisation=theirs),
        H5PContent.objects.create(
            title="秘密的练习", main_library="H5P.X 1.0", content_hash="0", organisation=theirs
        ),
    ]


def snippet(thing, name, *args):
    return reverse(thing.snippet_viewset.get_url_name(name), args=args)


def chooser(thing, name, *args):
    return reverse(f"{thing.snippet_viewset.chooser_viewset.url_namespace}:{name}", args=args)


def test_another_organisations_materials_are_neither_shown_nor_changed(stranger, things):
    for thing in things:
        seen = stranger.get(snippet(thing, "list")), stranger.get(chooser(thing, "choose"))
        seen += (stranger.get(chooser(thing, "chosen", thing.pk)),)
        assert [answer.status_code for answer in seen] == [200, 200, 404]
        assert "秘密" not in "".join(answer.content.decode() for answer in seen)
        for name in ("edit", "copy"):
            assert refused(stranger.get(snippet(thing, name, thing.pk))), name
        assert refused(stranger.post(snippet(thing, "edit", thing.pk), {"title": "x"}))


def test_ones_own_are(things, course):
    for role in ("editor", "teacher"):
        person = client_of(role, course.provider)
        for thing in things:
            assert "秘密" in person.get(snippet(thing, "list")).content.decode()
            assert person.get(snippet(thing, "edit", thing.pk)).status_code == 200
            assert person.get(chooser(thing, "chosen", thing.pk)).status_code == 200


def block(place, kind, **value):
    said = {"deleted": "", "order": place, "type": kind, "id": ""}
    said |= {f"value-{name.replace('__', '-')}": found for name, found in value.items()}
    return {f"body-{place}-{name}": found for name, found in said.items()}


def quiz_of(place, asked):
    item = {"questions__0__deleted": "", "questions__0__order": 0, "questions__0__type": "item"}
    item |= {"questions__0__value": asked.pk, "questions__0__id": "", "questions__count": 1}
    return block(place, "quiz", title="测验", pass_percent=60, minutes="", **item)


def test_another_organisations_materials_are_put_into_no_lesson(stranger, things, own_course, course):
    """The choosers do not offer them; nor does a form made by hand bring them into a draft, which its editor may take away
    with questions, answers and files."""
    found = {type(thing): thing for thing in things}
    lesson = own_course.get_descendants().type(LessonPage).first().specific
    edit = reverse(f"{PAGES}:edit", args=[lesson.pk])
    said = {"title": lesson.title, "slug": lesson.slug, "key": lesson.key, "body-count": 1}
    said |= {"comments-TOTAL_FORMS": 0, "comments-INITIAL_FORMS": 0}
    for strange in (
        quiz_of(0, found[Question]),
        block(0, "video", video=found[CourseVideo].pk, title="x"),
        block(0, "h5p", content=found[H5PContent].pk, title="x", minutes=1),
    ):
        answer = stranger.post(edit, said | strange)
        assert "别的机构" in answer.content.decode()
        lesson.refresh_from_db()
        assert lesson.latest_revision is None
    own = question(own_course)
    assert stranger.post(edit, said | quiz_of(0, own)).status_code == 302
    # What the draft shows already does not keep anybody from saving it.
    assert stranger.post(edit, said | quiz_of(0, own) | {"title": "新名字"}).status_code == 302


@pytest.mark.parametrize("role", ["reviewer", "hr", "auditor", "admin"])
def test_answers_are_for_those_who_teach(things, course, role):
    person = client_of(role, course.provider)
    for thing in things:
        assert refused(person.get(snippet(thing, "list")))
        assert refused(person.get(snippet(thing, "edit", thing.pk)))


def test_no_question_is_put_into_another_organisations_course(stranger, course, own_course):
    said = {"key": "new", "kind": "single", "points": 1, "stem": "?", "lines": "*a\nb", "explanation": ""}
    add = snippet(Question, "add")
    assert (
        stranger.post(add, {**said, "course": course.pk}).status_code == 200
    )  # the form again, with its fault
    assert not Question.objects.filter(key="new").exists()
    stranger.post(add, {**said, "course": own_course.pk})
    assert Question.objects.get(key="new").course == own_course


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.html", b"<html><script>alert(1)</script>"), ("a.mp4", b"<html>"), ("a.svg", b"<svg onload='x()'/>")],
)
def test_a_video_is_a_video(stranger, ours, name, data):
    said = {
        "title": "新视频",
        "duration_ms": 1000,
        "organisation": ours.pk,
        "file": SimpleUploadedFile(name, data),
    }
    assert stranger.post(snippet(CourseVideo, "add"), said).status_code == 200
    assert not CourseVideo.objects.exists()


def test_a_video_is_taken_for_ones_own_organisation(stranger, ours):
    film = mp4()
    for owner, made in ((OrganisationFactory().pk, 0), ("", 0), (ours.pk, 1)):
        said = {"title": "新视频", "organisation": owner, "transcript": "", "marks": "", "offline": "licence"}
        stranger.post(snippet(CourseVideo, "add"), said | {"file": SimpleUploadedFile("a.mp4", film)})
        assert CourseVideo.objects.count() == made


def test_another_persons_document_is_not_replaced(stranger, things):
    document = CourseDocument.objects.create(title="讲义", file=SimpleUploadedFile("a.pdf", b"%PDF-1"))
    edit = reverse("wagtaildocs:edit", args=[document.pk])
    assert refused(stranger.post(edit, {"title": "x", "file": SimpleUploadedFile("b.pdf", b"%PDF-2")}))
    own = CourseDocument.objects.create(
        title="自己的", file=SimpleUploadedFile("c.pdf", b"%PDF-1"), uploaded_by_user=stranger.person
    )
    assert stranger.get(reverse("wagtaildocs:edit", args=[own.pk])).status_code == 200


@pytest.mark.parametrize(
    ("name", "taken"), [("a.pdf", True), ("a.html", False), ("a.js", False), ("a", False)]
)
def test_a_document_is_nothing_that_runs(stranger, name, taken):
    file = SimpleUploadedFile(name, b"%PDF-1 or anything")
    stranger.post(reverse("wagtaildocs:add"), {"title": "x", "file": file, "tags": ""})
    assert CourseDocument.objects.exists() == taken


def test_documents_are_asked_for_where_it_is_decided_who_may_have_them(settings):
    folder = settings.MEDIA_ROOT / "documents"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a.pdf").write_bytes(b"%PDF-1")
    for name in ("documents/a.pdf", "./documents/a.pdf", "x/../documents/a.pdf", "documents//a.pdf"):
        assert Client().get(f"/media/{name}").status_code == 404


def test_pages_are_made_as_before(ours, own_course):
    editor = client_of("editor", ours)
    begun = reverse(f"{PAGES}:add", args=["courses", "coursepage", own_course.get_parent().pk])
    assert editor.get(begun).status_code == 200
    listing = editor.get(reverse("wagtailadmin_explore", args=[own_course.get_parent().pk])).content.decode()
    assert own_course.title in listing
    assert course_page(provider=OrganisationFactory()).title not in listing


SHOWN_BY = [
    "/admin/pages/search/?q=蓝鲸",
    "/admin/pages/search/results/?q=蓝鲸",
    "/admin/choose-page/search/?q=蓝鲸&allow_external_link=true",
    "/admin/choose-page/{catalogue}/?allow_external_link=true",
    "/admin/pages/{catalogue}/",
    "/admin/pages/{catalogue}/?q=蓝鲸",
    "/admin/api/main/pages/?search=蓝鲸",
    "/admin/api/main/pages/?child_of={catalogue}&for_explorer=1",
    "/admin/api/main/pages/{page}/?fields=*",
    "/admin/pages/{page}/",
    "/admin/reports/site-history/",
]


def said(answer):
    """What it says, also where JSON writes it in signs of its own."""
    text = answer.content.decode()
    return json.dumps(json.loads(text), ensure_ascii=False) if text.startswith("{") else text


@pytest.fixture
def whales(course):
    """A draft of the course's provider, and the live course itself, which has another title in its draft."""
    draft = course_page(provider=course.provider, title="蓝鲸试点", live=False)
    draft.save_revision(log_action=True)
    course.title = "蓝鲸的下一版"
    course.save_revision(log_action=True)
    call_command("update_index", verbosity=0)
    return [course.get_parent(), draft, course, course.get_children().first()]


@pytest.mark.parametrize("role", ["editor", "teacher", "hr", "auditor", "approver"])
def test_no_list_or_search_names_another_organisations_drafts(whales, ours, own_course, role):
    catalogue, *pages = whales
    person = client_of(role, ours)
    asked = {address.format(catalogue=catalogue.pk, page=page.pk) for address in SHOWN_BY for page in pages}
    answers = {address: person.get(address) for address in sorted(asked)}
    told = [one for one, answer in answers.items() if re.search("蓝鲸(试点|的下)", said(answer))]
    assert told == []
    assert {answer.status_code for answer in answers.values()} <= {200, 302, 400, 403, 404}


def test_ones_own_drafts_are_found_and_named(whales, course):
    editor = client_of("editor", course.provider)
    for address in SHOWN_BY[:7]:
        assert "蓝鲸试点" in said(editor.get(address.format(catalogue=whales[0].pk))), address
