"""Reading rules: as the engine's plain facts, and as what a draft of the next version begins with.

The public register is `register.py`. A version that ends its rule is no fact: it cuts short those before it.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Min, OuterRef, QuerySet, Subquery

from creditbank.rules.content import NewVersion
from creditbank.rules.facts import CourseFact, ExemptionFact, Rate, RuleFact
from creditbank.rules.models import ConversionRuleVersion, Programme
from creditbank.rules.services import SAME


def fact(version: ConversionRuleVersion) -> RuleFact:
    """A published version as the engine sees it; its rule and programme are to be selected with it. A later version that
    ends the rule cuts it short where it came out of `versions()`, which knows of it.
    """
    return fact_of(
        content_of(version),
        code=version.rule.code,
        version=version.number,
        programme=str(version.rule.programme.uuid),
        direction=version.rule.direction,
        mode=version.rule.mode,
        valid_until=last_day(version),
    )


def fact_of(
    content: NewVersion,
    *,
    code: str,
    version: int,
    programme: str,
    direction: str,
    mode: str,
    valid_until: date | None,
) -> RuleFact:
    """Content as the engine sees it, of a published version or of a draft. Without a first day it holds at all times."""
    return RuleFact(
        code=code,
        version=version,
        programme=programme,
        outcome_kind=content.outcome_kind,
        occupation_code=content.occupation_code,
        level=content.level,
        or_higher=content.or_higher,
        courses=tuple(CourseFact(**course) for course in content.courses),
        valid_from=content.valid_from or date.min,
        valid_until=valid_until,
        source=content.source_document,
        cap=content.programme_cap_centicredits,
        max_age_days=content.max_age_days,
        direction=direction,
        mode=mode,
        min_score=content.min_score,
        min_amount=content.min_amount,
        issuers=None if content.issuers is None else tuple(body["code"] for body in content.issuers),
        awards=None if content.awards is None else tuple(content.awards),
        course_code=content.course_code,
        free=content.free,
        exemptions=tuple(ExemptionFact(**part) for part in content.exemptions),
        rate=content.rate,
        cap_permille=content.cap_permille,
        cap_per_year=content.cap_per_year,
        cap_per_institution=content.cap_per_institution,
        cap_per_rule=content.cap_per_rule,
        group=content.group,
        stackable=content.stackable,
        shares_outcome=content.shares_outcome,
    )


def content_of(version: ConversionRuleVersion) -> NewVersion:
    """A published version as the plain value it was written from."""
    rate = None
    if version.rate_per is not None:
        rate = Rate(
            per=version.rate_per,
            centicredits=version.rate_centicredits or 0,
            step=version.rate_step or 1,
            of=version.rate_of,
            unit=version.rate_unit,
        )
    same = {name: getattr(version, name) for name in SAME}
    return NewVersion(**same, exemptions=version.exemptions or [], rate=rate)


def last_day(version: ConversionRuleVersion) -> date | None:
    """Its own last day, or the one before a later version ended the rule (of rows out of `versions`); None: open."""
    ended: date | None = getattr(version, "ended_from", None)
    days = [day for day in (version.valid_until, ended and ended - timedelta(days=1)) if day is not None]
    return min(days, default=None)


def with_endings(found: QuerySet[ConversionRuleVersion]) -> QuerySet[ConversionRuleVersion]:
    """The same versions with `ended_from`: the first day on which a later version has ended the rule, or None."""
    later = ConversionRuleVersion.objects.filter(
        rule=OuterRef("rule"), number__gt=OuterRef("number"), ends=True
    )
    first = later.order_by().values("rule").annotate(day=Min("valid_from")).values("day")
    return found.annotate(ended_from=Subquery(first))


def versions(programmes: Iterable[Programme] | None = None) -> QuerySet[ConversionRuleVersion]:
    """Published versions that can give, with rule, programme and college, of active programmes (or of those given)."""
    found = with_endings(ConversionRuleVersion.objects.filter(ends=False)).select_related(
        "rule__programme__organisation"
    )
    if programmes is None:
        found = found.filter(rule__programme__active=True)
    else:
        found = found.filter(rule__programme__in=list(programmes))
    return found.order_by(
        "rule__programme__organisation__name", "rule__programme__name", "rule__code", "number"
    )


def version_of(code: str, number: int) -> ConversionRuleVersion | None:
    return versions().filter(rule__code=code, number=number).first()
