from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CoursesConfig(AppConfig):
    name = "courses"
    label = "courses"
    verbose_name = _("课程")

    def ready(self) -> None:
        from courses import consumers, signals  # noqa: F401
        from courses.access import found_review, grant_places
        from courses.folders import tasks as folder_tasks  # noqa: F401
        from courses.media import jobs as media_jobs  # noqa: F401
        from courses.packs import jobs, tasks  # noqa: F401
        from courses.packs.uploads import registered  # noqa: F401
        from courses.permissions import register
        from courses.review import tasks as review_tasks  # noqa: F401
        from courses.storage import signals as storage_signals
        from courses.storage import tasks as storage_tasks  # noqa: F401
        from courses.taxonomy import NAMED, Sector
        from lms.accounts.api import register_sectors
        from themes import names

        for field, choices in NAMED.items():
            names.register(field, choices)
        register_sectors(Sector.choices)
        register()
        storage_signals.connect()
        post_migrate.connect(grant_places, sender=self)
        post_migrate.connect(found_review, sender=self)
