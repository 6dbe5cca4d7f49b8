"""Writing exercises: drafts begun at the service, taken over as contents, given up.

Owns: H5PDraft, and the way back: what the service gives goes through the same gate as an uploaded package
(`install_package`) and becomes a content or the new version of one; the version before stays for the releases that hold
it. Refuses: people who are no editors or teachers of the organisation, libraries from the service, an exercise that can't
be answered, a version made of one that is not the present any more.
"""

from __future__ import annotations

import io
import logging
import tempfile
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from courses.h5p import queries as h5p
from courses.h5p.access import permit
from courses.h5p.client import H5PError, LibraryName
from courses.h5p.files import store
from courses.h5p.messages import sentences
from courses.h5p.models import H5PContent
from courses.h5p.services import install_package, remove_content
from courses.h5p.versions import renew
from courses.review.shown import require_unshown
from lms.accounts.api import Organisation, User
from lms.lib.actor import Actor
from lms.lib.audit.models import AuditRow
from lms.lib.audit.services import record
from lms.lib.errors import Conflict, Invalid, NotFound

from .lumi_client import AuthoringError
from .models import H5PDraft
from .packages import MOST_BYTES, for_service, library_package, taken_over, types_on
from .rules import problems
from .service import Unavailable, asking, client

_log = logging.getLogger(__name__)
_MOST_REASONS = 5


def begin(user: User, organisation: Organisation, library: LibraryName, title: str) -> H5PDraft:
    """A new, empty exercise of a type. Raises NotAllowed, Invalid, Unavailable."""
    actor = permit(user, organisation)
    shelf = store().shelf(organisation.code)
    title = title.strip()[:200]
    if not title:
        raise Invalid(_("请写标题。"))
    if library not in [manifest.name for manifest in types_on(shelf)]:
        raise NotFound
    service = client(organisation)
    metadata = {"title": title, "license": "U", "language": "zh-cn", "defaultLanguage": "zh-CN"}
    with asking():
        service.install_libraries(library_package(shelf, library))
        made = service.create(library.ubername, {}, metadata)
    return _keep(
        actor, H5PDraft(organisation=organisation, title=title, library=str(library), service_id=made.id)
    )


def edit(user: User, content: H5PContent) -> H5PDraft:
    """The draft of a content that is there: the one that is open, or a new one of its present version.

    Raises NotAllowed, NotFound, Conflict (a course in review shows it), Unavailable.
    """
    actor = permit(user, content.organisation)
    there = H5PDraft.objects.filter(content=content).first()
    if there is not None:
        return there
    require_unshown(content)
    with asking():
        service = client(content.organisation)
        _small_enough(content)
        made = service.create_from_package(for_service(h5p.export(content.uuid)))
    draft = H5PDraft(
        organisation=content.organisation,
        content=content,
        was=content.uuid,
        title=content.title,
        library=content.main_library,
        service_id=made.id,
    )
    return _keep(actor, draft)


def _small_enough(content: H5PContent) -> None:
    """Raises Invalid: what could not be taken over again need not be sent, and is held in memory on its way."""
    try:
        folder = store().content_folder(str(content.uuid))
    except H5PError as error:
        raise NotFound from error
    if sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) > MOST_BYTES:
        raise Invalid(
            _("这个练习的文件超过 %(most)s MB，不能在线编辑。请在原来的软件里改好，再上传新的 .h5p 文件。")
            % {"most": MOST_BYTES // 1024**2},
            code="h5p_too_large",
        )


def _keep(actor: Actor, draft: H5PDraft) -> H5PDraft:
    try:
        with transaction.atomic():
            draft.save()
            _note(actor, "h5p.draft", draft)
    except IntegrityError:
        # Somebody began to edit the same exercise meanwhile: theirs is the draft.
        _forget(draft)
        return H5PDraft.objects.get(content=draft.content)
    except BaseException:
        _forget(draft)
        raise
    return draft


def finish(user: User, draft: H5PDraft) -> H5PContent:
    """Take over what was saved last: a new content, or the content's new version. The draft is gone then.

    Raises NotAllowed, NotFound (taken over already), Conflict (changed meanwhile, or a course in review shows it), Invalid with the
    defects in ``details["reasons"]``, Unavailable. Nothing is written then.
    """
    actor = permit(user, draft.organisation)
    if draft.content is not None:
        require_unshown(draft.content)
    package, title = _fetched(draft)
    made: list[H5PContent] = []
    # Files are written before the transaction: a large package must not hold the draft's row, or SQLite's one writer.
    installed = install_package(package, actor=actor, title=title, organisation=draft.organisation, made=made)
    try:
        with transaction.atomic():
            held = H5PDraft.objects.select_for_update().filter(pk=draft.pk).first()
            if held is None:
                raise NotFound
            if held.content is not None:
                # Handed in while the files were written.
                require_unshown(held.content)
            content = installed if held.content_id is None else _renewed(held, installed, fresh=bool(made))
            _note(actor, "h5p.finish", held, content=content)
            held.delete()
    except BaseException:
        if made:
            _take_back(installed)
        raise
    _forget(draft)
    return content


def _take_back(installed: H5PContent) -> None:
    """What was installed for a draft that could not be taken over; another draft that became the same has it."""
    if not AuditRow.objects.filter(action="h5p.finish", target=installed.uuid).exists():
        remove_content(installed.uuid, actor=Actor.system("h5p"), reason=_("编写没有完成"))


def _fetched(draft: H5PDraft) -> tuple[io.BytesIO, str]:
    """The exercise as a package of ours, and its title."""
    shelf = store().shelf(draft.organisation.code if draft.organisation else "")
    service = client(draft.organisation)
    with tempfile.TemporaryFile() as file:
        with asking():
            saved = service.content(draft.service_id)
            service.export(draft.service_id, file, most=MOST_BYTES)
        reasons = problems(saved.library.partition(" ")[0], saved.params or {})
        try:
            package = b"" if reasons else taken_over(file, shelf)
        except H5PError as error:
            reasons = sentences([error, *error.others])
    if reasons:
        raise Invalid(reasons[0], code="h5p_not_good", details={"reasons": reasons[:_MOST_REASONS]})
    return io.BytesIO(package), str(saved.metadata.get("title") or draft.title)


def _renewed(draft: H5PDraft, installed: H5PContent, *, fresh: bool) -> H5PContent:
    """The content with the version that was just installed; its own row stays, and with it the lessons that show it."""
    row = H5PContent.objects.select_for_update().filter(pk=draft.content_id or 0).first()
    if row is None:
        raise NotFound
    if installed.pk == row.pk:
        # Saved as it was.
        return row
    if not fresh:
        raise Conflict(_("素材库里已经有一个标题和内容都相同的练习。"), code="h5p_there_already")
    if row.uuid != draft.was:
        raise Conflict(_("这个练习在你编辑期间换了版本。请放弃这份草稿，重新编辑。"), code="h5p_changed")
    made = installed.uuid
    # A content's uuid is one of a kind: the row of the installation makes room.
    H5PContent.objects.filter(pk=installed.pk).delete()
    renew(
        row,
        made,
        title=installed.title,
        main_library=installed.main_library,
        content_hash=installed.content_hash,
    )
    return row


def discard(user: User, draft: H5PDraft) -> None:
    """Give a draft up. Raises NotAllowed, NotFound."""
    actor = permit(user, draft.organisation)
    with transaction.atomic():
        held = H5PDraft.objects.select_for_update().filter(pk=draft.pk).first()
        if held is None:
            raise NotFound
        _note(actor, "h5p.discard", held)
        held.delete()
    _forget(draft)


def _forget(draft: H5PDraft) -> None:
    """What the service still has of it; where it does not answer, it sweeps up by itself (H5P_AUTHORING_DRAFT_DAYS)."""
    try:
        client(draft.organisation).delete(draft.service_id)
    except (AuthoringError, Unavailable) as error:
        _log.info("a draft stays with the authoring service: %s", error)


def _note(actor: Actor, action: str, draft: H5PDraft, *, content: H5PContent | None = None) -> None:
    target: UUID = draft.uuid if content is None else content.uuid
    record(
        actor,
        action=action,
        target_type="courses.H5PDraft" if content is None else "courses.H5PContent",
        target=target,
        data={
            "title": content.title if content else draft.title,
            "library": draft.library,
            "draft": str(draft.uuid),
            "was": str(draft.was) if draft.was else None,
        },
    )
