"""A provider's own look: who may say it, what is refused, where it shows, and that the platform's identity stays."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from lms.accounts.api import brand_of, brand_when, staff_group
from lms.accounts.branding.demo import BRANDS, RIVER
from lms.accounts.branding.services import set_brand
from lms.accounts.models import Brand, Organisation
from lms.learning.certificates import queries as certificates
from lms.learning.certificates.services import issue
from lms.learning.completion.models import Completion
from lms.lib.actor import Actor
from lms.lib.audit.models import AuditRow
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid, NotAllowed
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.factories.courses import released_course
from tests.factories.learning import enrolment

pytestmark = pytest.mark.django_db
PLATFORM = Actor.system("test")


@pytest.fixture
def college():
    return OrganisationFactory(code="shkd", name="申江开放大学")


def png(width=300, height=100, format="PNG"):
    out = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(out, format)
    return out.getvalue()


def said(**changes):
    return {
        "name": "申开",
        "introduction": "边工作边学。",
        "website": "https://shkd.example.com/",
        "accent": "#1d4f91",
        "logo": RIVER.encode(),
    } | changes


# -- saying it ---------------------------------------------------------------------------------------------


def completion(release):
    item = enrolment(release=release)
    return Completion.objects.create(
        enrolment=item,
        person=item.person,
        release=release,
        kind=release.kind,
        counted_ms=108_000,
        centihours=4,
        rule={
            "version": 1,
            "valid_from": "2020-01-01",
            "ms_per_hour": 2_700_000,
            "speed_hundredths": 200,
            "approved_centihours": 4,
        },
        evidence={},
        completed_at=now(),
    )


def test_each_change_is_a_version_and_the_same_again_is_none(college):
    admin = member("admin", college)
    first = set_brand(admin, college, **said())
    assert set_brand(admin, college, **said()).version == first.version == 1
    # Without a file the logo stays.
    second = set_brand(admin, college, **said(name="申江开大", logo=None))
    assert (second.version, second.logo) == (2, first.logo)
    assert set_brand(admin, college, **said(logo=None, drop_logo=True)).logo == ""
    assert Organisation.objects.get(pk=college.pk).brand_version == 3
    rows = AuditRow.objects.filter(action="organisation.brand", target=college.uuid)
    assert [(row.person, row.data["version"]) for row in rows.order_by("id")] == [
        (admin.uuid, number) for number in (1, 2, 3)
    ]


@pytest.mark.parametrize("role", ["editor", "teacher", "approver", "hr"])
def test_only_its_administrators_say_it(client, college, role):
    user = member(role, college)
    with pytest.raises(NotAllowed):
        set_brand(user, college, **said())
    user.groups.add(staff_group())
    client.force_login(user)
    assert client.get(reverse("rongtong_brand", args=["shkd"])).status_code == 404
    assert not Brand.objects.exists()


def test_an_administrator_of_another_organisation_may_not(college):
    with pytest.raises(NotAllowed):
        set_brand(member("admin"), college, **said())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"accent": "#ffee00"}, "accent"),
        ({"accent": "red"}, "accent"),
        ({"accent": "#000000;}body{display:none"}, "accent"),
        ({"website": "http://shkd.example.com/"}, "website"),
        ({"website": "javascript:alert(1)"}, "website"),
        ({"website": "https://shkd.example.com@evil.example/"}, "website"),
        ({"name": "融通官方"}, "name"),
        ({"name": "Ｒongtong"}, "name"),
        ({"name": "青溪技师学院"}, "name"),
        ({"introduction": "长" * 401}, "introduction"),
        ({"logo": b"<html>"}, "logo"),
        ({"logo": png(700, 100)}, "logo"),
        ({"logo": b"\x89PNG\r\n\x1a\n" + bytes(100)}, "logo"),
        ({"logo": RIVER.replace("<title>", "<script>x()</script><title>").encode()}, "logo"),
        ({"logo": RIVER.replace("<circle", '<circle onload="x()"').encode()}, "logo"),
        (
            {"logo": RIVER.replace("<circle", '<image href="https://e.example/x.png"/><circle').encode()},
            "logo",
        ),
        ({"logo": ('<!DOCTYPE svg [<!ENTITY a "b">]>' + RIVER).encode()}, "logo"),
        ({"logo": (RIVER + " " * 70_000).encode()}, "logo"),
    ],
)
def test_what_cannot_be_is_refused_whole(college, changes, field):
    OrganisationFactory(name="青溪技师学院")
    with pytest.raises(Invalid) as caught:
        set_brand(PLATFORM, college, **said(**changes))
    assert caught.value.details["field"] == field
    assert not Brand.objects.exists()
    assert Organisation.objects.get(pk=college.pk).brand_version == 0


def test_a_faint_colour_is_answered_with_one_that_can_be_read(college):
    with pytest.raises(Invalid, match="对比度") as caught:
        set_brand(PLATFORM, college, **said(accent="#e08030"))
    nearest = re.search(r"#[0-9a-f]{6}", str(caught.value.message)).group()
    assert set_brand(PLATFORM, college, **said(accent=nearest)).light == nearest


def test_a_raster_logo_is_drawn_anew(college):
    polyglot = png(1500, 500, "JPEG") + b"<script>alert(1)</script>"
    row = set_brand(PLATFORM, college, **said(logo=polyglot))
    from django.core.files.storage import default_storage

    with default_storage.open(row.logo) as file:
        kept = file.read()
    assert row.logo.endswith(".png")
    assert kept.startswith(b"\x89PNG")
    assert b"script" not in kept
    assert (row.logo_width, row.logo_height) == (720, 240)


def test_a_change_made_from_an_old_page_is_a_conflict(college):
    set_brand(PLATFORM, college, **said())
    with pytest.raises(Conflict):
        set_brand(PLATFORM, college, **said(name="别的"), seen=0)


def test_the_form(client, college):
    admin = member("admin", college)
    admin.groups.add(staff_group())
    client.force_login(admin)
    assert client.get(reverse("rongtong_brands")).status_code == 302
    where = reverse("rongtong_brand", args=["shkd"])
    # What only the form itself knows has no label.
    shown = client.get(where).content.decode()
    assert shown.count('name="seen"') == 1
    assert "id_seen-label" not in shown
    form = {
        "name": "申开",
        "introduction": "",
        "website": "",
        "palette": "own",
        "accent": "#ffff00",
        "seen": "0",
    }
    page = client.post(where, form)
    assert page.status_code == 422
    assert "对比度" in page.content.decode()
    logo = SimpleUploadedFile("logo.svg", RIVER.encode())
    good = client.post(where, form | {"palette": "#4b3c99", "accent": "", "logo": logo})
    assert good.status_code == 302
    shown = brand_of(Organisation.objects.get(pk=college.pk))
    assert (shown.name, shown.light, shown.logo[-4:]) == ("申开", "#4b3c99", ".svg")
    assert client.post(where, form | {"palette": ""}).status_code == 409
    assert "看单位页" in client.get(where).content.decode()


# -- where it shows ----------------------------------------------------------------------------------------


def test_the_stylesheet_holds_two_tokens_and_is_kept_for_good(client, college):
    set_brand(PLATFORM, college, **said())
    answer = client.get("/providers/shkd/1.css")
    text = answer.content.decode()
    assert answer["Content-Type"].startswith("text/css")
    assert "immutable" in answer["Cache-Control"]
    assert set(re.findall(r"--[a-z-]+", text)) == {"--provider", "--on-provider"}
    set_brand(PLATFORM, college, **said(accent="#8a1f3d"))
    # A page that was kept still finds its own.
    assert client.get("/providers/shkd/1.css").content.decode() == text
    assert client.get("/providers/shkd/2.css").content.decode() != text
    assert client.get("/providers/shkd/3.css").status_code == 404


def test_the_course_page_shows_the_newest_at_once(client, college):
    release = released_course(provider=college)
    address = release.course.get_url()
    assert "provider-strip" not in client.get(address).content.decode()
    set_brand(PLATFORM, college, **said())
    page = client.get(address).content.decode()
    assert "/providers/shkd/1.css" in page
    assert ">申开<" in page
    assert 'src="/media/brands/shkd/' in page
    set_brand(PLATFORM, college, **said(name="申江开大"))
    page = client.get(address).content.decode()
    assert "/providers/shkd/2.css" in page
    assert ">申江开大<" in page
    assert ">申开<" not in page
    # The platform's own name and mark stay where they are, and nothing is styled inline.
    assert 'class="brand" href="/"' in page
    assert " · 融通</title>" in page
    assert "style=" not in page


def test_a_providers_page_lists_its_courses_by_pages(client, college, django_assert_max_num_queries):
    for number in range(13):
        released_course(provider=college, title=f"课程{number}")
    released_course(title="别家的课", provider=OrganisationFactory())
    set_brand(PLATFORM, college, **said())
    with django_assert_max_num_queries(8):
        first = client.get("/providers/shkd/").content.decode()
    second = client.get("/providers/shkd/?page=2").content.decode()
    assert first.count('class="card') >= 12
    assert "别家的课" not in first + second
    for words in ("申开", "登记名称：申江开放大学", "边工作边学。", "https://shkd.example.com/"):
        assert words in first


def test_a_provider_without_courses_and_words_has_no_page(client, college):
    assert client.get("/providers/shkd/").status_code == 404
    assert client.get("/providers/nobody/").status_code == 404
    released_course(provider=college)
    assert client.get("/providers/shkd/").status_code == 200


def test_the_api_says_it(client, college):
    release = released_course(provider=college)
    where = f"/api/v1/courses/{release.course.uuid}"
    assert client.get(where).json()["provider_brand"] is None
    set_brand(PLATFORM, college, **said())
    found = client.get(where).json()
    assert found["provider"] == "申江开放大学"
    assert found["provider_url"] == "/providers/shkd/"
    assert (found["provider_brand"]["name"], found["provider_brand"]["light"]) == ("申开", "#1d4f91")
    assert client.get("/api/v1/courses").json()["courses"][0]["provider_brand"]["version"] == 1


@pytest.mark.parametrize("logo", [RIVER.encode(), png()])
def test_a_certificate_is_printed_as_on_its_day(college, logo):
    done = completion(released_course(provider=college))
    old = certificates.paper_in_force(issue(done.uuid))
    plain = certificates.pdf(old)
    set_brand(PLATFORM, college, **said(logo=logo))
    assert brand_when(college, old.issued_at) is None
    assert certificates.pdf(old) == plain
    new = certificates.paper_in_force(issue(completion(released_course(provider=college)).uuid))
    printed = certificates.content(new)
    assert printed["logo"]
    assert printed["accent"] == "#1d4f91"
    assert printed["issuer"] == "申江开放大学"
    first = certificates.pdf(new)
    set_brand(PLATFORM, college, **said(accent="#8a1f3d"))
    assert certificates.pdf(new) == first


def test_the_demo_has_two(college):
    from lms.accounts.demo import load_demo_people

    college.delete()
    _people, organisations = load_demo_people()
    assert [organisations[code].brand_version for code in BRANDS] == [1, 1]
    load_demo_people()
    assert Brand.objects.count() == 2


def test_a_visitor_of_the_admin_without_a_role_finds_nothing(client):
    user = UserFactory()
    client.force_login(user)
    assert client.get(reverse("rongtong_brands")).status_code in (302, 403)
