"""The front door of what can be studied: other packages import nothing behind it."""

from courses.pages.http import catalogue as catalogue_view
from courses.pages.http import course as course_view
from courses.pages.models import CataloguePage, CoursePage
from courses.pages.queries import chapters
from courses.panel import register_continue_panel, register_course_note, register_learner_panel
from courses.releases.models import Release, ReleaseLesson
from courses.releases.queries import course_by_uuid, current_release, lesson_outline
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
    "catalogue_view",
    "chapters",
    "course_by_uuid",
    "course_view",
    "current_release",
    "lesson_outline",
    "register_continue_panel",
    "register_course_note",
    "register_learner_panel",
]
