from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CreditbankConfig(AppConfig):
    name = "creditbank"
    label = "creditbank"
    verbose_name = _("学分银行")

    def ready(self) -> None:
        from creditbank import consumers, erasure, export, letters
        from creditbank.applications import audit as uses
        from creditbank.applications import redemptions, tasks  # noqa: F401 -- Celery learns of the tasks
        from creditbank.applications.queries import reviews_application_of
        from creditbank.credentials import consumers as credentials
        from creditbank.deposits import registered as deposits
        from creditbank.dual import registered as dual
        from creditbank.holders import registered as holders
        from creditbank.hours import audit as hours
        from creditbank.outcomes.queries import verifies_outcome_of
        from creditbank.proofs import audit as proofs
        from creditbank.proofs import tasks as proofs_tasks  # noqa: F401 -- Celery learns of the tasks
        from creditbank.rules.drafts import effect  # noqa: F401 -- the jobs learn of it
        from creditbank.shares import exports
        from creditbank.statistics import tasks as statistics_tasks  # noqa: F401 -- Celery learns of the tasks
        from creditbank.theory import verdict as theory
        from creditbank.transcripts import verdict
        from lms.accounts.api import register_erasure_part, register_export_part, register_ground

        consumers.register()
        credentials.register()
        exports.register()
        uses.register()
        redemptions.register()
        holders.register()
        letters.register()
        hours.register()
        deposits.register()
        dual.register()
        proofs.register()
        theory.register()
        verdict.register()
        register_export_part("credit_bank", export.part)
        register_erasure_part("credit_bank", erasure.PART)
        register_ground("creditbank.review", reviews_application_of)
        register_ground("creditbank.verify", verifies_outcome_of)
