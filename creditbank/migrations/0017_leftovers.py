"""Rules that share an outcome may use it side by side; a key is looked for before a balance is called too small; rows of
a suspended issuer give way."""

from django.db import migrations, models

from creditbank.applications.alone import used_alone
from creditbank.ledger.functions import key_before_poverty
from lms.lib.appendonly import append_only_again

TAKEN = ["appealed", "approved", "proposed", "submitted", "supplement"]


def once(name, fields, **condition):
    return models.UniqueConstraint(fields=fields, condition=models.Q(**condition), name=name)


class Migration(migrations.Migration):
    dependencies = [("creditbank", "0016_learning_accounts")]

    operations = [
        # SQLite builds the changed table anew; its triggers are put back, whichever way this goes.
        append_only_again("creditbank_outcomeuse"),
        migrations.RemoveConstraint("application", "creditbank_application_open_once"),
        migrations.RemoveConstraint("outcomeuse", "creditbank_one_first_use"),
        migrations.AddField(
            "application", "shared_rule", models.CharField(blank=True, default="", max_length=80)
        ),
        migrations.AddField(
            "outcomeuse", "shared_rule", models.CharField(blank=True, default="", max_length=80)
        ),
        migrations.AddConstraint(
            "application",
            once(
                "creditbank_application_open_once", ["outcome", "programme", "shared_rule"], state__in=TAKEN
            ),
        ),
        migrations.AddConstraint(
            "outcomeuse",
            once(
                "creditbank_one_first_use", ["achievement", "programme", "shared_rule"], follows__isnull=True
            ),
        ),
        migrations.AddIndex(
            "outcomeuse",
            models.Index(fields=["achievement", "programme"], name="creditbank_use_achievement"),
        ),
        migrations.AlterField(
            "depositrow",
            "state",
            models.CharField(
                choices=[
                    ("planned", "待写入"),
                    ("waiting", "等待本人实名"),
                    ("given", "已记入"),
                    ("same", "以前已存入"),
                    ("yielded", "已由其他机构存入"),
                ],
                default="planned",
                max_length=8,
            ),
        ),
        append_only_again("creditbank_outcomeuse"),
        used_alone(),
        key_before_poverty(),
    ]
