"""Postings by one call on PostgreSQL, lighter checks at commit, and days that are closed (creditbank/ledger/functions.py)."""

from django.db import migrations

from creditbank.ledger.functions import ledger_function


class Migration(migrations.Migration):
    dependencies = [("creditbank", "0006_ledger_roots")]

    operations = [ledger_function()]
