"""The seal of a posting checks the same at less cost on PostgreSQL (creditbank/ledger/functions.py)."""

from django.db import migrations

from creditbank.ledger.functions import lighter_seal


class Migration(migrations.Migration):
    dependencies = [("creditbank", "0019_doors")]
    operations = [lighter_seal()]
