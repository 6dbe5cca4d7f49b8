from django.db import migrations, models

import lms.lib.ids


class Migration(migrations.Migration):
    dependencies = [("search", "0003_versions")]

    operations = [
        migrations.CreateModel(
            name="Synonym",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("term", models.CharField(max_length=40, verbose_name="词")),
                ("meant", models.CharField(max_length=40, verbose_name="也找")),
                ("both_ways", models.BooleanField(default=True, verbose_name="双向")),
                ("since", models.DateField(verbose_name="生效日")),
                ("until", models.DateField(blank=True, null=True, verbose_name="失效日")),
                ("made_at", models.DateTimeField(verbose_name="添加时间")),
                ("made_by", models.UUIDField(editable=False, null=True, verbose_name="添加人")),
            ],
            options={
                "verbose_name": "同义词",
                "verbose_name_plural": "同义词",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("term", models.F("meant")), _negated=True),
                        name="search_synonym_of_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until", None), ("until__gte", models.F("since")), _connector="OR"
                        ),
                        name="search_synonym_days",
                    ),
                ],
            },
        ),
    ]
