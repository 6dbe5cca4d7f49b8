from django.db import migrations

from lms.lib.clock import now

UNITS = (
    ("study_hour.public", "公需科目学时"),
    ("study_hour.specialty", "专业科目学时"),
    ("study_hour.vocational", "职业技能学时"),
    ("credit", "学分"),
)


def forwards(apps, schema_editor):
    """The units, and for each the platform's own issuing account (colleges' are opened when first used)."""
    units, accounts = apps.get_model("creditbank", "Unit"), apps.get_model("creditbank", "Account")
    for code, label in UNITS:
        unit = units.objects.create(code=code, label=label, scale=100)
        accounts.objects.create(key=f"issuer:-:-:{code}", kind="issuer", unit=unit, opened_at=now())


class Migration(migrations.Migration):
    dependencies = [("creditbank", "0002_append_only_and_triggers")]
    # Nothing to undo: the rows go with their tables.
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
