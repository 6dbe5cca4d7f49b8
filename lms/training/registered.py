"""What training registers with other rooms when the application is ready: its processes, what /verify/ says of its papers, and
a person's own data with what becomes of it.
"""

from lms.lib.verify.services import register_verifier
from lms.training import searching
from lms.training.bases import queries as bases
from lms.training.bases.conduct import BaseConduct
from lms.training.bases.process import PROCESS
from lms.training.bases.services import KIND
from lms.training.lifecycle import people
from lms.training.lifecycle import tasks as lifecycle_tasks  # noqa: F401 -- Celery learns of the tasks
from lms.training.lifecycle.conduct import register_conduct
from lms.training.lifecycle.declaration import register as declare


def register() -> None:
    declare(PROCESS)
    register_conduct(PROCESS.code, BaseConduct())
    register_verifier(KIND, bases.verdict)
    people.register()
    searching.register()
