"""Practice (应会): the provider's checklist, and the assessor's sheet on a learner with photos.

Services, like services.py. A sheet is never changed: the next one holds. Refuses: one's own practice, a pass with an
item open or without the attendance that the class asks for, a checklist that has been replaced meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from courses.api import CoursePage
from lms.accounts.api import Organisation, User, holds, require_role, require_role_or_platform
from lms.learning.classes import queries, rules
from lms.learning.classes.models import (
    ClassPlace,
    PlaceState,
    PracticeChecklist,
    PracticePhoto,
    PracticeResult,
    RunState,
)
from lms.learning.classes.services import LONGEST, words, wrong
from lms.learning.completion.services import consider
from lms.lib import evidence
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Conflict, NotAllowed

ASSESSED_IN = (RunState.RUNNING, RunState.ENDED)
LONGEST_REMARK = 200


def publish_checklist(
    by: User | Actor, course: CoursePage, items: Sequence[str], *, source: str
) -> PracticeChecklist:
    """The next version of a course's checklist, in the order given. For the provider's staff (the platform loads the
    demo). source: what the items were taken from.
    """
    who = require_role_or_platform(by, *queries.MANAGERS, organisation=course.provider)
    person = None if isinstance(by, Actor) else by
    texts = [words("items", item, least=2, most=200) for item in items if item.strip()]
    if not 1 <= len(texts) <= rules.MOST_ITEMS:
        raise wrong("items", _("请填写 1 到 %(most)s 项，每行一项。") % {"most": rules.MOST_ITEMS})
    if len(set(texts)) != len(texts):
        raise wrong("items", _("有两项相同，请核对。"))
    try:
        with transaction.atomic():
            rows = PracticeChecklist.objects.filter(course=course)
            last = rows.aggregate(last=Max("version"))["last"] or 0
            made = PracticeChecklist.objects.create(
                course=course,
                version=last + 1,
                items=[{"key": str(number), "text": text} for number, text in enumerate(texts, start=1)],
                source=words("source", source, least=2, most=LONGEST),
                by=person,
                at=now(),
            )
            record(
                who,
                action="practice.checklist",
                target_type="learning.PracticeChecklist",
                target=made.uuid,
                data={"course": str(course.uuid), "version": made.version},
            )
    except IntegrityError as error:
        raise Conflict(_("刚才有人公布了同一门课的清单，请刷新后再试。"), code="checklist_changed") from error
    return made


@dataclass(frozen=True)
class Sheet:
    """What an assessor fills in. done: keys of the items seen done; after: the number of the last sheet they saw."""

    checklist: UUID
    done: frozenset[str]
    passed: bool
    after: int
    remark: str = ""
    remarks: Mapping[str, str] = field(default_factory=dict)


def sign_off(
    user: User, place: ClassPlace, sheet: Sheet, photos: Sequence[UploadedFile] = ()
) -> PracticeResult:
    """A sheet on a learner's practice; a pass may complete the course. Raises NotAllowed, Invalid, Conflict."""
    who, body = assessor(user, place)
    checklist = queries.checklist_of(place.run.course)
    if checklist is None or checklist.uuid != sheet.checklist:
        raise Conflict(_("考核清单已更新，请按新的清单重新填写。"), code="checklist_changed")
    marks = _marks(checklist, sheet)
    remark = words("remark", sheet.remark, least=0, most=LONGEST)
    if sheet.passed and not all(mark["done"] for mark in marks):
        raise wrong("passed", _("还有没完成的项目，不能通过；每一项都完成才算通过。"))
    if not sheet.passed and not remark:
        raise wrong("remark", _("请写明还差什么，学员会看到。"))
    kept = evidence.checked(photos, code="invalid_class")
    with transaction.atomic():
        row = ClassPlace.objects.select_for_update(of=("self",)).select_related("run").get(pk=place.pk)
        if row.state != PlaceState.SEATED or row.run.state not in ASSESSED_IN:
            raise Conflict(_("班次还没有开课，或学员不在班次里，不能考评。"), code="moved_on")
        if row.walk_ins.filter(confirmed=None).exists():
            raise Conflict(_("这位学员是现场报名，还没有确认，不能考评。"), code="unconfirmed")
        if (row.results.aggregate(last=Max("number"))["last"] or 0) != sheet.after:
            raise Conflict(_("刚才有人填写了这位学员的考评，请刷新查看。"), code="moved_on")
        state = queries.practice_of(row)
        if sheet.passed and not state.present_enough:
            raise wrong(
                "passed",
                _("出席 %(n)s 次，须出席 %(least)s 次（每次签到并签退），还不能通过。")
                % {"n": state.attended, "least": state.required},
            )
        result = PracticeResult.objects.create(
            place=row,
            number=sheet.after + 1,
            checklist=checklist,
            marks=marks,
            passed=sheet.passed,
            remark=remark,
            assessor=user,
            role=who.role,
            body=body,
            at=now(),
        )
        for item in kept:
            PracticePhoto.objects.create(result=result, **evidence.values(item))
        record(
            who,
            action="practice.sign_off",
            target_type="learning.PracticeResult",
            target=result.uuid,
            reason=remark,
            data={"place": str(row.uuid), "passed": result.passed, "checklist": checklist.version},
        )
        if result.passed:
            consider(row.enrolment_id)
    return result


def assessor(user: User, place: ClassPlace) -> tuple[Actor, Organisation]:
    """In which role and for which body the user judges. Raises NotAllowed: no such role, or their own practice."""
    run = place.run
    bodies = [body for body in (run.assessor_body, run.provider) if body is not None]
    body = next((body for body in bodies if holds(user, *queries.ASSESSORS, organisation=body)), run.provider)
    who = require_role(user, *queries.ASSESSORS, organisation=body)
    if place.person_id == user.pk:
        raise NotAllowed(_("不能考评自己，请另一位考评员考评。"), code="own_case")
    return who, body


def _marks(checklist: PracticeChecklist, sheet: Sheet) -> list[dict[str, object]]:
    keys = {item["key"] for item in checklist.items}
    if not sheet.done <= keys or not set(sheet.remarks) <= keys:
        raise wrong("items", _("清单里没有这一项，请刷新后重新填写。"))
    return [
        {
            "key": item["key"],
            "text": item["text"],
            "done": item["key"] in sheet.done,
            "remark": words("items", sheet.remarks.get(item["key"], ""), least=0, most=LONGEST_REMARK),
        }
        for item in checklist.items
    ]
