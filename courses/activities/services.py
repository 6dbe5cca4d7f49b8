"""Installing and removing foreign packages. Owns every write to their rows and folders.

Refuses: packages that are broken or none of kinds.py, with all their defects named; people who edit no courses.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import IO
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from courses.activities import files
from courses.activities.kinds import Reading, read
from courses.activities.models import ContentPackage
from courses.packs.archive import READ_ERRORS, Archive, open_archive
from courses.packs.problems import Problem
from courses.storage.api import counted, forget, held, note
from lms.accounts.api import Organisation, Role
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Invalid, NotAllowed, NotFound
from lms.lib.ids import uuid7

_MAY_INSTALL = {Role.EDITOR, Role.TEACHER, Role.ADMIN}
# Defects told at once; an author mends these and asks again.
_MOST_REASONS = 5
# Folders asked for in one query.
_SWEPT_AT_ONCE = 500


def _permit(actor: Actor) -> None:
    # A machine's scope was asked for at its door.
    if actor.role not in _MAY_INSTALL and not actor.role.startswith(("system", "machine:")):
        raise NotAllowed


def check_package(source: str | Path | IO[bytes]) -> list[str]:
    """What is wrong with a package, as sentences; nothing is written. An empty list means: good."""
    archive, problems = open_archive(source)
    if archive is None:
        return [problem.message for problem in problems]
    with archive:
        return [problem.message for problem in _judged(archive)[1]]


def _judged(archive: Archive) -> tuple[Reading | None, list[Problem]]:
    if archive.problems:
        return None, list(archive.problems)
    reading = read(archive)
    if reading is None:
        return None, [Problem("package_unknown")]
    return reading, [*reading.problems, *archive.problems]


def install_package(
    source: str | Path | IO[bytes],
    *,
    actor: Actor,
    organisation: Organisation | None = None,
    title: str | None = None,
    noting: Callable[[ContentPackage], None] | None = None,
    promised: bool = False,
) -> ContentPackage:
    """Unpack a package and return its row, all or nothing.

    The same files for the same organisation are not installed twice: the one that is there is returned; one that was not
    there is told to `noting` in the transaction that writes it. `promised`: whoever asks has been promised the room
    already. Raises Invalid (with the defects in ``details["reasons"]``), NotAllowed, Refusal 413 (more than the organisation
    may store).
    """
    _permit(actor)
    archive, problems = open_archive(source)
    if archive is None:
        raise _refused(problems)
    with archive:
        reading, problems = _judged(archive)
        digest = files.digest_of(archive) if not problems else ""
        if reading is None or problems or archive.problems:
            raise _refused(problems or archive.problems)
        there = ContentPackage.objects.filter(organisation=organisation, digest=digest).first()
        if there is not None and files.folder(there.uuid).is_dir():
            return there
        row = ContentPackage(
            uuid=uuid7(),
            organisation=organisation,
            kind=reading.kind,
            version=reading.version[:40],
            title=" ".join((title or reading.title).split())[:200] or reading.kind,
            manifest=reading.manifest,
            digest=digest,
            bytes=sum(archive.sizes.values()),
        )
        with held(None if promised else organisation, f"package:{row.uuid}", row.bytes):
            _write(row, archive, actor, noting)
    return row


def _write(
    row: ContentPackage,
    archive: Archive,
    actor: Actor,
    noting: Callable[[ContentPackage], None] | None,
) -> None:
    try:
        files.unpack(archive, row.uuid)
        with transaction.atomic():
            row.save()
            note(row, row.organisation)
            record(
                actor,
                action="package.install",
                target_type="courses.ContentPackage",
                target=row.uuid,
                data={"title": row.title, "kind": row.kind, "digest": row.digest, "bytes": row.bytes},
            )
            if noting is not None:
                noting(row)
    except READ_ERRORS as error:
        files.remove(row.uuid)
        if isinstance(error, OSError):
            raise
        raise _refused([Problem("zip_damaged", "", {"name": row.title})]) from error
    except BaseException:
        files.remove(row.uuid)
        raise


def _refused(problems: list[Problem]) -> Invalid:
    reasons = [problem.message for problem in problems]
    return Invalid(
        reasons[0], code=f"package_{problems[0].code}", details={"reasons": reasons[:_MOST_REASONS]}
    )


def remove_package(uuid: UUID, *, actor: Actor, reason: str) -> None:
    """Take a package away for good, files and all; lessons that show it then say that it is gone. Raises NotFound,
    NotAllowed, and Invalid without a reason."""
    _permit(actor)
    if not reason.strip():
        raise Invalid(_("请写明移除的原因。"))
    row = ContentPackage.objects.filter(uuid=uuid).first()
    if row is None:
        raise NotFound
    with transaction.atomic():
        row.delete()
        record(
            actor,
            action="package.remove",
            target_type="courses.ContentPackage",
            target=uuid,
            reason=reason.strip(),
        )
        forget(f"package:{uuid}")
        transaction.on_commit(partial(files.remove, uuid))


def sweep_packages() -> int:
    """Remove folders that nothing knows: of a worker killed between unpacking a package and writing its row, or between
    removing the row and the folder. What is counted stays: staff may delete a row and leave the files to who is under way. Only
    what is older than files.KEEP_LEFT_DAYS, so that nothing being installed is taken. Returns how many."""
    before = now() - timedelta(days=files.KEEP_LEFT_DAYS)
    folders, removed = list(files.folders_of(before)), 0
    for start in range(0, len(folders), _SWEPT_AT_ONCE):
        some = folders[start : start + _SWEPT_AT_ONCE]
        known = set(ContentPackage.objects.filter(uuid__in=some).values_list("uuid", flat=True))
        kept = counted(f"package:{uuid}" for uuid in some)
        for uuid in some:
            if uuid not in known and f"package:{uuid}" not in kept:
                files.remove(uuid)
                removed += 1
    return removed + files.remove_halves(before)
