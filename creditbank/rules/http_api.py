"""/api/v1/credit/rules: the public register, without signing in."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema

from creditbank.rules import register, words
from creditbank.rules.models import ConversionRuleVersion
from creditbank.rules.queries import content_of, last_day
from creditbank.rules.register import Wanted
from lms.lib.clock import today
from lms.lib.pages import PER_PAGE, paginate

router = Router()


class RateOut(Schema):
    """`per` of `of` give `centicredits`, rounded down to whole steps; unit "": hours of any kind."""

    per: int
    centicredits: int
    step: int
    of: str
    unit: str


class RuleOut(Schema):
    """One published version. Amounts in hundredths, ratios in per mille; null: no source sets it."""

    code: str
    version: int
    title: str
    mode: str
    direction: str
    college: str
    programme: UUID
    programme_name: str
    outcome_kind: str
    occupation_code: str
    occupation_name: str
    level: int | None
    or_higher: bool
    min_score: int | None
    min_amount: int | None
    course_code: str
    course_name: str
    issuers: list[dict[str, str]] | None
    awards: list[str] | None
    courses: list[dict[str, Any]]
    exemptions: list[dict[str, str]]
    free: int
    rate: RateOut | None
    centicredits: int
    valid_from: date
    valid_until: date | None
    source_document: str
    programme_cap_centicredits: int | None
    cap_permille: int | None
    cap_per_year: int | None
    cap_per_institution: int | None
    cap_per_rule: int | None
    group: str
    stackable: bool
    shares_outcome: bool
    ends: bool
    max_age_days: int | None
    address: str


class FactOut(Schema):
    key: str
    label: str
    lines: list[str]


class ChangeOut(Schema):
    label: str
    gone: list[str]
    come: list[str]


class VersionOut(Schema):
    """A version with its words. state: coming, in_force, replaced, over or ended (today); last_day: with later endings."""

    rule: RuleOut
    state: str
    last_day: date | None
    published_at: datetime
    facts: list[FactOut]
    changes: list[ChangeOut]


class RulePageOut(Schema):
    code: str
    title: str
    excludes: list[str]
    versions: list[VersionOut]


def rule_out(version: ConversionRuleVersion) -> RuleOut:
    """A version whose rule, programme and college are selected with it."""
    programme = version.rule.programme
    content = content_of(version)
    own = {name: getattr(version, name) for name in RuleOut.model_fields if hasattr(version, name)}
    return RuleOut(
        **own
        | {
            "code": version.rule.code,
            "version": version.number,
            "title": version.rule.title,
            "mode": version.rule.mode,
            "direction": version.rule.direction,
            "college": programme.organisation.name,
            "programme": programme.uuid,
            "programme_name": programme.name,
            "exemptions": content.exemptions,
            "rate": _rate(content.rate),
            "address": words.rule_url(version.rule.code, version.number),
        }
    )


def _rate(rate: Any) -> RateOut | None:
    if rate is None:
        return None
    return RateOut(
        per=rate.per, centicredits=rate.centicredits, step=rate.step, of=str(rate.of), unit=rate.unit
    )


@router.get("", response=list[RuleOut], auth=None, summary="Published rules, filtered and paged")
def rules(
    request: HttpRequest,
    direction: str = "",
    mode: str = "",
    institution: str = "",
    kind: str = "",
    occupation: str = Query("", max_length=80),
    day: date | None = None,
    page: int = Query(1, ge=1),
) -> list[RuleOut]:
    """One version of each rule: the one in force on `day`, or its newest. institution: an organisation's code."""
    wanted = Wanted(direction, mode, institution, kind, occupation, day)
    return [rule_out(version) for version in paginate(request, register.listed(wanted), PER_PAGE)]


@router.get("/{code}", response=RulePageOut, auth=None, summary="One rule with all its versions and changes")
def rule(request: HttpRequest, code: str) -> RulePageOut:
    found = register.rule_of(code)
    shown = register.versions_of(found, today())
    current = next((item for item in shown if item.state == "in_force"), shown[0])
    return RulePageOut(
        code=found.code,
        title=found.title,
        excludes=[other.code for other in register.excluded_by(found, current.version)],
        versions=[
            VersionOut(
                rule=rule_out(item.version),
                state=item.state,
                last_day=last_day(item.version),
                published_at=item.version.published_at,
                facts=[FactOut(key=f.key, label=f.label, lines=list(f.lines)) for f in item.facts],
                changes=[
                    ChangeOut(label=c.label, gone=list(c.gone), come=list(c.come)) for c in item.changes
                ],
            )
            for item in shown
        ],
    )
