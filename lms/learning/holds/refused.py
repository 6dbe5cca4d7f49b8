"""What was sent and not taken, said to the person it is of: on the day it arrived, and on the day it would have stood.

Owns: reading a day's refusals, and their sentences. Refuses: other people's; whose the session was is not said.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lms.accounts.api import Organisation, User
from lms.learning.holds.models import StudyIncident
from lms.lib.clock import day_bounds, epoch_ms, from_epoch_ms

Kind = StudyIncident.Kind
# A script's hundred tries are one line; so many lines are more than a person reads.
MOST_LINES = 50
REASONS: dict[str, Promise] = {
    Kind.BAD_TOKEN: _("凭证不是本平台签发的，没有写入任何内容。刷新页面后重新开始即可。"),
    Kind.OTHER_PERSON: _("属于另一个账号，没有写入。请用原来的账号登录后再发送。"),
    Kind.SEQ_REUSED: _("同一编号的记录已经收到过，内容不同，没有写入；先收到的那一份不受影响。"),
    Kind.BAD_TICKET: _("离线学习的凭证不是本平台签发的，没有写入任何内容。请联网后重新下载。"),
    Kind.TICKET_EXPIRED: _("开始学习时下载凭证已经过期，没有计入。请联网后重新下载，再学的照常计入。"),
    Kind.TOO_LATE: _("送到时已经超过规则规定的最长期限，不能计入。以后请尽早联网，打开这一课就会补交。"),
    Kind.TOO_FRAGMENTED: _("时段过于零碎，不像任何页面会记下的，没有写入。"),
    Kind.TOO_LARGE: _("一次送来的内容太多，没有写入。页面会分开再送；再送也没有收下的，请联系平台。"),
}


@dataclass(frozen=True)
class Refused:
    """Some refusals of one reason and lesson. at: when the last of them arrived; active_ms: how much active time they told
    of, None where nothing is known of it; lesson: "" where none is known, or it is not this person's.
    """

    kind: str
    text: Promise
    lesson: str
    number: int
    active_ms: int | None
    at: datetime
    opened: datetime | None


def refused_on(user: User, day: date, provider: Organisation | None = None) -> list[Refused]:
    """What of a person was refused on a Shanghai day, or would have stood on it, in the order of arrival. One query.
    provider: only what is known to be of its courses.
    """
    low, high = (epoch_ms(moment) for moment in day_bounds(day))
    found = StudyIncident.objects.filter(
        Q(received_ms__gte=low, received_ms__lt=high) | Q(opened_ms__gte=low, opened_ms__lt=high),
        person=user,
    )
    if provider is not None:
        found = found.filter(
            Q(ticket__person=user, ticket__lesson__release__provider=provider)
            | Q(session__person=user, session__lesson__release__provider=provider)
        )
    rows = (
        found.select_related("ticket__lesson", "session__lesson")
        .defer("ticket__lesson__blocks", "session__lesson__blocks")
        .order_by("received_ms", "pk")
    )
    groups: dict[tuple[str, str], list[StudyIncident]] = {}
    for row in rows:
        groups.setdefault((row.kind, _lesson(user, row)), []).append(row)
    return [_line(kind, lesson, found) for (kind, lesson), found in groups.items()][:MOST_LINES]


def _line(kind: str, lesson: str, found: list[StudyIncident]) -> Refused:
    known = [row.active_ms for row in found if row.active_ms is not None]
    return Refused(
        kind=kind,
        text=REASONS[kind],
        lesson=lesson,
        number=len(found),
        active_ms=sum(known) if known else None,
        at=from_epoch_ms(found[-1].received_ms),
        opened=_first(row.opened_ms for row in found),
    )


def _first(moments: Iterable[int | None]) -> datetime | None:
    known = [moment for moment in moments if moment is not None]
    return from_epoch_ms(min(known)) if known else None


def _lesson(user: User, row: StudyIncident) -> str:
    for source in (row.ticket, row.session):
        if source is not None and source.person_id == user.pk:
            return str(source.lesson.title)
    return ""
