"""The models of the applets of training, gathered for Django."""

from lms.training.bundles.models import Bundle, BundleCourse, Target
from lms.training.yearly_plans.models import DraftCourse, PlanCourse, PlanDraft, PlanRight, YearlyPlan

__all__ = [
    "Bundle",
    "BundleCourse",
    "DraftCourse",
    "PlanCourse",
    "PlanDraft",
    "PlanRight",
    "Target",
    "YearlyPlan",
]
