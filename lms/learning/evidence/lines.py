"""Rows as lines of a pack: plain shapes of what one row says, as of a moment. No queries: rows come with what they need."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from lms.learning.assessment.models import QuizAttempt
from lms.learning.classes.hours_models import ClassHours
from lms.learning.classes.models import AttendanceEvent, PracticeChecklist, PracticeResult
from lms.learning.completion.models import Completion
from lms.learning.completion.rules import under
from lms.learning.evidence.recount import Line


def claims_told(claims: Iterable[Line], sessions: Sequence[Line]) -> list[Line]:
    """The claims that matter from the first session on (the last one before is kept), and one for each row of others."""
    if not sessions:
        return []
    first = min(line["opened_ms"] for line in sessions)
    found: list[Line] = []
    for line in claims:
        if line["at_ms"] <= first:
            found = [line]
        elif line["session"] is not None or not found or found[-1]["session"] is not None:
            found.append(line)
    return found


def attempt_line(row: QuizAttempt, lesson: str, as_of: datetime, *, is_erased: bool) -> Line:
    closed = row.closed_at is not None and row.closed_at <= as_of
    answers = sorted(row.answers.all(), key=lambda answer: answer.question) if closed else []
    # Whoever was erased left results without answers; an erasure under way has not said so yet.
    is_gone = closed and (is_erased or (bool(row.points) and not answers))
    return {
        "lesson": lesson,
        "block": row.block,
        "attempt": str(row.uuid),
        "number": row.number,
        "pass_percent": row.pass_percent,
        "started_at": row.started_at.isoformat(),
        "closed_at": row.closed_at.isoformat() if closed and row.closed_at else None,
        "answers": None
        if is_gone
        else [
            {
                "question": answer.question,
                "response": answer.response,
                "saved_at": answer.saved_at.isoformat(),
            }
            for answer in answers
        ],
        "points": row.points if closed else None,
        "max_points": row.max_points if closed else None,
        "percent": row.percent if closed else None,
        "passed": row.passed if closed else None,
    }


def attendance_line(row: AttendanceEvent) -> Line:
    return {
        "class_run": str(row.meeting.run.uuid),
        "class": row.meeting.run.title,
        "meeting": str(row.meeting.uuid),
        "title": row.meeting.title,
        "starts_at": row.meeting.starts_at.isoformat(),
        "ends_at": row.meeting.ends_at.isoformat(),
        "number": row.number,
        "act": row.act,
        "way": row.way,
        "at": row.at.isoformat(),
        "recorded_at": row.recorded_at.isoformat(),
        "reason": row.reason,
    }


def practice_line(row: PracticeResult) -> Line:
    """An assessor's sheet. Photos by their hashes: who may see them opens them on the platform, where it is logged."""
    return {
        "class_run": str(row.place.run.uuid),
        "class": row.place.run.title,
        "result": str(row.uuid),
        "number": row.number,
        "checklist": str(row.checklist.uuid),
        "checklist_version": row.checklist.version,
        "marks": row.marks,
        "passed": row.passed,
        "remark": row.remark,
        "assessor": {
            "person": str(row.assessor.uuid),
            "role": row.role,
            "body": row.body.code if row.body else "",
            "body_name": row.body.name if row.body else "",
        },
        "at": row.at.isoformat(),
        "photos": [
            {"sha256": photo.sha256, "size": photo.size, "type": photo.mime} for photo in row.photos.all()
        ],
    }


def class_hours_line(row: ClassHours, as_of: datetime) -> Line:
    """Hours given for attendance, with the row's own copies of meetings, filing and rule; taken: when they were taken
    back, and why.
    """
    taken = getattr(row, "taken", None)
    evidence = row.evidence
    return {
        "class_run": str(row.place.run.uuid),
        "class": row.place.run.title,
        "hours": str(row.uuid),
        "number": row.number,
        "kind": row.kind,
        "counted_ms": row.counted_ms,
        "centihours": row.centihours,
        "total_centihours": evidence["total_centihours"],
        "approved_centihours": evidence["approved_centihours"],
        "filing": evidence["filing"],
        "rule": under(evidence["rule"], evidence.get("plan")),
        "meetings": evidence["meetings"],
        "day": row.day.isoformat(),
        "at": row.at.isoformat(),
        "taken": {"at": taken.at.isoformat(), "reason": taken.reason}
        if taken and taken.at <= as_of
        else None,
    }


def checklist_line(row: PracticeChecklist) -> Line:
    return {
        "checklist": str(row.uuid),
        "version": row.version,
        "source": row.source,
        "at": row.at.isoformat(),
        "items": [{"key": item["key"], "text": item["text"]} for item in row.items],
    }


def completion_line(row: Completion, as_of: datetime) -> Line:
    certificate = getattr(row, "certificate", None)
    return {
        "completion": str(row.uuid),
        "completed_at": row.completed_at.isoformat(),
        "kind": row.kind,
        "counted_ms": row.counted_ms,
        "centihours": row.centihours,
        "rule": row.rule,
        "evidence": row.evidence,
        "top_ups": [
            {
                "number": item.number,
                "counted_ms": item.counted_ms,
                "centihours": item.centihours,
                "day": item.day.isoformat(),
                "at": item.at.isoformat(),
            }
            | ({"plan": item.plan} if item.plan else {})
            for item in row.top_ups.all()
            if item.at <= as_of
        ],
        "corrections": [
            {
                "number": item.number,
                "top_up": item.top_up.number if item.top_up else None,
                "top_ups_before": item.top_ups_before,
                "counted_ms": item.counted_ms,
                "centihours": item.centihours,
                "delta_centihours": item.delta_centihours,
                "day": item.day.isoformat(),
                "at": item.at.isoformat(),
            }
            # As they stand, like what is barred: both come of one decision.
            for item in row.corrections.all()
        ],
        "certificate": {
            "number": certificate.number,
            "issuer": certificate.issuer,
            "issued_at": certificate.issued_at.isoformat(),
            "real_name": certificate.real_name,
            # Papers in place of the first, after a name was verified or corrected.
            "reissues": [
                {"number": paper.number, "replaces": paper.replaces, "issued_at": paper.issued_at.isoformat()}
                for paper in certificate.reissues.all()
                if paper.issued_at <= as_of
            ],
        }
        if certificate and certificate.issued_at <= as_of
        else None,
    }
