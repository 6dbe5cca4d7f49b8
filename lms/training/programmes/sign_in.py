"""The sign-in sheet of a programme's meeting as a paper: who of those with a seat signed in and out, when and by what (the changing code on
their phone, or the teacher's hand with its reason). What is recorded there is learning's.

For the host's people and the officers in charge; each look is logged under everybody who stands on it. /verify/ tells how many there were.
"""

from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.accounts.api import User
from lms.learning.api import ClassMeeting, meeting_by_uuid, meetings_of, signed_at
from lms.lib.audit.reasons import Reason
from lms.lib.clock import SHANGHAI, local_day, now
from lms.lib.errors import NotFound
from lms.training.papers.api import Room, Template, Told
from lms.training.programmes import queries
from lms.training.programmes.models import Programme
from lms.training.programmes.process import BOARD

SIGN_IN = "programme_sign_in"
TEMPLATE = Template(
    SIGN_IN,
    "P55",
    1,
    gettext_lazy("签到表"),
    gettext_lazy("签到由学员扫现场的动态码，或由老师登记并写明理由；更正以后，内容指纹随之改变。"),
)
LOOK = Reason("training.sign_in", gettext_lazy("查看研修项目的签到表：%(title)s"))


def held(programme: Programme) -> list[ClassMeeting]:
    """The meetings that have a sheet: those that have begun. One query."""
    if programme.run is None:
        return []
    return [row for row in meetings_of(programme.run) if row.starts_at <= now()]


def read(user: User, uuid: UUID) -> tuple[str, str]:
    """Raises NotFound, NotAllowed (an officer whose own body proposed it)."""
    meeting, found = _of(uuid)
    if meeting is None or found is None:
        raise NotFound
    mine = queries.hosts(user, found)
    if not mine:
        queries.programme_for(user, found.uuid)
    people = [row.person for row in signed_at(meeting).rows]
    queries.note_looked(user, found, people, LOOK(title=f"{found.title} · {meeting.title}"))
    return found.title, reverse("programmes:host" if mine else "training_programme", args=[found.uuid])


def tell(uuid: UUID) -> Told | None:
    """None before the meeting has begun, and of meetings of other classes."""
    meeting, found = _of(uuid)
    if meeting is None or found is None or meeting.starts_at > now():
        return None
    sheet = signed_at(meeting)
    people = _("%(people)s 人")
    counted = [
        (_("应到"), people % {"people": len(sheet.rows)}),
        (_("签到"), people % {"people": sheet.present}),
    ]
    when = _("%(day)s %(from)s 至 %(until)s") % {
        "day": local_day(meeting.starts_at).isoformat(),
        "from": _clock(meeting.starts_at),
        "until": _clock(meeting.ends_at),
    }
    return Told(
        number=f"{found.case.number}-QD{_stamp(meeting.starts_at)}",
        process=str(found.case.declared.title),
        source=str(BOARD),
        by=found.host.name,
        to=found.case.authority.name,
        day=local_day(meeting.starts_at),
        at=sheet.latest,
        lines=[
            (_("项目名称"), found.title),
            (_("班次"), meeting.run.title),
            (_("课次"), meeting.title),
            (_("时间"), when),
            (_("地点"), meeting.where),
            (_("授课教师"), meeting.teacher),
            *counted,
        ],
        items=[
            _("%(name)s：%(what)s")
            % {
                "name": row.person,
                "what": _("未签到")
                if row.first_in is None
                else _("签到 %(from)s，签退 %(until)s，%(minutes)s 分钟（%(how)s）")
                % {
                    "from": _clock(row.first_in),
                    "until": _clock(row.last_out) if row.last_out else "—",
                    "minutes": row.minutes,
                    "how": _("；").join(row.how),
                },
            }
            for row in sheet.rows
        ],
        case=found.case.number or "",
        public=[(_("课次"), meeting.title), (_("时间"), when), *counted],
        ended=_("这次课已取消：%(reason)s") % {"reason": meeting.cancel_reason}
        if meeting.cancel_reason
        else "",
    )


def _of(uuid: UUID) -> tuple[ClassMeeting | None, Programme | None]:
    meeting = meeting_by_uuid(uuid)
    return meeting, queries.of_run(meeting.run_id) if meeting else None


def _clock(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%H:%M")


def _stamp(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y%m%d-%H%M")


ROOM = Room(TEMPLATE, read, tell)
