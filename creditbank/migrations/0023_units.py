from django.db import migrations

UNITS = (("fen", "人民币"),)


def forwards(apps, schema_editor):
    """Public money that is given for training (grants), in fen: 100 of them are one yuan."""
    units = apps.get_model("creditbank", "Unit")
    for code, label in UNITS:
        units.objects.get_or_create(code=code, defaults={"label": label, "scale": 100})


class Migration(migrations.Migration):
    dependencies = [("creditbank", "0022_gaps")]
    # Nothing to undo: the books only grow, and a unit that nothing is counted in harms nobody.
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
