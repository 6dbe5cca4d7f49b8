"""A posting of a holder and an issuer costs PostgreSQL a tenth less (creditbank/ledger/functions.py)."""

from django.db import migrations

from creditbank.ledger.functions import usual_posting


class Migration(migrations.Migration):
    dependencies = [("creditbank", "0020_postings")]
    operations = [usual_posting()]
