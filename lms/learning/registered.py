"""What learning gives to the packages below it, and the jobs it runs. Imported once, when the application is ready."""

from typing import Any
from uuid import UUID

from courses.api import (
    register_continue_panel,
    register_course_note,
    register_course_rating,
    register_learner_panel,
    register_occupation_names,
    register_signals,
    register_studied,
)
from courses.h5p.api import register_state_store
from creditbank.api import occupation_names, register_offers, register_sender
from lms.accounts.api import register_erasure_part, register_export_part, register_unnamed
from lms.learning import erasure, searching
from lms.learning.certificates import queries as certificates
from lms.learning.certificates.services import KIND, issue
from lms.learning.classes import erasure as classes_erasure
from lms.learning.classes import export as classes
from lms.learning.classes import hours as class_hours  # noqa: F401 -- the consumer of attendance
from lms.learning.classes import notices as class_notices  # noqa: F401 -- the consumers of notices
from lms.learning.classes import tasks as class_tasks  # noqa: F401 -- a worker must know the tasks by their names
from lms.learning.cmi5 import registered as cmi5  # noqa: F401 -- its task, and its eye on statements
from lms.learning.completion import tasks as settling  # noqa: F401 -- a worker must know the tasks by their names
from lms.learning.completion.services import consider, settle_left
from lms.learning.declarations import export as declared
from lms.learning.declarations import tasks  # noqa: F401 -- a worker must know the task by its name
from lms.learning.enrolment.documents import offers as offers_document
from lms.learning.enrolment.queries import continue_panel, learner_panel
from lms.learning.evidence import registered as evidence  # noqa: F401 -- its job, task, verifier and sign-in rows
from lms.learning.holds import registered as holds  # noqa: F401 -- who waits, what does not count, letters, parts
from lms.learning.lti import registered as lti  # noqa: F401 -- its tools, task and parts
from lms.learning.offers import offers
from lms.learning.permits import services as permits  # noqa: F401 -- its job
from lms.learning.permits.words import course_note
from lms.learning.ratings.queries import course_rating, signals_of
from lms.learning.records import (
    export,
    outgoing,  # noqa: F401 -- its consumers
)
from lms.learning.records.services import StateStore
from lms.learning.rosters import export as asked
from lms.learning.rosters.sender import bring
from lms.learning.rule_versions import publisher
from lms.learning.statements import registered as statements  # noqa: F401 -- its jobs, task, verifier and parts
from lms.learning.study.bar_sources import sources
from lms.learning.study.listeners import lesson_left, lesson_met, quiz_closed
from lms.learning.study.offline import export as taken_along
from lms.learning.study.offline.services import confirm
from lms.learning.study.presence import asking
from lms.learning.study.presence import export as presence
from lms.learning.use import tasks as use  # noqa: F401 -- its job and task
from lms.learning.viewers import viewer
from lms.lib.calendar.services import register_loader
from lms.lib.jobs.registry import JobContext, job
from lms.lib.verify.services import register_verifier
from search.api import register_viewer


@job("learning.certificate")
def make_certificate(context: JobContext) -> dict[str, Any]:
    certificate = issue(UUID(context.args["completion"]))
    return {"certificate": str(certificate.uuid), "number": certificate.number}


register_learner_panel(learner_panel)
register_continue_panel(continue_panel)
register_course_note(course_note)
register_course_rating(course_rating)
register_studied(offers_document)
register_state_store(StateStore())
register_offers(offers)
register_sender(bring)
register_verifier(KIND, certificates.verdict)
# Working days are loaded by who publishes rules.
register_loader(publisher)
register_unnamed(certificates.count_nameable)
register_export_part("learning", export.part)
register_erasure_part("learning", erasure.PART)
searching.register()
register_occupation_names(occupation_names)
register_viewer(viewer)
register_signals(signals_of)
register_export_part("declarations", declared.part)
register_export_part("classes", classes.part)
register_export_part("offline", taken_along.part)
register_export_part("presence", presence.part)
register_erasure_part("classes", classes_erasure.PART)
register_export_part("employers_requests", asked.part)
if consider not in lesson_met:
    lesson_met.append(consider)
if settle_left not in lesson_left:
    lesson_left.append(settle_left)
if confirm not in quiz_closed:
    quiz_closed.append(confirm)
if asking.bars not in sources:
    sources.append(asking.bars)
