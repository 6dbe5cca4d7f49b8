"""Years of working days that staff load, where the package does not know them."""

from django.db import migrations, models

import lms.lib.ids
from lms.lib.appendonly import append_only


class Migration(migrations.Migration):
    dependencies = [("lib", "0005_erasable")]

    operations = [
        migrations.CreateModel(
            name="CalendarYear",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("year", models.PositiveSmallIntegerField(verbose_name="年份")),
                ("version", models.PositiveSmallIntegerField(verbose_name="版本")),
                ("off", models.JSONField(verbose_name="放假的日子")),
                ("work", models.JSONField(verbose_name="上班的休息日")),
                ("source", models.CharField(max_length=1000, verbose_name="依据")),
                ("loaded_by", models.UUIDField(null=True)),
                ("role", models.CharField(max_length=40)),
                ("body", models.CharField(blank=True, max_length=60)),
                ("loaded_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("year", "version"), name="lib_calendar_version")
                ],
            },
        ),
        append_only("lib_calendaryear"),
    ]
