"""Reading rules as the engine's plain facts, and the public register of rules."""

from collections.abc import Iterable

from django.db.models import QuerySet

from creditbank.rules.models import ConversionRuleVersion, Programme
from creditbank.rules.rules import CourseFact, RuleFact


def fact(version: ConversionRuleVersion) -> RuleFact:
    """A published version as the engine sees it; its rule and programme are to be selected with it."""
    return RuleFact(
        code=version.rule.code,
        version=version.number,
        programme=str(version.rule.programme.uuid),
        outcome_kind=version.outcome_kind,
        occupation_code=version.occupation_code,
        level=version.level,
        or_higher=version.or_higher,
        courses=tuple(CourseFact(**course) for course in version.courses),
        valid_from=version.valid_from,
        valid_until=version.valid_until,
        source=version.source_document,
        cap=version.programme_cap_centicredits,
        max_age_days=version.max_age_days,
    )


def versions(programmes: Iterable[Programme] | None = None) -> QuerySet[ConversionRuleVersion]:
    """Published versions with rule, programme and college, of active programmes (or of those given)."""
    found = ConversionRuleVersion.objects.select_related("rule__programme__organisation")
    if programmes is None:
        found = found.filter(rule__programme__active=True)
    else:
        found = found.filter(rule__programme__in=list(programmes))
    return found.order_by(
        "rule__programme__organisation__name", "rule__programme__name", "rule__code", "number"
    )


def version_of(code: str, number: int) -> ConversionRuleVersion | None:
    return versions().filter(rule__code=code, number=number).first()
