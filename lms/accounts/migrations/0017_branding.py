"""How organisations show themselves, version by version."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0016_review")]
    operations = [
        migrations.AddField(
            model_name="organisation",
            name="brand_version",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.CreateModel(
            name="Brand",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("name", models.CharField(blank=True, max_length=60, verbose_name="显示的名称")),
                ("introduction", models.TextField(blank=True, max_length=400, verbose_name="简介")),
                ("website", models.URLField(blank=True, verbose_name="网址")),
                ("accent", models.CharField(blank=True, max_length=7)),
                ("light", models.CharField(blank=True, max_length=7)),
                ("dark", models.CharField(blank=True, max_length=7)),
                ("logo", models.CharField(blank=True, max_length=160)),
                ("logo_width", models.PositiveIntegerField(default=0)),
                ("logo_height", models.PositiveIntegerField(default=0)),
                ("made_at", models.DateTimeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="brands",
                        to="accounts.organisation",
                    ),
                ),
            ],
            options={
                "verbose_name": "单位形象",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "version"), name="accounts_brand_version_once"
                    )
                ],
            },
        ),
    ]
