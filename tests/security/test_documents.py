"""A course's documents, by role: who studies a release that offers them, who works for its organisation or reviews, nobody else."""

from datetime import timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from wagtail.documents.forms import get_document_form
from wagtail.models import Collection, CollectionViewRestriction, Page, ReferenceIndex

from courses.media.models import CourseDocument
from courses.pages.models import ChapterPage, CoursePage, LessonPage
from courses.releases.services import cut_release
from courses.storage.models import StoredItem
from lms.accounts.api import Membership
from lms.lib.actor import Actor
from lms.lib.clock import today
from tests.factories.accounts import MembershipFactory, OrganisationFactory, UserFactory, member
from tests.factories.courses import course_page, released_course, text
from tests.factories.learning import enrolment

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n" + b"0123456789" * 10


@pytest.fixture
def college():
    return OrganisationFactory(code="offers")


def _document(college, name="rules.pdf", data=PDF):
    document = CourseDocument(title="规程", collection=Collection.get_first_root_node())
    document.file.save(name, ContentFile(data))
    # As of one that a pack brought.
    StoredItem.objects.filter(key=f"document:{document.pk}").update(organisation=college)
    return document


@pytest.fixture
def document(college):
    found = _document(college)
    yield found
    found.file.storage.delete(found.file.name)


def _offering(college, document):
    return released_course(
        [[text(), ("file", {"document": document, "name": "规程"})]], provider=college, title="有文件的课"
    )


@pytest.fixture
def release(college, document):
    return _offering(college, document)


def _get(user, address, **headers):
    client = Client()
    if user is not None:
        client.force_login(user)
    return client.get(address, **headers)


def test_who_studies_the_course_has_its_documents(release, document):
    answer = _get(enrolment(release=release).person, document.url)
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Cache-Control"] == "private, no-cache"


def test_a_visitor_is_led_to_sign_in_and_back(release, document):
    answer = _get(None, document.url)
    assert answer.status_code == 302
    assert answer["Location"].endswith(f"?next={document.url}")


def test_who_studies_something_else_is_refused_with_a_sentence(release, document):
    answer = _get(enrolment(title="别的课").person, document.url)
    assert answer.status_code == 403
    assert "先报名" in answer.content.decode()


@pytest.mark.parametrize("role", ["editor", "teacher", "approver", "admin"])
def test_staff_have_those_of_their_own_organisation(college, release, document, role):
    assert _get(member(role, college), document.url).status_code == 200
    assert _get(member(role, OrganisationFactory()), document.url).status_code == 403


def test_who_uploaded_it_has_it_while_working_there(college, document):
    person = member("editor", college)
    document.uploaded_by_user = person
    document.save()
    assert _get(person, document.url).status_code == 200
    Membership.objects.filter(user=person).update(until=today() - timedelta(days=1))
    assert _get(person, document.url).status_code == 403
    # Elsewhere by now: what was uploaded stays where it was.
    MembershipFactory(user=person, organisation=OrganisationFactory(), role="editor")
    assert _get(person, document.url).status_code == 403


@pytest.mark.parametrize("role", ["hr", "assessor", "reviewer", "officer", "auditor"])
def test_other_offices_of_the_organisation_are_no_reason(college, release, document, role):
    assert _get(member(role, college), document.url).status_code == 403


def test_the_platforms_reviewers_and_superusers_have_all(release, document):
    assert _get(member("curator"), document.url).status_code == 200
    assert _get(UserFactory(is_superuser=True), document.url).status_code == 200


def test_somebody_locked_out_has_nothing(college, release, document):
    person = member("editor", college)
    person.is_active = False
    person.save()
    assert _get(person, document.url).status_code == 302


def test_the_release_one_began_with_goes_on_offering_what_the_newest_has_not(release, document):
    learner = enrolment(release=release).person
    lesson = LessonPage.objects.descendant_of(release.course).get()
    lesson.body = [text()]
    lesson.save()
    newer = cut_release(CoursePage.objects.get(pk=release.course.pk), Actor.system("tests"))
    assert newer.pk != release.pk
    assert _get(learner, document.url).status_code == 200
    assert _get(enrolment(release=newer).person, document.url).status_code == 403


def _replaced(document, name="newer.pdf", data=b"%PDF-1.4 newer"):
    """As the staff screen does it: another file in the place of the one there is."""
    form_of = get_document_form(CourseDocument)
    file = SimpleUploadedFile(name, data, "application/pdf")
    form = form_of(
        {"title": document.title, "collection": document.collection_id, "tags": ""},
        {"file": file},
        instance=CourseDocument.objects.get(pk=document.pk),
        user=UserFactory(is_superuser=True),
    )
    assert form.is_valid(), form.errors
    form.save()
    return CourseDocument.objects.get(pk=document.pk)


@pytest.mark.parametrize("name", ["newer.pdf", "rules.pdf"])
def test_a_release_goes_on_offering_the_file_it_was_made_with(college, release, document, name):
    learner, address = enrolment(release=release).person, document.url
    newer = _replaced(document, name)
    assert newer.url != address
    answer = _get(learner, address)
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Type"] == "application/pdf"
    # To others as little as before; its staff have both.
    assert _get(None, address).status_code == 302
    assert _get(enrolment(title="别的课").person, address).status_code == 403
    assert _get(learner, newer.url).status_code == 403
    staff = member("editor", college)
    assert b"".join(_get(staff, newer.url).streaming_content) == b"%PDF-1.4 newer"
    assert _get(staff, address).status_code == 200
    assert _get(staff, newer.url.replace(newer.filename, "other.pdf")).status_code == 404
    # What stays is counted, until the document goes.
    counted = StoredItem.objects.filter(organisation=college, kind=StoredItem.Kind.DOCUMENT)
    assert sorted(counted.values_list("bytes", flat=True)) == [len(b"%PDF-1.4 newer"), len(PDF)]


def test_a_former_file_is_no_public_pages(document):
    _refer(course_page(), document)
    address = document.url
    newer = _replaced(document)
    assert _get(None, newer.url).status_code == 200
    assert _get(None, address).status_code == 302


def test_with_the_document_its_former_files_go(document, django_capture_on_commit_callbacks):
    storage, former = document.file.storage, document.file.name
    newer = _replaced(document)
    assert storage.exists(former)
    with django_capture_on_commit_callbacks(execute=True):
        newer.delete()
    assert not storage.exists(former)
    assert not storage.exists(newer.file.name)
    assert not StoredItem.objects.exists()


def test_words_that_look_like_an_address_open_nothing(college, document):
    """A lesson of another course that writes the address, also as JSON would."""
    written = f'<p>"src": "{document.url}" <a href="{document.url}">规程</a></p>'
    other = released_course([[text(), text(written)]], provider=OrganisationFactory())
    assert _get(enrolment(release=other).person, document.url).status_code == 403


def test_an_address_is_not_part_of_another(college, document):
    other = _document(college, name="rules.pdf.pdf")
    try:
        release = _offering(college, other)
        assert _get(enrolment(release=release).person, document.url).status_code == 403
    finally:
        other.file.storage.delete(other.file.name)


def test_what_no_course_offers_is_for_its_staff(college, document):
    assert _get(None, document.url).status_code == 302
    assert _get(UserFactory(), document.url).status_code == 403
    assert _get(member("editor", college), document.url).status_code == 200


def _refer(page, document):
    ReferenceIndex.objects.create(
        base_content_type=ContentType.objects.get_for_model(Page),
        content_type=ContentType.objects.get_for_model(page),
        object_id=str(page.pk),
        to_content_type=ContentType.objects.get_for_model(CourseDocument),
        to_object_id=str(document.pk),
        model_path="x",
        content_path="x",
        content_path_hash="0198a1b2-1111-7222-8333-444455556666",
    )


def test_what_a_public_page_refers_to_is_anybodys_until_the_page_is_taken_away(document):
    page = course_page()
    _refer(page, document)
    assert _get(None, document.url).status_code == 200
    CoursePage.objects.filter(pk=page.pk).update(live=False)
    assert _get(None, document.url).status_code == 302


def test_a_chapter_or_lesson_is_no_public_page(release, document):
    ReferenceIndex.objects.all().delete()
    _refer(LessonPage.objects.descendant_of(release.course).get(), document)
    _refer(ChapterPage.objects.descendant_of(release.course).get(), document)
    assert _get(None, document.url).status_code == 302


def test_a_private_collection_asks_on_top_of_it(release, document):
    learner = enrolment(release=release).person
    kept = Collection.get_first_root_node().add_child(name="内部")
    CollectionViewRestriction.objects.create(collection=kept, restriction_type="groups")
    CourseDocument.objects.filter(pk=document.pk).update(collection=kept)
    answer = _get(learner, document.url)
    assert answer.status_code in (302, 403)


def test_a_range_of_it_and_how_it_is_saved(college, release, document):
    learner = enrolment(release=release).person
    part = _get(learner, document.url, headers={"Range": "bytes=9-13"})
    assert part.status_code == 206
    assert b"".join(part.streaming_content) == b"01234"
    assert part["Content-Range"] == f"bytes 9-13/{len(PDF)}"
    assert part["Content-Disposition"] == "inline"
    assert _get(learner, document.url, headers={"Range": "bytes=999-"}).status_code == 416


def test_what_a_browser_does_not_show_is_saved_under_its_name(college):
    document = _document(college, name="规程 一.docx", data=b"PK\x03\x04")
    try:
        answer = _get(member("editor", college), document.url)
        assert answer.status_code == 200
        assert answer["Content-Disposition"].startswith("attachment; filename=")
        assert answer["X-Content-Type-Options"] == "nosniff"
    finally:
        document.file.storage.delete(document.file.name)


def test_a_program_asks_with_its_token_and_a_false_one_is_told_so(release, document):
    answer = Client().get(document.url, headers={"X-Session-Token": "x" * 32, "Accept": "application/json"})
    assert answer.status_code == 401


def test_another_name_or_method_is_none(release, document):
    person = enrolment(release=release).person
    assert _get(person, document.url.replace("rules", "other")).status_code == 404
    client = Client()
    client.force_login(person)
    assert client.post(document.url).status_code == 405


def test_the_questions_do_not_grow_with_courses(college, release, document, django_assert_max_num_queries):
    person = enrolment(release=release).person
    for _ in range(3):
        enrolment(person, _offering(college, document))
    client = Client()
    client.force_login(person)
    client.get(document.url)
    with django_assert_max_num_queries(8):
        assert client.get(document.url).status_code == 200
    stranger = Client()
    stranger.force_login(member("hr", college))
    with django_assert_max_num_queries(12):
        assert stranger.get(document.url).status_code == 403
