"""Pages of outcomes without JavaScript: the form of each kind, the outcome's page, the catalogue, the staff's queue."""

from datetime import date

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from creditbank.outcomes import catalogue, rules
from creditbank.outcomes.models import CatalogueEntry, LearningOutcome, OutcomeKind
from creditbank.outcomes.services import ask_supplement
from lms.lib.audit.models import AuditRow
from tests.creditbank.outcomes.test_catalogue import ELECTRICIAN
from tests.factories.creditbank import (
    SYSTEM,
    certificate,
    college,
    member,
    person,
    programme,
    rule_version,
    skill_number,
    terms,
)

pytestmark = [pytest.mark.django_db, pytest.mark.long]
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
TYPED = {
    "title": "名称",
    "occupation_code": "6-31-01-03",
    "level": "3",
    "issuer_name": "申江职业技能评价中心",
    "assessor_type": "social",
    "issued_on": "2024-06-01",
    "expires_on": "",
    "starts_on": "2024-03-01",
    "course_code": "EL101",
    "centicredits": "4.5",
    "score": "85.5",
    "centihours": "24",
    "unit": "training",
    "award_level": "national",
    "award_rank": "1",
    "sort": "design",
    "stage": "selected",
    "project": "智能产线改造",
    "authors": "李明",
    "reviewer": "赵工",
    "about": "说明",
}


@pytest.fixture
def learner(client):
    user = person("李明")
    client.force_login(user)
    return user


def staff(client, role, organisation):
    user = member(role, organisation)
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(user)
    return user


def typed(kind, **changes):
    number = {OutcomeKind.SKILL: skill_number(3), OutcomeKind.QUALIFICATION: "1234567890123456"}.get(
        kind, "N-0001"
    )
    values = {name: TYPED[name] for name in rules.KINDS[kind].fields if name in TYPED}
    return values | {"kind": kind, "number": number} | changes


@pytest.mark.parametrize("kind", OutcomeKind.values)
def test_each_kind_has_its_form_and_is_registered_by_it(client, learner, kind):
    page = client.get(reverse("credit:apply"), {"kind": kind}).content.decode()
    for name in rules.KINDS[kind].fields:
        assert f'name="{name}"' in page
    assert ('name="level"' in page) == ("level" in rules.KINDS[kind].fields)
    answer = client.post(reverse("credit:apply"), typed(kind), follow=True)
    outcome = LearningOutcome.objects.get()
    assert answer.redirect_chain[-1][0] == reverse("credit:worth", args=[outcome.uuid])
    assert outcome.kind == kind
    if kind == OutcomeKind.COURSE:
        assert (outcome.centicredits, outcome.score) == (450, 8550)
    shown = client.get(reverse("credit:outcome", args=[outcome.uuid])).content.decode()
    assert "存入" in shown
    assert "记入学习账户" in shown


def test_every_fault_stands_at_its_field(client, learner):
    answer = client.post(
        reverse("credit:apply"), typed(OutcomeKind.HOURS, starts_on="2025-01-01", centihours="1.234", unit="")
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert not LearningOutcome.objects.exists()
    assert 'value="N-0001"' in page
    assert set(answer.context["form"].errors) >= {"centihours", "unit"}
    nonsense = client.post(reverse("credit:apply"), {"kind": "degree"})
    assert nonsense.status_code == 422


def test_the_catalogue_leads_to_its_form(client, learner):
    entry = catalogue.save_entry(SYSTEM, ELECTRICIAN)
    page = client.get(reverse("credit:catalogue"), {"q": "电工"}).content.decode()
    address = f"{reverse('credit:apply')}?entry={entry.uuid}"
    assert address in page
    assert "有效期尚未设定" in page
    found = client.get(reverse("credit:catalogue_suggest"), {"q": "6-31"}).json()["suggestions"]
    assert [(item["text"], item["url"]) for item in found] == [("电工", address)]
    assert client.get(reverse("credit:catalogue_suggest"), {"q": " "}).json() == {"suggestions": []}
    form = client.get(address).content.decode()
    assert 'value="电工"' in form
    assert "测试目录文件" in form
    client.post(reverse("credit:apply"), typed(OutcomeKind.SKILL, entry_uuid=str(entry.uuid)))
    assert LearningOutcome.objects.get().entry == entry
    assert client.get(reverse("credit:apply"), {"entry": "nonsense"}).status_code == 200
    client.logout()
    assert client.get(reverse("credit:catalogue")).status_code == 200


def test_the_supplement_is_handed_in_by_a_form(client, learner):
    body = college("assess", "申江职业技能评价中心")
    outcome = certificate(learner, issuer=body)
    ask_supplement(member("assessor", body), outcome, note="请补一张清楚的照片")
    address = reverse("credit:outcome", args=[outcome.uuid])
    assert "请补一张清楚的照片" in client.get(address).content.decode()
    assert client.post(address, {"text": ""}).status_code == 422
    assert client.post(address, {"evidence": SimpleUploadedFile("a.png", PNG)}).status_code == 302
    outcome.refresh_from_db()
    assert outcome.status == "submitted"
    assert client.post(address, {"text": "再来"}).status_code == 409


def test_who_registered_without_a_file_adds_one_later(client, learner):
    """Where a college takes no unverified certificate without a file: every page that says so leads to where one is
    added."""
    target = programme()
    terms(target.organisation, target, evidence_required=True, reviewers=1)
    version = rule_version(target)
    outcome = certificate(learner)
    address = reverse("credit:outcome", args=[outcome.uuid])
    wanted = [
        (reverse("credit:worth", args=[outcome.uuid])),
        reverse("credit:overview"),
        reverse("credit:plan"),
    ]
    for page in wanted:
        said = client.get(page).content.decode()
        assert f"{address}#files" in said, page
        assert "一次申请" not in said, page
    assert client.post(address, {}).status_code == 422
    assert client.post(address, {"evidence": SimpleUploadedFile("a.png", PNG)}).status_code == 302
    for page in wanted:
        assert f"{address}#files" not in client.get(page).content.decode(), page
    applied = {"rule": version.rule.code, "version": version.number}
    assert client.post(wanted[0], applied).status_code == 302
    # The planner says that it is applied for, and does not offer it again.
    said = client.get(reverse("credit:plan")).content.decode()
    assert "审核中" in said
    assert "一次申请" not in said
    files = f"/api/v1/credit/outcomes/{outcome.uuid}/evidence"
    assert client.post(files, {"evidence": SimpleUploadedFile("b.png", PNG)}).status_code == 200
    assert outcome.evidence.count() == 2
    assert client.post(files).status_code == 422


def test_an_issuer_without_a_right_is_told_before_it_presses(client):
    body = college("assess", "申江职业技能评价中心")
    outcome = certificate(person("李明"), issuer=body, right=False)
    staff(client, "assessor", body)
    address = reverse("creditbank_outcome", args=[outcome.uuid])
    page = client.get(address).content.decode()
    assert "发证范围" in page
    assert 'value="verify"' not in page
    assert 'value="refuse"' in page
    assert client.post(address, {"action": "verify", "method": "issuer"}).status_code == 403


def test_others_see_nothing(client, learner):
    other = certificate(person("张三"))
    assert client.get(reverse("credit:outcome", args=[other.uuid])).status_code == 404
    assert other.title not in client.get(reverse("credit:outcomes")).content.decode()
    for name in ("creditbank_outcomes", "creditbank_catalogue"):
        assert client.get(reverse(name)).status_code in {302, 403}


def test_the_list_is_paged_and_costs_the_same(client, learner, django_assert_max_num_queries):
    for number in range(25):
        certificate(learner, title=f"证书 {number}") if number < 20 else None
    client.get(reverse("credit:outcomes"))
    with django_assert_max_num_queries(12):
        client.get(reverse("credit:outcomes"))


def test_an_assessor_works_the_queue(client):
    body = college("assess", "申江职业技能评价中心")
    outcome = certificate(person("李明"), issuer=body)
    staff(client, "assessor", body)
    queue = client.get(reverse("creditbank_outcomes")).content.decode()
    assert outcome.title in queue
    assert "待核实（1）" in queue
    assert (
        outcome.title
        not in client.get(reverse("creditbank_outcomes"), {"kind": OutcomeKind.COURSE}).content.decode()
    )
    address = reverse("creditbank_outcome", args=[outcome.uuid])
    assert outcome.number in client.get(address).content.decode()
    assert AuditRow.objects.filter(action="outcome.view", target=outcome.holder.uuid).exists()
    assert client.post(address, {"action": "verify"}).status_code == 422
    assert client.post(address, {"action": "nonsense"}).status_code == 404
    assert client.post(address, {"action": "ask", "note": "请补照片"}).status_code == 302
    assert client.post(address, {"action": "verify", "method": "issuer"}).status_code == 302
    outcome.refresh_from_db()
    assert (outcome.status, outcome.assessor_type) == ("verified", "social")
    assert client.post(address, {"action": "refuse", "note": "晚了"}).status_code == 409
    assert "已核实（1）" in client.get(reverse("creditbank_outcomes"), {"state": "verified"}).content.decode()
    strange = certificate(person(), issuer=college("other", "别的机构"))
    assert client.get(reverse("creditbank_outcome", args=[strange.uuid])).status_code == 404


def test_an_officer_keeps_the_catalogue(client):
    staff(client, "officer", college("sjrs", "申江人社"))
    fields = {
        "kind": OutcomeKind.SKILL,
        "name": "电工",
        "occupation_code": "6-31-01-03",
        "levels": ["5", "4", "3"],
        "issuers": "申江职业技能评价中心\n申江机械厂",
        "assessor_types": ["employer", "social"],
        "valid_from": "2022-01-01",
        "source": "测试目录文件",
    }
    assert client.post(reverse("creditbank_catalogue_new"), fields).status_code == 302
    entry = CatalogueEntry.objects.get()
    assert entry.issuers == ["申江职业技能评价中心", "申江机械厂"]
    address = reverse("creditbank_catalogue_entry", args=[entry.uuid])
    assert "申江机械厂" in client.get(address).content.decode()
    assert client.post(address, fields | {"occupation_code": "?"}).status_code == 422
    assert client.post(address, fields | {"validity_months": "36"}).status_code == 302
    level = {"level": "3", "professional": "assistant", "valid_from": "2024-01-01", "source": "测试文件"}
    assert client.post(reverse("creditbank_equivalent"), level).status_code == 302
    page = client.get(reverse("creditbank_catalogue"), {"q": "电"}).content.decode()
    assert "助理级" in page
    assert "36" in page
    assert catalogue.equivalent_on(3, date(2024, 6, 1)).source == "测试文件"
