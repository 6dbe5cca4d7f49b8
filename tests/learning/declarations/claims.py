"""An employer, a department, their people and claims, for tests. Everybody here is invented."""

from datetime import date
from itertools import count
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from lms.learning.declarations.decisions import NewRule, Verdict, publish_rule, review
from lms.learning.declarations.models import HoursActivityRule, HoursDeclaration
from lms.learning.declarations.services import Declared, declare
from lms.lib.actor import Actor
from tests.factories.accounts import MembershipFactory, OrganisationFactory, UserFactory, member

SYSTEM = Actor.system("tests")
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
_titles = count(1)


class House:
    """An employer with a worker and a personnel officer, a department with two reviewers."""

    def __init__(self) -> None:
        self.employer = OrganisationFactory(kind="enterprise", name="青申精密机械有限公司")
        self.department = OrganisationFactory(kind="authority", name="申江市人力资源和社会保障局")
        self.worker = member("teacher", self.employer, display_name="吴工")
        self.hr = member("hr", self.employer, display_name="钱芳")
        self.reviewer = member("reviewer", self.department, display_name="郑明")
        self.second = member("reviewer", self.department, display_name="何静")

    def said(self, **changes: Any) -> Declared:
        values = {
            "activity": "conference",
            "category": "specialty",
            "title": f"智能制造学术年会（第 {next(_titles)} 届）",
            "organiser": "申江市机械工程学会",
            "starts_on": date(2026, 3, 2),
            "ends_on": date(2026, 3, 4),
            "employer": self.employer.uuid,
            "department": self.department.uuid,
            "centihours": 1200,
        } | changes
        return Declared(**values)

    def claim(self, *files: SimpleUploadedFile, person: Any = None, **changes: Any) -> HoursDeclaration:
        return declare(person or self.worker, self.said(**changes), files)

    def passed(self, **changes: Any) -> HoursDeclaration:
        """A claim that the employer has let through."""
        return review(self.hr, self.claim(**changes), Verdict("accept"))

    def accepted(self, hours: int | None = None, **changes: Any) -> HoursDeclaration:
        return accept(self.reviewer, self.passed(**changes), hours)


def accept(reviewer: Any, claim: HoursDeclaration, hours: int | None = None) -> HoursDeclaration:
    hours = claim.ceiling if hours is None else hours
    return review(reviewer, claim, Verdict("accept", "与证明材料相符", hours))


def rule(**changes: Any) -> HoursActivityRule:
    values = {
        "activity": "conference",
        "category": "specialty",
        "valid_from": date(2025, 1, 1),
        "centihours_per_unit": 1200,
        "unit_word": "次",
        "source": "测试折算表",
    } | changes
    return publish_rule(SYSTEM, NewRule(**values))


def picture(name: str = "证书.png", content: bytes = PNG) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


__all__ = ["PNG", "House", "MembershipFactory", "UserFactory", "accept", "picture", "rule"]
