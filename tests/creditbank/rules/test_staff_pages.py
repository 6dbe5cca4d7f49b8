"""The staff screens at their statuses, without scripts: the editor with its rows, votes, publication, panel, programmes."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from creditbank.rules.drafts.models import PanelTerms, RuleDraft
from creditbank.rules.models import ConversionRuleVersion, Programme
from lms.lib.clock import today
from tests.creditbank.rules.house import House
from tests.factories.creditbank import member

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture
def house():
    return House()


def signed_in(user):
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client = Client()
    client.force_login(user)
    return client


def form(house, **changes):
    """What the browser sends for a draft with one course; rows beyond it are blank."""
    return {
        "programme": str(house.programme.pk),
        "title": "电工高级工证书认定机电一体化课程",
        "direction": "certificate_to_credits",
        "mode": "certificate_recognition",
        "outcome_kind": "vocational_skill_certificate",
        "occupation_code": "6-31-01-03",
        "occupation_name": "电工",
        "level": "3",
        "or_higher": "on",
        "issuers": "shenjiang-open\n某技能评价中心",
        "stackable": "on",
        "cap_percent": "40",
        "programme_cap_centicredits": "30.5",
        "source_document": "测试认定办法〔2026〕1号",
        "courses-TOTAL_FORMS": "3",
        "courses-INITIAL_FORMS": "0",
        "courses-0-code": "EL101",
        "courses-0-name": "电工技术基础",
        "courses-0-credits": "5",
        "exemptions-TOTAL_FORMS": "1",
        "exemptions-INITIAL_FORMS": "0",
    } | changes


def text(answer):
    return answer.content.decode()


def test_from_the_form_to_the_public_page(house):
    editor = signed_in(house.editor)
    assert editor.get(reverse("creditbank_draft_new")).status_code == 200
    answer = editor.post(reverse("creditbank_draft_new"), form(house))
    draft = RuleDraft.objects.get()
    assert answer["Location"] == reverse("creditbank_draft", args=[draft.uuid])
    assert draft.content["cap_permille"] == 400
    assert draft.content["programme_cap_centicredits"] == 3050
    assert [body["name"] for body in draft.content["issuers"]] == ["申江开放大学", "某技能评价中心"]
    page = reverse("creditbank_draft", args=[draft.uuid])
    assert "毕业总学分的 40%" in text(editor.get(page))
    edited = editor.get(reverse("creditbank_draft_edit", args=[draft.uuid]))
    assert 'value="30.5"' in text(edited)
    assert 'value="EL101"' in text(edited)
    assert editor.post(page, {"action": "submit"}).status_code == 302
    assert editor.get(reverse("creditbank_draft_edit", args=[draft.uuid])).status_code == 404
    for reviewer in house.reviewers[:2]:
        answer = signed_in(reviewer).post(page, {"action": "yes", "round": "1", "reason": ""})
        assert answer.status_code == 302
    admin = signed_in(house.admin)
    assert f"{house.home.code}-{today().year}-001" in text(admin.get(page))
    early = {"action": "publish", "code": "shkd-1", "valid_from": "2020-01-01"}
    refused = admin.post(page, early)
    assert refused.status_code == 422
    assert "生效日期不能早于今天" in text(refused)
    assert admin.post(page, early | {"valid_from": today().isoformat()}).status_code == 302
    version = ConversionRuleVersion.objects.get()
    assert (version.rule.code, version.cap_permille) == ("shkd-1", 400)
    assert "电工技术基础" in text(Client().get(reverse("credit:rule", args=["shkd-1"])))
    assert admin.post(page, early).status_code == 409


def test_rows_are_added_without_scripts_and_what_was_typed_stays(house):
    editor = signed_in(house.editor)
    more = editor.post(reverse("creditbank_draft_new"), form(house, more="courses"))
    assert more.status_code == 200
    assert 'name="courses-6-code"' in text(more)
    assert 'value="EL101"' in text(more)
    assert not RuleDraft.objects.exists()
    for changes in (
        {"courses-0-credits": "five"},
        {"courses-0-credits": ""},
        {"occupation_code": "电工"},
        {"cap_percent": "101"},
        {"min_score": "0"},
        {"rate_per": "16"},
        {"title": ""},
        {"programme": "999999"},
    ):
        answer = editor.post(reverse("creditbank_draft_new"), form(house, **changes))
        assert answer.status_code == 422, changes
        assert 'value="EL101"' in text(answer)
    assert not RuleDraft.objects.exists()


def test_the_next_version_starts_from_the_newest_and_shows_what_changes(house):
    version = house.published()
    editor = signed_in(house.editor)
    address = f"{reverse('creditbank_draft_new')}?rule={version.rule.code}"
    start = editor.get(address)
    assert 'value="EL101"' in text(start)
    assert 'name="direction"' not in text(start)
    assert editor.post(address, form(house, level="4")).status_code == 302
    draft = RuleDraft.objects.get(state="draft")
    assert draft.rule == version.rule
    shown = text(editor.get(reverse("creditbank_draft", args=[draft.uuid])))
    assert "四级/中级工及以上" in shown
    assert "与现在公布的版本相比" in shown
    assert editor.post(address, form(house)).status_code == 409
    other = House("other", "另一所学校")
    assert signed_in(other.editor).get(address).status_code == 404


def test_a_reviewer_refuses_with_a_reason(house):
    draft = house.submitted()
    page = reverse("creditbank_draft", args=[draft.uuid])
    reviewer = signed_in(house.reviewers[0])
    assert draft.title in text(reviewer.get(reverse("creditbank_drafts")))
    assert reviewer.post(page, {"action": "no", "round": "1", "reason": ""}).status_code == 422
    assert reviewer.post(page, {"action": "no", "round": "x", "reason": "不妥"}).status_code == 422
    assert reviewer.post(page, {"action": "dance"}).status_code == 400
    assert reviewer.post(page, {"action": "no", "round": "1", "reason": "学分偏高"}).status_code == 302
    back = text(signed_in(house.editor).get(page))
    assert "学分偏高" in back
    assert "已退回" in back


@pytest.mark.parametrize("role", ["teacher", "hr", "assessor"])
def test_others_do_not_come_in(house, role):
    draft = house.submitted()
    client = signed_in(member(role, house.home))
    for address in (
        reverse("creditbank_drafts"),
        reverse("creditbank_draft_new"),
        reverse("creditbank_draft", args=[draft.uuid]),
        reverse("creditbank_panel"),
        reverse("creditbank_programmes"),
    ):
        assert client.get(address).status_code == 403
    stranger = House("other", "另一所学校")
    assert signed_in(stranger.admin).get(reverse("creditbank_draft", args=[draft.uuid])).status_code == 404


def test_taking_back_and_giving_up(house):
    draft = house.submitted()
    page = reverse("creditbank_draft", args=[draft.uuid])
    editor = signed_in(house.editor)
    assert editor.post(page, {"action": "withdraw", "reason": ""}).status_code == 422
    assert editor.post(page, {"action": "withdraw", "reason": "再改"}).status_code == 302
    assert editor.post(page, {"action": "discard", "reason": "不要了"}).status_code == 302
    assert draft.title in text(editor.get(reverse("creditbank_drafts"), {"state": "discarded"}))


def test_the_panels_size_and_the_programmes(house):
    admin = signed_in(house.admin)
    said = {
        "organisation": house.home.code,
        "approvals": "3",
        "valid_from": today().isoformat(),
        "source": "校学分认定办法第七条",
    }
    assert admin.post(reverse("creditbank_panel"), said | {"approvals": "1"}).status_code == 422
    assert admin.post(reverse("creditbank_panel"), said).status_code == 302
    assert "校学分认定办法第七条" in text(admin.get(reverse("creditbank_panel")))
    assert PanelTerms.objects.get().approvals == 3
    new = {"organisation": house.home.code, "code": "nursing", "name": "护理", "centicredits": "80"}
    assert admin.post(reverse("creditbank_programmes"), new).status_code == 302
    assert Programme.objects.get(code="nursing").centicredits == 8000
    assert "护理" in text(admin.get(reverse("creditbank_programmes")))
    assert signed_in(house.editor).get(reverse("creditbank_panel")).status_code == 403
