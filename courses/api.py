"""The front door of what can be studied: other packages import nothing behind it."""

from courses.media.fetching import answer as document_answer
from courses.media.fetching import register_studied
from courses.outside import register_lti_tools
from courses.pages.drafts import add_to_draft, lesson_to_edit
from courses.pages.http import catalogue as catalogue_view
from courses.pages.http import course as course_view
from courses.pages.models import CataloguePage, CoursePage
from courses.pages.providers import provider as provider_view
from courses.pages.queries import chapters
from courses.panel import (
    register_continue_panel,
    register_course_note,
    register_course_rating,
    register_learner_panel,
)
from courses.releases.models import Release, ReleaseLesson
from courses.releases.queries import course_by_uuid, current_release, has_foreign, lesson_outline
from courses.review.queries import has_written
from courses.searching import register_occupation_names, register_signals
from courses.taxonomy import Kind, Level, Mode, Sector, Theme

__all__ = [
    "CataloguePage",
    "CoursePage",
    "Kind",
    "Level",
    "Mode",
    "Release",
    "ReleaseLesson",
    "Sector",
    "Theme",
    "add_to_draft",
    "catalogue_view",
    "chapters",
    "course_by_uuid",
    "course_view",
    "current_release",
    "document_answer",
    "has_foreign",
    "has_written",
    "lesson_outline",
    "lesson_to_edit",
    "provider_view",
    "register_continue_panel",
    "register_course_note",
    "register_course_rating",
    "register_learner_panel",
    "register_lti_tools",
    "register_occupation_names",
    "register_signals",
    "register_studied",
]
