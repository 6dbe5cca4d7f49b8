"""One step ends at a moment, and may be allowed anew on the same day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("courses", "0014_storage")]

    operations = [
        migrations.AddField(
            model_name="onesteppublishing",
            name="ended_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.RemoveConstraint(model_name="onesteppublishing", name="courses_one_step_once"),
        migrations.AddConstraint(
            model_name="onesteppublishing",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("organisation", "since"),
                name="courses_one_step_once",
            ),
        ),
    ]
