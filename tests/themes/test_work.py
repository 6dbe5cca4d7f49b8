"""The first page of staff's screens: the way to what one's roles open, as the menu has it."""

import re

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from wagtail.admin.localization import get_available_admin_time_zones
from wagtail.images.tests.utils import get_test_image_file as picture

from courses.models import CourseDocument, CourseImage, CoursePage
from lms.accounts.api import staff_group
from lms.accounts.institutions.models import InstitutionRequest
from lms.lib.clock import now
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.factories.courses import released_course
from tests.learning.clients import signed_in

pytestmark = pytest.mark.django_db


def summary(client):
    """What the first page counts: address → number."""
    page = client.get(reverse("wagtailadmin_home")).content.decode()
    box = page[page.index("w-summary") :] if "w-summary" in page else ""
    found = re.findall(r'<a href="([^"]+)">\s*([\d,]+)', box)
    return {address: int(number.replace(",", "")) for address, number in found}


def test_counts_are_of_what_ones_own_lists_show():
    college = OrganisationFactory()
    editor, officer = member("editor", college), member("officer")
    for person in (editor, officer):
        person.groups.add(staff_group())
    images, documents = reverse("wagtailimages:index"), reverse("wagtaildocs:index")
    for owner in (editor, None):
        CourseImage.objects.create(title="接线图", file=picture(), uploaded_by_user=owner)
    CourseDocument.objects.create(title="讲义", file=ContentFile(b"%PDF", "a.pdf"))
    released_course(provider=college)
    released_course()
    found = summary(signed_in(editor, staff=True))
    assert found[images] == 1
    assert documents not in found
    assert {number for address, number in found.items() if address != images} == {
        CoursePage.objects.filter(provider=college).get().get_descendants(inclusive=True).count()
    }
    assert summary(signed_in(officer, staff=True)) == {}
    everything = summary(signed_in(UserFactory(is_superuser=True)))
    assert (everything[images], everything[documents]) == (2, 1)


def entries(client):
    page = client.get(reverse("wagtailadmin_home")).content.decode()
    return re.findall(r'class="rt-work-item" href="([^"]+)"', page)


def test_what_ones_roles_open_stands_on_the_first_page():
    hr = member("hr", OrganisationFactory(kind="enterprise"))
    found = entries(signed_in(hr, staff=True))
    assert reverse("learning_declarations") in found
    assert reverse("learning_hours_rules") not in found
    assert len(found) == len(set(found))


def test_entries_of_a_folder_of_the_menu_stand_there_too_and_wagtails_own_do_not():
    found = entries(signed_in(UserFactory(is_superuser=True)))
    assert reverse("rongtong_people") in found
    assert not [address for address in found if address.startswith(("/admin/images", "/admin/reports"))]


def test_staff_choose_no_time_zone_since_days_are_shanghai_s(client, caplog):
    assert get_available_admin_time_zones() == ["Asia/Shanghai"]
    page = signed_in(UserFactory(is_superuser=True)).get(reverse("wagtailadmin_account")).content.decode()
    assert "current_time_zone" not in page
    assert "Invalid time zone" not in caplog.text


def page_of(client):
    return client.get(reverse("wagtailadmin_home")).content.decode()


def asked(number):
    """A request to register an organisation, which an officer decides."""
    InstitutionRequest.objects.create(
        applicant=UserFactory(),
        name=f"职业学校 {number}",
        kind="college",
        uscc_checked=True,
        uscc=f"{number:018}",
        submitted_at=now(),
    )


def waiting(client):
    """Address → what stands beside it."""
    found = re.findall(r'class="rt-waiting-item" href="([^"]+)">.*?<b>([^<]+)</b>', page_of(client), re.S)
    return dict(found)


def test_what_waits_stands_first_with_its_number_for_those_who_do_it():
    officer, reviewer = member("officer"), member("reviewer", OrganisationFactory())
    queue = reverse("rongtong_institution_requests")
    assert waiting(signed_in(officer, staff=True)) == {}
    assert "现在没有等你处理的事项" in page_of(signed_in(officer, staff=True))
    for number in range(2):
        asked(number)
    assert waiting(signed_in(officer, staff=True)) == {queue: "2"}
    assert waiting(signed_in(reviewer, staff=True)) == {}


def test_many_are_counted_no_further_than_is_of_use(monkeypatch):
    monkeypatch.setattr("themes.wagtail_hooks.MOST_COUNTED", 1)
    for number in range(3):
        asked(number)
    officer = signed_in(member("officer"), staff=True)
    assert waiting(officer)[reverse("rongtong_institution_requests")] == "1+"


def test_entries_stand_in_folders_and_small_folders_are_open():
    officer, reviewer = (member(role) for role in ("officer", "reviewer"))
    folders = re.findall(r'rt-work-folder">([^<]+)<', page_of(signed_in(officer, staff=True)))
    assert folders == ["学时与班次", "学分银行", "培训管理", "机构与人员"]
    bar = page_of(signed_in(reviewer, staff=True))
    assert "培训管理" not in bar
    # Two entries of courses: no folder for them.
    assert "课程管理" not in page_of(signed_in(officer, staff=True))
