"""Recognitions for tests of learning accounts, decided by as many reviewers as it takes."""

from creditbank.applications.decisions import decide
from creditbank.applications.models import Application
from creditbank.applications.services import Wish, submit
from creditbank.outcomes.services import verify_outcome
from creditbank.rules.models import ConversionRuleVersion
from lms.accounts.models import User
from tests.factories.creditbank import certificate, member, rule_version


def version_of_test() -> ConversionRuleVersion:
    found = ConversionRuleVersion.objects.filter(rule__code="electrician-3").first()
    return found or rule_version()


def approved(user: User) -> Application:
    """Eight credits for a fresh certificate of the user's."""
    version = version_of_test()
    college = version.rule.programme.organisation
    outcome = certificate(user)
    case = submit(user, Wish(outcome.uuid, version.rule.code, version.number))
    first = member("reviewer", college, "陈静")
    verify_outcome(first, outcome, method="register")
    case = decide(first, case, approve=True, reason="相符")
    if case.state != "approved":
        case = decide(member("reviewer", college, "王审"), case, approve=True, reason="相符")
    assert case.state == "approved"
    return case
