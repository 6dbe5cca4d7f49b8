"""Several people may say that a paper is theirs; one of them is found to be right."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("creditbank", "0004_reversals")]

    operations = [
        migrations.RemoveConstraint(model_name="learningoutcome", name="creditbank_achievement_once"),
        migrations.AddConstraint(
            model_name="learningoutcome",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "verified")),
                fields=("achievement",),
                name="creditbank_achievement_verified_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="learningoutcome",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "refused"), _negated=True),
                fields=("holder", "achievement"),
                name="creditbank_achievement_once_a_holder",
            ),
        ),
    ]
