"""Whose record it is: learners on each other's, staff on those of another organisation; and looks that are logged."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from creditbank.applications.services import Wish, submit, withdraw
from creditbank.outcomes.services import Deposit, deposit
from creditbank.transcripts.services import make_transcript
from lms.accounts.people.queries import looks_at
from lms.learning.assessment.services import begin
from lms.learning.certificates.services import issue
from lms.learning.completion.models import Completion
from lms.learning.enrolment.models import Enrolment
from lms.lib.clock import now, today
from tests.factories import creditbank as bank
from tests.factories.accounts import UserFactory, member
from tests.factories.courses import released_course
from tests.factories.learning import enrolment

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture(autouse=True)
def private_home(settings, tmp_path):
    settings.HOME = tmp_path


def client_of(user):
    found = Client()
    found.force_login(user)
    return found


@pytest.fixture
def handed_in():
    """A certificate with a picture, handed in to a college: (learner, college, evidence, application)."""
    school = bank.college()
    version = bank.rule_version(bank.programme(school, "mechatronics"), "electrician-3")
    learner = bank.person()
    said = Deposit(
        kind="vocational_skill_certificate",
        title="电工",
        occupation_code=version.occupation_code,
        level=version.level,
        issuer_name="评价中心",
        number=bank.skill_number(version.level),
        issued_on=today(),
    )
    outcome = deposit(learner, said, [SimpleUploadedFile("a.pdf", b"%PDF-1.7 a certificate")])
    application = submit(learner, Wish(outcome.uuid, version.rule.code, version.number))
    return learner, school, outcome.evidence.get(), application


def test_evidence_is_for_its_owner_and_who_judges_it_until_it_is_withdrawn(handed_in):
    learner, school, evidence, application = handed_in
    file = reverse("credit:evidence", args=[evidence.uuid])
    judge = member("reviewer", school)
    for user, status in (
        (learner, 200),
        (judge, 200),
        (UserFactory(), 404),
        (member("reviewer"), 404),
        (member("admin", school), 404),
        (member("editor", school), 404),
    ):
        assert client_of(user).get(file).status_code == status
    (look,) = looks_at(learner)
    assert (look.action, look.body) == ("evidence.view", school.code)
    withdraw(learner, application)
    assert client_of(judge).get(file).status_code == 404
    assert client_of(learner).get(file).status_code == 200
    review = f"/api/v1/credit/review/{application.uuid}/verification"
    said = {"genuine": True, "method": "original"}
    assert client_of(judge).post(review, said, content_type="application/json").status_code == 404
    application.outcome.refresh_from_db()
    assert application.outcome.status == "submitted"


def test_nothing_of_another_learners_study():
    item = enrolment(with_quiz=True)
    place = item.release.lessons.all()[2]
    block = place.blocks[0]["id"]
    attempt = begin(item.person, item, place, block)
    other = client_of(UserFactory())
    pages = [
        reverse("learning:course", args=[item.uuid]),
        reverse("learning:player", args=[item.uuid, place.uuid]),
        reverse("learning:quiz", args=[item.uuid, place.uuid, block]),
        reverse("learning:attempt", args=[item.uuid, place.uuid, block, attempt.uuid]),
        f"/api/v1/learning/enrolments/{item.uuid}",
        f"/api/v1/learning/enrolments/{item.uuid}/lessons/{place.uuid}",
        f"/api/v1/learning/attempts/{attempt.uuid}",
    ]
    assert {other.get(page).status_code for page in pages} == {404}
    posts = [*pages[2:4], reverse("learning:answers", args=[item.uuid, place.uuid, block, attempt.uuid])]
    posts += [f"/api/v1/learning/attempts/{attempt.uuid}/submit"]
    said = {"answers": {}}
    assert {other.post(page, said, content_type="application/json").status_code for page in posts} == {404}
    attempt.refresh_from_db()
    assert attempt.closed_at is None


def test_no_answer_leaves_the_server_before_the_attempt_is_closed():
    item = enrolment(with_quiz=True)
    place = item.release.lessons.all()[2]
    block = place.blocks[0]["id"]
    asked = place.blocks[0]["value"]["questions"][0]
    client = client_of(item.person)
    attempt = begin(item.person, item, place, block)
    seen = [
        reverse("learning:player", args=[item.uuid, place.uuid]),
        reverse("learning:quiz", args=[item.uuid, place.uuid, block]),
        reverse("learning:attempt", args=[item.uuid, place.uuid, block, attempt.uuid]),
        f"/api/v1/learning/enrolments/{item.uuid}",
        f"/api/v1/learning/enrolments/{item.uuid}/lessons/{place.uuid}",
        f"/api/v1/learning/attempts/{attempt.uuid}",
        f"/api/v1/courses/{item.course.uuid}",
        f"/courses/{item.course.slug}/",
        f"/api/v1/search?q={asked['stem']}",
        f"/search/suggest?q={asked['stem'][:4]}",
    ]
    for page in seen:
        body = client.get(page).content.decode()
        assert asked["explanation"] not in body, page
        assert '"answer"' not in body, page
    # Not to visitors either, and not at the lesson's own address in the page tree.
    lesson = item.course.get_descendants().last()
    assert Client().get(lesson.get_url()).status_code == 302


def test_a_look_at_a_certificate_is_on_record_by_whichever_door():
    release = released_course()
    item = enrolment(release=release)
    moment = now()
    completion = Completion.objects.create(
        enrolment=item,
        person=item.person,
        release=release,
        kind=release.kind,
        centihours=3,
        counted_ms=1,
        completed_at=moment,
        rule=release.rule,
        evidence={},
    )
    Enrolment.objects.filter(pk=item.pk).update(state=Enrolment.State.COMPLETED)
    certificate = issue(completion.uuid)
    doors = [
        f"/api/v1/learning/certificates/{certificate.uuid}",
        f"/api/v1/learning/certificates/{certificate.uuid}/pdf",
        reverse("certificates:pdf", args=[certificate.uuid]),
    ]
    teacher = client_of(member("teacher", release.provider))
    stranger = client_of(member("teacher"))
    for number, door in enumerate(doors, 1):
        assert stranger.get(door).status_code == 404
        assert teacher.get(door).status_code == 200
        assert client_of(item.person).get(door).status_code == 200
        assert [look.action for look in looks_at(item.person)] == ["certificate.view"] * number


def test_a_transcript_is_its_holders():
    holder = bank.person()
    paper = make_transcript(holder)
    other = client_of(UserFactory())
    assert other.get(reverse("credit:transcript_pdf", args=[paper.uuid])).status_code == 404
    assert other.post(reverse("credit:revoke_transcript", args=[paper.uuid])).status_code == 404
    assert other.post(f"/api/v1/credit/transcripts/{paper.uuid}/revoke").status_code == 404
    assert (
        client_of(member("officer")).get(reverse("credit:transcript_pdf", args=[paper.uuid])).status_code
        == 404
    )
