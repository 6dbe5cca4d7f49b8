"""The pages at their statuses: the learner's way without JavaScript, the reviewer's screens, the API beside them."""

import json

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from creditbank.applications.models import Application
from creditbank.applications.services import Wish, submit
from creditbank.ledger.queries import balances_of
from creditbank.outcomes.models import LearningOutcome, OutcomeEvidence
from creditbank.transcripts.models import TranscriptSnapshot
from lms.lib.audit.models import AuditRow
from tests.factories.creditbank import (
    booked,
    certificate,
    college,
    member,
    person,
    rule_version,
    skill_number,
)

pytestmark = [pytest.mark.django_db, pytest.mark.long]
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def form(**changes):
    return {
        "kind": "vocational_skill_certificate",
        "title": "电工 三级/高级工",
        "occupation_code": "6-31-01-03",
        "level": "3",
        "issuer_name": "申江职业技能评价中心",
        "number": skill_number(3),
        "issued_on": "2024-06-01",
        "expires_on": "",
    } | changes


@pytest.fixture
def learner(client):
    user = person("李明")
    client.force_login(user)
    return user


@pytest.fixture
def version():
    return rule_version()


def staff(client, role="reviewer", organisation=None):
    """Someone with a role who may open the Wagtail admin, signed in."""
    user = member(role, organisation or college(), "陈静")
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(user)
    return user


PAGES = ("overview", "apply", "transcript")


@pytest.mark.parametrize("name", PAGES)
def test_visitors_sign_in_first(client, name):
    answer = client.get(reverse(f"credit:{name}"))
    assert answer.status_code == 302
    assert "login" in answer["Location"]


@pytest.mark.parametrize("name", PAGES)
def test_pages_of_somebody_who_has_nothing_yet(client, learner, name):
    assert client.get(reverse(f"credit:{name}")).status_code == 200


def test_the_overview_shows_worth_and_what_is_missing(client, learner, version):
    booked(learner.uuid, 1250)
    certificate(learner)
    page = client.get(reverse("credit:overview")).content.decode()
    assert "12.5" in page
    assert "机电一体化技术" in page
    assert "电工技术基础" in page
    assert "测试规则文件" in page
    assert "未设定" in page


def test_the_overview_costs_the_same_for_many_certificates(
    client, learner, version, django_assert_max_num_queries
):
    for number in range(6):
        certificate(learner, occupation_code="6-18-01-01", title=f"证书 {number}")
    client.get(reverse("credit:overview"))
    with django_assert_max_num_queries(13):
        client.get(reverse("credit:overview"))


def test_the_whole_way_by_forms_alone(client, learner, version):
    answer = client.post(
        reverse("credit:apply"), form() | {"evidence": SimpleUploadedFile("证书.png", PNG)}, follow=True
    )
    outcome = LearningOutcome.objects.get()
    page = answer.content.decode()
    assert answer.redirect_chain[-1][0] == reverse("credit:worth", args=[outcome.uuid])
    assert "只核对了格式" in page
    assert "8</span>" in page
    assert "电气控制实训" in page
    assert outcome.evidence.count() == 1

    wish = {"rule": version.rule.code, "version": version.number}
    first = client.post(reverse("credit:worth", args=[outcome.uuid]), wish)
    again = client.post(reverse("credit:worth", args=[outcome.uuid]), wish)
    application = Application.objects.get()
    assert first["Location"] == again["Location"] == reverse("credit:application", args=[application.uuid])
    assert "审核中" in client.get(first["Location"]).content.decode()

    withdrawn = client.post(reverse("credit:withdraw", args=[application.uuid]), follow=True)
    assert "已撤回" in withdrawn.content.decode()


def test_errors_stand_at_their_field_and_keep_what_was_typed(client, learner):
    answer = client.post(reverse("credit:apply"), form(number="S123"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "编号格式不对" in page
    assert "申江职业技能评价中心" in page
    assert not LearningOutcome.objects.exists()
    assert client.post(reverse("credit:apply"), form(issued_on="昨天")).status_code == 422
    bad = SimpleUploadedFile("a.png", b"<svg>")
    assert client.post(reverse("credit:apply"), form() | {"evidence": bad}).status_code == 422


def test_a_certificate_registered_twice_leads_to_the_first(client, learner):
    outcome = certificate(learner)
    answer = client.post(reverse("credit:apply"), form(number=outcome.number))
    assert answer["Location"] == reverse("credit:worth", args=[outcome.uuid])


def test_without_a_real_name_the_way_to_it_is_shown(client, version):
    user = person("王芳", real_name=False)
    client.force_login(user)
    outcome = certificate(user)
    address = reverse("credit:worth", args=[outcome.uuid])
    assert "/me/" in client.get(address).content.decode()
    answer = client.post(address, {"rule": version.rule.code, "version": 1})
    assert answer.status_code == 403
    assert "实名" in answer.content.decode()


def test_nonsense_in_the_form_is_refused_politely(client, learner, version):
    address = reverse("credit:worth", args=[certificate(learner).uuid])
    assert client.post(address, {"rule": version.rule.code, "version": "x"}).status_code == 422
    assert client.post(address, {"rule": "none", "version": "1"}).status_code == 404


def test_others_see_nothing(client, learner, version):
    other = person("张三")
    outcome = certificate(other)
    application = submit(other, Wish(outcome.uuid, version.rule.code, 1))
    account = booked(other.uuid, 5).entries.exclude(seq=None).get().account
    for name, uuid in (
        ("worth", outcome.uuid),
        ("application", application.uuid),
        ("statement", account.uuid),
    ):
        assert client.get(reverse(f"credit:{name}", args=[uuid])).status_code == 404
    assert client.post(reverse("credit:withdraw", args=[application.uuid])).status_code == 404


def test_the_statement_is_paged(client, learner):
    for _ in range(25):
        row = booked(learner.uuid, 10)
    account = row.entries.exclude(seq=None).get().account
    address = reverse("credit:statement", args=[account.uuid])
    first, second = client.get(address), client.get(address, {"page": 2})
    assert len(first.context["page"].object_list) == 20
    assert len(second.context["page"].object_list) == 5
    assert "2.5" in first.content.decode()


def test_the_register_of_rules_is_public(client, version):
    page = client.get(reverse("credit:rules")).content.decode()
    assert "测试规则文件" in page
    assert "证书认可型" in page


def test_a_transcript_by_forms(client, learner):
    booked(learner.uuid, 1250)
    assert client.post(reverse("credit:make_transcript"), follow=True).status_code == 200
    snapshot = TranscriptSnapshot.objects.get()
    pdf = client.get(reverse("credit:transcript_pdf", args=[snapshot.uuid]))
    assert pdf["Content-Type"] == "application/pdf"
    assert "no-store" in pdf["Cache-Control"]
    address = reverse("credit:revoke_transcript", args=[snapshot.uuid])
    assert client.get(address).status_code == 405
    assert "已停用" in client.post(address, follow=True).content.decode()
    client.force_login(person("张三"))
    assert client.get(reverse("credit:transcript_pdf", args=[snapshot.uuid])).status_code == 404


# --- staff -------------------------------------------------------------------------------------------------


def waiting(version, **fields):
    learner = person("李明")
    return submit(learner, Wish(certificate(learner, **fields).uuid, version.rule.code, 1))


def test_the_reviewer_verifies_and_decides(client, version):
    application = waiting(version)
    staff(client)
    assert "电工 三级/高级工" in client.get(reverse("creditbank_queue")).content.decode()
    address = reverse("creditbank_case", args=[application.uuid])
    page = client.get(address).content.decode()
    assert application.outcome.number in page
    assert "李明" in page

    early = client.post(address, {"action": "approve", "reason": "相符"})
    assert early.status_code == 409
    assert "相符" in early.content.decode()
    assert client.post(address, {"action": "verify", "method": "", "note": ""}).status_code == 422
    assert client.post(address, {"action": "verify", "method": "register", "note": ""}).status_code == 302
    assert client.post(address, {"action": "approve", "reason": ""}).status_code == 422
    assert client.post(address, {"action": "approve", "reason": "相符"}).status_code == 302
    assert [item.balance for item in balances_of(application.applicant.uuid)] == [800]
    assert client.post(address, {"action": "approve", "reason": "相符"}).status_code == 409
    assert "已认定" in client.get(reverse("creditbank_queue"), {"state": "approved"}).content.decode()
    assert AuditRow.objects.filter(action="application.view").exists()


def test_the_reviewer_refuses(client, version):
    application = waiting(version)
    staff(client)
    address = reverse("creditbank_case", args=[application.uuid])
    assert client.post(address, {"action": "refuse_outcome", "note": "查无此证"}).status_code == 302
    assert client.post(address, {"action": "refuse", "reason": "证书未通过核实"}).status_code == 302
    assert client.post(address, {"action": "dance"}).status_code == 400
    client.force_login(application.applicant)
    page = client.get(reverse("credit:application", args=[application.uuid])).content.decode()
    assert "证书未通过核实" in page
    assert "查无此证" in page


@pytest.mark.parametrize(("role", "home"), [("editor", True), ("reviewer", False), ("auditor", True)])
def test_other_staff_see_no_case(client, version, role, home):
    application = waiting(version)
    staff(client, role, None if home else college("other", "另一所学校"))
    answer = client.get(reverse("creditbank_case", args=[application.uuid]))
    assert answer.status_code in {403, 404}
    queue = client.get(reverse("creditbank_queue"))
    assert queue.status_code == 403 or "电工 三级/高级工" not in queue.content.decode()


def test_learners_do_not_enter_the_admin(client, learner, version):
    assert client.get(reverse("creditbank_queue")).status_code in {302, 403}


def test_the_menu_item_is_for_reviewers(client, version):
    staff(client)
    assert reverse("creditbank_queue") in client.get(reverse("wagtailadmin_home")).content.decode()
    staff(client, "editor", college("other", "另一所学校"))
    assert reverse("creditbank_queue") not in client.get(reverse("wagtailadmin_home")).content.decode()


def test_evidence_is_private_and_looks_are_logged(client, learner, version):
    client.post(reverse("credit:apply"), form() | {"evidence": SimpleUploadedFile("证书.png", PNG)})
    evidence = OutcomeEvidence.objects.get()
    address = reverse("credit:evidence", args=[evidence.uuid])
    own = client.get(address)
    assert b"".join(own.streaming_content) == PNG
    assert "sandbox" in own["Content-Security-Policy"]
    submit(learner, Wish(evidence.outcome.uuid, version.rule.code, 1))
    client.force_login(person("张三"))
    assert client.get(address).status_code == 404
    client.logout()
    assert client.get(address).status_code == 302
    reviewer = staff(client)
    assert client.get(address).status_code == 200
    look = AuditRow.objects.get(action="evidence.view")
    assert (look.person, look.target) == (reviewer.uuid, learner.uuid)


# --- API ---------------------------------------------------------------------------------------------------


def call(client, method, path, body=None):
    answer = getattr(client, method)(
        f"/api/v1/credit/{path}",
        **({"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}),
    )
    return answer.status_code, answer.json()


def test_the_api_has_the_whole_way(client, learner, version):
    status, outcome = call_form(client, "outcomes", form())
    assert (status, outcome["status"]) == (201, "submitted")
    status, lines = call(client, "get", "worth")
    assert (lines[0]["centicredits"], lines[0]["rule"]["source_document"]) == (800, "测试规则文件")
    wish = {"outcome": outcome["uuid"], "rule": version.rule.code, "version": 1}
    status, application = call(client, "post", "applications", wish)
    assert (status, application["state"]) == (201, "submitted")
    assert call(client, "post", "applications", wish)[0] == 409
    assert call(client, "get", "review")[0] == 403

    client.force_login(member("reviewer", version.rule.programme.organisation))
    assert [item["uuid"] for item in call(client, "get", "review")[1]] == [application["uuid"]]
    case = f"review/{application['uuid']}"
    assert call(client, "post", f"{case}/decision", {"approve": True, "reason": "相符"})[0] == 409
    status, verified = call(client, "post", f"{case}/verification", {"genuine": True, "method": "register"})
    assert verified["status"] == "verified"
    status, decided = call(client, "post", f"{case}/decision", {"approve": True, "reason": "相符"})
    assert decided["state"] == "approved"

    client.force_login(learner)
    status, balances = call(client, "get", "balances")
    assert [(item["unit"], item["balance"], item["scale"]) for item in balances] == [("credit", 800, 100)]
    status, entries = call(client, "get", f"accounts/{balances[0]['account']}/entries")
    assert (entries["total"], entries["entries"][0]["amount"]) == (1, 800)
    assert call(client, "get", f"applications/{application['uuid']}")[1]["transaction"]
    assert call(client, "post", f"applications/{application['uuid']}/withdraw")[0] == 409
    status, paper = call(client, "post", "transcripts")
    assert status == 201
    assert call(client, "post", f"transcripts/{paper['uuid']}/revoke")[1]["revoked"] is True
    assert len(call(client, "get", "transcripts")[1]) == 1
    assert len(call(client, "get", "applications")[1]) == 1
    assert len(call(client, "get", "outcomes")[1]) == 1


def call_form(client, path, data):
    data = {key: value for key, value in data.items() if value != ""}
    answer = client.post(f"/api/v1/credit/{path}", data)
    return answer.status_code, answer.json()


def test_the_api_refuses_in_words(client, learner, version):
    status, body = call_form(client, "outcomes", form(number="S123"))
    assert status == 422
    assert body["details"] == {"field": "number"}
    assert call(client, "get", f"accounts/{person().uuid}/entries")[0] == 404


def test_the_api_without_signing_in(client, version):
    assert client.get("/api/v1/credit/balances").status_code == 401
    assert client.get("/api/v1/credit/rules").json()[0]["code"] == version.rule.code
