"""What tests of credentials share: keys that cost nothing to make, a transcript worth signing, a verifier not written here."""

import json
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from creditbank.credentials import keys
from creditbank.outcomes.models import LearningOutcome
from creditbank.transcripts.services import make_transcript
from lms.lib.actor import Actor
from lms.lib.clock import now
from tests.factories.creditbank import booked, certificate, college, person
from tests.interop.installing import INTEROP, installed
from tools.environment import NODE_FOLDER, child_environment


@pytest.fixture(scope="session")
def rsa_private():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def issuer_keys(db, rsa_private):
    who = Actor.system("tests")
    keys.introduce(Ed25519PrivateKey.generate(), who)
    keys.introduce(rsa_private, who)


@pytest.fixture
def learner(issuer_keys):
    """李明: a course's 12.5 hours, a certificate and two courses credited for it."""
    user = person("李明")
    booked(user.uuid, 1250, evidence={"title": "安全生产（公需）"}, rule_code="hours", rule_version=2)
    # Who may verify is the outcomes' own business, and shown by their tests.
    kept = LearningOutcome.objects.filter(pk=certificate(user).pk)
    kept.update(status="verified", method="register", verified_at=now(), verified_by=person("陈静"))
    recognised(user)
    return user


def recognised(user):
    """Two courses of a college, 8 credits, as an approval posts them."""
    evidence = {
        "college": {"name": college().name},
        "programme": {"name": "机电一体化技术"},
        "courses": [
            {"code": "EL101", "name": "电工技术基础", "centicredits": 500},
            {"code": "EL102", "name": "电气控制实训", "centicredits": 300},
        ],
    }
    return booked(
        user.uuid,
        800,
        unit="credit",
        organisation=college().uuid,
        kind="recognition",
        evidence=evidence,
        rule_code="electrician-3",
        rule_version=1,
    )


@pytest.fixture
def paper(learner):
    return make_transcript(learner)


class Verifier:
    """Digital Bazaar's verifier and jose, in one node process that is asked line by line."""

    def __init__(self):
        folder = installed(INTEROP)
        self.process = subprocess.Popen(
            [NODE_FOLDER / "node", "verify.mjs", "--serve"],
            cwd=folder,
            env=child_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, given, *, did, lists=(), now=None):
        """(verified, reason) of a credential (a dict) or a JWT (a str)."""
        request = {"did": did, "statusLists": {item["id"]: item for item in lists}, "now": now}
        request |= {"jwt": given} if isinstance(given, str) else {"credential": given}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return answer["verified"], answer["reason"]

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=20)


@pytest.fixture(scope="session")
def verifier():
    made = Verifier()
    yield made
    made.close()
