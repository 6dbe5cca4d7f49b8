"""What holds give to the rooms around them: who waits, what does not count, which refusals are kept in mind; the letters,
the parts of a person's own data and of its erasure. Imported once, when the application is ready.
"""

from lms.accounts.api import register_erasure_part, register_export_part
from lms.learning.completion.waiting import waits
from lms.learning.holds import erasure, export, sender, tasks
from lms.learning.holds.bars import bars
from lms.learning.holds.incidents import note, note_part
from lms.learning.holds.queries import held
from lms.learning.study.bar_sources import sources
from lms.learning.study.refusals import part_refused, report_refused

__all__ = ["sender", "tasks"]

register_export_part("holds", export.part)
register_erasure_part("holds", erasure.PART)
if held not in waits:
    waits.append(held)
if bars not in sources:
    sources.append(bars)
if note not in report_refused:
    report_refused.append(note)
if note_part not in part_refused:
    part_refused.append(note_part)
