"""What an import has put into stores before its transaction, noted so that it can be taken back.

Owns the notes in the report of an import under way, the removal by them, and the fence: only who holds the job writes. Refuses to
know what an import makes; pages and rows come and go with its transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.models import ReferenceIndex

from courses.activities.api import ContentPackage, remove_package
from courses.h5p.api import H5PContent, played_in, remove_content
from courses.storage.api import release
from lms.lib.actor import Actor
from lms.lib.jobs.registry import JobContext
from lms.lib.private import private_storage

from .kept import drop_questions
from .materials import Folders
from .models import PackImport

# Where an import under way notes in its report what it has installed: exercises and packages by their models, and the pack's
# own file.
INSTALLED = "installed"
ORIGINAL = "original"


@contextmanager
def as_holder(ctx: JobContext | None) -> Iterator[None]:
    """A transaction of whoever holds the job, and of nobody else. Raises JobLost; without a job nobody could take it over."""
    with transaction.atomic():
        if ctx is not None:
            ctx.require_lease()
        yield


def writing_room(row: PackImport) -> str:
    """The name of the room promised to an import under way."""
    return f"import:{row.uuid}"


def note_installed(row: PackImport, ctx: JobContext | None, one: H5PContent | ContentPackage) -> None:
    """Note with the row, in the transaction that installs it, what an import has installed: whoever begins again after a
    killed worker, or ends its import, knows what to take away. The report of what came of it takes its place."""
    note_made(row, ctx, type(one).__name__, str(one.uuid))


def note_made(row: PackImport, ctx: JobContext | None, kind: str, name: str) -> None:
    if ctx is not None:
        ctx.require_lease()
    row.report.setdefault(INSTALLED, {}).setdefault(kind, []).append(name)
    PackImport.objects.filter(pk=row.pk).update(report=row.report)


def take_back(row: PackImport, ctx: JobContext | None) -> None:
    """Remove whatever an import that came to nothing has stored and installed. Raises JobLost where another worker has it."""
    folders = Folders.of(row.uuid)
    with as_holder(ctx):
        # Of this moment: what a later try stores has other names.
        names = folders.names()
        drop_questions(row.uuid)
        # As it was noted: the report in memory may be that of a success which could not be committed.
        row.report = PackImport.objects.values_list("report", flat=True).get(pk=row.pk)
        told = row.report.pop(INSTALLED, {})
        # Before the word of them goes: killed in between, it is said still.
        for name in told.get(ORIGINAL, []):
            private_storage().delete(name)
        by, reason = Actor.system("packs"), _("导入没有完成")
        for model, remove in ((H5PContent, remove_content), (ContentPackage, remove_package)):
            for one in model.objects.filter(uuid__in=told.get(model.__name__, [])):
                # The same exercise may have come with another pack, or have been chosen for a lesson meanwhile.
                if not (played_in(one.uuid) or ReferenceIndex.get_references_to(one).exists()):
                    remove(one.uuid, actor=by, reason=reason)
        if told:
            PackImport.objects.filter(pk=row.pk).update(report=row.report)
        release(writing_room(row))
    folders.remove(names)
