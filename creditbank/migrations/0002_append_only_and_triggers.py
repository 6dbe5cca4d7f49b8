from django.db import migrations

from creditbank.ledger.triggers import ledger_triggers
from lms.lib.appendonly import append_only

TABLES = (
    "creditbank_unit",
    "creditbank_account",
    "creditbank_transaction",
    "creditbank_entry",
    "creditbank_conversionruleversion",
    "creditbank_outcomeuse",
    "creditbank_coursecredit",
)


class Migration(migrations.Migration):
    dependencies = [("creditbank", "0001_initial")]
    operations = [*(append_only(table) for table in TABLES), ledger_triggers()]
