"""Deposits by an organisation's own system: the key, all or none, what it is told, and who the log says it was."""

import json

import pytest
from django.core.cache import cache

from creditbank.deposits import http_api
from creditbank.deposits.models import DepositBatch, DepositRow
from creditbank.outcomes.models import LearningOutcome
from creditbank.outcomes.services import verify_outcome
from creditbank.outcomes.timeline import timeline
from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from tests.accounts.machines.programs import machine, token
from tests.creditbank.deposits.lists import assessor, issuer, seen
from tests.factories.creditbank import certificate, college, entitled, person, skill_number

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/credit/deposits"


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


class Program:
    def __init__(self, client, organisation):
        self.client = client
        self.credentials = machine(organisation)
        self.token = token(client, self.credentials)

    def post(self, items, key="k-1", **headers):
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key} | headers
        answer = self.client.post(
            ADDRESS, json.dumps({"items": items}), content_type="application/json", headers=headers
        )
        return answer.status_code, answer.json()

    def get(self, path=""):
        answer = self.client.get(ADDRESS + path, headers={"Authorization": f"Bearer {self.token}"})
        return answer.status_code, answer.json()


@pytest.fixture
def program(client):
    return Program(client, issuer())


def item(name="李明", paper="", **changes):
    return {
        "kind": "vocational_skill_certificate",
        "name": name,
        "paper_kind": "passport" if paper else "",
        "paper": paper,
        "title": "电工 三级/高级工",
        "occupation_code": "6-31-01-03",
        "level": "3",
        "number": skill_number(3),
        "issued_on": "2024-06-01",
    } | changes


def test_deposited_at_once_and_whose_is_not_told(program):
    known = person("李明")
    name, paper = seen(known)
    course = item(
        "王芳", phone="13900139000", kind="degree_course", course_code="EL101", credits="4.5", number=""
    )
    status, said = program.post([item(name, paper), course])
    assert status == 201
    assert [result["state"] for result in said["results"]] == ["deposited", "deposited"]
    assert set(said["results"][0]) == {"index", "uuid", "state"}
    outcome = LearningOutcome.objects.get()
    assert (outcome.holder, outcome.status, outcome.verified_by, outcome.verified_for) == (
        known,
        "verified",
        None,
        "assess",
    )
    assert DepositRow.objects.get(row=2).state == "waiting"
    row = AuditRow.objects.get(action="outcome.verify")
    assert (row.person, row.role) == (None, f"machine:{program.credentials.machine.uuid.hex}")
    assert timeline(outcome, today())[0].who == "申江职业技能评价中心的系统"
    assert program.get(f"/{said['uuid']}") == (200, said)
    assert [batch["uuid"] for batch in program.get()[1]] == [said["uuid"]]


def test_one_key_is_one_request(program):
    name, paper = seen(person("李明"))
    items = [item(name, paper)]
    first = program.post(items)
    again = program.post(items)
    assert (first[0], again[0]) == (201, 200)
    assert first[1] == again[1]
    status, said = program.post([item(name, paper)])
    assert (status, said["code"]) == (409, "idempotency_key_reused")
    assert program.post(items, key="k-2")[1]["results"][0]["state"] == "already"
    assert LearningOutcome.objects.count() == 1
    assert program.post(items, key="")[0] == 422
    assert program.post(items, key="x" * 101)[0] == 422


def test_one_fault_and_none_is_deposited_and_every_fault_is_told(program):
    status, said = program.post(
        [item("李明", "P7654321"), item("王芳", "P7654322", number="S1"), item("", phone="1", level="9")]
    )
    assert (status, said["code"]) == (422, "invalid_items")
    assert [(fault["index"], fault["field"]) for fault in said["details"]["items"]] == [
        (1, "number"),
        (2, "level"),
        (2, "name"),
        (2, "phone"),
    ]
    assert not DepositBatch.objects.exists()
    # The key was not spent on it.
    assert program.post([item("李明", "P7654321")])[0] == 201


def test_what_is_another_persons_is_a_conflict_and_nothing_is_written(program):
    other = certificate(person("张三"), issuer=issuer())
    verify_outcome(assessor(), other, method="issuer")
    status, said = program.post([item("王芳", "P7654321"), item("李明", "P7654329", number=other.number)])
    assert (status, said["code"]) == (409, "deposit_clash")
    assert [fault["index"] for fault in said["details"]["items"]] == [1]
    assert "张三" not in str(said)
    number = skill_number(3)
    twice = [item("李明", "P7654329", number=number), item("李明", "P7654329", number=number)]
    assert program.post(twice)[0] == 409
    assert not DepositRow.objects.exists()


def test_what_is_no_request(program):
    assert program.post([])[0] == 422
    assert program.post([item() for _n in range(201)])[0] == 422
    assert program.post([item(title="x" * 500)])[0] == 422
    assert program.post([{"kind": "x"}])[0] == 422
    assert not DepositBatch.objects.exists()


def test_who_may(client, program):
    assert client.post(ADDRESS, "{}", content_type="application/json").status_code == 401
    client.force_login(assessor())
    assert client.get(ADDRESS).status_code == 401
    assert program.post([item()], Authorization="Bearer nonsense")[0] == 401
    said = program.post([item("李明", "P7654321")])[1]
    another = college("other", "别的机构")
    entitled(another)
    other = Program(client, another)
    assert other.get(f"/{said['uuid']}")[0] == 404
    assert other.get()[1] == []


def test_requests_a_minute_are_limited(program, monkeypatch):
    monkeypatch.setattr(http_api, "MOST_REQUESTS", 2)
    assert [program.get()[0] for _n in range(3)] == [200, 200, 429]


def test_a_request_of_many_costs_no_more_queries_than_one_of_few(program, django_assert_max_num_queries):
    few, many = ([item("李明", f"P{n:07d}") for n in range(size)] for size in (2, 200))
    with django_assert_max_num_queries(40):
        assert program.post(few, key="few")[0] == 201
    with django_assert_max_num_queries(40):
        assert (
            program.post([entry | {"paper": f"Q{n:07d}"} for n, entry in enumerate(many)], key="many")[0]
            == 201
        )
