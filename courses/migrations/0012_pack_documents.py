"""Documents that packs brought go where those of the staff screens are: below documents/, which no server gives away by its
address. The name of the file stays, so what releases say of it (/documents/<number>/<name>) still leads there."""

from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import migrations, transaction

# Who else may show a file of the same folder: a picture or a recording can be offered as a document, too.
_SHOWN = (
    ("CourseImage", "file"),
    ("CourseVideo", "file"),
    ("CourseVideo", "poster"),
    ("VideoCaption", "file"),
)


def move_documents(apps: Any, editor: Any) -> None:
    """Safe to begin again: a copy that was cut off is made anew, and the first place is cleared after the commit."""
    documents = apps.get_model("courses", "CourseDocument").objects
    left = set()
    for pk, name in list(documents.filter(file__startswith="packs/").values_list("pk", "file")):
        place = place_of(name)
        if place is None or not default_storage.exists(name):
            continue
        if not default_storage.exists(place) or default_storage.size(place) != default_storage.size(name):
            default_storage.delete(place)
            with default_storage.open(name) as content:
                default_storage.save(place, content)
        documents.filter(pk=pk).update(file=place)
        left.add(name)
    for model, field in _SHOWN:
        left -= set(apps.get_model("courses", model).objects.values_list(field, flat=True))
    transaction.on_commit(lambda: _clear(left), using=editor.connection.alias)


def place_of(name: str) -> str | None:
    """packs/<uuid>/<file> → documents/<the uuid's 32 digits>/<file>: as long as it was, so that it fits its column."""
    parts = name.split("/")
    try:
        return f"documents/{UUID(parts[1]).hex}/{parts[2]}" if len(parts) == 3 else None
    except ValueError:
        return None


def _clear(names: set[str]) -> None:
    for name in names:
        default_storage.delete(name)


class Migration(migrations.Migration):
    dependencies = [("courses", "0011_packs")]

    operations = [migrations.RunPython(move_documents, migrations.RunPython.noop)]
