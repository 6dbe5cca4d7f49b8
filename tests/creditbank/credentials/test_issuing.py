"""Issuing, downloads, keys, status lists and what an erasure leaves of them."""

import io
import json
import zipfile
from hashlib import sha256

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from creditbank.credentials import badges, bits, did, keys, multikey, services, status
from creditbank.credentials.models import IssuedCredential, IssuerKey, StatusList
from creditbank.transcripts.services import revoke_transcript
from lms.lib.actor import Actor
from lms.lib.audit.models import AuditRow
from lms.lib.errors import Conflict, Invalid, NotFound
from tests.factories.creditbank import person

SYSTEM = Actor.system("tests")


@given(st.binary(max_size=40))
def test_base58_goes_there_and_back(raw):
    assert multikey.unbase58(multikey.base58(raw)) == raw


@given(st.sets(st.integers(0, bits.SIZE - 1), max_size=20), st.integers(0, bits.SIZE - 1))
def test_a_status_list_holds_what_was_put_in(revoked, other):
    text = bits.encode(revoked)
    assert all(bits.is_set(text, index) for index in revoked)
    assert bits.is_set(text, other) == (other in revoked)


@pytest.mark.parametrize("text", ["", "x", "uAAAA", "u" + "H4sIAAAAAAAA", bits.encode([], 128)])
def test_what_is_no_status_list_is_refused(text):
    with pytest.raises(ValueError):
        bits.is_set(text, 1)


@pytest.mark.parametrize(
    ("address", "name", "path"),
    [
        ("https://example.org", "did:web:example.org", ".well-known/did.json"),
        ("http://127.0.0.1:8000", "did:web:127.0.0.1%3A8000", ".well-known/did.json"),
        ("https://example.org/lms", "did:web:example.org:lms", "did.json"),
    ],
)
def test_the_issuer_is_named_after_the_platforms_address(address, name, path):
    assert (did.identifier(address), did.document_path(address)) == (name, path)


def test_amounts_are_written_as_they_are():
    assert [badges.number(centi) for centi in (800, 5, 1250, 0)] == [8, 0.05, 12.5, 0]


pytestmark = [pytest.mark.django_db, pytest.mark.long]


def test_no_identity_number_and_no_name_unless_chosen(learner, paper):
    number = learner.identity.number
    for form, name in (("real", "李明"), ("masked", "李＊"), ("none", None)):
        text = json.dumps(
            services.contents(services.issue(learner, paper, name_form=form))[0], ensure_ascii=False
        )
        assert number not in text
        assert str(learner.uuid) not in text
        assert ("李明" in text) == (form == "real")
        assert name is None or name in text


def test_two_sets_of_one_person_cannot_be_joined(learner, paper):
    first, second = (services.issue(learner, paper, name_form=form) for form in ("masked", "none"))
    texts = [json.dumps(services.contents(made)[0]) for made in (first, second)]
    # Achievements and the bodies behind them are the same for everybody; nothing of the person is.
    public = {"achievement", "creator"}
    names = [set(_names(json.loads(text), public)) for text in texts]
    assert not names[0] & names[1]
    sources = first.credentials.exclude(source=None).values_list("source", flat=True)
    assert not any(str(source) in text for source in sources for text in texts)


def _names(value, public):
    if isinstance(value, list):
        for item in value:
            yield from _names(item, public)
    elif isinstance(value, dict):
        if str(value.get("id", "")).startswith("urn:uuid:"):
            yield value["id"]
        for key, item in value.items():
            if key not in public:
                yield from _names(item, public)


def test_the_same_asked_for_twice_is_the_same(learner, paper):
    first, second = (services.issue(learner, paper, name_form="masked") for _time in range(2))
    assert first.pk == second.pk
    assert IssuedCredential.objects.count() == 5
    assert StatusList.objects.get().taken == 5


def test_places_are_random_and_never_given_twice(learner, paper):
    for days in services.LENGTHS[:2]:
        services.issue(learner, paper, name_form="masked", days=days)
    places = list(IssuedCredential.objects.order_by("id").values_list("index", flat=True))
    assert len(set(places)) == len(places) == 10
    assert places != sorted(places)


def test_a_half_full_list_is_followed_by_another(learner, paper):
    services.issue(learner, paper, name_form="masked")
    StatusList.objects.update(taken=bits.SIZE // 2)
    services.issue(learner, paper, name_form="none")
    assert list(StatusList.objects.order_by("number").values_list("number", "taken")) == [(1, 65536), (2, 5)]


def test_only_ones_own_and_only_standing_papers(learner, paper):
    with pytest.raises(NotFound):
        services.issue(person("别人"), paper, name_form="masked")
    with pytest.raises(Invalid):
        services.issue(learner, paper, name_form="initials")
    with pytest.raises(Invalid):
        services.issue(learner, paper, name_form="masked", days=7)
    made = services.issue(learner, paper, name_form="masked")
    revoke_transcript(learner, paper)
    with pytest.raises(Conflict):
        services.issue(learner, paper, name_form="none")
    with pytest.raises(Conflict):
        services.renewed(made)


def test_the_download_holds_what_a_stranger_needs(client, learner, paper):
    client.force_login(learner)
    client.post(reverse("credit:issue_credentials", args=[paper.uuid]), {"name_form": "masked", "days": "0"})
    made = paper.credential_sets.get()
    answer = client.get(reverse("credit:credentials_file", args=[made.uuid, "bundle.zip"]))
    files = zipfile.ZipFile(io.BytesIO(answer.content))
    names = set(files.namelist())
    assert {"did.json", "clr.json", "clr.jwt", "README.zh.md", "README.en.md", "status-list-1.json"} <= names
    assert {"credentials/004.json", "credentials/004.jwt", "contexts/open-badges-3.0.3.json"} <= names
    # A PDF shows the real name, which was not chosen.
    assert "transcript.pdf" not in names
    served = client.get("/.well-known/did.json")
    assert files.read("did.json") == served.content
    assert sha256(served.content).hexdigest() in files.read("README.zh.md").decode()
    assert sha256(served.content).hexdigest() in client.get(reverse("credit:keys")).content.decode()
    assert json.loads(files.read("clr.json"))["type"][1] == "ClrCredential"
    for name in ("clr.json", "clr.jwt"):
        assert client.get(reverse("credit:credentials_file", args=[made.uuid, name])).status_code == 200
    assert client.get(reverse("credit:credentials_file", args=[made.uuid, "other"])).status_code == 404
    client.force_login(person("别人"))
    assert client.get(reverse("credit:credentials_file", args=[made.uuid, "clr.json"])).status_code == 404


def test_the_transcript_page_offers_them(client, learner, paper):
    services.issue(learner, paper, name_form="masked", days=30)
    client.force_login(learner)
    page = client.get(reverse("credit:transcript")).content.decode()
    assert "bundle.zip" in page
    assert "签发电子凭证" in page


def test_secrets_are_encrypted_and_thrown_away(issuer_keys):
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM creditbank_issuerkey WHERE algorithm = 'rs256'")
        assert "PRIVATE KEY" not in cursor.fetchone()[0]
    old = keys.current("ed25519")
    fresh = keys.rotate("ed25519", SYSTEM)
    old.refresh_from_db()
    assert (old.state, old.secret, fresh.state) == ("retired", "", "current")
    shown = json.loads(keys.did_bytes())
    assert keys.address(old) in shown["assertionMethod"]
    keys.mark_compromised(old.fragment, SYSTEM, reason="备份丢失")
    keys.mark_compromised(old.fragment, SYSTEM, reason="备份丢失")
    shown = json.loads(keys.did_bytes())
    assert keys.address(old) not in shown["assertionMethod"]
    assert next(item for item in shown["verificationMethod"] if item["id"] == keys.address(old))["revoked"]
    assert AuditRow.objects.filter(action="credential_key.compromised").count() == 1
    with pytest.raises(NotFound):
        keys.mark_compromised("nobody", SYSTEM, reason="x")
    with pytest.raises(Invalid):
        keys.mark_compromised(fresh.fragment, SYSTEM, reason=" ")


def test_a_compromised_key_that_signs_is_replaced_at_once(issuer_keys):
    old = keys.current("ed25519")
    keys.mark_compromised(old.fragment, SYSTEM, reason="泄露")
    assert keys.current("ed25519").fragment != old.fragment


def test_a_weak_key_is_refused(db):
    from cryptography.hazmat.primitives.asymmetric import rsa

    with pytest.raises(Invalid):
        keys.introduce(rsa.generate_private_key(public_exponent=65537, key_size=1024), SYSTEM)


def test_a_key_is_introduced_once(issuer_keys, rsa_private):
    with pytest.raises(Conflict):
        keys.introduce(rsa_private, SYSTEM)
    assert keys.signing(keys.current("rs256")).private_numbers() == rsa_private.private_numbers()


def test_the_command_shows_and_rotates(issuer_keys, capsys):
    call_command("credential_keys", rotate="ed25519")
    said = capsys.readouterr().out
    assert "retired" in said
    assert did.fingerprint(keys.did_bytes()) in said
    assert IssuerKey.objects.filter(algorithm="ed25519").count() == 2


def test_the_status_list_is_public_and_changes_at_once(client, learner, paper):
    made = services.issue(learner, paper, name_form="masked")
    address = reverse("credit:status_list", args=[1])
    before = json.loads(client.get(address).content)["credentialSubject"]["encodedList"]
    row = made.credentials.first()
    assert not bits.is_set(before, row.index)
    revoke_transcript(learner, paper)
    after = json.loads(client.get(address).content)["credentialSubject"]["encodedList"]
    assert bits.is_set(after, row.index)
    assert client.get(reverse("credit:status_list", args=[9])).status_code == 404
    with pytest.raises(NotFound):
        status.list_credential(9)


def test_an_erasure_revokes_and_empties(learner, paper):
    made = services.issue(learner, paper, name_form="real")
    services.erase_of(learner)
    made.refresh_from_db()
    assert made.content == ""
    assert set(made.credentials.values_list("reason", flat=True)) == {"erased"}
