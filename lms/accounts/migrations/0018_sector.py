"""Which sector an organisation is of, for what is found by those who work there."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0017_branding")]
    operations = [
        migrations.AddField(
            model_name="organisation",
            name="sector",
            field=models.CharField(blank=True, default="", max_length=30, verbose_name="行业"),
        ),
    ]
