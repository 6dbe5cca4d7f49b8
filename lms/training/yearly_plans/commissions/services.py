"""Commissioning courses of public subjects, and handing them in.

Owns: Commission, CommissionDelivery, CommissionEnd. Refuses: commissions by whoever does not publish plans today, days that cannot be,
handing in for a body one does not act for, a course of another kind or of another provider, and taking back what was handed in.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from courses.api import CoursePage, Kind
from lms.accounts.api import Organisation, User, actor, memberships, require_role_or_platform
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import local_day, now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.training.yearly_plans.commissions.models import Commission, CommissionDelivery, CommissionEnd, Work
from lms.training.yearly_plans.commissions.queries import BODY_ROLES
from lms.training.yearly_plans.services import LONGEST_NOTE, publisher

TARGET = "training.Commission"
# Nobody gives more time than that, nor records an older commission than the document is.
MOST_DAYS = 3 * 366
FIRST_DAY = date(2022, 12, 2)
LONGEST_REASON = 500


@dataclass(frozen=True)
class Asked:
    """As Commission has it; code: of the course to update, "" for a new one."""

    body: Organisation
    subject: str
    commissioned_on: date
    due_on: date
    number: str = ""
    note: str = ""
    code: str = ""


@transaction.atomic
def commission(by: User | Actor, authority: Organisation, asked: Asked) -> Commission:
    """The authority that publishes plans commissions a body. Raises NotAllowed, Invalid (a field)."""
    who = publisher(by, authority)
    subject, number, note = asked.subject.strip(), asked.number.strip(), asked.note.strip()
    for name, text, least, most in (
        ("subject", subject, 4, 200),
        ("number", number, 0, 80),
        ("note", note, 0, LONGEST_NOTE),
    ):
        if not least <= len(text) <= most or "\0" in text:
            raise _wrong(
                name, _("请填写这一项，%(least)s 到 %(most)s 个字。") % {"least": least, "most": most}
            )
    if asked.body.status != Organisation.Status.ACTIVE:
        raise _wrong("body", _("这个单位已暂停，不能委托。"))
    if not FIRST_DAY <= asked.commissioned_on <= today():
        raise _wrong("commissioned_on", _("委托日期在 2022-12-02 到今天之间。"))
    if not asked.commissioned_on <= asked.due_on <= asked.commissioned_on + timedelta(days=MOST_DAYS):
        raise _wrong("due_on", _("交付日期不早于委托日期，不晚于三年后。"))
    course = None
    if code := asked.code.strip():
        course = CoursePage.objects.filter(code=code, kind=Kind.PUBLIC).first()
        if course is None:
            raise _wrong("code", _("没有代码为「%(code)s」的公需科目课程。") % {"code": code[:60]})
    row = Commission.objects.create(
        authority=authority,
        body=asked.body,
        work=Work.UPDATE if course else Work.DEVELOP,
        course=course,
        subject=subject,
        number=number,
        note=note,
        commissioned_on=asked.commissioned_on,
        due_on=asked.due_on,
        at=now(),
    )
    data = {
        "body": asked.body.code,
        "subject": subject,
        "number": number,
        "on": asked.commissioned_on.isoformat(),
        "due": asked.due_on.isoformat(),
        "course": course.code if course else "",
    }
    record(who, action="commission.give", target_type=TARGET, target=row.uuid, data=data)
    return row


@transaction.atomic
def deliver(by: User | Actor, commission: Commission, code: str, note: str = "") -> CommissionDelivery:
    """The body hands in the course, which is on the site; another one afterwards takes its place. Raises NotAllowed, Invalid (unknown,
    another kind, another provider's, not the one to update), Conflict (taken back)."""
    who = _of_body(by, commission.body)
    found = _locked(commission)
    if CommissionEnd.objects.filter(commission=found).exists():
        raise Conflict(_("这项委托已经收回。"), code="ended")
    course = CoursePage.objects.live().filter(code=code.strip()).first()
    if course is None:
        raise _wrong("code", _("没有代码为「%(code)s」的已发布课程。") % {"code": code.strip()[:60]})
    if course.kind != Kind.PUBLIC:
        raise _wrong("code", _("「%(title)s」不是公需科目课程，不能交付。") % {"title": course.title})
    if found.course_id is not None and found.course_id != course.pk:
        raise _wrong("code", _("委托更新的是另一门课程。"))
    # A department has courses made by others; anybody else hands in their own.
    if found.body.kind != Organisation.Kind.AUTHORITY and course.provider_id != found.body_id:
        raise _wrong("code", _("「%(title)s」不是受委托单位的课程。") % {"title": course.title})
    said = note.strip()
    if len(said) > LONGEST_REASON or "\0" in said:
        raise _wrong("note", _("这一项不超过 %(most)s 个字。") % {"most": LONGEST_REASON})
    moment = now()
    row = CommissionDelivery.objects.create(
        commission=found, course=course, note=said, day=local_day(moment), at=moment
    )
    record(
        who, action="commission.deliver", target_type=TARGET, target=found.uuid, data={"course": course.code}
    )
    return row


@transaction.atomic
def end(by: User | Actor, commission: Commission, reason: str) -> CommissionEnd:
    """The authority takes it back. Raises NotAllowed, Invalid (no reason), Conflict (handed in, or taken back already)."""
    who = publisher(by, commission.authority)
    found, said = _locked(commission), reason.strip()
    if not 4 <= len(said) <= LONGEST_REASON or "\0" in said:
        raise _wrong("reason", _("请写明收回的原因，4 到 %(most)s 个字。") % {"most": LONGEST_REASON})
    if found.deliveries.exists():
        raise Conflict(_("课程已经交付，不能收回委托。"), code="delivered")
    if CommissionEnd.objects.filter(commission=found).exists():
        raise Conflict(_("这项委托已经收回。"), code="ended")
    moment = now()
    row = CommissionEnd.objects.create(commission=found, reason=said, day=local_day(moment), at=moment)
    record(who, action="commission.end", target_type=TARGET, target=found.uuid, reason=said, data={})
    return row


def _of_body(by: User | Actor, body: Organisation) -> Actor:
    """Somebody who acts for the body, or the platform. Raises NotAllowed."""
    if isinstance(by, Actor):
        return require_role_or_platform(by)
    rows = memberships(by).filter(organisation=body, role__in=BODY_ROLES)
    role = rows.order_by("role").values_list("role", flat=True).first()
    if role is None:
        raise NotAllowed(_("课程由受委托单位自己的课程编辑、管理员或主管部门人员交付。"))
    return actor(by, role, body)


def _locked(found: Commission) -> Commission:
    """Held by the body's row: production's role may not lock what only grows. Nobody hands in and takes back at once."""
    Organisation.objects.select_for_update(no_key=True).get(pk=found.body_id)
    return Commission.objects.select_related("body").get(pk=found.pk)


def _wrong(name: str, sentence: str) -> Invalid:
    return Invalid(sentence, code="invalid_commission", details={"field": name})
