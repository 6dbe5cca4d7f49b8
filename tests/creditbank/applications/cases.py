"""What tests of applications share: a college with terms, its people, and cases at any point of their way."""

from dataclasses import dataclass, field
from typing import Any

from creditbank.applications.services import Wish, submit
from creditbank.ledger.audit import audit
from creditbank.ledger.queries import balances_of
from creditbank.outcomes.services import verify_outcome
from tests.factories.creditbank import certificate, college, member, person, programme, rule_version, terms


@dataclass
class House:
    """A college that asks for two pairs of eyes (or as `terms` say), a rule of it, and its people."""

    reviewers: int = 2
    code: str = "shenjiang-open"
    fields: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self):
        self.home = college(self.code, f"学校 {self.code}")
        values = {"evidence_required": False, "reviewers": self.reviewers} | self.fields
        self.terms = terms(self.home, **values)
        self.version = rule_version(programme(self.home), code=f"electrician-{self.code}")
        self.first, self.second, self.third = (
            member("reviewer", self.home, name) for name in ("陈静", "周明", "吴敏")
        )
        self.admin = member("admin", self.home, "管理")

    def wish(self, outcome, version=None):
        version = version or self.version
        return Wish(outcome.uuid, version.rule.code, version.number)

    def case(self, learner=None, *, verified=True, version=None, **outcome):
        """(learner, application), the certificate verified by the first reviewer."""
        learner = learner or person()
        version = version or self.version
        paper = certificate(learner, **{"occupation_code": version.occupation_code} | outcome)
        made = submit(learner, self.wish(paper, version))
        if verified:
            # By somebody who judges nothing else.
            verify_outcome(member("reviewer", self.home, "核实"), paper, method="register")
        return learner, made


def credits_of(user, home=None):
    return sum(
        item.balance
        for item in balances_of(user.uuid)
        if item.unit.code == "credit" and (home is None or item.account.organisation == home.uuid)
    )


def books_hold():
    report = audit()
    assert report.broken == 0, report.breaks
