"""A reviewer sees a real name for an application in the own queue, and only as long as it waits there."""

import pytest

from creditbank.applications.services import Wish, submit, withdraw
from lms.accounts.api import reveal_identity, verify_identity
from lms.accounts.organisations.queries import actor
from lms.accounts.people.queries import looks_at
from lms.lib.errors import NotAllowed
from tests.factories.creditbank import certificate, college, member, person, programme, rule_version

pytestmark = pytest.mark.django_db
WHY = "核对证书上的姓名"


@pytest.fixture
def learner():
    return person("王芳")


@pytest.fixture
def application(learner):
    version = rule_version(programme())
    return submit(learner, Wish(certificate(learner).uuid, version.rule.code, version.number))


@pytest.fixture
def reviewer():
    return member("reviewer", college())


def test_the_reviewer_of_a_waiting_application_sees_the_name_and_is_logged(reviewer, learner, application):
    assert reveal_identity(reviewer, learner, WHY).legal_name == "王芳"
    look = looks_at(learner).get(action="identity.reveal")
    assert (look.person, look.role, look.body, look.reason) == (
        reviewer.uuid,
        "reviewer",
        college().code,
        WHY,
    )
    assert look.data["ground"] == "creditbank.review"
    assert verify_identity(learner, actor(reviewer, "reviewer", college()), reason=WHY).status == "verified"


def test_nobody_else_does(learner, application):
    strangers = [
        member("reviewer", college("other", "别的学院")),
        member("teacher", college()),
        member("editor", college()),
        person("路人"),
    ]
    for stranger in strangers:
        with pytest.raises(NotAllowed):
            reveal_identity(stranger, learner, WHY)
    assert not looks_at(learner).filter(action="identity.reveal").exists()


def test_nor_before_it_is_handed_in_nor_after_it_is_withdrawn(reviewer, learner):
    with pytest.raises(NotAllowed):
        reveal_identity(reviewer, learner, WHY)
    version = rule_version(programme())
    handed_in = submit(learner, Wish(certificate(learner).uuid, version.rule.code, version.number))
    assert reveal_identity(reviewer, learner, WHY)
    withdraw(learner, handed_in)
    with pytest.raises(NotAllowed):
        reveal_identity(reviewer, learner, WHY)
