"""People, colleges, rules and postings for tests of the credit bank. Everybody here is invented."""

from datetime import date
from itertools import count
from typing import Any
from uuid import UUID

from creditbank.applications.models import CaseTerms
from creditbank.applications.terms import NewTerms, publish_terms
from creditbank.ledger.models import Transaction
from creditbank.ledger.services import Line, Posting, holder_account, issuer_account, post
from creditbank.outcomes.catalogue import Entry, save_entry
from creditbank.outcomes.models import CATALOGUED, CatalogueEntry, IssuingRight, LearningOutcome, OutcomeKind
from creditbank.outcomes.rights import set_right
from creditbank.outcomes.services import Deposit, deposit
from creditbank.rules.models import ConversionRuleVersion, Programme
from creditbank.rules.services import NewVersion, open_programme, open_rule, publish_version
from lms.accounts.models import Identity, Membership, Organisation, User
from lms.lib.actor import Actor
from lms.lib.clock import now
from lms.lib.crypto import lookup_hash
from lms.lib.ids import uuid7

SYSTEM = Actor.system("tests")
TEST_DAY = date(2026, 3, 2)
_numbers = count(1)


def booking(
    person: UUID,
    amount: int,
    *,
    unit: str = "study_hour.public",
    organisation: UUID | None = None,
    **fields: Any,
) -> Posting:
    """A posting that moves `amount` between the unit's issuer and the person."""
    lines = (
        Line(holder_account(person, unit, organisation), amount),
        Line(issuer_account(unit, organisation), -amount),
    )
    return Posting(**{"kind": "hours", "occurred_on": TEST_DAY, "lines": lines} | fields)


def booked(person: UUID, amount: int, *, key: str | None = None, **fields: Any) -> Transaction:
    return post(booking(person, amount, **fields), idempotency_key=key or str(uuid7()), actor=SYSTEM)


def person(name: str = "李明", *, real_name: bool = True, **fields: Any) -> User:
    """Someone with a real name (unless real_name=False)."""
    number = next(_numbers)
    user = User.objects.create_user(email=f"credit-{number}@example.org", display_name=name, **fields)
    if real_name:
        paper = f"E{number:08d}"
        Identity.objects.create(
            user=user,
            kind="passport",
            country="CHN",
            legal_name=name,
            number=paper,
            number_hash=lookup_hash(f"tests:{paper}", "identity"),
            status="checked",
            checked_at=now(),
        )
    return user


def college(code: str = "shenjiang-open", name: str = "申江开放大学") -> Organisation:
    return Organisation.objects.get_or_create(code=code, defaults={"name": name, "kind": "college"})[0]


def member(role: str, organisation: Organisation, name: str = "陈静", **fields: Any) -> User:
    """Someone who holds a role in an organisation since long ago."""
    user = person(name, **fields)
    Membership.objects.create(user=user, organisation=organisation, role=role, since=date(2020, 1, 1))
    return user


def programme(
    organisation: Organisation | None = None, code: str = "mechatronics", **fields: Any
) -> Programme:
    """A programme of a college whose cases take one pair of eyes and no evidence, unless it has set terms already."""
    values = {
        "name": "机电一体化技术",
        "award": "专科",
        "centicredits": 7600,
        "source": "测试教学计划",
    } | fields
    home = organisation or college()
    if not CaseTerms.objects.filter(organisation=home).exists():
        terms(home, reviewers=1, evidence_required=False)
    return open_programme(SYSTEM, home, code=code, **values)


def terms(home: Organisation, target: Programme | None = None, **fields: Any) -> CaseTerms:
    """Terms of a college (or of one of its programmes) from 2020 on; what is not given is not set."""
    values = {"valid_from": date(2020, 1, 1), "source": "测试规定"} | fields
    return publish_terms(SYSTEM, home, NewTerms(**values), programme=target)


def rule_version(
    target: Programme | None = None, code: str = "electrician-3", **fields: Any
) -> ConversionRuleVersion:
    """电工 三级/高级工 → two courses, 8 credits, from 2025 on."""
    rule = open_rule(SYSTEM, target or programme(), code=code, title=f"规则 {code}")
    values = {
        "occupation_code": "6-31-01-03",
        "occupation_name": "电工",
        "level": 3,
        "courses": [
            {"code": "EL101", "name": "电工技术基础", "centicredits": 500},
            {"code": "EL102", "name": "电气控制实训", "centicredits": 300},
        ],
        "valid_from": date(2025, 1, 1),
        "source_document": "测试规则文件",
    } | fields
    return publish_version(SYSTEM, rule, NewVersion(**values))


def skill_number(level: int = 3, serial: int | None = None) -> str:
    return f"S00013100012324{level}{serial if serial is not None else next(_numbers):06d}"


def entitled(body: Organisation, *kinds: str, code: str = "6-31-01-03", name: str = "电工") -> None:
    """The institution may deposit and verify these kinds (all, where none is named) since 2020; the catalogue names it
    for an occupation in those of them that it has entries of."""
    since = date(2020, 1, 1)
    held = set(IssuingRight.objects.filter(organisation=body).values_list("kind", flat=True))
    for kind in kinds or OutcomeKind.values:
        if kind not in held:
            set_right(SYSTEM, kind=kind, allowed=True, valid_from=since, source="测试规定", organisation=body)
    for kind in [kind for kind in kinds or (OutcomeKind.SKILL,) if kind in CATALOGUED]:
        known = {"occupation_code": code} if code else {"name": name}
        named = CatalogueEntry.objects.filter(kind=kind, **known).first()
        if named is None or body.name not in named.issuers:
            issuers = [*(named.issuers if named else ()), body.name]
            entry = Entry(kind, name, code, (5, 4, 3, 2, 1), issuers, (), since, "测试目录")
            save_entry(SYSTEM, entry, named)


def certificate(holder: User, *, right: bool = True, **fields: Any) -> LearningOutcome:
    """A deposited 电工 高级工 certificate, waiting for verification. right: an issuer that is an organisation here may
    verify it."""
    level = fields.get("level", 3)
    values = {
        "kind": "vocational_skill_certificate",
        "title": "电工 三级/高级工",
        "occupation_code": "6-31-01-03",
        "level": level,
        "issuer_name": "申江职业技能评价中心",
        "number": skill_number(level),
        "issued_on": date(2024, 6, 1),
    } | fields
    made = deposit(holder, Deposit(**values))
    if right and made.issuer is not None:
        name = made.title.split(" ")[0]
        entitled(made.issuer, made.kind, code=made.occupation_code, name=name)
    return made
