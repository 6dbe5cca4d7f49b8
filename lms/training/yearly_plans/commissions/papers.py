"""A commission as a paper (委托书, 372号 三(一)): who is entrusted with which course until when. Taken back, it holds no more."""

from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.accounts.api import User
from lms.lib.clock import local_day
from lms.training.papers.api import Room, Template, Told
from lms.training.yearly_plans.commissions import queries
from lms.training.yearly_plans.commissions.models import Commission

ENTRUSTMENT = "course_entrustment"
TEMPLATE = Template(
    ENTRUSTMENT,
    "P71",
    1,
    gettext_lazy("公需科目课程委托书"),
    gettext_lazy("课程在本平台交付；以验证码查得的结果为准。"),
)


def read(user: User, uuid: UUID) -> tuple[str, str]:
    """For the authority that gave it out and the body that has it. Raises NotFound."""
    found = queries.commission(user, uuid)
    return found.subject, reverse("training_commission", args=[found.uuid])


def tell(uuid: UUID) -> Told | None:
    found = Commission.objects.select_related("authority", "body", "course", "end").filter(uuid=uuid).first()
    if found is None:
        return None
    course = f"{found.course.title}（{found.course.code}）" if found.course else ""
    end = getattr(found, "end", None)
    lines = [
        (_("委托单位"), found.authority.name),
        (_("受委托单位"), found.body.name),
        (_("委托事项"), str(found.get_work_display())),
        (_("课程内容"), found.subject),
        (_("更新的课程"), course),
        (_("文号"), found.number),
        (_("委托日期"), found.commissioned_on.isoformat()),
        (_("交付期限"), found.due_on.isoformat()),
        (_("要求"), found.note),
    ]
    told = [(label, value) for label, value in lines if value]
    return Told(
        # A commission's row is never changed nor taken away: its place among all of them is its number.
        number=f"WT-{found.commissioned_on.year}-{found.pk:05d}",
        process=_("公需科目课程委托"),
        source=queries.SOURCE,
        by=found.authority.name,
        to=found.body.name,
        day=local_day(found.at),
        at=found.at,
        lines=told,
        public=[(_("课程内容"), found.subject), (_("交付期限"), found.due_on.isoformat())],
        ended=_("委托已收回：%(reason)s") % {"reason": end.reason} if end else "",
    )


ROOM = Room(TEMPLATE, read, tell)
