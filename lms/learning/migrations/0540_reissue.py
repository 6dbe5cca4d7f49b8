"""Certificates that were issued before the name was verified may be issued again, once, without a correction. The papers
in place of others were never append-only in the database (erasure takes the name from them), so no trigger is lost.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("learning", "0530_lti")]

    operations = [
        migrations.AlterField(
            "certificatereissue",
            "correction",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="learning.namerequest",
            ),
        ),
        migrations.AddConstraint(
            "certificatereissue",
            models.UniqueConstraint(
                fields=["certificate"],
                condition=models.Q(correction=None),
                name="learning_reissue_verified_once",
            ),
        ),
    ]
