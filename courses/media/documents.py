"""Documents whose file is replaced: the file that was stays, and is known by the name it had.

Owns FormerDocument rows and the going of their files. Refuses to say who may have them (fetching.py).
"""

from functools import partial

from django.core.files.storage import default_storage
from django.db import transaction

from courses.media.models import CourseDocument, FormerDocument
from courses.storage.api import forget_left


def before_replaced(document: CourseDocument) -> None:
    """Called before a document is saved: looks up which file it had until now."""
    document.file_before = ""
    if document.pk is not None:
        rows = CourseDocument.objects.filter(pk=document.pk).values_list("file", flat=True)
        document.file_before = rows.first() or ""


def keep_former(document: CourseDocument) -> None:
    """Called once it is saved: where the file is another now, the one before stays to be asked for."""
    name = document.file_before
    if name and name != document.file.name:
        filename = name.rpartition("/")[2]
        FormerDocument.objects.get_or_create(document=document, file=name, defaults={"filename": filename})


def drop_former(former: FormerDocument) -> None:
    """Remove the file of a row that is gone, after the commit, and count it no more. Where the document has taken it back
    it is the document's."""
    name = former.file.name or ""
    if CourseDocument.objects.filter(file=name).exists():
        return
    forget_left(name)
    transaction.on_commit(partial(default_storage.delete, name), robust=True)
