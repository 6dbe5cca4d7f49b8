"""Rule drafts by API: an editor's whole way but the panel's, and everybody else refused as on the pages."""

import json

import pytest

from creditbank.rules import content as contents
from creditbank.rules.drafts.models import RuleDraft
from creditbank.rules.drafts.services import vote
from lms.lib.jobs.models import Job
from lms.lib.jobs.services import run
from tests.creditbank.rules.house import EXEMPTION, HOURS, House
from tests.factories.creditbank import certificate, college, member, person

pytestmark = [pytest.mark.django_db, pytest.mark.long]
ELECTRICIAN = {
    "occupation_code": "6-31-01-03",
    "occupation_name": "电工",
    "level": 3,
    "or_higher": True,
    "courses": [{"code": "EL101", "name": "电工技术基础", "centicredits": 500}],
    "source_document": "测试认定办法〔2026〕1号",
    "issuers": ["shenjiang-open", "某某鉴定站"],
    "cap_permille": 300,
}


@pytest.fixture
def house():
    return House()


@pytest.fixture
def api(client):
    def call(who, method, path="", body=None):
        client.force_login(who)
        more = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        answer = getattr(client, method)(f"/api/v1/credit/rule-drafts{path}", **more)
        return answer.status_code, answer.json()

    return call


def new(house, **changes):
    said = {
        "programme": str(house.programme.uuid),
        "title": "电工高级工证书认定机电一体化课程",
        "direction": "certificate_to_credits",
        "mode": "certificate_recognition",
    }
    return said | {"content": ELECTRICIAN | changes}


def test_written_counted_handed_in_taken_back_and_given_up(api, house):
    for _ in range(5):
        certificate(person(), issuer=house.home)
    (place,) = api(house.editor, "get", "/programmes")[1]
    assert place["uuid"] == str(house.programme.uuid)
    status, made = api(house.editor, "post", "", new(house))
    assert (status, made["state"], made["own"], made["rule"], made["changes"]) == (
        201,
        "draft",
        True,
        "",
        None,
    )
    assert made["content"]["issuers"] == ["shenjiang-open", "某某鉴定站"]
    row = RuleDraft.objects.get()
    assert contents.load(row.content).issuers[0] == {"code": "shenjiang-open", "name": "申江开放大学"}
    where = f"/{made['uuid']}"
    again = new(house) | {"content": made["content"] | {"level": 4}}
    assert api(house.editor, "put", where, again)[1]["content"] == made["content"] | {"level": 4}
    assert api(house.editor, "put", where, new(house))[1]["content"]["level"] == 3

    assert api(house.editor, "get", f"{where}/effect")[1]["state"] == ""
    assert api(house.editor, "post", f"{where}/effect")[0] == 202
    assert api(house.editor, "post", f"{where}/effect")[0] == 409
    run(Job.objects.get().id)
    told = api(house.reviewers[0], "get", f"{where}/effect")[1]
    assert (told["state"], told["stale"]) == ("done", False), told["message"]
    assert told["figures"][0] == {"label": "本校学员", "value": "5"}

    assert api(house.editor, "post", f"{where}/submit")[1]["state"] == "review"
    assert api(house.editor, "put", where, new(house))[0] == 409
    row.refresh_from_db()
    vote(house.reviewers[0], row, round_seen=1, approve=True, reason="可以")
    shown = api(house.reviewers[1], "get", where)[1]
    assert (shown["agreed"], shown["approvals"], shown["own"]) == (1, 2, False)
    assert [(item["approve"], item["reason"]) for item in shown["votes"]] == [(True, "可以")]
    assert api(house.editor, "post", f"{where}/withdraw", {"reason": ""})[0] == 422
    assert api(house.editor, "post", f"{where}/withdraw", {"reason": "再改"})[1]["state"] == "draft"
    assert api(house.editor, "post", f"{where}/discard", {"reason": "不用了"})[1]["state"] == "discarded"
    assert api(house.editor, "get")[1] == []
    assert [item["uuid"] for item in api(house.editor, "get", "?state=discarded")[1]] == [made["uuid"]]
    assert api(house.editor, "get", "?state=odd")[0] == 422


def test_the_next_version_starts_from_the_newest(api, house):
    version = house.published()
    start = api(house.editor, "get", f"/starts/{version.rule.code}")[1]
    assert (start["version"], start["content"]["level"]) == (1, 3)
    said = {"rule": start["rule"], "title": "别的", "content": start["content"] | {"max_age_days": 900}}
    status, made = api(house.editor, "post", "", said)
    assert (status, made["rule"], made["title"]) == (201, version.rule.code, version.rule.title)
    assert made["changes"] == ["max_age_days"]
    assert api(house.editor, "post", "", said)[0] == 409
    ended = {"content": {"source_document": "停止办法", "ends": True}}
    assert api(house.editor, "put", f"/{made['uuid']}", ended)[1]["content"]["ends"] is True
    assert api(house.editor, "post", f"/{made['uuid']}/submit")[0] == 200


@pytest.mark.parametrize(
    ("base", "direction"), [(HOURS, "hours_to_credits"), (EXEMPTION, "credits_to_exemption")]
)
def test_every_direction_comes_back_as_it_was_written(api, house, base, direction):
    kept = contents.dump(base)
    status, made = api(
        house.editor, "post", "", new(house) | {"direction": direction, "mode": "", "content": kept}
    )
    assert status == 201, made
    assert contents.dump(contents.load(RuleDraft.objects.get().content)) == kept
    assert made["content"] == kept


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"level": 99}, "level"),
        ({"courses": [{"code": "A", "name": "甲", "centicredits": 0}]}, "courses"),
        ({"awards": ["galaxy-1"]}, "awards"),
        ({"issuers": ["名" * 200]}, "issuers"),
        ({"rate": {"per": 0, "centicredits": 1}}, "rate"),
        ({"rate": {"per": 100, "centicredits": 1, "unit": "minutes"}}, "rate"),
        ({"cap_permille": 1001}, "cap_permille"),
        ({"source_document": "文" * 201}, "source_document"),
    ],
)
def test_what_cannot_be_says_which_field(api, house, changes, field):
    status, refusal = api(house.editor, "post", "", new(house, **changes))
    assert (status, refusal["details"]["field"]) == (422, field)
    assert not RuleDraft.objects.exists()


def test_incomplete_may_be_kept_and_not_handed_in(api, house):
    made = api(house.editor, "post", "", new(house, source_document=""))[1]
    status, refusal = api(house.editor, "post", f"/{made['uuid']}/submit")
    assert (status, refusal["details"]["field"]) == (422, "source_document")


@pytest.mark.parametrize("role", ["reviewer", "auditor", "teacher", "hr"])
def test_who_does_not_write_may_not(api, house, role):
    made = api(house.editor, "post", "", new(house))[1]
    other = member(role, house.home)
    assert api(other, "get", "/programmes")[1] == []
    # The programme is none they may write for: the form would not offer it either.
    assert api(other, "post", "", new(house))[0] == 422
    sees = role in ("reviewer", "auditor")
    where = f"/{made['uuid']}"
    assert api(other, "get", where)[0] == (200 if sees else 404)
    assert api(other, "put", where, new(house))[0] in (403, 404, 422)
    assert api(other, "post", f"{where}/submit")[0] == (403 if sees else 404)
    assert api(other, "post", f"{where}/discard", {"reason": "x"})[0] == (403 if sees else 404)
    assert api(other, "post", f"{where}/effect")[0] == (202 if role == "reviewer" else 403 if sees else 404)
    assert RuleDraft.objects.get().state == "draft"


def test_nobody_elses(api, house):
    made = api(house.editor, "post", "", new(house))[1]
    rule = house.published(title="另一条").rule
    second = member("editor", house.home)
    assert api(second, "put", f"/{made['uuid']}", new(house))[1]["code"] == "not_the_author"
    assert api(second, "post", f"/{made['uuid']}/submit")[0] == 403
    for other in (member("editor", college("qpjx", "青溪技师学院")), person()):
        assert api(other, "get")[1] == []
        assert api(other, "get", f"/{made['uuid']}")[0] == 404
        assert api(other, "get", f"/{made['uuid']}/effect")[0] == 404
        assert api(other, "get", f"/starts/{rule.code}")[0] == 404
        assert api(other, "post", "", new(house))[0] == 422
        assert api(other, "post", "", {"rule": rule.code, "content": {}})[0] == 404
        assert api(other, "post", f"/{made['uuid']}/discard", {"reason": "x"})[0] == 404
    assert api(house.admin, "post", f"/{made['uuid']}/discard", {"reason": "重复"})[1]["state"] == "discarded"
