"""The models of the ground's applets, gathered for Django."""

from lms.lib.audit.models import AuditRow
from lms.lib.calendar.models import CalendarYear
from lms.lib.jobs.models import Job
from lms.lib.outbox.models import OutboxDelivery, OutboxEvent
from lms.lib.verify.models import VerifyCode

__all__ = ["AuditRow", "CalendarYear", "Job", "OutboxDelivery", "OutboxEvent", "VerifyCode"]
