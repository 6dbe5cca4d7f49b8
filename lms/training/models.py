"""The models of the applets of training, gathered for Django."""

from lms.training.bases.models import Base, TrainingReport
from lms.training.bundles.models import Bundle, BundleCourse, Target
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
from lms.training.yearly_plans.models import DraftCourse, PlanCourse, PlanDraft, PlanRight, YearlyPlan

__all__ = [
    "Act",
    "Base",
    "Bundle",
    "BundleCourse",
    "Case",
    "Delegation",
    "DraftCourse",
    "Evidence",
    "Notice",
    "Numbering",
    "Objection",
    "PlanCourse",
    "PlanDraft",
    "PlanRight",
    "ProcessRule",
    "Target",
    "TrainingReport",
    "YearlyPlan",
]
