"""The record store is a Django app of its own: what it keeps belongs to organisations, not to courses or learners."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecordsConfig(AppConfig):
    name = "lms.records"
    label = "records"
    verbose_name = _("学习记录库")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # The tables that are cut by month name themselves.
        from lms.records import partitions  # noqa: F401
        from lms.records.forwarding import tasks  # noqa: F401 -- a worker must know the task and the job by their names
        from lms.records.people import registered  # noqa: F401 -- a person's export and erasure
