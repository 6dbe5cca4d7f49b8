"""Assignment and Grade Services 2.0: a tool's columns of scores in a course, and the scores it reports.

Owns: line items, scores, and each score as a statement in the organisation's record store. Refuses: courses in which the tool
has no place, people who are not enrolled or whom the tool cannot know, scores older than the last one, numbers that are
none. A score is evidence: it moves no study time, no completion and no hours.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from lms.learning.enrolment.models import Enrolment
from lms.learning.lti.platform import rules
from lms.learning.lti.platform.models import LtiLineItem, LtiLink, LtiScore, LtiSubject, LtiTool
from lms.learning.lti.platform.services import absolute
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.ids import uuid7
from lms.records.api import Received, platform_grant, store_of, take_in

SCORED = "http://adlnet.gov/expapi/verbs/scored"
MOST_ITEMS = 200
Json = dict[str, Any]


def course_of(tool: LtiTool, course: UUID) -> int:
    """The number of a course in which the tool was opened, of its own organisation. Raises NotFound."""
    rows = LtiLink.objects.filter(tool=tool, course__uuid=course, course__provider=tool.organisation_id)
    found = rows.values_list("course_id", flat=True).first()
    if found is None:
        raise NotFound
    return found


def items(tool: LtiTool, course: UUID, asked: Mapping[str, str]) -> QuerySet[LtiLineItem]:
    """The tool's line items in a course, filtered as it asks (AGS 2.0, 3.2.1)."""
    rows = LtiLineItem.objects.filter(tool=tool, course_id=course_of(tool, course), removed_at__isnull=True)
    link = asked.get("resource_link_id")
    if link:
        rows = rows.filter(link__uuid=_uuid(link))
    if asked.get("resource_id"):
        rows = rows.filter(resource_id=asked["resource_id"][:255])
    if asked.get("tag"):
        rows = rows.filter(tag=asked["tag"][:255])
    return rows.select_related("course", "link").order_by("id")


def item(tool: LtiTool, course: UUID, uuid: UUID) -> LtiLineItem:
    """Raises NotFound for another tool's, another course's and a removed one."""
    found = items(tool, course, {}).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def told_item(row: LtiLineItem) -> Json:
    found: Json = {
        "id": absolute("line_item", row.course.uuid, row.uuid),
        "scoreMaximum": plain(row.maximum),
        "label": row.label,
    }
    if row.link is not None:
        found["resourceLinkId"] = str(row.link.uuid)
    more = {"resourceId": row.resource_id, "tag": row.tag}
    return found | {name: value for name, value in more.items() if value}


def plain(value: Decimal) -> int | float:
    """A number as JSON has it: 10 and not 10.0000."""
    return int(value) if value == value.to_integral_value() else float(value)


@transaction.atomic
def make_item(tool: LtiTool, course: UUID, said: Json) -> LtiLineItem:
    """Raises NotFound, Invalid, Conflict (too many)."""
    number = course_of(tool, course)
    LtiTool.objects.select_for_update().get(pk=tool.pk)
    rows = LtiLineItem.objects.filter(tool=tool, course_id=number, removed_at__isnull=True)
    if rows.count() >= MOST_ITEMS:
        raise Conflict(_("这门课程里的成绩栏太多了。"), code="too_many_items")
    row = LtiLineItem(tool=tool, course_id=number, made_at=now(), **_said(said))
    if said.get("resourceLinkId"):
        row.link = LtiLink.objects.filter(
            tool=tool, course_id=number, uuid=_uuid(said["resourceLinkId"])
        ).first()
        if row.link is None:
            raise NotFound
    row.save()
    _told(tool, "make", row)
    return item(tool, course, row.uuid)


@transaction.atomic
def change_item(tool: LtiTool, course: UUID, uuid: UUID, said: Json) -> LtiLineItem:
    """Another label, maximum, tag or resource id; where it hangs stays (AGS 2.0, 3.2.5). Raises NotFound, Invalid."""
    row = item(tool, course, uuid)
    for name, value in _said(said).items():
        setattr(row, name, value)
    row.save(update_fields=["label", "maximum", "resource_id", "tag"])
    _told(tool, "change", row)
    return row


@transaction.atomic
def remove_item(tool: LtiTool, course: UUID, uuid: UUID) -> None:
    """It is told no more; its scores stay where they are. Raises NotFound."""
    row = item(tool, course, uuid)
    row.removed_at = now()
    row.save(update_fields=["removed_at"])
    _told(tool, "remove", row)


def _said(said: Json) -> Json:
    label = rules.text(said.get("label"), 255)
    if not label:
        raise Invalid(_("成绩栏要有名称（label）。"), code="no_label", details={"field": "label"})
    return {
        "label": label,
        "maximum": rules.number(said.get("scoreMaximum"), "scoreMaximum", positive=True),
        "resource_id": rules.text(said.get("resourceId"), 255),
        "tag": rules.text(said.get("tag"), 255),
    }


def _told(tool: LtiTool, what: str, row: LtiLineItem) -> None:
    record(
        _actor(tool),
        action=f"lti.line_item.{what}",
        target_type="learning.LtiLineItem",
        target=row.uuid,
        data={"label": row.label, "maximum": str(row.maximum)},
    )


def _actor(tool: LtiTool) -> Actor:
    return Actor(person=None, role=f"lti:{tool.client_id}"[:40], body=tool.organisation.code)


def _uuid(value: Any) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise NotFound from None


# --- scores -------------------------------------------------------------------------------------------------


def take_score(tool: LtiTool, course: UUID, uuid: UUID, said: Json) -> LtiScore:
    """A score, kept as a row and told to the organisation's record store in one transaction; the same once more changes
    nothing. Raises NotFound, NotAllowed (nobody enrolled), Invalid, Conflict (older than the last).
    """
    try:
        with transaction.atomic():
            return _take_score(tool, course, uuid, said)
    except IntegrityError:
        # Another request of the same moment was first.
        raise Conflict(_("同一时刻已有另一个成绩。"), code="score_older") from None


def _take_score(tool: LtiTool, course: UUID, uuid: UUID, said: Json) -> LtiScore:
    line = item(tool, course, uuid)
    # Scores of one column come one after the other: which is the last is asked and answered here.
    LtiLineItem.objects.select_for_update().get(pk=line.pk)
    enrolment = _enrolment(tool, line, said.get("userId"))
    at = rules.moment(said.get("timestamp"), "timestamp")
    given = said.get("scoreGiven")
    maximum = said.get("scoreMaximum")
    if given is not None and maximum is None:
        raise Invalid(
            _("有 scoreGiven 就要有 scoreMaximum。"), code="no_maximum", details={"field": "scoreMaximum"}
        )
    comment = said.get("comment")
    fresh: Json = {
        "given": None if given is None else rules.number(given, "scoreGiven"),
        "maximum": None if maximum is None else rules.number(maximum, "scoreMaximum", positive=True),
        "activity": rules.progress(said.get("activityProgress"), rules.ACTIVITY, "activityProgress"),
        "grading": rules.progress(said.get("gradingProgress"), rules.GRADING, "gradingProgress"),
        "comment": comment.strip()[:5000] if isinstance(comment, str) else "",
    }
    last = LtiScore.objects.filter(line_item=line, person=enrolment.person).order_by("-at").first()
    if last is not None and last.at == at and all(getattr(last, name) == fresh[name] for name in fresh):
        return last
    if last is not None and at <= last.at:
        raise Conflict(_("这个成绩的时间不晚于已有的成绩，没有收下。"), code="score_older")
    row = LtiScore.objects.create(
        line_item=line,
        person=enrolment.person,
        enrolment=enrolment,
        at=at,
        stored_at=now(),
        **fresh,
    )
    _state(tool, line, row)
    return row


def _enrolment(tool: LtiTool, line: LtiLineItem, said: Any) -> Enrolment:
    """The enrolment of the person a tool calls by its own name for them. Raises NotAllowed, the same for a name of nobody and
    for somebody of another course."""
    sub = said if isinstance(said, str) and len(said) <= 40 else ""
    subject = LtiSubject.objects.filter(tool=tool, sub=sub).first()
    person = subject.person_id if subject else None
    rows = Enrolment.objects.filter(course_id=line.course_id, person_id=person, person__is_active=True)
    found = rows.select_related("person").first() if person is not None else None
    if found is None:
        raise NotAllowed(_("这门课程里没有这个学员。"), code="not_enrolled")
    return found


def _state(tool: LtiTool, line: LtiLineItem, row: LtiScore) -> None:
    """The score as the organisation's record store has it."""
    result: Json = {"completion": row.activity == "Completed"}
    if row.given is not None and row.maximum is not None:
        # Above the maximum there is extra credit, which xAPI's score has no place for: it is told as it was given.
        if row.given <= row.maximum:
            scaled = (row.given / row.maximum).quantize(Decimal("0.0001"))
            score = {"scaled": float(scaled), "raw": plain(row.given), "min": 0, "max": plain(row.maximum)}
        else:
            score = {"raw": plain(row.given)}
        result["score"] = score
    statement = {
        "id": str(uuid7()),
        "actor": {
            "objectType": "Agent",
            "account": {"homePage": settings.PUBLIC_URL, "name": str(row.person.uuid)},
        },
        "verb": {"id": SCORED, "display": {"en-US": "scored"}},
        "object": {
            "id": absolute("line_item", line.course.uuid, line.uuid),
            "definition": {"name": {"zh-CN": line.label}},
        },
        "result": result,
        "context": {
            "platform": tool.name,
            "contextActivities": {"parent": [{"id": f"{settings.PUBLIC_URL}/courses/{line.course.uuid}"}]},
        },
        "timestamp": row.at.isoformat(),
    }
    store = store_of(tool.organisation)
    received = Received(statement, json.dumps(statement, ensure_ascii=False))
    take_in(platform_grant(store.pk), [received], version="1.0.3")


def results(tool: LtiTool, course: UUID, uuid: UUID, asked: Mapping[str, str]) -> tuple[LtiLineItem, Any]:
    """The last score of each person that is graded, newest rows last (AGS 2.0, 3.3)."""
    line = item(tool, course, uuid)
    newest = (
        LtiScore.objects.filter(line_item=line, person=OuterRef("person")).order_by("-at").values("pk")[:1]
    )
    rows = LtiScore.objects.filter(line_item=line, pk=Subquery(newest)).exclude(given=None)
    rows = rows.filter(grading="FullyGraded")
    if asked.get("user_id"):
        people = LtiSubject.objects.filter(tool=tool, sub=asked["user_id"][:40])
        rows = rows.filter(person__in=people.values("person_id"))
    return line, rows.order_by("person_id")


def told_results(tool: LtiTool, line: LtiLineItem, rows: list[LtiScore]) -> list[Json]:
    called = dict(
        LtiSubject.objects.filter(tool=tool, person__in=[row.person_id for row in rows]).values_list(
            "person_id", "sub"
        )
    )
    here = absolute("line_item", line.course.uuid, line.uuid)
    found = []
    for row in rows:
        if row.given is None or row.maximum is None or row.person_id not in called:
            continue
        told: Json = {
            "id": f"{here}/results/{row.uuid}",
            "scoreOf": here,
            "userId": called[row.person_id],
            # In the column's own measure, as the specification wants it.
            "resultScore": plain((row.given * line.maximum / row.maximum).quantize(Decimal("0.0001"))),
            "resultMaximum": plain(line.maximum),
        }
        found.append(told | ({"comment": row.comment} if row.comment else {}))
    return found
