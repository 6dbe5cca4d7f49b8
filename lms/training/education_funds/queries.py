"""Reading what employers state: an employer its own, an authority what was stated to it; nobody else."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, Role, User, memberships
from lms.lib.errors import NotFound
from lms.training.access import authorities
from lms.training.education_funds.models import FundRatio, FundStatement
from lms.training.education_funds.rules import Standing, Stated, standing
from lms.training.grants.rules import yuan
from lms.training.lifecycle.words import cite

SOURCE = "沪人社专〔2022〕372号 四(二)"


@dataclass(frozen=True)
class Row:
    statement: FundStatement
    standing: Standing


def rule_on(authority: Organisation, day: date) -> FundRatio | None:
    """The authority's rule in force on a day: of those that have begun the one that began last, of equal ones the last version."""
    rows = FundRatio.objects.filter(authority=authority, valid_from__lte=day)
    return rows.order_by("-valid_from", "-version").first()


def rules() -> QuerySet[FundRatio]:
    """Every version, newest first."""
    return FundRatio.objects.select_related("authority").order_by("-valid_from", "-pk")


def employers(user: User) -> QuerySet[Organisation]:
    """The organisations whose money the person may state: those they are HR of, no authorities."""
    held = memberships(user).filter(role=Role.HR).values("organisation")
    return Organisation.objects.filter(pk__in=held).exclude(kind=Organisation.Kind.AUTHORITY).order_by("name")


def _last() -> QuerySet[FundStatement]:
    newer = FundStatement.objects.filter(
        body=OuterRef("body"), year=OuterRef("year"), version__gt=OuterRef("version")
    )
    return FundStatement.objects.filter(~Exists(newer)).select_related("body", "authority", "rule")


def own(user: User) -> QuerySet[FundStatement]:
    """The last version of each year of the user's employers, the latest year first."""
    return _last().filter(body__in=employers(user)).order_by("-year", "body__name", "pk")


def stated_to(user: User, year: int | None = None) -> QuerySet[FundStatement]:
    """The last versions stated to the user's authorities, the latest year first. year: of that one alone."""
    rows = _last().filter(authority__in=authorities(user))
    if year is not None:
        rows = rows.filter(year=year)
    return rows.order_by("-year", "pk")


def statement(user: User, uuid: UUID) -> FundStatement:
    """A version that the user may read: of an employer they are HR of, or stated to an authority they are an officer of. Raises NotFound."""
    found = FundStatement.objects.select_related("body", "authority", "rule").filter(uuid=uuid).first()
    if found is None or not (
        employers(user).filter(pk=found.body_id).exists()
        or authorities(user).filter(pk=found.authority_id).exists()
    ):
        raise NotFound
    return found


def versions(found: FundStatement, authority: Organisation | None = None) -> list[FundStatement]:
    """Every version of the employer's year, the last one first; authority: those stated to it alone."""
    rows = FundStatement.objects.filter(body=found.body_id, year=found.year).select_related(
        "rule", "authority"
    )
    if authority is not None:
        rows = rows.filter(authority=authority)
    return list(rows.order_by("-version"))


def row(found: FundStatement) -> Row:
    """A statement with what it comes to under its rule."""
    said = Stated(found.wages_fen, found.set_aside_fen, found.used_fen, found.frontline_fen)
    rule = found.rule
    if rule is None:
        return Row(found, standing(said, None, None))
    return Row(found, standing(said, rule.rate, rule.frontline_rate))


def rows(found: Iterable[FundStatement]) -> list[Row]:
    return [row(item) for item in found]


def evidence(body: Organisation, authority: Organisation) -> Row | None:
    """What an employer stated last to an authority, of its latest year; None: nothing. Whoever calls it shows it to the body and the authority
    alone. One query."""
    last = _last().filter(body=body, authority=authority).order_by("-year").first()
    return None if last is None else row(last)


def beside(body: Organisation, authority: Organisation) -> list[str]:
    """The same in words, for whoever decides on an application of the employer's there; [] where it stated nothing. One query."""
    found = evidence(body, authority)
    if found is None:
        return []
    said, stands = found.statement, found.standing
    texts = [
        _("%(body)s申报的 %(year)s 年职工培训费：提取 %(set_aside)s 元，使用 %(used)s 元。")
        % {
            "body": body.name,
            "year": said.year,
            "set_aside": yuan(said.set_aside_fen),
            "used": yuan(said.used_fen),
        }
    ]
    if stands.meets is None:
        texts.append(_("规定的比例还没有设定。"))
    elif stands.meets:
        texts.append(_("达到规定的比例。"))
    if stands.shortfall:
        texts.append(_("比规定的少提 %(sum)s 元。") % {"sum": yuan(stands.shortfall)})
    if stands.frontline_missing:
        texts.append(_("用于一线职工的比规定的少 %(sum)s 元。") % {"sum": yuan(stands.frontline_missing)})
    return [cite(" ".join(texts), SOURCE)]
