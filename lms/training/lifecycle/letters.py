"""What people are told of a case: its body when the authority or a day has moved it, whoever has it in hand when the body has or when a
day has come that was waited for, the superior of what is late, a colleague to whom it is handed, an objector that there is an answer.

Owns: who is told, and the words. Refuses: whoever did it themselves, what has moved on since, and who objected.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lms.accounts.api import User
from lms.lib.clock import today
from lms.lib.outbox.registry import Event, consumer
from lms.training.letters import Words, register_words, tell
from lms.training.lifecycle import reading
from lms.training.lifecycle.conduct import conduct_of
from lms.training.lifecycle.declaration import Side, Waits
from lms.training.lifecycle.models import Act, Case, Delegation, Objection
from lms.training.lifecycle.queries import next_step
from lms.training.lifecycle.words import act_label

MOVED, CAME, LATE, OBJECTED = "case_moved", "case_came", "case_late", "case_objected"
OVER, SOON, HANDED, ANSWERED = "case_over", "case_soon", "case_handed", "case_answered"
# More people of one body need no letter each: the case stands on the page of all of them.
MOST_TOLD = 20
# What is told at the authority, as sentence and title.
STAFF = {
    CAME: (
        gettext_noop("%(body)s已办理“%(act)s”：“%(title)s”%(number)s现在是“%(state)s”。"),
        gettext_noop("等你办理：%(title)s"),
    ),
    LATE: (
        gettext_noop("“%(title)s”%(number)s逾期没有办理，已报告上级，现在是“%(state)s”。"),
        gettext_noop("逾期没有办理：%(title)s"),
    ),
    OBJECTED: (
        gettext_noop("公示期内有人对“%(title)s”%(number)s提出异议，请核查并答复。"),
        gettext_noop("有异议要答复：%(title)s"),
    ),
    OVER: (
        gettext_noop("“%(title)s”%(number)s的“%(state)s”已到期，可以办理下一步了。"),
        gettext_noop("可以办理了：%(title)s"),
    ),
}
# So long before a last day the body is reminded of it, once.
SOON_DAYS = 2


def on_moved(event: Event) -> None:
    """Who is told of an act, from its row. What is entered of the past is news to nobody."""
    said = event.payload
    if not said.get("news"):
        return
    case = Case.objects.select_related("authority", "body", "handler", "rule").get(uuid=said["case"])
    act = case.acts.get(number=said["revision"])
    ref, about = f"{case.uuid}:{act.number}", {"case": str(case.uuid), "act": str(act.number)}
    row = case.declared.transition(act.name)
    if act.name == "escalate":
        tell(LATE, ref, _at_authority(case, {case.declared.superior}), **about)
    elif act.name == "object":
        tell(OBJECTED, ref, _in_hand(case), **about)
    elif row is not None and row.side == Side.APPLICANT:
        if case.waits == Waits.AUTHORITY:
            tell(CAME, ref, _others(_in_hand(case), act), **about)
    elif row is not None and not (row.side == Side.CLOCK and row.aside):
        tell(MOVED, ref, _others(_of_body(case), act), **about)


def day_over(case: Case) -> None:
    """A day that was waited for has passed, and the authority is next."""
    tell(OVER, f"{case.uuid}:{case.revision}", _in_hand(case), case=str(case.uuid), act=str(case.revision))


def remind(day: date) -> None:
    """Bodies whose last day comes within SOON_DAYS, once for each state a case is in; of a window that has just opened they have heard,
    so it is on its last day itself."""
    soon = Q(waits=Waits.APPLICANT, due_on__lte=day + timedelta(days=SOON_DAYS))
    rows = Case.objects.filter(soon | Q(waits=Waits.DAY, due_on=day), due_on__gte=day)
    waiting = rows.select_related("authority", "body")
    for case in waiting.order_by("due_on", "pk").iterator(chunk_size=200):
        side, leads = case.declared.onward(case.state, Waits(case.waits))
        # What may be done at any time, before and after, needs no reminder.
        if side == Side.APPLICANT and leads and case.declared.closing(case.state) is not None:
            ref = f"{case.uuid}:{case.revision}"
            tell(SOON, ref, _of_body(case), case=str(case.uuid), act=str(case.revision))


def handed(row: Delegation) -> None:
    tell(HANDED, str(row.pk), [row.to.uuid], case=str(row.case.uuid), delegation=str(row.pk))


def answered(row: Objection) -> None:
    tell(ANSWERED, str(row.uuid), [row.person.uuid], objection=str(row.uuid))


# --- who ----------------------------------------------------------------------------------------------------


def people_of_all(bodies: Iterable[int], roles: Iterable[str]) -> list[UUID]:
    """The people of each body in these roles, the longest there first, no more than MOST_TOLD of one."""
    found: dict[UUID, None] = {}
    for body in bodies:
        rows = reading.people_of(body).filter(role__in=set(roles), user__is_active=True)
        people = dict.fromkeys(rows.order_by("since", "pk").values_list("user__uuid", flat=True))
        found |= dict.fromkeys(list(people)[:MOST_TOLD])
    return list(found)


def _of_body(case: Case) -> list[UUID]:
    return people_of_all([case.body_id], case.declared.roles)


def _at_authority(case: Case, roles: Iterable[str]) -> list[UUID]:
    return people_of_all([case.authority_id], roles)


def _in_hand(case: Case) -> list[UUID]:
    """Who has it in hand today, with those to whom they handed it; nobody has what nobody has taken up: it stands in the list."""
    stands = reading.standing(case, today())
    people = {*stands.deputies, *([stands.handler] if stands.handler else [])}
    return list(User.objects.filter(pk__in=people).order_by("pk").values_list("uuid", flat=True))


def _others(people: list[UUID], act: Act) -> list[UUID]:
    return [uuid for uuid in people if act.person is None or uuid != act.person.uuid]


# --- the words ----------------------------------------------------------------------------------------------


def _case(data: dict[str, Any]) -> Case:
    rows = Case.objects.select_related("authority", "body", "rule", "handler")
    return rows.get(uuid=data["case"])


def _as_told(data: dict[str, Any]) -> tuple[Case, Act] | None:
    """The case with the act that is told of, while it still stands where that one left it."""
    case = _case(data)
    act = case.acts.select_related("person").filter(number=data["act"]).first()
    return (case, act) if act is not None and case.state == act.to else None


def _about(case: Case) -> dict[str, str]:
    return {
        "title": conduct_of(case).heading(case) or str(case.declared.title),
        "number": f"（{case.number}）" if case.number else "",
        "authority": case.authority.name,
        "body": case.body.name,
        "state": str(case.stands.label),
    }


def _next(case: Case) -> str:
    """Who is next, and by when; where it ends by itself, how."""
    found = next_step(case, today())
    if not found.who:
        return ""
    said = _("下一步由%(who)s办理：%(acts)s。") % {"who": found.who, "acts": _("、").join(found.acts)}
    if found.due_on is not None:
        said += _("期限是 %(day)s（当日有效）。") % {"day": found.due_on.isoformat()}
        closing = case.declared.closing(case.state)
        if closing is not None and str(closing.label) not in found.acts:
            said += _("到期没有办理的：%(label)s。") % {"label": closing.label}
    return said


def _joined(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _moved(_person: User, data: dict[str, Any]) -> Words | None:
    if (found := _as_told(data)) is None:
        return None
    case, act = found
    about = _about(case) | {"act": act_label(case.declared, act.name)}
    first = (
        _("“%(title)s”%(number)s已由%(authority)s办理“%(act)s”，现在是“%(state)s”。")
        if act.person is not None
        else _("“%(title)s”%(number)s已由平台办理“%(act)s”，现在是“%(state)s”。")
    )
    reason = _("说明：%(reason)s") % {"reason": act.reason} if act.reason else ""
    title = _("%(state)s：%(title)s") % about
    return title, _joined(first % about, reason, _next(case)), reverse("cases:case", args=[case.uuid])


def _soon(_person: User, data: dict[str, Any]) -> Words | None:
    found = _as_told(data)
    if found is None or found[0].due_on is None or found[0].due_on < today():
        return None
    case = found[0]
    about = _about(case) | {"day": found[0].due_on.isoformat()}
    text = _("“%(title)s”%(number)s现在是“%(state)s”，%(day)s 是最后一天。") % about
    title = _("%(day)s 到期：%(title)s") % about
    return title, _joined(text, _next(case)), reverse("cases:case", args=[case.uuid])


def _staff(sentence: str, head: str) -> Any:
    """The words for who works on it at the authority: a sentence, and who is next."""

    def found(_person: User, data: dict[str, Any]) -> Words | None:
        told = _as_told(data)
        if told is None:
            return None
        case, act = told
        about = _about(case) | {"act": act_label(case.declared, act.name)}
        page = reverse("training_case", args=[case.uuid])
        return _(head) % about, _joined(_(sentence) % about, _next(case)), page

    return found


def _handed(person: User, data: dict[str, Any]) -> Words | None:
    row = Delegation.objects.select_related("giver", "case__authority", "case__body", "case__rule").get(
        pk=data["delegation"]
    )
    case = row.case
    if row.last_day < today() or case.stands.final:
        return None
    about = _about(case) | {
        "giver": str(row.giver),
        "first": row.first_day.isoformat(),
        "last": row.last_day.isoformat(),
        "reason": row.reason,
    }
    text = _(
        "%(giver)s请你从 %(first)s 到 %(last)s 代为办理“%(title)s”%(number)s，现在是“%(state)s”。原因：%(reason)s"
    )
    page = reverse("training_case", args=[case.uuid])
    return _("请你代为办理：%(title)s") % about, _joined(text % about, _next(case)), page


def _answered(_person: User, data: dict[str, Any]) -> Words | None:
    row = Objection.objects.select_related("notice").filter(uuid=data["objection"]).first()
    if row is None or row.answered_at is None:
        return None
    about = {
        "notice": row.notice.title,
        "number": row.number,
        "answer": row.answer,
        "verdict": row.get_state_display(),
    }
    text = _("你对“%(notice)s”提的异议（%(number)s）已经答复：%(verdict)s。\n%(answer)s") % about
    return _("异议有答复了：%(notice)s") % about, text, reverse("cases:notice", args=[row.notice.uuid])


def register() -> None:
    """Called when the application is ready."""
    consumer("case.moved", name="training.case_letters")(on_moved)
    for what, find in ((MOVED, _moved), (SOON, _soon), (HANDED, _handed), (ANSWERED, _answered)):
        register_words(what, find)
    for what, (sentence, head) in STAFF.items():
        register_words(what, _staff(sentence, head))
