"""The models of the applets of courses, gathered for Django."""

from courses.h5p.models import H5PContent, H5PLibrary
from courses.media.models import CourseDocument, CourseImage, CourseRendition, CourseVideo, VideoCaption
from courses.packs.models import PackImport
from courses.packs.uploads.models import Upload
from courses.pages.models import CataloguePage, ChapterPage, CourseOutcome, CoursePage, HomePage, LessonPage
from courses.questions.models import Question
from courses.releases.models import ContentRule, Release, ReleaseLesson

__all__ = [
    "CataloguePage",
    "ChapterPage",
    "ContentRule",
    "CourseDocument",
    "CourseImage",
    "CourseOutcome",
    "CoursePage",
    "CourseRendition",
    "CourseVideo",
    "H5PContent",
    "H5PLibrary",
    "HomePage",
    "LessonPage",
    "PackImport",
    "Question",
    "Release",
    "ReleaseLesson",
    "Upload",
    "VideoCaption",
]
