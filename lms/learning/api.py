"""The front door of learning: lms.training imports nothing behind it."""

from lms.learning.classes.demo import held_demo_run, open_demo_run, planned_demo_run
from lms.learning.classes.gates import Gate, register_gate
from lms.learning.classes.models import ClassMeeting, ClassRun
from lms.learning.classes.outcome import (
    Pass,
    SignInSheet,
    completed_places,
    completions_by_year,
    meeting_by_uuid,
    meetings_of,
    passes_of,
    run_by_uuid,
    seated_in,
    signed_at,
)
from lms.learning.classes.services import join as join_class
from lms.learning.classes.services import leave as leave_class
from lms.learning.classes.services import note_filing
from lms.learning.classes.taught import Taught, taught_by
from lms.learning.completion.results import Result, completions_by_day, days_begin, results_of
from lms.learning.declarations.decisions import NewRule as NewHoursRule
from lms.learning.declarations.decisions import publish_rule as publish_hours_rule
from lms.learning.declarations.grants import Granted, grant, granted, rule_there, ruled_centihours
from lms.learning.declarations.grants import take_back as take_back_hours
from lms.learning.enrolment.queries import CourseProgress, progress_of
from lms.learning.enrolment.queries import of_person as enrolments_of
from lms.learning.enrolment.services import enrol
from lms.learning.holds.queries import waiting as holds_waiting
from lms.learning.hours.years import Year, this_year, year_of
from lms.learning.hours.years import span as learning_year
from lms.learning.permits.services import Plan as PermitPlan
from lms.learning.permits.services import give as give_permitted
from lms.learning.permits.services import permit
from lms.learning.rosters.sender import Reminder
from lms.learning.rosters.sender import sender as reminder_sender
from lms.learning.signed_in import Asked, signed_in

__all__ = [
    "Asked",
    "ClassMeeting",
    "ClassRun",
    "CourseProgress",
    "Gate",
    "Granted",
    "NewHoursRule",
    "Pass",
    "PermitPlan",
    "Reminder",
    "Result",
    "SignInSheet",
    "Taught",
    "Year",
    "completed_places",
    "completions_by_day",
    "completions_by_year",
    "days_begin",
    "enrol",
    "enrolments_of",
    "give_permitted",
    "grant",
    "granted",
    "held_demo_run",
    "holds_waiting",
    "join_class",
    "learning_year",
    "leave_class",
    "meeting_by_uuid",
    "meetings_of",
    "note_filing",
    "open_demo_run",
    "passes_of",
    "permit",
    "planned_demo_run",
    "progress_of",
    "publish_hours_rule",
    "register_gate",
    "reminder_sender",
    "results_of",
    "rule_there",
    "ruled_centihours",
    "run_by_uuid",
    "seated_in",
    "signed_at",
    "signed_in",
    "take_back_hours",
    "taught_by",
    "this_year",
    "year_of",
]
