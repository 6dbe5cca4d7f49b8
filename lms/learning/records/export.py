"""Learning's part of a person's own data (PIPL art. 45): what they studied, answered, completed and were certified.

Durations in milliseconds, hours in hundredths of a 学时, moments in UTC. Owns: the shape. Refuses: questions and right
answers, which are the course's, and raw reports, which the sessions' stretches say in a readable form.
"""

from typing import Any

from courses.h5p.api import named
from lms.accounts.api import User
from lms.learning.assessment.models import QuizAttempt
from lms.learning.certificates.models import Certificate
from lms.learning.completion.models import Completion, CompletionCorrection, CompletionTopUp
from lms.learning.enrolment.models import Enrolment
from lms.learning.ratings.models import CourseRating
from lms.learning.records.models import H5PState, Statement
from lms.learning.scorm.models import ScormAttempt, ScormSession
from lms.learning.study.models import LessonProgress, StudySession
from lms.lib.clock import from_epoch_ms


def part(user: User) -> dict[str, Any]:
    """Everything kept about the user here, in a fixed number of queries."""
    own = {"person": user}
    return {
        "enrolments": [
            {
                "uuid": row.uuid,
                "course": row.release.title,
                "code": row.release.code,
                "release": row.release.number,
                "state": row.state,
                "started_at": row.started_at,
                "studied_at": row.studied_at,
                "rating": _rating(row),
            }
            for row in Enrolment.objects.filter(**own)
            .select_related("release", "rating")
            .order_by("started_at")
        ],
        "lessons": [
            {
                "enrolment": row.enrolment.uuid,
                "lesson": row.lesson.title,
                "percent": row.percent,
                "active_ms": row.active_ms,
                "not_counted_elsewhere_ms": row.overlap_ms,
                "counted_ms": row.counted_ms,
                "counted_ms_by_day": row.days,
                "coverage": row.coverage,
                "position": row.position,
            }
            for row in LessonProgress.objects.filter(**own)
            .select_related("enrolment", "lesson")
            .defer("lesson__blocks")
            .order_by("id")
        ],
        "sessions": [
            {
                "enrolment": row.enrolment.uuid,
                "opened_at": from_epoch_ms(row.opened_ms),
                "last_heard_at": from_epoch_ms(row.seen_ms),
                "device": row.device_kind,
                "active_ms": row.active,
                "attributed_ms": row.attributed_ms,
            }
            for row in StudySession.objects.filter(**own).select_related("enrolment").order_by("id")
        ],
        "attempts": [
            _attempt(row)
            for row in QuizAttempt.objects.filter(**own).prefetch_related("answers").order_by("id")
        ],
        "exercises": [
            {"content": row.content, "state": row.state, "updated_at": row.updated_at}
            for row in H5PState.objects.filter(**own).order_by("id")
        ],
        "packages": list(
            ScormAttempt.objects.filter(**own)
            .order_by("id")
            .values(
                "uuid",
                "enrolment__uuid",
                "lesson__title",
                "number",
                "opened_at",
                "heard_at",
                "completion",
                "success",
                "score_scaled",
                "claimed_ms",
            )
        ),
        "package_sessions": list(
            ScormSession.objects.filter(attempt__person=user)
            .order_by("id")
            .values("attempt__uuid", "number", "opened_at", "heard_at", "state")
        ),
        "statements": [
            {"stored_at": row.stored_at, "raw": named(row.raw, user.display_name)}
            for row in Statement.objects.filter(**own).order_by("id").only("stored_at", "raw")
        ],
        "completions": list(
            Completion.objects.filter(**own)
            .order_by("id")
            .values(
                "uuid",
                "release__title",
                "kind",
                "counted_ms",
                "centihours",
                "rule",
                "evidence",
                "completed_at",
            )
        ),
        "top_ups": list(
            CompletionTopUp.objects.filter(completion__person=user)
            .order_by("id")
            .values("uuid", "completion__uuid", "number", "counted_ms", "centihours", "day", "at", "plan")
        ),
        "corrections": list(
            CompletionCorrection.objects.filter(completion__person=user)
            .order_by("id")
            .values(
                "uuid",
                "completion__uuid",
                "top_up__uuid",
                "top_up__plan",
                "number",
                "counted_ms",
                "centihours",
                "delta_centihours",
                "day",
                "at",
            )
        ),
        "certificates": [
            {
                "number": row.number,
                "holder_name": row.holder_name,
                "real_name": row.real_name,
                "issuer": row.issuer,
                "issued_at": row.issued_at,
                "reissues": [
                    {
                        "number": paper.number,
                        "replaces": paper.replaces,
                        "holder_name": paper.holder_name,
                        "issued_at": paper.issued_at,
                    }
                    for paper in row.reissues.all()
                ],
            }
            for row in Certificate.objects.filter(**own).prefetch_related("reissues").order_by("id")
        ],
    }


def _rating(row: Enrolment) -> dict[str, Any] | None:
    """The person's rating of the course (docs/ratings.md); stars None: taken back. hidden_ground: why its words are kept from view."""
    found: CourseRating | None = getattr(row, "rating", None)
    if found is None:
        return None
    return {
        "stars": found.stars,
        "text": found.text,
        "hidden_ground": found.hidden_ground,
        "given_at": found.given_at,
    }


def _attempt(row: QuizAttempt) -> dict[str, Any]:
    return {
        "uuid": row.uuid,
        "number": row.number,
        "started_at": row.started_at,
        "closed_at": row.closed_at,
        "points": row.points,
        "max_points": row.max_points,
        "percent": row.percent,
        "passed": row.passed,
        "answers": [
            {"question": answer.question, "response": answer.response, "saved_at": answer.saved_at}
            for answer in row.answers.all()
        ],
    }
