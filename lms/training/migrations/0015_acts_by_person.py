"""Acts in an index by person, moment and name, in the place of the one by person alone."""

from django.conf import settings
from django.db import migrations, models

from lms.lib.appendonly import append_only_again


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0018_sector"),
        ("training", "0014_ties"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        append_only_again("training_act"),
        migrations.AddIndex(
            model_name="act",
            index=models.Index(fields=["person", "at", "name"], name="training_act_person"),
        ),
        migrations.AlterField(
            model_name="act",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=models.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        append_only_again("training_act"),
    ]
