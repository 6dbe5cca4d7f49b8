"""The models of the applets of courses, gathered for Django."""

from courses.activities.models import ContentPackage
from courses.h5p.authoring.models import H5PDraft
from courses.h5p.models import H5PContent, H5PFormerVersion, H5PLibrary
from courses.media.models import (
    CourseDocument,
    CourseImage,
    CourseRendition,
    CourseVideo,
    FormerDocument,
    VideoCaption,
    VideoLadder,
)
from courses.packs.models import PackImport
from courses.packs.uploads.models import Upload
from courses.pages.models import CataloguePage, ChapterPage, CourseOutcome, CoursePage, HomePage, LessonPage
from courses.questions.models import Question
from courses.releases.models import ContentRule, Release, ReleaseLesson
from courses.review.models import OneStepPublishing, PlatformReview, ProviderApproval, Submission
from courses.storage.models import StorageHold, StorageLimit, StorageNotice, StoredItem
from courses.translations.models import CourseTranslation, TranslatedText, TranslationVersion

__all__ = [
    "CataloguePage",
    "ChapterPage",
    "ContentPackage",
    "ContentRule",
    "CourseDocument",
    "CourseImage",
    "CourseOutcome",
    "CoursePage",
    "CourseRendition",
    "CourseTranslation",
    "CourseVideo",
    "FormerDocument",
    "H5PContent",
    "H5PDraft",
    "H5PFormerVersion",
    "H5PLibrary",
    "HomePage",
    "LessonPage",
    "OneStepPublishing",
    "PackImport",
    "PlatformReview",
    "ProviderApproval",
    "Question",
    "Release",
    "ReleaseLesson",
    "StorageHold",
    "StorageLimit",
    "StorageNotice",
    "StoredItem",
    "Submission",
    "TranslatedText",
    "TranslationVersion",
    "Upload",
    "VideoCaption",
    "VideoLadder",
]
