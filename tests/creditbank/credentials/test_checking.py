"""Checking what somebody hands in: in words, without a sign-in, without asking anybody else for anything."""

import json
import socket
from base64 import urlsafe_b64encode
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from creditbank.credentials import canonical, checking, contexts, keys, proofs, services
from lms.lib.errors import Invalid

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture
def made(learner, paper):
    return services.issue(learner, paper, name_form="masked", days=30)


@pytest.fixture
def badge(made):
    return services.contents(made)[0][0]


def test_a_page_says_it_is_genuine(client, badge):
    page = client.post(reverse("credit:check"), {"credential": json.dumps(badge)}).content.decode()
    assert "是真的，有效" in page
    assert "李＊" in page
    assert "李明" not in page
    assert badge["name"] in page


def test_a_file_is_taken_too(client, made, tmp_path):
    file = tmp_path / "clr.jwt"
    file.write_text(services.contents(made)[1][-1])
    with file.open("rb") as opened:
        page = client.post(reverse("credit:check"), {"file": opened}).content.decode()
    assert "是真的，有效" in page


def test_what_ends_says_so(made, badge):
    with time_machine.travel(made.issued_at + timedelta(days=31)):
        assert checking.check(json.dumps(badge)).status == "expired"
    with time_machine.travel(made.issued_at - timedelta(minutes=1)):
        assert checking.check(json.dumps(badge)).status == "early"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda it: it["credentialSubject"].update(creditsEarned=50), "altered"),
        (lambda it: it["credentialSubject"].update(extra="一句没有签过的话"), "altered"),
        (lambda it: it.pop("proof"), "altered"),
        (lambda it: it.update(validUntil="2999-01-01T00:00:00Z"), "altered"),
        (lambda it: it["credentialStatus"].update(statusListIndex="1"), "altered"),
        (lambda it: it["proof"].update(verificationMethod="did:web:evil.example#key"), "altered"),
        (lambda it: it["@context"].append({"creditsEarned": "urn:other"}), "altered"),
        (lambda it: it.update({"@context": ["https://evil.example/context"]}), "altered"),
        (lambda it: it["issuer"].update(id="did:web:evil.example"), "foreign"),
        (lambda it: it.update(issuer="did:web:evil.example"), "foreign"),
        (lambda it: it.update(issuer=None), "foreign"),
    ],
)
def test_what_was_changed_is_refused_with_a_reason(badge, change, status, monkeypatch):
    def nobody(*args, **kwargs):
        raise AssertionError("asked the network")

    monkeypatch.setattr(socket, "create_connection", nobody)
    document = json.loads(json.dumps(badge))
    change(document)
    report = checking.check(json.dumps(document))
    assert report.status == status
    assert report.findings[-1].state == "bad"
    assert report.findings[-1].text


def test_signed_with_our_key_and_never_issued_is_not_ours(badge):
    """Somebody who held the key for a moment has no row for what they made."""
    key = keys.current("ed25519")
    forged = {name: value for name, value in badge.items() if name != "proof"}
    forged["id"] = "urn:uuid:00000000-0000-4000-8000-000000000000"
    signed = proofs.signed(
        forged, keys.signing(key), keys.address(key), proofs.read_stamp(badge["validFrom"])
    )
    assert checking.check(json.dumps(signed)).status == "altered"


def test_a_jwt_of_another_algorithm_is_refused(made):
    body = services.contents(made)[1][0].split(".")[1]
    header = {"alg": "none", "kid": keys.address(keys.current("rs256")), "typ": "JWT"}
    head = urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    assert checking.check(f"{head}.{body}.AA").status == "altered"


@pytest.mark.parametrize("text", ["", "   ", "hello", "[]", "{", '{"a": NaN}', "null", '"x"'])
def test_what_is_no_credential_is_told_so(text):
    with pytest.raises(Invalid):
        checking.check(text)


def test_too_much_is_refused_unread(client):
    answer = client.post(reverse("credit:check"), {"credential": "{" + "0" * 1_000_001})
    assert answer.status_code == 413


def test_a_poisoned_graph_costs_nothing(badge):
    """Nodes that only trying every order could tell apart (RDFC-1.0, dataset poisoning)."""
    document = json.loads(json.dumps(badge))
    document["credentialSubject"]["identifier"] = [
        {"type": "IdentityObject", "identityHash": "x", "identityType": "name", "hashed": False, "salt": "y"}
        | {"id": f"_:n{number}"}
        for number in range(60)
    ]
    document["evidence"] = [
        {"id": f"_:n{a}", "type": ["Evidence"], "audience": {"id": f"_:n{b}"}}
        for a in range(60)
        for b in range(60)
        if a != b
    ]
    assert checking.check(json.dumps(document)).status == "altered"


def test_many_alike_without_names_cost_nothing_either(badge):
    alike = [{"type": ["Evidence"], "audience": {"type": ["Evidence"], "genre": str(n)}} for n in range(40)]
    document = {**badge, "evidence": [{"type": ["Evidence"], "genre": alike}]}
    for item in alike:
        item["audience"] = {"type": ["Evidence"], "audience": {"type": ["Evidence"], "genre": "x"}}
    assert checking.check(json.dumps(document)).status == "altered"


def test_words_without_a_meaning_have_no_canonical_form(badge):
    with pytest.raises(canonical.NotCanonicalError):
        canonical.quads({**badge, "unknown": "x"})
    with pytest.raises(contexts.UnknownContextError):
        contexts.load("https://example.org/context")


def test_the_api_checks_without_a_sign_in(client, badge):
    answer = client.post(
        "/api/v1/credit/check", {"credential": json.dumps(badge)}, content_type="application/json"
    )
    assert answer.status_code == 200, answer.content
    assert answer.json()["status"] == "valid"


def test_checking_is_counted(client):
    address = {"REMOTE_ADDR": "203.0.113.9"}
    tries = [client.post(reverse("credit:check"), {"credential": "x"}, **address) for _time in range(21)]
    assert {answer.status_code for answer in tries[:20]} == {422}
    assert tries[20].status_code == 429
