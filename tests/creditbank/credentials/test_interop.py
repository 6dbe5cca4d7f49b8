"""Credentials before verifiers that others wrote: taken when fresh, refused once a byte is changed, after the end, after a
revocation, and when a key was compromised.
"""

import copy
import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creditbank.credentials import checking, keys, services, status
from creditbank.credentials.models import StatusList
from creditbank.ledger.models import Transaction
from creditbank.ledger.services import reverse
from creditbank.transcripts.services import make_transcript, revoke_transcript
from lms.lib.actor import Actor
from lms.lib.outbox.services import deliver_pending
from tests.examples import examples
from tests.factories.creditbank import SYSTEM, booked, person

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def did_document():
    return json.loads(keys.did_bytes())


def lists():
    return [status.list_credential(number) for number in StatusList.objects.values_list("number", flat=True)]


@pytest.fixture
def made(learner, paper):
    return services.issue(learner, paper, name_form="masked", days=30)


def test_every_credential_is_accepted(made, verifier):
    credentials, jwts = services.contents(made)
    assert len(credentials) == 2 + 1 + 1 + 1
    did, known = did_document(), lists()
    for given_in in (*credentials, *jwts):
        assert verifier(given_in, did=did, lists=known) == (True, "")
        text = given_in if isinstance(given_in, str) else json.dumps(given_in)
        report = checking.check(text)
        assert report.status == "valid", report.findings


def test_what_ended_is_refused(made, verifier):
    credentials, jwts = services.contents(made)
    late = (made.issued_at + timedelta(days=30, seconds=1)).isoformat()
    early = (made.issued_at - timedelta(hours=2)).isoformat()
    unlisted = {name: value for name, value in credentials[0].items() if name != "credentialStatus"}
    for moment in (late, early):
        ok, reason = verifier(unlisted, did=did_document(), now=moment)
        assert not ok
        assert verifier(jwts[0], did=did_document(), now=moment)[0] is False
    assert "valid" in reason or "signature" in reason.lower()


def test_the_holder_takes_the_paper_back(learner, paper, made, verifier):
    credentials, _jwts = services.contents(made)
    before = lists()
    revoke_transcript(learner, paper)
    did, after = did_document(), lists()
    for item in credentials:
        assert verifier(item, did=did, lists=before)[0]
        assert not verifier(item, did=did, lists=after)[0]
        assert checking.check(json.dumps(item)).status == "revoked"


def test_a_reversed_recognition_takes_its_credentials_and_the_record(made, verifier):
    reverse(Transaction.objects.get(kind="recognition"), reason="证书被撤销", actor=SYSTEM)
    deliver_pending()
    did, known = did_document(), lists()
    credentials, _jwts = services.contents(made)
    found = [verifier(item, did=did, lists=known)[0] for item in credentials]
    # Two courses by it are gone, the certificate and the hours stand, the whole is not true any more.
    assert found == [False, False, True, True, False]


def test_a_key_is_replaced_and_then_compromised(learner, paper, made, verifier):
    credentials, jwts = services.contents(made)
    old = made.proof_key
    keys.rotate("ed25519", Actor.system("tests"))
    assert verifier(credentials[0], did=did_document(), lists=lists())[0]
    assert checking.check(json.dumps(credentials[0])).status == "valid"
    keys.mark_compromised(old.fragment, Actor.system("tests"), reason="备份丢失")
    assert not verifier(credentials[0], did=did_document(), lists=lists())[0]
    assert checking.check(json.dumps(credentials[0])).status == "altered"
    assert verifier(jwts[0], did=did_document())[0]
    anew = services.issue(learner, paper, name_form="masked", days=30)
    assert anew.pk == made.pk
    again, _jwts = services.contents(anew)
    assert again[0]["id"] == credentials[0]["id"]
    assert verifier(again[0], did=did_document(), lists=lists())[0]


def test_a_status_list_somebody_changed_is_no_status_list(made, verifier):
    credentials, _jwts = services.contents(made)
    forged = copy.deepcopy(lists())
    forged[0]["validFrom"] = "2020-01-01T00:00:00Z"
    assert not verifier(credentials[0], did=did_document(), lists=forged)[0]


def test_the_whole_does_not_hide_a_part_that_was_changed(made, verifier):
    whole = copy.deepcopy(services.contents(made)[0][-1])
    whole["credentialSubject"]["verifiableCredential"][0]["credentialSubject"]["creditsEarned"] = 50
    assert not verifier(whole, did=did_document(), lists=lists())[0]
    assert checking.check(json.dumps(whole)).status == "altered"


ODD = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@pytest.mark.long
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(title=ODD.filter(str.strip), centi=st.integers(1, 10**9))
def test_any_title_and_amount_survives_the_way(issuer_keys, verifier, title, centi):
    user = person("赵𠀀", real_name=True)
    booked(user.uuid, centi, evidence={"title": title})
    made = services.issue(user, make_transcript(user), name_form="real")
    for item in (*services.contents(made)[0], *services.contents(made)[1]):
        assert verifier(item, did=did_document(), lists=lists())[0]


def _changed(text, place, mark):
    return text[:place] + mark + text[place + 1 :]


def test_any_byte_changed_is_refused(made, verifier):
    """Every byte of subject and proof, by ours and by theirs; what is no JSON any more is refused before."""
    credential = services.contents(made)[0][0]
    text = json.dumps(credential, ensure_ascii=False, sort_keys=True)
    did, known = did_document(), lists()

    @settings(max_examples=examples(120), suppress_health_check=list(HealthCheck))
    @given(place=st.integers(0, len(text) - 1), mark=st.characters(min_codepoint=32, max_codepoint=126))
    def changed(place, mark):
        given_in = _changed(text, place, mark)
        try:
            document = json.loads(given_in)
        except ValueError:
            return
        if document == credential:
            return
        assert not verifier(document, did=did, lists=known)[0]
        assert checking.check(given_in).status != "valid"

    changed()


def test_any_letter_of_a_jwt_changed_is_refused(made, verifier):
    jwt = services.contents(made)[1][0]
    did = did_document()

    @settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))
    @given(place=st.integers(0, len(jwt) - 1), mark=st.sampled_from("ABXYabxy0189-_."))
    def changed(place, mark):
        given_in = _changed(jwt, place, mark)
        if given_in == jwt:
            return
        # base64url's last letters hold bits that nobody reads; ours refuses what is not written as it should be.
        assert checking_refuses(given_in)
        if place < len(jwt) - 1:
            assert not verifier(given_in, did=did)[0]

    changed()


def checking_refuses(text):
    from lms.lib.errors import Invalid

    try:
        return checking.check(text).status != "valid"
    except Invalid:
        return True
