"""A21: theory output is handed in with the paper itself; its author and the host's people read it, nobody else, and looks are noted."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lms.accounts.api import Role
from lms.lib.audit.models import AuditRow
from lms.lib.errors import Conflict, Invalid
from lms.training.programmes import people, results
from lms.training.programmes.models import OutputFile, TheoryOutput
from lms.training.programmes.results import NewOutput
from tests.factories.accounts import UserFactory, member
from tests.training.advanced import City
from tests.training.cases import pdf

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(clock):
    return City()


@pytest.fixture
def there(city, clock):
    """The programme and one who has a seat in its class."""
    programme = city.enrolling()
    trainee = city.admitted(programme)
    return city.reported(clock, programme, trainee), trainee.person


def handed(there, *files, title="产线联调方法"):
    programme, person = there
    return results.hand_in(person, programme, NewOutput(title, "学员甲"), files or [pdf("论文.pdf")])


def test_a21_the_page_takes_the_paper_and_the_reviewer_finds_it(city, there, client):
    programme, person = there
    client.force_login(person)
    page = reverse("programmes:programme", args=[programme.uuid])
    sent = {"act": "output", "title": "产线联调方法", "authors": "学员甲", "evidence": [pdf("论文.pdf")]}
    assert "论文.pdf" in client.post(page, sent, follow=True).content.decode()
    link = reverse("programmes:output_file", args=[OutputFile.objects.get().uuid])
    client.force_login(city.teacher)
    assert link in client.get(reverse("programmes:host", args=[programme.uuid])).content.decode()
    answer = client.get(link)
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("role", ["author", "teacher", "assessor"])
def test_a21_its_author_and_the_hosts_people_read_it_and_the_look_is_noted(city, there, client, role):
    file = handed(there).files.get()
    who = there[1] if role == "author" else getattr(city, role)
    client.force_login(who)
    before = AuditRow.objects.filter(action="programme.view").count()
    assert client.get(reverse("programmes:output_file", args=[file.uuid])).status_code == 200
    assert AuditRow.objects.filter(action="programme.view").count() - before == (role != "author")


@pytest.mark.parametrize("role", ["visitor", "learner", "officer", "teacher elsewhere"])
def test_a21_nobody_else_does(city, there, client, role):
    file = handed(there).files.get()
    if role == "officer":
        client.force_login(city.officer)
    elif role == "teacher elsewhere":
        client.force_login(member(Role.TEACHER))
    elif role == "learner":
        client.force_login(UserFactory())
    answer = client.get(reverse("programmes:output_file", args=[file.uuid]))
    assert answer.status_code == (302 if role == "visitor" else 404)


def test_a21_what_is_no_paper_is_refused_and_nothing_is_kept(there):
    with pytest.raises(Invalid, match="不是 PDF"):
        handed(there, pdf("论文.pdf"), SimpleUploadedFile("论文.pdf", b"MZ not a paper"))
    with pytest.raises(Invalid, match="5 个"):
        handed(there, *[pdf(f"{number}.pdf") for number in range(6)])
    assert not TheoryOutput.objects.exists()
    assert not OutputFile.objects.exists()


def test_a21_a_person_hands_in_so_many_and_no_more(there, monkeypatch):
    monkeypatch.setattr(results, "MOST_OUTPUTS", 2)
    handed(there, title="方法一")
    handed(there, title="方法二")
    with pytest.raises(Conflict, match="最多提交 2 项"):
        handed(there, title="方法三")


def test_a21_the_paper_is_ones_own_to_take_along_and_to_have_forgotten(there):
    stored = handed(there).files.get().file
    path, storage = stored.name, stored.storage
    assert people.part(there[1])["outputs"][0]["files"][0]["name"] == "论文.pdf"
    assert storage.exists(path)
    people.erase(there[1])
    assert not OutputFile.objects.exists()
    assert not storage.exists(path)
