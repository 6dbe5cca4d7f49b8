"""Installing and removing H5P contents. Owns every write to the store and its rows.

Refuses broken packages with all their defects named, and people who edit no courses. A provider's libraries go to the
provider's own shelf; what runs in everybody's contents is installed by the platform's administrators alone.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import IO
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from courses.h5p.client import (
    H5PError,
    Installation,
    LibraryManifest,
    Package,
    Store,
    elsewhere_in,
    inspect_package,
    open_package,
)
from courses.h5p.files import store
from courses.h5p.messages import sentence, sentences
from courses.h5p.models import H5PContent, H5PFormerVersion, H5PLibrary
from courses.h5p.own.build import own_libraries
from courses.h5p.queries import played_in
from courses.storage.api import counted, forget, held, note
from lms.accounts.api import Organisation, Role, User, holds, require_role
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.ids import uuid7

Source = str | os.PathLike[str] | IO[bytes]

# A superuser acts as the first role that is asked for, so these are all who may install.
_MAY_INSTALL = {Role.EDITOR, Role.TEACHER, Role.ADMIN}
# Defects told at once; an author mends these and asks again.
_MOST_REASONS = 5
# How long a content without a row may be one whose row is just being written.
KEEP_LEFT_DAYS = 2
# Contents asked for in one query.
_SWEPT_AT_ONCE = 500


def _permit(actor: Actor) -> None:
    if actor.role not in _MAY_INSTALL and not actor.role.startswith("system"):
        raise NotAllowed


def _shelf_for(actor: Actor, organisation: Organisation | None) -> str:
    """Whose libraries these will be: the provider's code, or "" for the platform's own, which everyone's contents run.

    Raises NotAllowed for an editor of no organisation: only the platform and its administrators install for all.
    """
    if organisation is not None:
        return organisation.code
    if actor.role.startswith("system"):
        return ""
    if actor.user_id and User.objects.filter(pk=actor.user_id, is_superuser=True, is_active=True).exists():
        return ""
    if not actor.body:
        raise NotAllowed
    return actor.body


def _may_patch(actor: Actor, shelf: str) -> bool:
    """Whether an actor decides what libraries that are there do from now on, in contents that others made.

    An editor's package may bring libraries that the provider has not; a patch of one that is there reaches lessons which
    this editor never saw. That is for the provider's administrators, the platform's, and the platform itself.
    """
    if actor.role.startswith("system"):
        return True
    user = User.objects.filter(pk=actor.user_id).first() if actor.user_id else None
    if user is None or user.is_superuser:
        return user is not None and user.is_active
    organisation = Organisation.objects.filter(code=shelf).first() if shelf else None
    return organisation is not None and holds(user, Role.ADMIN, organisation=organisation)


def _uninvited(package: Package, shelf: Store) -> list[str]:
    """Sentences about libraries that are not there yet, where the platform takes none from providers
    (setting H5P_PROVIDER_LIBRARIES = False)."""
    if getattr(settings, "H5P_PROVIDER_LIBRARIES", True):
        return []
    own = own_libraries()
    return [
        _("“%(name)s”还没有安装。这个平台的 H5P 库由管理员安装，请先请管理员装上，再上传。")
        % {"name": str(name)}
        for name in sorted(package.libraries)
        if name.machine_name not in own and shelf.library(name) is None
    ]


@dataclass(frozen=True)
class Judged:
    """What is wrong with a package, as sentences for its author, none where it is good; and what it would take once it is
    installed: the bytes of its content, and of each library that is not there by its name and version. `elsewhere`: addresses
    of films and pictures that it does not hold and a player may not reach."""

    reasons: list[str] = field(default_factory=list)
    bytes: int = 0
    libraries: dict[str, int] = field(default_factory=dict)
    elsewhere: tuple[str, ...] = ()


def judge_package(source: Source, *, organisation: Organisation | None = None) -> Judged:
    """Look into a package; nothing is written. organisation: whose libraries need not be in it, besides the platform's."""
    shelf = store().shelf(organisation.code if organisation else "")
    package, problems = inspect_package(source, installed=shelf)
    if package is None:
        return Judged(sentences(problems))
    with package:
        reasons = sentences(problems) + _disguised(package, shelf) + _uninvited(package, shelf)
        return Judged(
            reasons, _content_bytes(package), _library_bytes(package, shelf), tuple(_elsewhere(package))
        )


def _elsewhere(package: Package) -> Iterator[str]:
    """What a content points to and its player does not load (http.py: the policy of the frame)."""
    for address in dict.fromkeys(elsewhere_in(package.content)):
        if not address.startswith(
            tuple(f"{origin}/" for origin in getattr(settings, "H5P_MEDIA_ORIGINS", ()))
        ):
            yield address


def check_package(source: Source, *, organisation: Organisation | None = None) -> list[str]:
    """What is wrong with a package, as sentences for its author; an empty list means: good. As `judge_package`."""
    return judge_package(source, organisation=organisation).reasons


def install_package(
    source: Source,
    *,
    actor: Actor,
    title: str | None = None,
    organisation: Organisation | None = None,
    made: list[H5PContent] | None = None,
    noting: Callable[[H5PContent], None] | None = None,
    promised: bool = False,
) -> H5PContent:
    """Install a package's libraries and content, all or nothing, and return the content.

    The same content with the same title for the same organisation is not installed twice: the one that
    is there is returned; one that was not there is added to `made`, and told to `noting` in the transaction that writes it. `promised`: whoever asks has been promised the room already.
    Raises Invalid (with the defects in ``details["reasons"]``), NotAllowed, Refusal 413 (more than
    the organisation may store).
    """
    _permit(actor)
    shelf = store().shelf(_shelf_for(actor, organisation))
    try:
        package = open_package(source, installed=shelf)
    except H5PError as error:
        reasons = sentences([error, *error.others])
        raise Invalid(
            reasons[0], code="h5p_" + error.code, details={"reasons": reasons[:_MOST_REASONS]}
        ) from error
    with package:
        if reasons := _disguised(package, shelf):
            raise Invalid(reasons[0], code="h5p_own_library", details={"reasons": reasons[:_MOST_REASONS]})
        trusted = _may_patch(actor, shelf.name)
        if not trusted and (reasons := _uninvited(package, shelf)):
            raise Invalid(reasons[0], code="h5p_new_library", details={"reasons": reasons[:_MOST_REASONS]})
        try:
            content, new = _install(
                package, shelf, actor, title, organisation, patches=trusted, noting=noting, promised=promised
            )
        except H5PError as error:
            raise Invalid(sentence(error), code="h5p_" + error.code) from error
    if new and made is not None:
        made.append(content)
    return content


def _disguised(package: Package, shelf: Store) -> list[str]:
    """Sentences about libraries that bear the name of one of ours and are not it.

    Ours come in byte for byte or not at all, on a provider's shelf, too: the player trusts their name. A copy that the
    shelf would leave aside anyway may differ.
    """
    own = own_libraries()
    found = []
    for library in package.libraries.values():
        manifest, folder = own.get(library.manifest.name.machine_name, (None, None))
        if manifest is None or folder is None:
            continue
        there = shelf.library(library.manifest.name)
        aside = there is not None and there.version.patch >= library.manifest.version.patch
        if not aside and not _identical(package, library.folder, library.files, folder):
            found.append(
                _("“%(name)s”是平台自带的 H5P 库，包里的这一份与平台的不同。请用平台导出的版本重新打包。")
                % {"name": str(library.manifest.version)}
            )
    return found


def _identical(package: Package, inside: str, files: Iterable[str], folder: Path) -> bool:
    for path in files:
        ours = folder / path
        if not ours.is_file() or b"".join(package.archive.chunks(f"{inside}/{path}")) != ours.read_bytes():
            return False
    return True


def _install(
    package: Package,
    shelf: Store,
    actor: Actor,
    title: str | None,
    organisation: Organisation | None,
    *,
    patches: bool,
    noting: Callable[[H5PContent], None] | None,
    promised: bool,
) -> tuple[H5PContent, bool]:
    """The content, and whether it is new."""
    name = (title or package.manifest.title).strip()[:200]
    digest = _content_hash(package)
    there = H5PContent.objects.filter(content_hash=digest, title=name, organisation=organisation).first()
    kept = there is not None and str(there.uuid) in store().content_ids()
    # The platform's install of what a provider brought first is for all; it does not end on that provider's shelf.
    if there is not None and kept and store().shelf_of(str(there.uuid)).name == shelf.name:
        return there, False
    uuid = uuid7()
    aside = [] if patches else _newer_patches(package, shelf)
    with held(None if promised else organisation, f"h5p:{uuid}", _bytes_of(package, shelf)):
        installation = shelf.install(package, str(uuid), patches=patches)
        try:
            with transaction.atomic():
                content = _write_rows(
                    package, installation, shelf.name, uuid, name, digest, actor, organisation, aside
                )
                if noting is not None:
                    noting(content)
                return content, True
        except BaseException:
            shelf.undo(installation)
            raise


def _bytes_of(package: Package, shelf: Store) -> int:
    """What a package will take: its content, and the libraries that are not there."""
    return _content_bytes(package) + sum(_library_bytes(package, shelf).values())


def _content_bytes(package: Package) -> int:
    return _bytes_in(package, (f"content/{path}" for path in package.content_files))


def _library_bytes(package: Package, shelf: Store) -> dict[str, int]:
    return {
        str(library.manifest.name): _bytes_in(package, (f"{library.folder}/{path}" for path in library.files))
        for library in package.libraries.values()
        if shelf.library(library.manifest.name) is None
    }


def _bytes_in(package: Package, names: Iterable[str]) -> int:
    return sum(package.archive.files[name].file_size for name in names if name in package.archive.files)


def _newer_patches(package: Package, shelf: Store) -> list[str]:
    found = []
    for library in package.libraries.values():
        there = shelf.library(library.manifest.name)
        if there is not None and there.version.patch < library.manifest.version.patch:
            found.append(str(library.manifest.version))
    return found


def _write_rows(
    package: Package,
    installation: Installation,
    shelf: str,
    uuid: UUID,
    title: str,
    digest: str,
    actor: Actor,
    organisation: Organisation | None,
    aside: list[str],
) -> H5PContent:
    for library in installation.libraries:
        row = _write_library(library, "" if library.name.machine_name in own_libraries() else shelf)
        if row.shelf:
            note(row)
    content = H5PContent.objects.create(
        uuid=uuid,
        title=title,
        main_library=str(package.manifest.main_library)[:140],
        content_hash=digest,
        organisation=organisation,
    )
    record(
        actor,
        action="h5p.install",
        target_type="courses.H5PContent",
        target=uuid,
        data={
            "title": title,
            "main_library": str(package.manifest.main_library),
            "content_hash": digest,
            "shelf": shelf,
            "libraries": [str(library.version) for library in installation.libraries],
            "replaced": [str(version) for version in installation.replaced],
            # Newer patches that this actor may not put in the place of what is there.
            "left_aside": aside,
        },
    )
    return content


def _write_library(library: LibraryManifest, shelf: str) -> H5PLibrary:
    row, _made = H5PLibrary.objects.update_or_create(
        shelf=shelf,
        machine_name=library.name.machine_name,
        major=library.name.major,
        minor=library.name.minor,
        defaults={
            "patch": library.version.patch,
            "title": library.title[:200],
            "runnable": library.runnable,
            "licence": library.licence[:60],
        },
    )
    return row


def _content_hash(package: Package) -> str:
    """SHA-256 over the main library and every content file; libraries are versioned by themselves."""
    total = hashlib.sha256(str(package.manifest.main_library).encode())
    total.update(b"\0" + package.manifest.title.encode())
    for path in package.content_files:
        one = hashlib.sha256()
        for chunk in package.archive.chunks(f"content/{path}"):
            one.update(chunk)
        total.update(b"\0" + path.encode() + b"\0" + one.digest())
    return total.hexdigest()


def _former_of(uuid: UUID) -> list[int]:
    return list(H5PFormerVersion.objects.filter(uuid=uuid).values_list("content_id", flat=True))


@transaction.atomic
def drop_former(user: User, organisation: Organisation, uuid: UUID, *, reason: str) -> None:
    """Delete a version that one of the organisation's contents had before, where no release plays it.

    Raises NotFound, NotAllowed, Invalid (no reason), Conflict (former_used: `details["releases"]` names those that play it).
    """
    by = require_role(user, Role.EDITOR, Role.ADMIN, organisation=organisation)
    text = " ".join(reason.split())
    if len(text) < 4:
        raise Invalid(_("请写明理由（至少 4 个字）。"), details={"field": "reason"})
    # The content's row first, as whoever replaces it by another version.
    content = (
        H5PContent.objects.select_for_update().filter(former__uuid=uuid, organisation=organisation).first()
    )
    if content is None:
        raise NotFound
    if used := played_in(uuid):
        raise Conflict(
            _("这个旧版本还有人要用，不能删去：%(releases)s。") % {"releases": _("、").join(used)},
            code="former_used",
            details={"releases": used},
        )
    content.former.filter(uuid=uuid).delete()
    record(
        by,
        action="h5p.drop_former",
        target_type="courses.H5PContent",
        target=content.uuid,
        reason=text,
        data={"version": str(uuid)},
    )
    forget(f"h5p:{uuid}")
    transaction.on_commit(partial(store().remove_content, str(uuid)))


def remove_content(uuid: UUID, *, actor: Actor, reason: str) -> None:
    """Take a content away for good, files and all; lessons that show it then say that it is gone.

    Deleting the row alone (staff screens) leaves the files, so that learners under way keep what they
    began with. What the content was before its upgrades goes with it. Raises NotFound, NotAllowed, and Invalid without a
    reason.
    """
    _permit(actor)
    if not reason.strip():
        raise Invalid(_("请写明移除的原因。"))
    row = H5PContent.objects.filter(Q(uuid=uuid) | Q(pk__in=_former_of(uuid))).first()
    if row is None and str(uuid) not in store().content_ids():
        raise NotFound
    with transaction.atomic():
        gone = {uuid}
        if row is not None:
            gone |= {row.uuid, *row.former.values_list("uuid", flat=True)}
            row.delete()
        record(
            actor, action="h5p.remove", target_type="courses.H5PContent", target=uuid, reason=reason.strip()
        )
        forget(*(f"h5p:{one}" for one in gone))
        for one in gone:
            transaction.on_commit(partial(store().remove_content, str(one)))


def sweep_contents() -> int:
    """Remove contents that nothing knows (no row, no count, no release) and work of crashed installations: of a worker
    killed between the files and their row, or between taking the row away and the files. Only what is older than
    KEEP_LEFT_DAYS, so that nothing being installed is taken. Returns how many contents."""
    before = (now() - timedelta(days=KEEP_LEFT_DAYS)).timestamp()
    store().clear_work(before)
    removed = 0
    there = store().untouched(before)
    for start in range(0, len(there), _SWEPT_AT_ONCE):
        removed += _sweep(there[start : start + _SWEPT_AT_ONCE])
    return removed


def _sweep(ids: list[str]) -> int:
    known = counted(f"h5p:{one}" for one in ids)
    ours = {one: uuid for one in ids if f"h5p:{one}" not in known and (uuid := _uuid_of(one)) is not None}
    for model in (H5PContent, H5PFormerVersion):
        rows = model._default_manager.filter(uuid__in=ours.values())
        for uuid in rows.values_list("uuid", flat=True):
            ours.pop(str(uuid), None)
    # Few are left here, if any: each is looked for in all lessons.
    gone = [one for one, uuid in ours.items() if not played_in(uuid)]
    for one in gone:
        store().remove_content(one)
    return len(gone)


def _uuid_of(content_id: str) -> UUID | None:
    """A content's uuid; None where somebody else has put it there."""
    try:
        return UUID(content_id)
    except ValueError:
        return None
