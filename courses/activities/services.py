"""Installing and removing foreign packages. Owns every write to their rows and folders.

Refuses: packages that are broken or none of kinds.py, with all their defects named; people who edit no courses.
"""

from __future__ import annotations

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
from courses.storage.api import forget, held, note
from lms.accounts.api import Organisation, Role
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.errors import Invalid, NotAllowed, NotFound
from lms.lib.ids import uuid7

_MAY_INSTALL = {Role.EDITOR, Role.TEACHER, Role.ADMIN}
# Defects told at once; an author mends these and asks again.
_MOST_REASONS = 5


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
    made: list[ContentPackage] | None = None,
    promised: bool = False,
) -> ContentPackage:
    """Unpack a package and return its row, all or nothing.

    The same files for the same organisation are not installed twice: the one that is there is returned; one that was not
    there is added to `made`. `promised`: whoever asks has been promised the room already. Raises Invalid (with the defects in ``details["reasons"]``), NotAllowed, Refusal 413 (more
    than the organisation may store).
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
            _write(row, archive, actor)
    if made is not None:
        made.append(row)
    return row


def _write(row: ContentPackage, archive: Archive, actor: Actor) -> None:
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
