"""The whole way through the API alone: found, studied, counted, certified, credited, verified."""

import json
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client

from lms.lib.clock import SHANGHAI
from lms.lib.jobs.services import resume
from lms.lib.outbox.services import deliver_pending
from tests.accounts.test_sign_up import code_in
from tests.browser.papers import pdf_text
from tests.browser.people import Learner
from tests.factories.accounts import PASSWORD, UserFactory
from tests.factories.courses import PARAGRAPH, lesson, organisation, released_course, text
from tests.factories.creditbank import member, programme, rule_version, skill_number

pytestmark = [pytest.mark.django_db, pytest.mark.long]
WHO = Learner(1077, "秦望舒")
SECOND = 1000


class Caller:
    """A program with somebody's session, as a client of /api/v1/. With a token it has no cookie, and no CSRF token."""

    def __init__(self, user: Any = None, token: str = "") -> None:
        headers = {"X-Session-Token": token} if token else None
        self.http = Client(enforce_csrf_checks=user is None, headers=headers)
        if user is not None:
            self.http.force_login(user)

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        answer = self.http.get(f"/api/v1/{path}", query)
        assert answer.status_code == status, answer.content.decode()
        return answer.json()

    def send(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = self.http.generic(
            method, f"/api/v1/{path}", json.dumps(body or {}), content_type="application/json"
        )
        assert answer.status_code == status, answer.content.decode()
        return answer.json()

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        return self.send("POST", path, body, status)


@pytest.fixture
def clock():
    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=SHANGHAI), tick=False) as traveller:
        yield traveller


@pytest.fixture
def course(clock):
    """A released course that the search knows, of two texts and a quiz."""
    release = released_course(with_quiz=True, title="有限空间作业安全", slug="confined-space")
    deliver_pending()
    return release.course


def signed_up(login: str) -> Caller:
    """Someone who came by the API alone: sign-up, the code from the letter, the token."""
    begun = Caller().post("auth/signup", {"login": login, "password": PASSWORD})
    (letter,) = mail.outbox
    said = Caller(token=begun["token"]).post("auth/code", {"code": code_in(letter.body)})
    assert said["signed_in"]
    return Caller(token=said["token"])


def study(learner: Caller, clock: Any, path: str, place: str) -> dict[str, Any]:
    """One lesson, opened and reported in two parts, the second sent twice."""
    opened = learner.post(f"{path}/sessions", {"lesson": place, "device": "api", "device_kind": "phone"})
    (block,) = opened["lengths"]
    length = opened["lengths"][block]
    said: dict[str, Any] = {}
    for seq, (start, end) in enumerate(((0, length // 2), (length // 2, length)), start=1):
        clock.shift((end - start) / SECOND)
        report = {
            "session": opened["session"],
            "seq": seq,
            "elapsed_ms": end,
            "active_ms_total": end,
            "active": [[start, end]],
            "inactive": [],
            "coverage": {block: [[start, end]]},
            "state": "leaving" if seq == 2 else "here",
        }
        said = learner.post("learning/reports", report)
    assert learner.post("learning/reports", report)["counted_ms"] == said["counted_ms"]
    # The same number with other content is another report: a conflict, and nothing changes.
    assert learner.post("learning/reports", report | {"active": []}, 409)["code"]
    assert said["met"] is True
    assert said["counted_ms"] == length
    return said


def test_from_the_search_to_a_certificate_that_anybody_can_check(course, clock) -> None:
    visitor = Caller()
    found = visitor.get("search", q="有限空间", kind="vocational")
    assert [hit["title"] for hit in found["hits"]] == ["有限空间作业安全"]
    assert visitor.get("search/suggest", q="youxian")[0]["url"] == course.get_url()
    shown = visitor.get(f"courses/{course.uuid}")
    assert shown["release_number"] == 1
    assert len(shown["chapters"][0]["lessons"]) == 3
    visitor.post("learning/enrolments", {"course": str(course.uuid)}, 401)

    learner = signed_up("qin.wangshu@example.com")
    assert learner.send("PATCH", "accounts/me", {"display_name": "小秦"})["display_name"] == "小秦"
    assert learner.get("accounts/me")["real_name_status"] == "unverified"
    paper = {"kind": "id_card", "legal_name": WHO.name, "number": WHO.identity[:-1] + "?", "consent": True}
    assert "number" in learner.send("PUT", "accounts/me/identity", paper, 422)["details"]["fields"]
    given = learner.send("PUT", "accounts/me/identity", paper | {"number": WHO.identity})
    assert (given["status"], given["legal_name"]) == ("checked", "秦＊＊")

    enrolment = learner.post("learning/enrolments", {"course": str(course.uuid)})
    again = learner.post("learning/enrolments", {"course": str(course.uuid)})
    assert again["uuid"] == enrolment["uuid"]
    path = f"learning/enrolments/{enrolment['uuid']}"
    whole = learner.get(path)
    assert len(whole["missing"]["lessons"]) == 3
    assert "answer" not in json.dumps(learner.get(f"{path}/lessons/{whole['outline'][2]['uuid']}"))

    counted = sum(study(learner, clock, path, part["uuid"])["counted_ms"] for part in whole["outline"][:2])
    quiz = whole["outline"][2]
    place = f"{path}/lessons/{quiz['uuid']}/quizzes/{quiz['quizzes'][0]['block']}"
    first = learner.post(place)
    key = first["questions"][0]["id"]
    failed = learner.post(f"learning/attempts/{first['uuid']}/submit", {"answers": {key: ["b"]}})
    assert failed["passed"] is False
    assert learner.get(path)["completion"] is None
    second = learner.post(place)
    assert learner.post(place)["uuid"] == second["uuid"]
    handed_in = f"learning/attempts/{second['uuid']}/submit"
    assert learner.post(handed_in, {"answers": {key: ["a"]}})["passed"] is True
    # Handed in twice: the same result, and it is closed.
    assert learner.post(handed_in, {"answers": {key: ["b"]}})["passed"] is True
    answers = {"answers": {key: ["b"]}}
    assert (
        learner.post(f"learning/attempts/{second['uuid']}/answers", answers, 409)["code"] == "attempt_closed"
    )

    deliver_pending()
    (completion,) = learner.get("learning/completions")
    assert completion["centihours"] == min(counted * 100 // (45 * 60_000), 3)
    assert completion["explanation"]
    hours = learner.get("learning/hours", year=2026)
    assert hours["earned"]["vocational"] == completion["centihours"]
    assert hours["pending_centihours"] == 0
    day = learner.get("learning/days/2026-03-02")
    assert day["counted_ms"] == counted
    assert {line["counted_ms"] for line in day["stretches"]} - {0}
    (account,) = learner.get("credit/balances")
    assert (account["unit"], account["balance"]) == ("study_hour.vocational", completion["centihours"])
    deliver_pending()
    assert learner.get("credit/balances")[0]["balance"] == completion["centihours"]

    # The worker's part: jobs that wait.
    resume()
    certificate = learner.get("learning/completions")[0]["certificate"]
    pdf = learner.http.get(f"/api/v1/learning/certificates/{certificate['uuid']}/pdf")
    assert certificate["number"] in pdf_text(pdf.content)
    assert "小秦" in pdf_text(pdf.content)
    verdict = visitor.get(f"verify/{certificate['code']}")
    assert verdict["status"] == "valid"
    assert certificate["number"] in dict(verdict["rows"]).values()
    Caller(UserFactory()).get(f"learning/certificates/{certificate['uuid']}", 404)
    visitor.get("verify/AAAA-AAAA-AAAA", 422)


def test_from_a_certificate_to_credits_and_a_transcript(clock) -> None:
    college = organisation("shkd")
    version = rule_version(programme(college))
    user = UserFactory(display_name="小秦")
    learner, visitor = Caller(user), Caller()
    assert visitor.get("credit/rules")[0]["code"] == version.rule.code
    said = {
        "kind": "vocational_skill_certificate",
        "title": "电工 三级/高级工",
        "occupation_code": "6-31-01-03",
        "level": 3,
        "issuer_name": "申江技能评价中心",
        "number": "S123",
        "issued_on": "2024-06-01",
    }
    refused = learner.http.post("/api/v1/credit/outcomes", said)
    assert refused.status_code == 422
    assert refused.json()["details"] == {"field": "number"}
    made = learner.http.post("/api/v1/credit/outcomes", said | {"number": skill_number(3)})
    assert made.status_code == 201
    (line,) = learner.get("credit/worth")
    assert (line["centicredits"], line["application"]) == (800, None)
    wish = {"outcome": made.json()["uuid"], "rule": line["rule"]["code"], "version": line["rule"]["version"]}

    # Credits stand under a real name.
    assert learner.post("credit/applications", wish, 403)["message"]
    number = {"kind": "id_card", "legal_name": WHO.name, "number": WHO.identity, "consent": True}
    learner.send("PUT", "accounts/me/identity", number)
    application = learner.post("credit/applications", wish, 201)
    assert learner.post("credit/applications", wish, 409)["code"] == "already_applied"
    learner.get("credit/review", 403)

    reviewer = Caller(member("reviewer", college))
    assert [case["uuid"] for case in reviewer.get("credit/review")] == [application["uuid"]]
    case = f"credit/review/{application['uuid']}"
    decision = {"approve": True, "reason": "证书属实，与规则相符。"}
    Caller(member("reviewer", organisation("qpjx"))).post(f"{case}/decision", decision, 404)
    reviewer.post(f"{case}/decision", decision, 409)
    reviewer.post(f"{case}/verification", {"genuine": True, "method": "register"})
    assert reviewer.post(f"{case}/decision", decision)["state"] == "approved"
    reviewer.post(f"{case}/decision", decision, 409)

    (account,) = learner.get("credit/balances")
    assert (account["unit"], account["balance"]) == ("credit", 800)
    assert learner.get(f"credit/accounts/{account['account']}/entries")["total"] == 1
    Caller(UserFactory()).get(f"credit/accounts/{account['account']}/entries", 404)
    paper = learner.post("credit/transcripts", status=201)
    assert visitor.get(f"verify/{paper['code']}")["status"] == "valid"
    assert learner.post(f"credit/transcripts/{paper['uuid']}/revoke")["revoked"] is True
    assert visitor.get(f"verify/{paper['code']}")["status"] == "revoked"


def test_learners_under_way_keep_their_release(course, clock) -> None:
    learner = Caller(UserFactory())
    enrolment = learner.post("learning/enrolments", {"course": str(course.uuid)})
    lesson(course.get_children().first().specific, [text(PARAGRAPH)]).save_revision().publish()
    assert Caller().get(f"courses/{course.uuid}")["release_number"] == 2
    assert learner.get(f"learning/enrolments/{enrolment['uuid']}")["release"]["number"] == 1
    newcomer = Caller(UserFactory())
    assert newcomer.post("learning/enrolments", {"course": str(course.uuid)})["release"]["number"] == 2
