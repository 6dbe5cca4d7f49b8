"""The models of the applets of learning, gathered for Django."""

from lms.learning.assessment.models import QuizAnswer, QuizAttempt
from lms.learning.certificates.models import Certificate
from lms.learning.classes.models import (
    AttendanceEvent,
    ClassFiling,
    ClassMeeting,
    ClassPlace,
    ClassRun,
    PracticeChecklist,
    PracticePhoto,
    PracticeResult,
)
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
from lms.learning.evidence.models import EvidenceOrder, EvidencePack, RecordConsent, RecordLook, SignIn
from lms.learning.hours.models import HoursGoal
from lms.learning.records.models import H5PState, Statement
from lms.learning.rosters.models import AssignedCourse, CourseAssignment, StudyReminder
from lms.learning.statements.models import (
    NameFile,
    NameRequest,
    PackageItem,
    PackageReceipt,
    PaperContent,
    ReviewPackage,
    StatementLink,
    TitleRule,
    YearFigure,
    YearReckoning,
    YearStatement,
)
from lms.learning.study.models import (
    LessonProgress,
    OpenTurn,
    StreamClaim,
    StudyGrant,
    StudyReport,
    StudyRule,
    StudySession,
    StudyStream,
)
from lms.learning.study.offline.models import OfflinePart, OfflineRule, OfflineSession, StudyTicket

__all__ = [
    "AssignedCourse",
    "AttendanceEvent",
    "Certificate",
    "ClassFiling",
    "ClassMeeting",
    "ClassPlace",
    "ClassRun",
    "Completion",
    "CompletionTopUp",
    "CourseAssignment",
    "DeclarationFile",
    "DeclarationStep",
    "DeclarationTerms",
    "Enrolment",
    "EvidenceOrder",
    "EvidencePack",
    "H5PState",
    "HoursActivityRule",
    "HoursDeclaration",
    "HoursGoal",
    "LessonProgress",
    "NameFile",
    "NameRequest",
    "OfflinePart",
    "OfflineRule",
    "OfflineSession",
    "OpenTurn",
    "PackageItem",
    "PackageReceipt",
    "PaperContent",
    "PracticeChecklist",
    "PracticePhoto",
    "PracticeResult",
    "QuizAnswer",
    "QuizAttempt",
    "RecordConsent",
    "RecordLook",
    "ReviewPackage",
    "SignIn",
    "Statement",
    "StatementLink",
    "StreamClaim",
    "StudyGrant",
    "StudyReminder",
    "StudyReport",
    "StudyRule",
    "StudySession",
    "StudyStream",
    "StudyTicket",
    "TitleRule",
    "WorkCredit",
    "YearFigure",
    "YearReckoning",
    "YearStatement",
]
