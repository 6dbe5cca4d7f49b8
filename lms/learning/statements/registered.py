"""What statements give to the packages below: the public check, the parts of a person's own data and of its erasure, and
the jobs and tasks that a worker must know by their names. Imported once, when the application is ready.
"""

from lms.accounts.api import register_erasure_part, register_export_part
from lms.learning.statements import erasure, export, packages, queries, tasks
from lms.lib.verify.services import register_verifier

__all__ = ["packages", "tasks"]

register_verifier(queries.KIND, queries.verdict)
register_export_part("statements", export.part)
register_erasure_part("statements", erasure.PART)
