"""Reading the State Council's notice of a year's holidays, as text: which days are off, which weekend days are worked.

Owns: that reading, plain text in, plain days out. Refuses: guessing. A clause that names a day and does not say which of
the two it is, and one whose own sum (“共 7 天”) is not what was read, are refused with the clause.
"""

import re
from datetime import date, timedelta

from django.utils.translation import gettext as _

from lms.lib.errors import Invalid

LONGEST_TEXT = 20_000
_BRACKETS = re.compile(r"（[^（）]*）|\([^()]*\)")
_CLAUSES = re.compile(r"[。；;\n\r]+")
_CHINESE = r"(?:(\d{4})\s*年\s*)?(\d{1,2})\s*月\s*(\d{1,2})\s*日"
_ISO = r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"
_DAY = rf"(?:{_ISO}|{_CHINESE})"
# The end of a range may be a day of the same month: 1月1日至3日.
_RANGE = re.compile(rf"{_DAY}(?:\s*(?:至|到|—+|–|~|～)\s*(?:{_DAY}|(\d{{1,2}})\s*日))?")
_WORKED = re.compile(r"上班|班")
_OFF = re.compile(r"放假|(?<!调)休")
_SUM = re.compile(r"(?:共|放假)\s*(\d{1,2})\s*天")
_LONGEST_RANGE = 31


def read(text: str, year: int) -> tuple[list[date], list[date]]:
    """(days off, weekend days worked) of the notice for `year`, each in order. Raises Invalid with the clause."""
    if len(text) > LONGEST_TEXT:
        raise _unreadable(
            _("文字太长。只要放假安排的那几条，不超过 %(most)s 个字。") % {"most": LONGEST_TEXT}
        )
    off: list[date] = []
    work: list[date] = []
    for clause in _CLAUSES.split(_BRACKETS.sub("", text)):
        days = [day for found in _RANGE.finditer(clause) for day in _days(found, year, clause)]
        if not days:
            continue
        worked, free = bool(_WORKED.search(clause)), bool(_OFF.search(clause))
        if worked == free:
            raise _unreadable(_("看不出这一句是放假还是上班：%(clause)s") % {"clause": clause.strip()[:200]})
        total = _SUM.search(clause)
        if total and int(total[1]) != len(days):
            raise _unreadable(
                _("这一句写着 %(said)s 天，读出来是 %(read)s 天：%(clause)s")
                % {"said": total[1], "read": len(days), "clause": clause.strip()[:200]}
            )
        (work if worked else off).extend(days)
    return sorted(set(off)), sorted(set(work))


def _days(found: re.Match[str], year: int, clause: str) -> list[date]:
    groups = found.groups()
    try:
        first = _day(groups[:6], year)
        if groups[12]:
            last = first.replace(day=int(groups[12]))
        elif any(groups[6:12]):
            last = _day(groups[6:12], first.year)
        else:
            last = first
    except ValueError as error:
        raise _unreadable(_("没有这一天：%(clause)s") % {"clause": clause.strip()[:200]}) from error
    if not 0 <= (last - first).days < _LONGEST_RANGE:
        raise _unreadable(_("起止日期不对：%(clause)s") % {"clause": clause.strip()[:200]})
    return [first + timedelta(days=step) for step in range((last - first).days + 1)]


def _day(groups: tuple[str | None, ...], year: int) -> date:
    iso, chinese = groups[:3], groups[3:]
    if iso[0]:
        return date(int(iso[0]), int(iso[1] or 0), int(iso[2] or 0))
    return date(int(chinese[0] or year), int(chinese[1] or 0), int(chinese[2] or 0))


def _unreadable(sentence: str) -> Invalid:
    return Invalid(sentence, code="notice_unreadable", details={"field": "text"})
