"""The front door of learning: lms.training imports nothing behind it."""

from lms.learning.completion.results import Result, results_of
from lms.learning.enrolment.queries import CourseProgress, progress_of
from lms.learning.enrolment.queries import of_person as enrolments_of
from lms.learning.enrolment.services import enrol
from lms.learning.hours.years import Year, this_year
from lms.learning.hours.years import span as learning_year
from lms.learning.permits.services import Plan as PermitPlan
from lms.learning.permits.services import give as give_permitted
from lms.learning.permits.services import permit
from lms.learning.signed_in import Asked, signed_in

__all__ = [
    "Asked",
    "CourseProgress",
    "PermitPlan",
    "Result",
    "Year",
    "enrol",
    "enrolments_of",
    "give_permitted",
    "learning_year",
    "permit",
    "progress_of",
    "results_of",
    "signed_in",
    "this_year",
]
