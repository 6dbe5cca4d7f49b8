from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CreditbankConfig(AppConfig):
    name = "creditbank"
    label = "creditbank"
    verbose_name = _("学分银行")

    def ready(self) -> None:
        from creditbank import consumers, erasure, export
        from creditbank.applications import audit as uses
        from creditbank.applications.queries import reviews_application_of
        from creditbank.hours import audit as hours
        from creditbank.transcripts import verdict
        from lms.accounts.api import register_erasure_part, register_export_part, register_ground

        consumers.register()
        uses.register()
        hours.register()
        verdict.register()
        register_export_part("credit_bank", export.part)
        register_erasure_part("credit_bank", erasure.PART)
        register_ground("creditbank.review", reviews_application_of)
