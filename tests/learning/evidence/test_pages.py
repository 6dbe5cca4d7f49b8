"""The pages at their statuses, without scripts: the staff's way, the learner's way, and what others meet."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from lms.learning.evidence.looks import consent, open_record
from lms.learning.evidence.models import EvidenceOrder, RecordConsent, RecordLook
from lms.lib.clock import today
from lms.lib.jobs import services as jobs
from lms.lib.jobs.models import Job
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.factories.learning import enrolment
from tests.learning.clients import signed_in
from tests.learning.evidence.packs import Office, manifest, opened_zip, study

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture
def office(clock):
    return Office()


def text(answer):
    return answer.content.decode()


class TestPacks:
    def test_the_whole_way(self, office, clock):
        office.learner(clock)
        client = signed_in(office.officer, staff=True)
        assert "还没有要过证据包" in text(client.get(reverse("learning_evidence")))
        listed = text(client.get(reverse("learning_evidence_courses"), {"q": "电工"}))
        address = reverse("learning_evidence_order", args=[office.release.uuid])
        assert address in listed
        refused = client.post(address, {"reason": "查"})
        assert refused.status_code == 422
        assert "至少 4 个字" in text(refused)
        bad = client.post(address, {"reason": "线上培训督导", "first": "2026-03-02", "last": "2026-03-01"})
        assert (bad.status_code, "早于" in text(bad)) == (422, True)
        made = client.post(address, {"reason": "线上培训督导检查", "named": "on"})
        order = EvidenceOrder.objects.get()
        page = reverse("learning_evidence_pack", args=[order.uuid])
        assert (made.status_code, made["Location"], order.named) == (302, page, True)
        waiting = client.get(page)
        assert waiting["Refresh"]
        assert "停止" in text(waiting)
        # A second click leads to the one that is being made.
        assert client.post(address, {"reason": "线上培训督导检查"})["Location"] == page
        jobs.run(Job.objects.get(key=order.job_key).pk)
        finished = client.get(page)
        assert "Refresh" not in finished
        assert "SHA-256" in text(finished)
        file = client.post(reverse("learning_evidence_file", args=[order.uuid]))
        assert file["Content-Disposition"].startswith("attachment")
        assert "no-store" in file["Cache-Control"]
        assert opened_zip(file.getvalue()).testzip() is None
        assert client.get(reverse("learning_evidence_file", args=[order.uuid])).status_code == 405
        clock.shift(8 * 86400)
        client = signed_in(office.officer)
        assert client.post(reverse("learning_evidence_file", args=[order.uuid])).status_code == 302
        assert "已过期删除" in text(client.get(reverse("learning_evidence")))

    def test_stopping(self, office):
        client = signed_in(office.teacher, staff=True)
        client.post(reverse("learning_evidence_order", args=[office.release.uuid]), {"reason": "课程自查"})
        order = EvidenceOrder.objects.get()
        client.post(reverse("learning_evidence_pack", args=[order.uuid]))
        assert Job.objects.get(key=order.job_key).state == "cancelled"
        assert "已取消" in text(client.get(reverse("learning_evidence_pack", args=[order.uuid])))

    def test_others_meet_a_closed_door(self, office, clock):
        order = office.order()
        addresses = [
            reverse("learning_evidence"),
            reverse("learning_evidence_courses"),
            reverse("learning_evidence_order", args=[office.release.uuid]),
            reverse("learning_evidence_people", args=[office.release.uuid]),
            reverse("learning_evidence_pack", args=[order.uuid]),
            reverse("learning_records"),
        ]
        stranger = signed_in(member("editor"), staff=True)
        elsewhere = signed_in(member("teacher"), staff=True)
        for address in addresses:
            assert Client().get(address).status_code == 302
            assert stranger.get(address).status_code == 403
        for address in addresses[2:5]:
            assert elsewhere.get(address).status_code == 404
        assert elsewhere.post(reverse("learning_evidence_file", args=[order.uuid])).status_code == 404
        assert elsewhere.get(reverse("learning_evidence_pack", args=[uuid4()])).status_code == 404


class TestRecords:
    def test_a_reason_first_then_days_then_a_day(self, office, clock):
        item = office.learner(clock)
        client = signed_in(office.officer, staff=True)
        missed = client.post(reverse("learning_records"), {"number": "RT-2026-000000"})
        assert missed.status_code == 404
        found = client.post(reverse("learning_records"), {"number": str(item.uuid)})
        door = reverse("learning_record_open", args=[item.uuid])
        assert found["Location"] == door
        before = text(client.get(door))
        assert "查看的理由" in before
        assert str(item.person) not in before
        assert client.post(door, {"reason": ""}).status_code == 422
        opened = client.post(door, {"reason": "复核学员对学时的异议"})
        look = RecordLook.objects.get()
        assert opened["Location"] == reverse("learning_record", args=[look.uuid])
        record = text(client.get(opened["Location"]))
        assert "最高按 2 倍速" in record
        address = reverse("learning_record_day", args=[look.uuid, today()])
        assert address in record
        shown = text(client.get(address))
        assert "这段时间没有学到新内容" in shown
        assert "学时计算规则第 1 版" in shown
        for bad in ("2026-02-30", "x", "0000-00-00", "0001-01-01", "9999-12-31"):
            assert client.get(reverse("learning_record_day", args=[look.uuid, bad])).status_code == 404
        assert signed_in(office.auditor, staff=True).get(opened["Location"]).status_code == 404
        own = text(signed_in(item.person).get(reverse("hours:record")))
        assert "职责：复核学员对学时的异议" in own
        assert "申江市人力资源和社会保障局" in own

    def test_a_provider_goes_by_its_own_list(self, office, clock):
        item = office.learner(clock)
        client = signed_in(office.teacher, staff=True)
        listed = text(client.get(reverse("learning_evidence_people", args=[office.release.uuid])))
        assert reverse("learning_record_open", args=[item.uuid]) in listed
        assert str(item.person) not in listed

    def test_guessing_numbers_is_slowed(self, office):
        client = signed_in(office.officer, staff=True)
        statuses = [
            client.post(reverse("learning_records"), {"number": f"x{n}"}).status_code for n in range(35)
        ]
        assert statuses[0] == 404
        assert statuses[-1] == 429

    def test_consent_from_the_learners_page_to_the_staffs(self, office, clock):
        item = enrolment(release=office.release)
        study(item, clock, 0)
        employer = OrganisationFactory(kind="enterprise", name="青申精密机械有限公司")
        hr = member("hr", employer)
        item.person.memberships.create(organisation=employer, role="teacher", since="2026-01-01")
        learner, staff = signed_in(item.person), signed_in(hr, staff=True)
        page = reverse("hours:record")
        said = {"organisation": str(employer.uuid), "purpose": "评职称时核对学时", "until": "2026-04-01"}
        assert learner.post(page, said | {"until": "2026-03-01"}).status_code == 422
        assert learner.post(page, said | {"organisation": str(uuid4())}).status_code == 422
        assert learner.post(page, said).status_code == 302
        given = RecordConsent.objects.get()
        assert "评职称时核对学时" in text(staff.get(reverse("learning_records")))
        opened = staff.post(reverse("learning_record_consented", args=[given.uuid]))
        assert "全部课程" in text(staff.get(opened["Location"]))
        other = signed_in(member("hr"), staff=True)
        assert other.post(reverse("learning_record_consented", args=[given.uuid])).status_code in (403, 404)
        assert learner.post(reverse("hours:record_withdraw", args=[given.uuid])).status_code == 302
        assert staff.get(opened["Location"]).status_code in (403, 404)
        assert "已收回" in text(learner.get(page))


class TestLearner:
    def test_a_pack_of_ones_own(self, office, clock):
        item = office.learner(clock)
        client = signed_in(item.person)
        page = reverse("hours:record")
        assert Client().get(page).status_code == 302
        assert client.post(reverse("hours:record_order"), {"enrolment": "x"}).status_code == 404
        assert client.post(reverse("hours:record_order"), {"enrolment": str(item.uuid)}).status_code == 302
        order = EvidenceOrder.objects.get()
        assert "等待中" in text(client.get(page))
        assert client.post(reverse("hours:record_file", args=[order.uuid])).status_code == 302
        jobs.run(Job.objects.get(key=order.job_key).pk)
        file = client.post(reverse("hours:record_file", args=[order.uuid]))
        assert str(item.person).encode() in opened_zip(file.getvalue()).read("people.csv")
        stranger = signed_in(UserFactory())
        assert stranger.post(reverse("hours:record_file", args=[order.uuid])).status_code == 404
        assert stranger.post(reverse("hours:record_order"), {"enrolment": str(item.uuid)}).status_code == 404

    def test_the_verify_page_answers_in_a_browser(self, office, clock):
        office.learner(clock)
        _pack, data = office.pack()
        code = manifest(data)["verify"]["code"]
        answer = Client().get(reverse("verify:code", args=[code.replace("-", "")]))
        assert answer.status_code == 200
        assert "学习过程证据包" in text(answer)

    def test_pages_take_a_fixed_number_of_queries(self, office, clock, django_assert_max_num_queries):
        item = office.learner(clock)
        for number in range(5):
            consent(item.person, office.authority, f"核对学时 {number} 次", today())
            open_record(office.officer, item.person, item.release, "核对学员学时")
        client = signed_in(item.person)
        with django_assert_max_num_queries(16):
            client.get(reverse("hours:record"))
