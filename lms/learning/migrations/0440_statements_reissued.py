"""Learning years, and papers issued again after a name was corrected."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import lms.lib.crypto
import lms.lib.ids
from lms.lib.appendonly import append_only

PROTECT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("learning", "0430_live"),
    ]

    operations = [
        migrations.CreateModel(
            name="LearningYear",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(unique=True)),
                ("valid_from", models.DateField()),
                ("first_year", models.PositiveSmallIntegerField()),
                ("source", models.TextField()),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="StatementReissue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "correction",
                    models.ForeignKey(on_delete=PROTECT, related_name="+", to="learning.namerequest"),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        on_delete=PROTECT, related_name="reissued_as", to="learning.yearstatement"
                    ),
                ),
                (
                    "statement",
                    models.OneToOneField(
                        on_delete=PROTECT, related_name="reissue_of", to="learning.yearstatement"
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="CertificateReissue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("number", models.CharField(max_length=20, unique=True)),
                ("ordinal", models.PositiveSmallIntegerField()),
                ("holder_name", lms.lib.crypto.EncryptedTextField()),
                ("replaces", models.CharField(max_length=20, unique=True)),
                ("issued_at", models.DateTimeField()),
                (
                    "certificate",
                    models.ForeignKey(on_delete=PROTECT, related_name="reissues", to="learning.certificate"),
                ),
                (
                    "correction",
                    models.ForeignKey(on_delete=PROTECT, related_name="+", to="learning.namerequest"),
                ),
                (
                    "person",
                    models.ForeignKey(on_delete=PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
            ],
            options={
                "ordering": ["certificate", "ordinal"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("certificate", "ordinal"), name="learning_reissue_ordinal"
                    ),
                    models.UniqueConstraint(
                        fields=("certificate", "correction"), name="learning_reissue_once"
                    ),
                ],
            },
        ),
        migrations.AddField(model_name="yearreckoning", name="first", field=models.DateField(null=True)),
        migrations.AddField(model_name="yearreckoning", name="last", field=models.DateField(null=True)),
        append_only("learning_learningyear"),
        append_only("learning_statementreissue"),
    ]
