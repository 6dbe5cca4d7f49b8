"""After a completion: what does not count is corrected in hours, ledger, year, statement and certificate, and comes back."""

from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from creditbank.api import audit, posted_hours
from creditbank.ledger.models import Transaction
from lms.learning.certificates import queries as certificates
from lms.learning.certificates.models import Certificate
from lms.learning.certificates.services import issue
from lms.learning.completion.corrections import recount
from lms.learning.completion.models import Completion, CompletionCorrection
from lms.learning.completion.queries import faults
from lms.learning.completion.services import settle
from lms.learning.holds.given import given
from lms.learning.holds.services import appeal
from lms.learning.hours import queries as hours
from lms.learning.statements.figures import differences, step
from lms.learning.statements.models import YearFigure
from lms.learning.statements.records import records_of
from lms.learning.statements.rules import sums
from lms.learning.study.models import LessonProgress
from lms.lib.errors import Conflict
from lms.lib.outbox.models import OutboxEvent
from tests.learning.holds import cases
from tests.learning.holds.cases import (
    NOON,
    QUARTER,
    completed,
    confirm,
    counted,
    delivered,
    later,
    release,
)

pytestmark = [pytest.mark.django_db, pytest.mark.long]


class TestAfterCompletion:
    def doubled(self, item, clock):
        clock.move_to(cases.at(9), tick=False)
        pages = [cases.opened(item, place, device=f"machine-{place}") for place in (0, 1)]
        for place, page in enumerate(pages):
            cases.reports(clock, item, page, 200, place=place, first=QUARTER, state="leaving")
        (hold,) = cases.looked(clock)
        return hold

    def test_nothing_is_taken_while_it_is_open(self, item, clock):
        completion = completed(item, clock)
        certificate = issue(completion.uuid)
        self.doubled(item, clock)
        delivered()
        assert posted_hours(item.person.uuid)["vocational"] == Completion.objects.get().total_centihours
        assert certificates.verdict(certificate.uuid).status == "valid"

    def test_hours_of_study_that_does_not_count_are_corrected_in_every_place(self, item, clock, house):
        completion = completed(item, clock)
        certificate = issue(completion.uuid)
        honest = completion.centihours
        hold = self.doubled(item, clock)
        given_before = Completion.objects.get().total_centihours
        assert given_before > honest
        delivered()
        hold = confirm(house.officer, hold)
        assert not given(hold).is_settled
        delivered()
        completion = Completion.objects.get()
        assert completion.total_centihours == honest == counted(item) * 100 // 2_700_000
        assert posted_hours(item.person.uuid)["vocational"] == honest
        assert given(hold).is_settled
        # The course is still met without it: the certificate stands.
        assert certificates.verdict(certificate.uuid).status == "valid"
        page = hours.year(item.person, 2026)
        assert page["earned"]["vocational"] == honest
        assert sums(records_of(item.person, 2026))["vocational"] == honest
        clock.shift(timedelta(hours=1))
        step(2026)
        assert YearFigure.objects.get(person=item.person).centihours == honest
        assert list(differences()) == []
        assert page["pending"] == 0
        assert any("核实更正" in line for line in page["rows"][0]["explanation"])
        assert list(faults(completion)) == []
        assert audit().breaks == []
        call_command("audit_study", stdout=StringIO())

    def test_an_overturned_decision_gives_hours_back(self, item, clock, house):
        completed(item, clock)
        hold = self.doubled(item, clock)
        before = Completion.objects.get().total_centihours
        delivered()
        hold = appeal(item.person, confirm(house.officer, hold), text="不同意")
        delivered()
        release(house.second, hold)
        delivered()
        completion = Completion.objects.get()
        assert completion.total_centihours == before
        assert posted_hours(item.person.uuid)["vocational"] == before
        assert hours.year(item.person, 2026)["pending"] == 0
        assert list(faults(completion)) == []
        assert audit().breaks == []
        assert settle(item.pk) is None

    def whole(self, item, clock):
        """A course of which all was studied on two machines at once: nothing is left when that does not count."""
        clock.move_to(cases.at(9), tick=False)
        pages = [cases.opened(item, place, device=f"machine-{place}") for place in (0, 1)]
        cases.reports(clock, item, pages[0], 150, place=0, state="here")
        clock.move_to(cases.at(9), tick=False)
        cases.take_over(item.person, pages[1].session.uuid.hex)
        cases.reports(clock, item, pages[1], 300, place=1, covered=140, state="leaving")
        cases.reports(clock, item, pages[0], 300, seq=2, place=0, state="leaving")
        return cases.looked(clock)[0]

    def test_a_certificate_goes_where_the_course_is_no_longer_met_and_comes_back(self, item, clock, house):
        hold = self.whole(item, clock)
        completion = Completion.objects.get()
        before = completion.total_centihours
        certificate = issue(completion.uuid)
        paper = certificates.paper(certificate.uuid)
        delivered()
        hold = confirm(house.officer, hold)
        delivered()
        assert Completion.objects.get().total_centihours == 0
        assert posted_hours(item.person.uuid)["vocational"] == 0
        verdict = certificates.verdict(certificate.uuid)
        assert verdict.status == "revoked"
        assert "撤回" in verdict.note
        with pytest.raises(Conflict, match="撤回"):
            certificates.pdf(certificates.paper(certificate.uuid))
        assert list(faults(Completion.objects.get())) == []
        assert records_of(item.person, 2026) == []
        client = Client()
        client.force_login(item.person)
        page = client.get(reverse("learning:course", args=[item.uuid])).content.decode()
        assert "证书已撤回" in page
        assert "结业证书（PDF）" not in page
        assert client.get(reverse("certificates:pdf", args=[certificate.uuid])).status_code == 409
        release(house.second, appeal(item.person, hold, text="不同意"))
        delivered()
        assert certificates.verdict(certificate.uuid).status == "valid"
        assert posted_hours(item.person.uuid)["vocational"] == before
        assert certificates.paper(certificate.uuid).number == paper.number
        assert audit().breaks == []

    def test_studied_again_honestly_the_same_certificate_stands_again(self, item, clock, house):
        hold = self.whole(item, clock)
        certificate = issue(Completion.objects.get().uuid)
        delivered()
        confirm(house.officer, hold)
        for place in (0, 1):
            later(clock, item, place, QUARTER, hour=8 + place * 3)
        delivered()
        assert Certificate.objects.get().withdrawn_at is None
        assert certificates.verdict(certificate.uuid).status == "valid"
        completion = Completion.objects.get()
        assert completion.total_centihours == counted(item) * 100 // 2_700_000 > 0
        assert posted_hours(item.person.uuid)["vocational"] == completion.total_centihours
        assert list(faults(completion)) == []
        assert audit().breaks == []

    def test_corrected_before_its_hours_were_booked(self, item, clock, house):
        hold = self.whole(item, clock)
        confirm(house.officer, hold)
        given_first = OutboxEvent.objects.filter(kind__in=["course.completed", "course.topped_up"])
        given_first.update(next_try_at=NOON + timedelta(days=9))
        delivered()
        assert not Transaction.objects.exists()
        assert OutboxEvent.objects.filter(kind="course.corrected", done_at__isnull=True).exists()
        clock.shift(timedelta(days=10))
        delivered()
        clock.shift(timedelta(hours=1))
        delivered()
        assert posted_hours(item.person.uuid)["vocational"] == 0
        assert audit().breaks == []

    def test_figures_that_fall_by_themselves_change_nothing_that_was_given(self, item, clock, house):
        completion = completed(item, clock)
        LessonProgress.objects.filter(enrolment=item).update(counted_ms=0)
        recount(item.pk, cause=uuid4(), may_fall=False)
        assert not CompletionCorrection.objects.exists()
        assert Completion.objects.get().total_centihours == completion.centihours
