"""What a course page says about this learner: declared here, filled in by learning, which knows both."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.auth.models import AnonymousUser

from courses.pages.models import CoursePage
from courses.releases.models import ReleaseLesson
from lms.accounts.api import User

LearnerPanel = Callable[[User, CoursePage, Sequence[ReleaseLesson]], dict[str, Any]]
_panel: LearnerPanel | None = None
ContinuePanel = Callable[[User], list[dict[str, Any]]]
_continue: ContinuePanel | None = None
CourseNote = Callable[[CoursePage], Any]
_note: CourseNote | None = None
CourseRating = Callable[[CoursePage], Any]
_rating: CourseRating | None = None


def register_learner_panel(function: LearnerPanel) -> None:
    """`function(user, course, outline of its current release)` → {"state": "none|enrolled|completed", "percent", "counted_ms", "resume_url", "enrol_url"}."""
    global _panel
    _panel = function


def register_continue_panel(function: ContinuePanel) -> None:
    """`function(user)` → the courses under way for the home page: [{"title", "url", "percent"}], newest first."""
    global _continue
    _continue = function


def register_course_note(function: CourseNote) -> None:
    """`function(course)` → what everybody is told of a course's hours ({"counts", "level", "text", "source", "address"}), or
    None where there is nothing to tell."""
    global _note
    _note = function


def register_course_rating(function: CourseRating) -> None:
    """`function(course)` → what everybody is told of its learners' ratings ({"told", "mean", "ratings", "by_star"}), in one query."""
    global _rating
    _rating = function


def course_rating(course: CoursePage) -> Any:
    return _rating(course) if _rating is not None else None


def course_note(course: CoursePage) -> Any:
    return _note(course) if _note is not None else None


def learner_panel(
    user: User | AnonymousUser, course: CoursePage, outline: Sequence[ReleaseLesson]
) -> dict[str, Any]:
    if _panel is None or not isinstance(user, User):
        return {"state": "none"}
    return _panel(user, course, outline)


def continue_panel(user: User | AnonymousUser) -> list[dict[str, Any]]:
    if _continue is None or not isinstance(user, User):
        return []
    return _continue(user)
