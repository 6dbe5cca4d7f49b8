"""From the last minute to the certificate: the rule, the hours, once and only once."""

from datetime import datetime
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from creditbank.api import posted_hours
from lms.accounts.models import Identity
from lms.accounts.people.queries import looks_at
from lms.learning.assessment import services as quizzes
from lms.learning.certificates.models import Certificate
from lms.learning.certificates.services import issue
from lms.learning.completion.models import Completion
from lms.learning.completion.rules import LessonState, QuizState, hours, missing
from lms.learning.completion.services import consider
from lms.learning.enrolment.models import Enrolment
from lms.learning.study.services import grant_block
from lms.lib.audit.models import AuditRow
from lms.lib.clock import SHANGHAI
from lms.lib.jobs.models import Job
from lms.lib.outbox.models import OutboxEvent
from lms.lib.outbox.services import deliver_pending
from lms.lib.verify.services import check
from lms.lib.verify.services import issue as code_of
from tests.factories.accounts import UserFactory, member
from tests.factories.learning import SECOND, blocks, enrolment, opened, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def item(clock):
    return enrolment(with_quiz=True)


def study(item, clock, place, seconds=120):
    page = opened(item, place)
    block = blocks(item, place)[0]
    clock.shift(seconds)
    send(
        page.session,
        1,
        until=seconds * SECOND,
        coverage={block["id"]: [[0, block["nominal_ms"]]]},
        state="leaving",
    )


def pass_quiz(item, place=2, answer="a"):
    lesson = item.release.lessons.all()[place]
    block = lesson.blocks[0]
    attempt = quizzes.begin(item.person, item, lesson, block["id"])
    return quizzes.submit(item.person, attempt, {block["value"]["questions"][0]["id"]: [answer]})


def complete(item, clock):
    study(item, clock, 0)
    study(item, clock, 1)
    pass_quiz(item)
    return Completion.objects.get(enrolment=item)


class TestRule:
    LESSONS = [
        LessonState("a", "甲", 90, 1000, (QuizState("q", "测验", False),)),
        LessonState("b", "乙", 89, 1000),
    ]

    def test_what_is_missing_is_named(self):
        found = missing(self.LESSONS, min_coverage_percent=90, quizzes="all_passed")
        assert (found.lessons, found.quizzes, found.nothing) == (["乙"], ["测验"], False)

    def test_quizzes_for_practice_are_not_asked_for(self):
        assert missing(self.LESSONS[:1], min_coverage_percent=90, quizzes="none").nothing

    @pytest.mark.parametrize(
        ("counted_ms", "approved", "expected"),
        [(0, 100, 0), (2_699_999, 100, 99), (2_700_000, 100, 100), (27_000_000, 100, 100)],
    )
    def test_hours_are_rounded_down_once_and_capped(self, counted_ms, approved, expected):
        assert hours(counted_ms, approved, 2_700_000) == expected


class TestCompletion:
    def test_the_whole_way(self, item, clock):
        study(item, clock, 0)
        study(item, clock, 1)
        assert not Completion.objects.exists()
        assert not pass_quiz(item, answer="b").passed
        assert not Completion.objects.exists()
        assert pass_quiz(item).passed
        completion = Completion.objects.get()
        assert Enrolment.objects.get().state == "completed"
        # 2 × 104 seconds of text, and no time of its own for the quiz.
        assert completion.counted_ms == sum(lesson["counted_ms"] for lesson in completion.evidence["lessons"])
        assert (
            completion.centihours
            == min(completion.counted_ms * 100 // 2_700_000, item.release.centihours)
            > 0
        )
        assert completion.rule["version"] == 1
        assert OutboxEvent.objects.filter(kind="course.completed").count() == 1
        assert AuditRow.objects.filter(action="course.complete", target=completion.uuid).count() == 1
        assert Job.objects.filter(kind="learning.certificate").count() == 1

    def test_again_and_again_it_is_the_same_completion(self, item, clock):
        first = complete(item, clock)
        assert consider(item.pk) == first
        pass_quiz(item)
        study(item, clock, 0)
        assert Completion.objects.get() == first
        assert OutboxEvent.objects.filter(kind="course.completed").count() == 1

    def test_hours_reach_the_credit_bank_once(self, item, clock):
        completion = complete(item, clock)
        deliver_pending()
        deliver_pending()
        assert posted_hours(item.person.uuid)[completion.kind] == completion.centihours

    def test_content_met_without_time_completes_with_the_hours_counted(self, clock):
        item = enrolment(with_quiz=True)
        for place in (0, 1):
            lesson = item.release.lessons.all()[place]
            grant_block(item, lesson, lesson.blocks[0]["id"], source="h5p", evidence=item.uuid)
        pass_quiz(item)
        assert Completion.objects.get().centihours == 0
        deliver_pending()
        assert not any(posted_hours(item.person.uuid).values())

    def test_a_forged_coverage_completes_nothing(self, item, clock):
        for place in (0, 1):
            study(item, clock, place, seconds=5)
        pass_quiz(item)
        assert not Completion.objects.exists()


class TestCertificate:
    def test_one_and_the_same(self, item, clock):
        completion = complete(item, clock)
        assert issue(completion.uuid) == issue(completion.uuid)
        certificate = Certificate.objects.get()
        assert certificate.number.startswith("RT-2026-")
        assert not certificate.real_name

    def test_a_verified_name_is_printed_and_stays_as_it_was_issued(self, item, clock):
        Identity.objects.create(
            user=item.person,
            kind="id_card",
            legal_name="欧阳小禾",
            number="11010519491231002X",
            number_hash="x",
            status="verified",
            checked_at=datetime(2026, 3, 1, tzinfo=SHANGHAI),
        )
        certificate = issue(complete(item, clock).uuid)
        client = Client()
        client.force_login(item.person)
        answer = client.get(reverse("certificates:pdf", args=[certificate.uuid]))
        assert answer["Content-Type"] == "application/pdf"
        text = "".join(PdfReader(BytesIO(answer.content)).pages[0].extract_text().split())
        assert "欧阳小禾" in text
        assert item.release.title.replace(" ", "") in text
        assert certificate.number in text

    def test_holder_and_the_providers_staff_only(self, item, clock):
        certificate = issue(complete(item, clock).uuid)
        url = reverse("certificates:pdf", args=[certificate.uuid])
        client = Client()
        assert client.get(url).status_code == 302
        for user, status in (
            (UserFactory(), 404),
            (member("admin"), 404),
            (member("reviewer", item.release.provider), 404),
            (member("admin", item.release.provider), 200),
            (item.person, 200),
        ):
            client.force_login(user)
            assert client.get(url).status_code == status
        (look,) = looks_at(item.person)
        assert (look.action, look.role, look.body) == (
            "certificate.view",
            "admin",
            item.release.provider.code,
        )

    def test_the_public_check_says_the_least(self, item, clock):
        certificate = issue(complete(item, clock).uuid)
        code = code_of("certificate", certificate.uuid)
        page = Client().get(reverse("verify:code", args=[code]))
        body = page.content.decode()
        assert page.status_code == 200
        assert "是真的" in body
        assert certificate.number in body
        assert item.release.title in body
        assert item.person.display_name not in body
        assert item.person.phone not in body
        assert dict(check(code)[1].rows)["持有人"].startswith("学＊")

    def test_who_gave_no_name_is_known_by_what_the_paper_bears(self, item, clock):
        item.person.display_name, item.person.phone = "", "+8613911112233"
        item.person.save()
        certificate = issue(complete(item, clock).uuid)
        verdict = check(code_of("certificate", certificate.uuid))[1]
        assert certificate.holder_name == dict(verdict.rows)["持有人"] == "139 **** 2233"
        assert "在平台上的称呼" in verdict.note

    def test_a_mistyped_and_an_unknown_code_get_a_sentence(self):
        client = Client()
        assert client.get("/verify/?code=nonsense").status_code == 422
        assert client.get("/verify/000000000000/").status_code == 404
        assert client.get("/verify/").status_code == 200
