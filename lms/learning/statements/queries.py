"""Reading statements: what a year would say now, one's own papers, and the least that answers a public check.

One's own only; an authority's officer or auditor may read a paper, and that look stands in the holder's list.
"""

import json
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from courses.api import Kind
from lms.accounts.api import (
    Role,
    User,
    holds,
    mask_called,
    masked_name,
    real_name,
    real_name_status,
    require_role,
)
from lms.learning.certificates.queries import replaced_note
from lms.learning.hours.models import HoursGoal
from lms.learning.hours.queries import goal_on
from lms.learning.hours.years import years
from lms.learning.looks import STATEMENT, note_look
from lms.learning.statements import rules
from lms.learning.statements.models import PaperContent, ReviewPackage, StatementReissue, YearStatement
from lms.learning.statements.records import records_between
from lms.lib.clock import local_day, today
from lms.lib.errors import Conflict, NotFound
from lms.lib.units import format_centi
from lms.lib.verify.rules import grouped
from lms.lib.verify.services import Verdict
from lms.lib.verify.services import issue as code_of

TARGET = "learning.YearStatement"
KIND = "year_statement"
FORMAT = "rongtong-year-statement/1"
READING = (Role.OFFICER, Role.AUDITOR)


# --- what a year says ------------------------------------------------------------------------------------


def facts(user: User, year: int) -> dict[str, Any]:
    """What a statement of the year would say now: records, sums, goal and what is short of it. JSON values."""
    known = years()
    span = known.year(year)
    records = records_between(user, span, span, known)
    had = rules.sums(records)
    goal = goal_on(min(span.last, today()))
    need = need_of(goal)
    short = rules.gap(had, need) if need else None
    return {
        "format": FORMAT,
        "holder": str(user.uuid),
        "name": real_name(user),
        "masked_name": masked_name(user),
        "name_status": real_name_status(user),
        "year": year,
        "span": span.plain(),
        "records": [item.plain() for item in records],
        "centihours": had,
        "yearly_centihours": rules.yearly(had),
        "goal": _plain_goal(goal),
        "missing": {"total": short.total, "specialty": short.specialty, "public": short.public}
        if short
        else None,
    }


def need_of(goal: HoursGoal | None) -> rules.Need | None:
    """A year's goal in plain values; None where none is set."""
    if goal is None:
        return None
    specialty = rules.share(goal.goal_centihours, goal.specialty_numerator, goal.specialty_denominator)
    return rules.Need(goal.goal_centihours, specialty, goal.public_centihours)


def _plain_goal(goal: HoursGoal | None) -> dict[str, Any] | None:
    need = need_of(goal)
    if goal is None or need is None:
        return None
    return {
        "version": goal.version,
        "valid_from": goal.valid_from.isoformat(),
        "centihours": need.centihours,
        "specialty_centihours": need.specialty,
        "public_centihours": need.public,
        "source": goal.source,
    }


def text_of(paper: YearStatement | ReviewPackage) -> str:
    """A paper's content byte for byte as it was hashed. Raises NotFound (erased), Conflict (not what was handed out)."""
    text = PaperContent.objects.filter(paper=paper.uuid).values_list("content", flat=True).first()
    if text is None:
        raise NotFound(_("这份材料的内容已按本人的要求删除，只留下编号和指纹。"), code="erased")
    if rules.digest(text) != paper.content_hash:
        raise Conflict(_("这份材料的内容与出具时的指纹不符，请联系平台核查。"), code="content_changed")
    return text


def content_of(paper: YearStatement | ReviewPackage) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(text_of(paper))
    return content


def span_of(content: dict[str, Any]) -> str:
    """The days of the content's year, from – to. Papers from before the rule of years say none: theirs was the calendar's."""
    span = content.get("span") or rules.calendar_span(content["year"])
    return f"{span['first']} — {span['last']}"


# --- whose -----------------------------------------------------------------------------------------------


def own_all(user: User) -> QuerySet[YearStatement]:
    """One's own papers, newest first."""
    rows = YearStatement.objects.filter(person=user).select_related("link", "reissued_as")
    return rows.order_by("-issued_at", "-id")


def newest(user: User, year: int) -> YearStatement | None:
    rows = YearStatement.objects.filter(person=user, year=year).select_related("link")
    return rows.order_by("-version").first()


def must_own(user: User, statement: YearStatement) -> None:
    if statement.person_id != user.pk:
        raise NotFound


def _one() -> QuerySet[YearStatement]:
    return YearStatement.objects.select_related("link", "person", "reissued_as__statement")


def own(user: User, uuid: UUID) -> YearStatement:
    found = _one().filter(person=user, uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def readable(user: User, uuid: UUID) -> YearStatement:
    """One's own paper, or for the authority's officers and auditors, whose look is logged. Raises NotFound."""
    found = _one().filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    if found.person_id != user.pk:
        if not holds(user, *READING):
            raise NotFound
        note_look(
            require_role(user, *READING),
            found.person,
            action="year_statement.view",
            reason=STATEMENT(number=found.number),
            statement=str(found.uuid),
        )
    return found


def superseded_by(statement: YearStatement) -> str:
    """The number of the newest version of the same year; "" when this is it."""
    rows = YearStatement.objects.filter(
        person_id=statement.person_id, year=statement.year, version__gt=statement.version
    )
    return rows.order_by("-version").values_list("number", flat=True).first() or ""


# --- what others see -------------------------------------------------------------------------------------


def verify_address(statement: YearStatement) -> tuple[str, str]:
    """(code as printed, address of the public check)."""
    code = code_of(KIND, statement.uuid)
    return grouped(code), f"{settings.PUBLIC_URL}/verify/{code}/"


def state_of(statement: YearStatement) -> str:
    """What the public check answers: valid, hidden, expired, revoked or replaced."""
    link = statement.link
    if link.revoked_at is not None:
        return "revoked"
    if link.ends_on is not None and link.ends_on < today():
        return "expired"
    if link.hidden:
        return "hidden"
    return "replaced" if reissued(statement) else "valid"


def reissued(statement: YearStatement) -> StatementReissue | None:
    """That a statement was issued again in the right name. Where there are many, with `reissued_as` selected."""
    return getattr(statement, "reissued_as", None)


def verdict(target: UUID) -> Verdict:
    """The least a checker needs; nothing of the content where the holder does not show it (any more)."""
    found = _one().filter(uuid=target).first()
    if found is None:
        raise NotFound
    title = _("年度学时证明")
    state = state_of(found)
    if state == "hidden":
        return Verdict(title=title, status=state, note=_("请向持有人索取，或请持有人公开后再核对。"))
    if state == "expired":
        day = found.link.ends_on
        return Verdict(
            title=title, status=state, note=_("持有人把验证开放到 %(day)s（含当日）。") % {"day": day}
        )
    if state == "revoked":
        return Verdict(title=title, status=state, note=_("持有人已停用这份证明的验证。"))
    return _valid(found, title)


def _valid(found: YearStatement, title: str) -> Verdict:
    content = content_of(found)
    instead = reissued(found)
    later = superseded_by(found)
    notes = []
    if instead:
        # It bears a wrong name: of its holder nothing is said any more.
        day = local_day(instead.at)
        return Verdict(
            title=title,
            status="replaced",
            rows=[(_("编号"), found.number), (_("年度"), f"{found.year}（{span_of(content)}）")],
            note=replaced_note(instead.statement.number, day),
        )
    if later:
        notes.append(_("同一年度后来又出具了新的一份（%(number)s），以新的为准。") % {"number": later})
    if content["name_status"] != "verified":
        notes.append(_("出具时持有人尚未通过实名核实，证明上是其在平台上的称呼。"))
    return Verdict(
        title=title,
        status="valid",
        rows=[
            (_("编号"), found.number),
            (_("持有人"), mask_called(content["name"])),
            (_("年度"), f"{found.year}（{span_of(content)}）"),
            *(
                (str(Kind(kind).label), format_centi(content["centihours"].get(kind, 0)))
                for kind in rules.CATEGORIES
                if kind in rules.YEARLY or content["centihours"].get(kind)
            ),
            (pgettext("标题", "学时"), format_centi(content["yearly_centihours"])),
            (_("出具日期"), local_day(found.issued_at).isoformat()),
            (_("内容指纹"), found.content_hash[:16]),
            *([(_("代替"), content["replaces"]["number"])] if content.get("replaces") else []),
        ],
        note="".join(notes),
    )
