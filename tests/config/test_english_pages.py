"""Pages asked for in English are in English: nothing Chinese is left on them when their data is English.

The data here (people, colleges, courses, certificates) is in English, so that what is found was said by the code.
Elements marked as Chinese (lang="zh-…": a language's own name) may hold it.
"""

import re
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from courses.pages.models import CataloguePage, ChapterPage, CoursePage, HomePage
from courses.releases.services import cut_release, one_release_at_the_end
from lms.lib.actor import Actor
from lms.lib.clock import today
from tests.factories.accounts import UserFactory
from tests.factories.courses import course_page, lesson, organisation, question, quiz, text
from tests.factories.creditbank import certificate, college, person, programme, rule_version
from tests.factories.learning import enrolment, opened, send

pytestmark = [pytest.mark.django_db, pytest.mark.long]

# Ideographs, and the punctuation that goes with them.
CHINESE = re.compile(r"[\u3001-\u303f\u3400-\u9fff\uff01-\uff60]+")
WITHOUT_END = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# Wagtail's settings for its scripts list the languages by their own names.
OWN_NAME = dict(settings.LANGUAGES)["zh-hans"]
# Attributes that a person sees or hears.
SEEN = {"alt", "aria-label", "content", "data-label", "label", "placeholder", "title", "value"}


class _Reader(HTMLParser):
    """Collects Chinese in texts and in attributes that are read out, outside elements marked as Chinese."""

    def __init__(self) -> None:
        super().__init__()
        self.marked: list[bool] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        marked = (self.marked[-1] if self.marked else False) or (values.get("lang") or "").startswith("zh")
        if tag not in WITHOUT_END:
            self.marked.append(marked)
        if not marked:
            seen = [value or "" for name, value in attrs if name in SEEN or name.startswith("data-")]
            self.found += [f'<{tag} … "{value}">' for value in seen if CHINESE.search(value)]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in WITHOUT_END:
            self.marked.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in WITHOUT_END and self.marked:
            self.marked.pop()

    def handle_data(self, data: str) -> None:
        if self.lasttag == "script":
            # json_script writes what is not ASCII as an escape.
            data = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), data)
            data = data.replace(OWN_NAME, "")
        if CHINESE.search(data) and not (self.marked and self.marked[-1]):
            self.found.append(data.strip())


def chinese_on(client: Client, address: str, status: int = 200) -> list[str]:
    response = client.get(address, headers={"accept-language": "en"})
    assert response.status_code == status, address
    html = response.content.decode()
    assert '<html lang="en"' in html
    reader = _Reader()
    reader.feed(html)
    return reader.found


@pytest.fixture
def release():
    HomePage.objects.update(title="Home")
    CataloguePage.objects.update(title="Courses")
    provider = organisation("riverside", name="Riverside College")
    course = course_page(
        title="Electrical safety",
        summary="Switch off, test, earth.",
        provider=provider,
        occupation_code="6-31-01-03",
        occupation_level=4,
        sector="industry",
        audience="Electricians",
        authors="A. Teacher",
        licence="CC BY 4.0",
        description="<p>Four steps.</p>",
    )
    asked = [
        question(course, stem="First?", options=[{"id": "a", "text": "Test"}, {"id": "b", "text": "Earth"}]),
        question(course, kind="true_false", stem="Earth first.", options=[], answer=["false"]),
        question(course, kind="fill", stem="Then ___.", options=[], answer=[["earth"]]),
    ]
    with one_release_at_the_end():
        chapter = course.add_child(instance=ChapterPage(title="One", slug="one"))
        lesson(chapter, [text("<p>Switch off first. </p>" * 30)], title="Steps")
        lesson(chapter, [quiz(asked, title="Check")], title="Check")
    return cut_release(CoursePage.objects.get(pk=course.pk), Actor.system("tests"))


@pytest.fixture
def person_learning():
    return UserFactory(display_name="Alex")


@pytest.fixture
def learner(person_learning):
    client = Client()
    client.force_login(person_learning)
    return client


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/", 200),
        ("/courses/", 200),
        ("/courses/?kind=vocational&q=electrical", 200),
        ("/courses/?q=zzz", 200),
        ("/search/?q=electrical", 200),
        ("/search/?q=zzz", 200),
        ("/verify/", 200),
        ("/verify/AAAA-BBBB-CCCC/", 422),
        ("/verify/x/", 422),
        ("/accounts/login/", 200),
        ("/accounts/signup/", 200),
        ("/accounts/password/reset/", 200),
        ("/accounts/login/code/", 200),
        ("/me/privacy/", 200),
        ("/no-such-page/", 404),
    ],
)
def test_a_visitor(release, address, status):
    assert chinese_on(Client(), address, status) == []


def test_a_visitor_on_a_course_page(release):
    assert chinese_on(Client(), f"/courses/{release.course.slug}/") == []


def test_messages_of_a_refused_form():
    response = Client().post(
        "/accounts/login/", {"login": "x", "password": ""}, headers={"accept-language": "en"}
    )
    reader = _Reader()
    reader.feed(response.content.decode())
    assert reader.found == []


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/learn/",
        "/hours/",
        "/credit/",
        "/credit/apply/",
        "/credit/rules/",
        "/credit/transcript/",
        "/me/",
        "/me/identity/",
        "/me/looks/",
        "/accounts/email/",
        "/accounts/phone/change/",
        "/accounts/password/change/",
        "/accounts/2fa/",
        "/accounts/logout/",
    ],
)
def test_a_learner(release, learner, address):
    assert chinese_on(learner, address) == []


def test_a_learner_under_way(release, learner, person_learning):
    item = enrolment(person_learning, release)
    send(opened(item).session, 1, until=60_000)
    first, second = release.lessons.all()
    block = second.blocks[0]["id"]
    pages = [
        f"/courses/{release.course.slug}/",
        reverse("learning:course", args=[item.uuid]),
        reverse("learning:player", args=[item.uuid, first.uuid]),
        reverse("learning:player", args=[item.uuid, second.uuid]),
        reverse("learning:quiz", args=[item.uuid, second.uuid, block]),
        "/learn/",
        "/hours/",
        f"/hours/{today().isoformat()}/",
        "/hours/2026-01-01/",
    ]
    assert {page: found for page in pages if (found := chinese_on(learner, page))} == {}


@pytest.mark.parametrize(
    "name",
    [
        "rongtong_organisations",
        "rongtong_organisation_new",
        "rongtong_people",
        "rongtong_roles",
        "courses_packs",
        "courses_pack_new",
        "courses_h5p_libraries",
        "creditbank_queue",
    ],
)
def test_staff(release, name):
    client = Client()
    client.force_login(UserFactory(display_name="Sam", is_superuser=True))
    assert chinese_on(client, reverse(name)) == []


def test_a_certificate_and_what_it_is_worth(release):
    school = college("northern", "Northern College")
    target = programme(school, "mechatronics", name="Mechatronics", award="Diploma", source="Plan 2026")
    version = rule_version(
        target,
        "electrician-3",
        occupation_name="Electrician",
        courses=[{"code": "EL101", "name": "Basics", "centicredits": 500}],
        source_document="Rules 2025",
    )
    type(version.rule).objects.update(title="Electrician certificate")
    holder = person("Alex Li")
    client = Client()
    client.force_login(holder)
    outcome = certificate(holder, title="Electrician", issuer_name="Northern Assessment Centre")
    pages = ["/credit/", f"/credit/apply/{outcome.uuid}/", "/credit/rules/", "/credit/apply/"]
    assert {page: found for page in pages if (found := chinese_on(client, page))} == {}


def test_a_letter(mailoutbox):
    UserFactory(email="alex@example.com")
    Client().post("/accounts/login/code/", {"login": "alex@example.com"}, headers={"accept-language": "en"})
    (letter,) = mailoutbox
    assert letter.subject.startswith("[Rongtong] Sign-in code ")
    assert CHINESE.findall(letter.subject + letter.body) == []
