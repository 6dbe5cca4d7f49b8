"""What evidence gives to the packages below: its job, its verifier, its part of a person's export, the sign-in rows."""

from typing import Any

from lms.accounts.api import register_erasure_part, register_export_part
from lms.learning.evidence import sign_ins, tasks  # noqa: F401 -- signals connect, a worker knows the task by its name
from lms.learning.evidence.erasure import PART
from lms.learning.evidence.making import make
from lms.learning.evidence.models import KIND
from lms.learning.evidence.queries import export_part, verdict
from lms.learning.evidence.services import JOB
from lms.lib.jobs.registry import JobContext, job
from lms.lib.verify.services import register_verifier


@job(JOB)
def make_pack(context: JobContext) -> dict[str, Any]:
    return make(context)


register_verifier(KIND, verdict)
register_export_part("evidence", export_part)
register_erasure_part("evidence", PART)
