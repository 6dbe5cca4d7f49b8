from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "lms.accounts"
    label = "accounts"
    verbose_name = _("人员与机构")

    def ready(self) -> None:
        from lms.accounts import checks
        from lms.accounts.employment import export
        from lms.accounts.erasure import (
            account,
            tasks,  # noqa: F401 -- a worker must know the task and the job by their names
        )
        from lms.accounts.erasure.registry import register_erasure_part
        from lms.accounts.institutions import people as institutions
        from lms.accounts.people import signals  # noqa: F401
        from lms.accounts.people.export import register_export_part
        from lms.accounts.sign_in import tasks as sign_in_tasks  # noqa: F401 -- the same

        checks.install()
        register_erasure_part("account", account.PART)
        register_export_part("employment", export.part)
        register_export_part("institutions", institutions.part)
