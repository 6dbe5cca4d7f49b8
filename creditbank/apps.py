from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CreditbankConfig(AppConfig):
    name = "creditbank"
    label = "creditbank"
    verbose_name = _("学分银行")

    def ready(self) -> None:
        from creditbank import consumers
        from creditbank.transcripts import verdict

        consumers.register()
        verdict.register()
