"""What learning gives to the packages below it, and the jobs it runs. Imported once, when the application is ready."""

from typing import Any
from uuid import UUID

from courses.api import register_continue_panel, register_learner_panel
from courses.h5p.api import register_state_store
from lms.accounts.api import register_export_part
from lms.learning.certificates import queries as certificates
from lms.learning.certificates.services import KIND, issue
from lms.learning.completion import tasks as settling  # noqa: F401 -- a worker must know the tasks by their names
from lms.learning.completion.services import consider, settle_left
from lms.learning.declarations import export as declared
from lms.learning.declarations import tasks  # noqa: F401 -- a worker must know the task by its name
from lms.learning.enrolment.queries import continue_panel, learner_panel
from lms.learning.records import export
from lms.learning.records.services import StateStore
from lms.learning.study.services import lesson_left, lesson_met
from lms.lib.jobs.registry import JobContext, job
from lms.lib.verify.services import register_verifier


@job("learning.certificate")
def make_certificate(context: JobContext) -> dict[str, Any]:
    certificate = issue(UUID(context.args["completion"]))
    return {"certificate": str(certificate.uuid), "number": certificate.number}


register_learner_panel(learner_panel)
register_continue_panel(continue_panel)
register_state_store(StateStore())
register_verifier(KIND, certificates.verdict)
register_export_part("learning", export.part)
register_export_part("declarations", declared.part)
if consider not in lesson_met:
    lesson_met.append(consider)
if settle_left not in lesson_left:
    lesson_left.append(settle_left)
