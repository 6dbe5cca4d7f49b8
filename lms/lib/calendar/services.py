"""Loading a year of working days: the one place that writes them.

Owns: what may stand in a year, and its row. Refuses: who may do it is known above (roles are of lms.accounts), so that the
package above registers it; as long as none has, only the platform's own administrators may.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.calendar.models import CalendarYear
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid
from lms.lib.jobs.services import keeper

# chinesecalendar begins here, and nothing of ours is older.
FIRST_YEAR = 2004
# A notice comes out in the autumn before its year.
YEARS_AHEAD = 2
LONGEST_SOURCE = 1000
# 全国年节及纪念日放假办法 art. 2: ten days until 2007, eleven from 2008, thirteen from 2025. Fewer is not a whole notice.
FEWEST_OFF = 10
_FRIDAY = 4
_DECEMBER = 12


@dataclass(frozen=True)
class NewYear:
    """A year as its notice gives it."""

    year: int
    off: list[date]
    work: list[date]
    source: str


_who_may: Callable[[Any], Actor] = keeper


def register_loader(check: Callable[[Any], Actor]) -> None:
    """check: a user (or an Actor that is the platform) → the Actor who loads years; raises NotAllowed."""
    global _who_may
    _who_may = check


def loader(by: Any) -> Actor:
    """The user as one who may load years. Raises NotAllowed."""
    return _who_may(by)


def check(new: NewYear) -> None:
    """Raises Invalid (a field) for what cannot be the notice of that year."""
    if not FIRST_YEAR <= new.year <= today().year + YEARS_AHEAD:
        raise _wrong(
            "year",
            _("请填 %(first)s 到 %(last)s 之间的年份。")
            % {"first": FIRST_YEAR, "last": today().year + YEARS_AHEAD},
        )
    for day in (*new.off, *new.work):
        if day.year != new.year and (day.year, day.month) != (new.year - 1, _DECEMBER):
            raise _wrong(
                "text", _("%(day)s 不在 %(year)s 年，也不在前一年 12 月。") % {"day": day, "year": new.year}
            )
    if both := sorted({*new.off} & {*new.work}):
        raise _wrong("text", _("%(day)s 既写了放假又写了上班。") % {"day": both[0]})
    if ordinary := [day for day in new.work if day.weekday() <= _FRIDAY]:
        raise _wrong("text", _("%(day)s 不是周末，本来就上班。") % {"day": ordinary[0]})
    if len(new.off) < FEWEST_OFF:
        raise _wrong(
            "text",
            _("只读出 %(found)s 个放假的日子，不像一年的完整安排。请把通知里的各条都贴进来。")
            % {"found": len(new.off)},
        )
    if not 4 <= len(new.source.strip()) <= LONGEST_SOURCE or "\0" in new.source:
        raise _wrong("source", _("请填写通知的名称和文号，不超过 %(most)s 个字。") % {"most": LONGEST_SOURCE})


def load_year(by: Any, new: NewYear) -> CalendarYear:
    """The next version of a year. For officers of the authority. Raises NotAllowed, Invalid (a field), Conflict (somebody
    loads the same year at this moment).
    """
    who = loader(by)
    check(new)
    rows = CalendarYear.objects.filter(year=new.year)
    try:
        with transaction.atomic():
            row = CalendarYear.objects.create(
                year=new.year,
                version=(rows.aggregate(last=Max("version"))["last"] or 0) + 1,
                off=[day.isoformat() for day in sorted(new.off)],
                work=[day.isoformat() for day in sorted(new.work)],
                source=new.source.strip(),
                loaded_by=who.person,
                role=who.role,
                body=who.body,
                loaded_at=now(),
            )
            record(
                who,
                action="calendar.load",
                target_type="lib.CalendarYear",
                target=row.uuid,
                data={"year": row.year, "version": row.version},
            )
    except IntegrityError as error:
        raise Conflict(_("刚才有人载入了同一年，请刷新后再试。"), code="year_loaded") from error
    return row


def _wrong(name: str, sentence: str) -> Invalid:
    return Invalid(sentence, code="invalid_year", details={"field": name})
