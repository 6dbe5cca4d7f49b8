"""What public lists with a hundred thousand rows are read from."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("training", "0012_reading")]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["process", "state", "id"], name="training_case_process"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("number__isnull", False), models.Q(("waits", "nobody"), _negated=True)),
                fields=["authority", "due_on", "id"],
                include=["process", "state"],
                name="training_case_open",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("escalated_on__isnull", False), ("waits", "authority")),
                fields=["authority", "due_on", "id"],
                name="training_case_escalated",
            ),
        ),
        migrations.AddIndex(
            model_name="base", index=models.Index(fields=["named_on", "id"], name="training_base_named")
        ),
        migrations.AddIndex(
            model_name="base",
            index=models.Index(
                condition=models.Q(("removed_on__isnull", False)),
                fields=["removed_on", "id"],
                name="training_base_removed",
            ),
        ),
        migrations.AddIndex(
            model_name="educationbase",
            index=models.Index(fields=["authority", "named_on"], name="training_ce_base_authority"),
        ),
        migrations.AddIndex(
            model_name="educationbase",
            index=models.Index(
                condition=models.Q(("removed_on__isnull", False)),
                fields=["removed_on", "id"],
                name="training_ce_base_removed",
            ),
        ),
        migrations.AddIndex(
            model_name="check",
            index=models.Index(
                condition=models.Q(("public", True), ("state", "decided")),
                fields=["checked_on", "id"],
                name="training_check_public",
            ),
        ),
        migrations.AddIndex(
            model_name="digitalitem",
            index=models.Index(fields=["year", "id"], name="training_digital_year"),
        ),
        migrations.AddIndex(
            model_name="bundle",
            index=models.Index(
                condition=models.Q(("state", "published")),
                fields=["-year", "title", "id"],
                name="training_bundle_public",
            ),
        ),
    ]
