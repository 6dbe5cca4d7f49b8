"""What the credit bank gives to search: conversion rules as the public register shows them, and programmes.

Owns: their documents. Refuses: drafts of rules, and anything of people.
"""

from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override, pgettext_lazy

from creditbank.outcomes.models import CatalogueEntry, LearningOutcome, Level
from creditbank.rules import register, words
from creditbank.rules.models import ConversionRule, ConversionRuleVersion, Programme
from creditbank.rules.queries import content_of
from lms.accounts.api import User, organisation_names
from search.api import BESIDE, PUBLIC, Document, Facet

BATCH = 200
PROVIDER = Facet("provider", pgettext_lazy("机构", "单位"), look_up=organisation_names)
# Of the same names and values as courses have: what is chosen narrows both.
OCCUPATION = Facet(
    "occupation",
    _("职业"),
    look_up=lambda codes: occupation_labels(codes),
    unnamed=_("%(value)s（目录未收）"),
    form="[1-8](-[0-9]{2}){3}",
)
# The five that courses have, too.
LEVELS = (Level.FIVE, Level.FOUR, Level.THREE, Level.TWO, Level.ONE)
LEVEL = Facet("level", _("等级"), values={str(one.value): one.label for one in LEVELS}, order="given")
DIRECTION = Facet("direction", _("转换方向"), values=dict(ConversionRule.Direction.choices), order="given")


def occupation_names(codes: Iterable[str]) -> dict[str, str]:
    """Code → name of the occupation, of those that the catalogue of certificates has; of others, as a published rule calls them. One
    query, and another for what the catalogue lacks.
    """
    wanted = list(codes)
    rows = CatalogueEntry.objects.filter(occupation_code__in=wanted).exclude(occupation_code="")
    found = dict(rows.order_by("-valid_from", "-pk").values_list("occupation_code", "name")[:1000][::-1])
    lacking = [code for code in wanted if code and code not in found]
    if lacking:
        rules = register.newest().filter(occupation_code__in=lacking).exclude(occupation_name="")
        found |= dict(rules.order_by("pk").values_list("occupation_code", "occupation_name")[:1000])
    return found


def occupation_labels(codes: Iterable[str]) -> dict[str, str]:
    """Code → name and code, as courses call them, of those whose names are known."""
    return {code: f"{name} {code}" for code, name in occupation_names(codes).items()}


def occupations_of(user: User) -> list[str]:
    """The occupations of a person's verified certificates, the newest first. One query."""
    rows = LearningOutcome.objects.filter(holder=user, status=LearningOutcome.Status.VERIFIED)
    codes = rows.exclude(occupation_code="").order_by("-issued_on", "-pk")
    return list(dict.fromkeys(codes.values_list("occupation_code", flat=True)))


class RuleSource:
    """Rules with a published version, by their newest one, as the register lists them."""

    type = "rule"
    label = pgettext_lazy("种类", "转换规则")
    facets = (PROVIDER, DIRECTION, OCCUPATION, LEVEL)

    def documents(self, ids: Iterable[str] | None = None) -> Iterator[Document]:
        rows = register.newest().order_by("pk")
        if ids is not None:
            rows = rows.filter(rule__uuid__in=list(ids))
        for version in rows.iterator(chunk_size=BATCH):
            yield self._document(version)

    def _document(self, version: ConversionRuleVersion) -> Document:
        rule, college = version.rule, version.rule.programme.organisation
        content = content_of(version)
        # Rules are published in Chinese, whoever's turn it is to index them.
        with override("zh-hans"):
            asks, gives = words.asks_text(content), words.gives_text(content)
        courses = [course.get("name", "") for course in content.courses]
        facets = {"provider": [college.code], "direction": [rule.direction]}
        if version.occupation_code:
            facets["occupation"] = [version.occupation_code]
        if version.level in LEVELS:
            facets["level"] = [str(version.level)]
        return Document(
            type=self.type,
            id=str(rule.uuid),
            title=rule.title,
            summary=f"{asks} → {gives}",
            body=" ".join([version.source_document, *courses]),
            url=reverse("credit:rule", args=[rule.code]),
            facets=facets,
            extra={
                "icon": "credit",
                "provider": college.name,
                "within": rule.programme.name,
                "number": rule.code,
            },
            published_at=version.published_at,
            audience=[PUBLIC],
            boost=BESIDE,
            keywords=[
                *(rule.code, rule.programme.name, rule.programme.code, college.name),
                *(version.occupation_name, version.occupation_code),
            ],
        )


class ProgrammeSource:
    """Programmes that colleges keep open and that have a rule: what credits lead to."""

    type = "programme"
    label = pgettext_lazy("种类", "专业")
    facets = (PROVIDER,)

    def documents(self, ids: Iterable[str] | None = None) -> Iterator[Document]:
        ruled = Count("rules", filter=Q(rules__versions__isnull=False), distinct=True)
        rows = Programme.objects.filter(active=True).annotate(ruled=ruled).filter(ruled__gt=0)
        if ids is not None:
            rows = rows.filter(uuid__in=list(ids))
        for row in rows.select_related("organisation").order_by("pk").iterator(chunk_size=BATCH):
            yield Document(
                type=self.type,
                id=str(row.uuid),
                title=row.name,
                summary=" · ".join(part for part in (row.award, row.source) if part),
                url=f"{reverse('credit:rules')}?institution={row.organisation.code}",
                facets={"provider": [row.organisation.code]},
                extra={"icon": "learn", "provider": row.organisation.name, "number": row.code},
                audience=[PUBLIC],
                boost=BESIDE,
                keywords=[row.code, row.award, row.organisation.name],
            )


def programmes_of(rule: str) -> list[UUID]:
    """The programme of a rule."""
    return list(ConversionRule.objects.filter(uuid=rule).values_list("programme__uuid", flat=True))


SOURCES = (RuleSource(), ProgrammeSource())
