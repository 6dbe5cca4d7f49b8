"""Data: the days that each side of a claim has. No rule of hours: those are authorities' to set."""

from datetime import date

from django.db import migrations


def forwards(apps, schema_editor):
    apps.get_model("learning", "DeclarationTerms").objects.create(
        version=1,
        valid_from=date(2020, 1, 1),
        review_days=15,
        supplement_days=15,
        appeal_days=15,
        source="平台规则第 1 版：每级审核、补充材料、申诉各 15 天。政策未作规定，可由主管部门另行设定。",
    )


class Migration(migrations.Migration):
    dependencies = [("learning", "0101_declarations_append_only")]
    # Going back drops the tables whole; the rows themselves can't be taken out of them.
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
