"""A place in a cohort that a merge of accounts joined to another one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("creditbank", "0024_honours")]

    operations = [
        migrations.AlterField(
            model_name="cohortmember",
            name="number",
            field=models.CharField(max_length=40, verbose_name="学习账号"),
        ),
        migrations.AlterField(
            model_name="cohortmember",
            name="state",
            field=models.CharField(
                choices=[
                    ("invited", "待本人确认"),
                    ("declined", "本人未接受"),
                    ("joined", "已加入"),
                    ("left", "已退出"),
                    ("merged", "已并入另一份"),
                ],
                default="invited",
                max_length=10,
            ),
        ),
    ]
