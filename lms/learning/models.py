"""The models of the applets of learning, gathered for Django."""

from lms.learning.assessment.models import QuizAnswer, QuizAttempt
from lms.learning.certificates.models import Certificate
from lms.learning.completion.models import Completion, CompletionTopUp
from lms.learning.declarations.models import (
    DeclarationFile,
    DeclarationStep,
    DeclarationTerms,
    HoursActivityRule,
    HoursDeclaration,
    WorkCredit,
)
from lms.learning.enrolment.models import Enrolment
from lms.learning.hours.models import HoursGoal
from lms.learning.records.models import H5PState, Statement
from lms.learning.study.models import (
    LessonProgress,
    StreamClaim,
    StudyGrant,
    StudyReport,
    StudyRule,
    StudySession,
    StudyStream,
)

__all__ = [
    "Certificate",
    "Completion",
    "CompletionTopUp",
    "DeclarationFile",
    "DeclarationStep",
    "DeclarationTerms",
    "Enrolment",
    "H5PState",
    "HoursActivityRule",
    "HoursDeclaration",
    "HoursGoal",
    "LessonProgress",
    "QuizAnswer",
    "QuizAttempt",
    "Statement",
    "StreamClaim",
    "StudyGrant",
    "StudyReport",
    "StudyRule",
    "StudySession",
    "StudyStream",
    "WorkCredit",
]
