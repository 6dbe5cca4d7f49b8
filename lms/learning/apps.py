from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LearningConfig(AppConfig):
    name = "lms.learning"
    label = "learning"
    verbose_name = _("学习")

    def ready(self) -> None:
        # What lower packages ask for by Protocol, and the jobs a worker must know by name.
        from lms.learning import registered  # noqa: F401
