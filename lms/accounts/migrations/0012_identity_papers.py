"""More kinds of identity papers. Rows of before stay as they are: their kind is the one they were given under."""

from django.db import migrations, models

KINDS = [
    ("id_card", "居民身份证"),
    ("passport", "护照"),
    ("hk_macao", "港澳居民来往内地通行证"),
    ("taiwan", "台湾居民来往大陆通行证"),
    ("residence_permit", "港澳台居民居住证"),
    ("permanent_residence", "外国人永久居留身份证"),
]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_erasure")]

    operations = [
        migrations.AlterField(
            model_name="identity",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=20, verbose_name="证件类型"),
        ),
    ]
