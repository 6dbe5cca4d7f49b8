"""The models of the applets of training, gathered for Django."""

from lms.training.bases.models import Base, TrainingReport
from lms.training.board.models import Posting, Withdrawal
from lms.training.bundles.models import Bundle, BundleCourse, Target
from lms.training.grants.models import Fund, Grant, Movement, Purse, Spend, SpendStep
from lms.training.lifecycle.models import (
    Act,
    Case,
    Delegation,
    Evidence,
    Notice,
    Numbering,
    Objection,
    ProcessRule,
)
from lms.training.papers.models import Paper
from lms.training.policies.models import PolicyDocument
from lms.training.posts.models import PostPayment, SkillAward, SkillPost
from lms.training.programmes.models import (
    ClassSeries,
    Evaluation,
    HostChoice,
    Programme,
    ProgrammeAccount,
    ProgrammeApplication,
    ProgrammePlan,
    ProgrammeResult,
    Settlement,
    TheoryOutput,
    TopicCall,
)
from lms.training.suggestions.models import Suggestion, SuggestionAct, SuggestionRule
from lms.training.yearly_plans.models import DraftCourse, PlanCourse, PlanDraft, PlanRight, YearlyPlan

__all__ = [
    "Act",
    "Base",
    "Bundle",
    "BundleCourse",
    "Case",
    "ClassSeries",
    "Delegation",
    "DraftCourse",
    "Evaluation",
    "Evidence",
    "Fund",
    "Grant",
    "HostChoice",
    "Movement",
    "Notice",
    "Numbering",
    "Objection",
    "Paper",
    "PlanCourse",
    "PlanDraft",
    "PlanRight",
    "PolicyDocument",
    "PostPayment",
    "Posting",
    "ProcessRule",
    "Programme",
    "ProgrammeAccount",
    "ProgrammeApplication",
    "ProgrammePlan",
    "ProgrammeResult",
    "Purse",
    "Settlement",
    "SkillAward",
    "SkillPost",
    "Spend",
    "SpendStep",
    "Suggestion",
    "SuggestionAct",
    "SuggestionRule",
    "Target",
    "TheoryOutput",
    "TopicCall",
    "TrainingReport",
    "Withdrawal",
    "YearlyPlan",
]
