"""Checking what somebody hands in: in words, without a sign-in, without asking anybody else for anything."""

import hmac
import json
import socket
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
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
        # The proof of one, put on another's: the same achievement for somebody else.
        (
            lambda it: it["credentialSubject"].update(id="urn:uuid:00000000-0000-4000-8000-000000000001"),
            "altered",
        ),
        (lambda it: it["credentialSubject"].pop("id"), "altered"),
        (lambda it: it["proof"].update(cryptosuite="eddsa-jcs-2022"), "altered"),
        (lambda it: it["proof"].update(proofPurpose="authentication"), "altered"),
        (lambda it: it.update(proof=[it["proof"], it["proof"]]), "altered"),
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


def jwt_with(header, body, sign):
    head = urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    signed = urlsafe_b64encode(sign(f"{head}.{body}".encode())).decode().rstrip("=")
    return f"{head}.{body}.{signed}"


def test_a_jwt_by_another_key_or_with_our_public_one_is_refused(made, rsa_private):
    """What JWTs are known to be forged with: the public key as a shared secret, one's own key, one's own key in the header,
    an extension that a reader would have to understand, the place of another kind of key.
    """
    body = services.contents(made)[1][0].split(".")[1]
    ours = keys.address(keys.current("rs256"))
    public = rsa_private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def by(key):
        return lambda text: key.sign(text, PKCS1v15(), SHA256())

    good = {"alg": "RS256", "kid": ours, "typ": "JWT"}
    assert checking.check(jwt_with(good, body, by(rsa_private))).status == "valid"
    forged = [
        (good | {"alg": "HS256"}, lambda text: hmac.digest(public, text, "sha256")),
        (good, by(stranger)),
        (good | {"jwk": {"kty": "RSA"}}, by(rsa_private)),
        (good | {"crit": ["b64"], "b64": False}, by(rsa_private)),
        (good | {"alg": "rs256"}, by(rsa_private)),
        (good | {"kid": keys.address(keys.current("ed25519"))}, by(rsa_private)),
        (good | {"kid": [ours]}, by(rsa_private)),
        (good | {"kid": None}, by(rsa_private)),
    ]
    for header, sign in forged:
        report = checking.check(jwt_with(header, body, sign))
        assert (report.status, report.findings[-1].state) == ("altered", "bad"), header


def test_a_name_that_stands_twice_is_not_read(badge, made, rsa_private):
    """A reader that takes the first of two would show words that nobody signed."""
    text = json.dumps(badge, ensure_ascii=False)
    double = text.replace('"name":', '"name": "别人的成绩", "name":', 1)
    assert double != text
    with pytest.raises(Invalid) as refusal:
        checking.check(double)
    assert refusal.value.code == "name_twice"
    head, body, _signature = services.contents(made)[1][0].split(".")
    claims = urlsafe_b64decode(body + "=" * (-len(body) % 4)).replace(
        b'"iss":', b'"iss":"did:web:evil.example","iss":', 1
    )
    double = urlsafe_b64encode(claims).decode().rstrip("=")
    header = json.loads(urlsafe_b64decode(head + "=="))
    signed = jwt_with(header, double, lambda text: rsa_private.sign(text, PKCS1v15(), SHA256()))
    assert checking.check(signed).status == "altered"


@pytest.mark.parametrize("depth", [300, 900, 5_000, 100_000])
def test_nested_without_end_is_refused_and_costs_nothing(badge, depth):
    nested = '{"a":' * depth + "1" + "}" * depth
    bare = {name: value for name, value in badge.items() if name != "evidence"}
    text = json.dumps(bare)[:-1] + f', "evidence": {nested}}}'
    if depth < 1_000:
        assert checking.check(text).status == "altered"
        return
    with pytest.raises(Invalid) as refusal:
        checking.check(text)
    assert refusal.value.code in {"not_a_credential", "too_large"}


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
