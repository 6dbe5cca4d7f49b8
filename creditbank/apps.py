from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CreditbankConfig(AppConfig):
    name = "creditbank"
    label = "creditbank"
    verbose_name = _("学分银行")

    def ready(self) -> None:
        from creditbank import consumers, export
        from creditbank.applications import audit as uses
        from creditbank.hours import audit as hours
        from creditbank.transcripts import verdict
        from lms.accounts.api import register_export_part

        consumers.register()
        uses.register()
        hours.register()
        verdict.register()
        register_export_part("credit_bank", export.part)
