"""A recognition can be taken back: the release of its use is a row of its own, and a later use names it."""

import django.db.models.deletion
from django.db import migrations, models

from lms.lib.appendonly import append_only, append_only_again

CHANGED = ("creditbank_outcomeuse", "creditbank_coursecredit")
POSTED = ["approved", "reversed"]


class Migration(migrations.Migration):
    dependencies = [("creditbank", "0003_units_and_issuers")]

    operations = [
        # SQLite builds the two changed tables anew; their triggers are put back, whichever way this goes.
        *(append_only_again(table) for table in CHANGED),
        migrations.CreateModel(
            name="UseRelease",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "use",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="release",
                        to="creditbank.outcomeuse",
                    ),
                ),
                (
                    "transaction",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="release",
                        to="creditbank.transaction",
                    ),
                ),
                ("released_at", models.DateTimeField()),
            ],
            options={"abstract": False},
        ),
        append_only("creditbank_userelease"),
        migrations.AlterField(
            model_name="application",
            name="state",
            field=models.CharField(
                choices=[
                    ("submitted", "审核中"),
                    ("approved", "已认定"),
                    ("refused", "未认定"),
                    ("withdrawn", "已撤回"),
                    ("reversed", "认定已撤销"),
                ],
                default="submitted",
                max_length=10,
            ),
        ),
        migrations.RemoveConstraint(model_name="application", name="creditbank_approved_is_posted"),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(state__in=POSTED, transaction__isnull=False, decided_by__isnull=False)
                | models.Q(~models.Q(state__in=POSTED), transaction__isnull=True),
                name="creditbank_approved_is_posted",
            ),
        ),
        migrations.AddField(
            model_name="coursecredit",
            name="follows",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="courses_again",
                to="creditbank.userelease",
            ),
        ),
        migrations.AddField(
            model_name="outcomeuse",
            name="follows",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="followers",
                to="creditbank.userelease",
            ),
        ),
        migrations.AddConstraint(
            model_name="coursecredit",
            constraint=models.UniqueConstraint(
                condition=models.Q(follows__isnull=True),
                fields=("holder", "programme", "course_code"),
                name="creditbank_course_first_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="coursecredit",
            constraint=models.UniqueConstraint(
                fields=("holder", "programme", "course_code", "follows"), name="creditbank_course_again_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="outcomeuse",
            constraint=models.UniqueConstraint(
                condition=models.Q(follows__isnull=True),
                fields=("achievement", "programme"),
                name="creditbank_one_first_use",
            ),
        ),
        migrations.AddConstraint(
            model_name="outcomeuse",
            constraint=models.UniqueConstraint(
                fields=("follows",), name="creditbank_release_followed_once"
            ),
        ),
        # The old ones go last: at no moment is a table without its "once".
        migrations.RemoveConstraint(model_name="coursecredit", name="creditbank_course_once"),
        migrations.RemoveConstraint(model_name="outcomeuse", name="creditbank_one_use_per_programme"),
        *(append_only_again(table) for table in CHANGED),
    ]
