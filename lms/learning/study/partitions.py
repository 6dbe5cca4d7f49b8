"""The raw study reports are cut by month, by the moment their session was opened (docs/decisions/report-months.md)."""

from lms.lib.partitions import Monthly, register

REPORTS = register(Monthly("learning_studyreport", "opened_ms"))
