"""Reading bases: the public directory, one base with its history and results, how many there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count as Total
from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from lms.accounts.api import Organisation, Role, User, holds
from lms.lib.clock import day_bounds, local_day, today
from lms.lib.errors import NotFound
from lms.lib.verify import services as verify
from lms.lib.verify.services import Verdict
from lms.training.bases.models import Base, TrainingReport
from lms.training.bases.process import CODE, REPORT
from lms.training.bases.rules import Mode
from lms.training.bases.services import KIND
from lms.training.lifecycle.models import Case, Evidence
from lms.training.lifecycle.services import rule_on, rules_on
from lms.training.lifecycle.words import act_label

# What of a case's history stands on the public page: the results of re-checks, the end and what an appeal brought, not the work on them.
PUBLIC_ACTS = ("name", "keep", "spare", "remove", "affirm", "restore")


def directory(active: bool = True) -> QuerySet[Base]:
    """Bases that stand, or those that were taken back; the latest first."""
    rows = Base.objects.select_related("body", "authority", "case").filter(removed_on__isnull=active)
    return rows.order_by("-named_on" if active else "-removed_on", "-pk")


def base(uuid: UUID) -> Base:
    """Raises NotFound."""
    found = Base.objects.select_related("body", "authority", "case__rule").filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def history(found: Base) -> list[dict[str, object]]:
    """Named, each re-check passed, taken back: day and reason, as anybody may know. One query."""
    process = found.case.declared
    rows = found.case.acts.filter(name__in=PUBLIC_ACTS)
    return [
        {"day": local_day(row.at), "label": act_label(process, row.name), "reason": row.reason}
        for row in rows
    ]


@dataclass(frozen=True)
class Count:
    """How many bases an authority has, and how many were planned; None: not set."""

    there: int
    least: int | None
    most: int | None


def count(authority: Organisation) -> Count:
    """Two queries."""
    rule = rule_on(CODE, authority, today())
    values = rule.values if rule else {}
    there = Base.objects.filter(authority=authority, removed_on__isnull=True).count()
    return Count(there, values.get("count_least"), values.get("count_most"))


def counts(authorities: Sequence[Organisation]) -> list[tuple[Organisation, Count]]:
    """The same for several authorities. Two queries, however many."""
    rules = rules_on(CODE, authorities, today())
    rows = Base.objects.filter(authority__in=authorities, removed_on__isnull=True).order_by()
    there = dict(rows.values_list("authority").annotate(bases=Total("pk")))
    found = []
    for row in authorities:
        values = rules[row.pk].values if row.pk in rules else {}
        planned = values.get("count_least"), values.get("count_most")
        found.append((row, Count(there.get(row.pk, 0), *planned)))
    return found


def reports(found: Base) -> QuerySet[TrainingReport]:
    """Those that count: neither corrected nor struck. The latest first."""
    return found.reports.filter(replaced_by__isnull=True, strike__isnull=True).order_by("-pk")


def totals(found: Base) -> dict[str, int]:
    """People trained; of targeted training how many, and how many of these have the job."""
    targeted = Q(mode=Mode.TARGETED)
    sums = reports(found).aggregate(
        in_all=Sum("people"),
        in_targeted=Sum("people", filter=targeted),
        placed=Sum("hired", filter=targeted),
    )
    return {
        "people": sums["in_all"] or 0,
        "targeted": sums["in_targeted"] or 0,
        "hired": sums["placed"] or 0,
    }


def year_of(case: Case) -> list[str]:
    """What whoever re-checks a base should know of the time since it was named or last checked: whether it has reported, and what training
    stands here. Three queries."""
    found = Base.objects.filter(case=case).first()
    if found is None:
        return []
    since = found.checked_on or found.named_on
    start = day_bounds(since)[0]
    reported = Evidence.objects.filter(case=case, kind=REPORT, added_at__gte=start).exists()
    trained = reports(found).filter(last_day__gte=since).aggregate(people=Sum("people"), groups=Total("pk"))
    said = {"day": since.isoformat(), "groups": trained["groups"], "people": trained["people"] or 0}
    return [
        _("%(day)s 以来已报送年度报告。") % said if reported else _("%(day)s 以来没有报送年度报告。") % said,
        _("%(day)s 以来登记培训 %(groups)s 批、%(people)s 人次。") % said,
    ]


def reports_for(user: User, found: Base) -> bool:
    """Whether the user reports for the base."""
    return holds(user, Role.HR, Role.ADMIN, organisation=found.body) and not user.is_superuser


def plaque_code(found: Base) -> str:
    return verify.issue(KIND, found.uuid)


def verdict(target: UUID) -> Verdict:
    """What /verify/ says of a plaque. Of one that was taken back the code itself says why."""
    found = base(target)
    rows = [
        (pgettext("机构", "单位"), found.body.name),
        (_("牌匾编号"), found.number),
        (_("授牌单位"), found.authority.name),
        (_("授牌日期"), found.named_on.isoformat()),
        (_("最近一次复核合格"), found.checked_on.isoformat() if found.checked_on else _("还没有到期")),
    ]
    if found.removed_on:
        rows.append((_("核销日期"), found.removed_on.isoformat()))
    return Verdict(title=_("技能人才培育实训基地"), status="valid", rows=rows)
