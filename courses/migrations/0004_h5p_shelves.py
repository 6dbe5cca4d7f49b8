"""Whose H5P libraries are whose: a library belongs to the platform or stands on one provider's shelf."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("courses", "0003_first_rule_and_pages")]

    operations = [
        migrations.AddField(
            model_name="h5plibrary",
            name="shelf",
            field=models.CharField(blank=True, default="", max_length=64),
        ),
        migrations.RemoveConstraint(model_name="h5plibrary", name="courses_h5p_library_once"),
        migrations.AddConstraint(
            model_name="h5plibrary",
            constraint=models.UniqueConstraint(
                fields=("shelf", "machine_name", "major", "minor"), name="courses_h5p_library_once"
            ),
        ),
    ]
