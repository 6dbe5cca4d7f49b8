"""Real connections at the same moment: one set of a kind, no place given twice, one key that signs."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from creditbank.credentials import keys, services
from creditbank.credentials.models import CredentialSet, IssuedCredential, IssuerKey, StatusList
from creditbank.transcripts.services import make_transcript
from lms.lib.actor import Actor
from lms.lib.errors import Refusal
from tests.factories.creditbank import booked, person
from tests.races import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def papers(count):
    users = [person(f"学员{number}") for number in range(count)]
    for user in users:
        booked(user.uuid, 900, evidence={"title": "安全生产"})
    return [(user, make_transcript(user)) for user in users]


def test_the_same_set_asked_for_four_times(issuer_keys):
    [(user, paper)] = papers(1)
    made = at_once(*(lambda: services.issue(user, paper, name_form="masked") for _ in range(4)), refused=())
    assert len({item.pk for item in made}) == CredentialSet.objects.count() == 1
    assert IssuedCredential.objects.count() == StatusList.objects.get().taken == 2


def test_the_first_sets_of_four_people(issuer_keys):
    all_papers = papers(4)
    at_once(
        *(lambda it=it: services.issue(it[0], it[1], name_form="masked") for it in all_papers), refused=()
    )
    assert sum(StatusList.objects.values_list("taken", flat=True)) == IssuedCredential.objects.count() == 8
    assert StatusList.objects.count() == 1


def test_keys_that_come_at_once_leave_one_that_signs(issuer_keys):
    results = at_once(
        *(lambda: keys.introduce(Ed25519PrivateKey.generate(), Actor.system("tests")).pk for _ in range(3)),
        refused=(Refusal,),
    )
    assert len(results) == 3
    assert IssuerKey.objects.filter(algorithm="ed25519", state="current").count() == 1
