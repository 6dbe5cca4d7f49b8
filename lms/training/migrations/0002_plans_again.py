"""Who may publish plans is data; a body may have a target of its own beside those given from above; for whom a bundle is."""

import django.db.models.deletion
from django.db import migrations, models

from lms.lib.appendonly import append_only


class Migration(migrations.Migration):
    dependencies = [("accounts", "0015_doors"), ("training", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="PlanRight",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("region", models.CharField(max_length=60)),
                ("version", models.PositiveIntegerField()),
                ("valid_from", models.DateField()),
                ("source", models.TextField()),
                (
                    "authority",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("region", "version"), name="training_plan_right_version"),
                ],
            },
        ),
        append_only("training_planright"),
        migrations.AddField(
            model_name="bundle",
            name="audience",
            field=models.CharField(
                blank=True,
                choices=[("migrant", "农民工"), ("technician", "技师、高级技师")],
                default="",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="bundlecourse",
            name="part",
            field=models.CharField(
                blank=True,
                choices=[
                    ("ethics", "职业道德"),
                    ("craft", "工匠精神"),
                    ("employment", "就业指导"),
                    ("trends", "行业和专业技术发展趋势"),
                    ("policy", "高技能人才和社会保障等公共政策"),
                    ("mentoring", "带徒传技的方法和手段"),
                ],
                default="",
                max_length=12,
            ),
        ),
        migrations.RemoveConstraint(model_name="target", name="training_target_once"),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.UniqueConstraint(
                condition=models.Q(("parent__isnull", False)),
                fields=("year", "body", "parent"),
                name="training_target_part_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.UniqueConstraint(
                condition=models.Q(("parent__isnull", True)),
                fields=("year", "body"),
                name="training_target_own_once",
            ),
        ),
    ]
