"""What visitors see and programs read: home, catalogue, course, API. Who may change it: editors of the provider."""

import re

import pytest
from django.urls import reverse

from courses.models import CoursePage
from lms.accounts.models import Membership, User
from lms.lib.outbox.services import deliver_pending
from tests.factories import courses as make

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture
def release():
    made = make.released_course(title="低压电工安全作业", kind="vocational", occupation_code="6-31-01-03")
    deliver_pending()
    return made


def test_a_course_is_found_in_the_catalogue_by_a_word_of_its_title(client, release):
    other = make.released_course(title="数控车床编程")
    deliver_pending()
    # The words that were searched for are marked inside the title.
    page = re.sub(r"</?mark>", "", client.get("/courses/", {"q": "电工"}).content.decode())
    assert "低压电工安全作业" in page
    assert other.course.title not in page


def test_the_catalogue_says_why_a_course_is_found(client, release):
    page = client.get("/courses/", {"q": "电工"}).content.decode()
    assert "为什么是它" in page
    assert "标题里有「电工」" in page
    # Who only leafs through has asked nothing.
    assert "为什么是它" not in client.get("/courses/").content.decode()


def test_the_catalogue_is_narrowed_by_kind_and_year(client, release):
    make.released_course(title="网络安全公需课", kind="public", year=2025)
    deliver_pending()
    both = client.get("/courses/").content.decode()
    assert "网络安全公需课" in both
    assert "低压电工安全作业" in both
    public = client.get("/courses/", {"kind": "public"}).content.decode()
    assert "网络安全公需课" in public
    assert "低压电工安全作业" not in public
    assert (
        "网络安全公需课" not in client.get("/courses/", {"kind": "public", "year": "2026"}).content.decode()
    )


def test_words_asked_for_while_leafing_are_answered_by_what_fits_best(client, release):
    def kept(**query):
        form = (
            client.get("/courses/", query)
            .content.decode()
            .partition("catalogue-search")[2]
            .partition("</form>")[0]
        )
        return re.findall(r'type="hidden" name="(\w+)"', form)

    assert kept(sort="newest", kind="vocational") == ["kind"]
    # Whoever sorted what was found keeps it so.
    assert set(kept(q="电工", sort="newest", kind="vocational")) == {"kind", "sort"}


@pytest.mark.parametrize(
    "query", [{"page": "zzz"}, {"page": "99999"}, {"kind": "nonsense"}, {"q": "x" * 5000}, {"sort": "?"}]
)
def test_nonsense_in_the_address_gets_a_page(client, release, query):
    assert client.get("/courses/", query).status_code == 200


def test_an_unpublished_course_is_gone_for_visitors(client, release):
    release.course.unpublish()
    deliver_pending()
    assert "低压电工安全作业" not in client.get("/courses/").content.decode()
    assert client.get(reverse("api-v1:get_course", args=[release.course.uuid])).status_code == 404


def test_the_course_page_says_kind_hours_provider_and_lessons(client, release):
    page = client.get(release.course.get_url()).content.decode()
    for fact in ("低压电工安全作业", "职业技能", "0.03", release.provider.name, "第一章"):
        assert fact in page


def test_a_restricted_course_is_wagtails_to_serve(client, release):
    from wagtail.models import PageViewRestriction

    PageViewRestriction.objects.create(page=release.course, restriction_type=PageViewRestriction.LOGIN)
    assert client.get(release.course.get_url()).status_code == 302


def test_the_api_lists_and_shows_courses(client, release):
    listed = client.get("/api/v1/courses").json()
    assert [course["code"] for course in listed["courses"]] == [release.code]
    shown = client.get(f"/api/v1/courses/{release.course.uuid}").json()
    assert shown["release"] == str(release.uuid)
    assert [chapter["title"] for chapter in shown["chapters"]] == ["第一章"]
    assert "answer" not in str(shown)


def test_an_unknown_course_is_a_sentence_with_404(client):
    answer = client.get("/api/v1/courses/0190aaaa-0000-7000-8000-000000000000")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert client.get("/api/v1/courses/none").status_code == 422


def _editor(provider, role="editor"):
    user = User.objects.create_user(email=f"{role}-{provider.code}@example.com", password="Rongtong-2026!")
    Membership.objects.create(user=user, organisation=provider, role=role, since="2026-01-01")
    from django.contrib.auth.models import Group

    user.groups.set(Group.objects.all())
    return user


def test_only_editors_of_the_provider_may_change_a_course(client, release):
    edit = reverse("wagtailadmin_pages:edit", args=[release.course.pk])
    lesson = CoursePage.objects.get().get_descendants().last()
    # Refused by the permission policy, which Wagtail answers by leading back to its first page with a message.
    refused = (302, reverse("wagtailadmin_home"))
    for user, answer in (
        (_editor(make.organisation("other")), refused),
        (_editor(release.provider, "teacher"), refused),
        (_editor(release.provider), (200, None)),
    ):
        client.force_login(user)
        for address in (edit, reverse("wagtailadmin_pages:edit", args=[lesson.pk])):
            got = client.get(address)
            assert (got.status_code, got.headers.get("Location")) == answer
    client.logout()
    assert client.get(edit)["Location"].startswith(reverse("accounts_pages:staff_entry"))


def test_a_released_course_cannot_be_deleted(admin_client, release):
    answer = admin_client.post(reverse("wagtailadmin_pages:delete", args=[release.course.pk]))
    assert answer.status_code == 409
    assert "不能删除" in answer.content.decode()
    assert CoursePage.objects.filter(pk=release.course_id).exists()
