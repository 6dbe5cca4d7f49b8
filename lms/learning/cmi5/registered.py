"""What cmi5 gives to the rooms around it: it examines what its launches' credentials send; the parts of a person's own data
and of its erasure. Imported once, when the application is ready.
"""

from lms.accounts.api import register_erasure_part, register_export_part
from lms.learning.cmi5 import erasure, export, tasks
from lms.learning.cmi5.services import examine
from lms.records.api import register_examiner

__all__ = ["tasks"]

register_examiner(examine)
register_export_part("cmi5", export.part)
register_erasure_part("cmi5", erasure.PART)
