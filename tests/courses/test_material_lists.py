"""The lists of materials in the admin: named in the language of the page, filtered by what is one's own."""

import pytest
from django.urls import reverse

from courses.models import ContentPackage, CourseVideo, H5PContent
from tests.courses.review.crew import staff
from tests.factories import courses as make

pytestmark = pytest.mark.django_db
# What the fields of the models are called where nobody says otherwise.
UNNAMED = (">Course<", "Organisation", "Main library", "Created at", "Installed at", ">Kind<", ">Version<")


@pytest.fixture
def college(client):
    college = make.organisation("shkd")
    client.force_login(staff("editor", college))
    return college


@pytest.mark.parametrize("name", ["question", "coursevideo", "h5pcontent", "contentpackage"])
def test_columns_and_fields_are_named_in_chinese(client, college, name):
    make.released_course(provider=college)
    CourseVideo.objects.create(title="停电", file="a.mp4", duration_ms=1000, organisation=college)
    H5PContent.objects.create(title="填空", main_library="H5P.RtFillBlanks 1.0", organisation=college)
    ContentPackage.objects.create(title="触电急救", kind="scorm", organisation=college, bytes=1, manifest={})
    pages = [reverse(f"wagtailsnippets_courses_{name}:list")]
    if name in ("question", "coursevideo"):
        pages.append(reverse(f"wagtailsnippets_courses_{name}:add"))
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200
        shown = answer.content.decode()
        shown = shown[shown.index("<main") : shown.index("</main>")]
        assert [word for word in UNNAMED if word in shown.replace("\n", "").replace("  ", "")] == []


def test_filters_name_ones_own_alone(client, college):
    own = make.released_course(provider=college).course
    other = make.released_course(provider=make.organisation("qpjx")).course
    filters = client.get(reverse("wagtailsnippets_courses_question:list")).context["filters"]
    assert list(filters.form.fields["course"].queryset) == [own]
    page = reverse("wagtailsnippets_courses_question:list")
    assert client.get(page, {"course": own.pk}).context["filters"].form.is_valid()
    assert not client.get(page, {"course": other.pk}).context["filters"].form.is_valid()
