from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "lms.accounts"
    label = "accounts"
    verbose_name = _("人员与机构")

    def ready(self) -> None:
        from lms.accounts import checks
        from lms.accounts.people import signals  # noqa: F401

        checks.install()
