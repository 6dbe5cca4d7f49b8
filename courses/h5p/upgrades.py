"""Contents upgraded to a newer version of their library.

Owns the change: what a library's own upgrade script made of the parameters, in the browser of a member of staff, is judged
and becomes the content's new version, with an audit row; the version before stays for the releases that hold it. Refuses
what the scripts may not decide: the title, files the content has not, libraries that are not installed or not taken.
Runs no foreign script.
"""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from courses.h5p.access import permit
from courses.h5p.client import (
    H5PError,
    LibraryName,
    Store,
    check_upgraded,
    libraries_in,
    newer,
    upgraded_manifest,
)
from courses.h5p.files import store
from courses.h5p.messages import sentence, sentences
from courses.h5p.models import H5PContent
from courses.h5p.versions import renew
from courses.review.shown import require_unshown
from lms.accounts.api import User
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.errors import Conflict, Invalid, NotFound
from lms.lib.ids import uuid7

_MOST_REASONS = 5


def targets(content: H5PContent) -> list[LibraryName]:
    """The newer versions of its library that a content can be upgraded to, lowest first."""
    main = LibraryName.from_ubername(content.main_library)
    shelf = store().shelf(content.organisation.code if content.organisation else "")
    if main is None:
        return []
    found = newer(shelf.library_names(), main)
    return [name for name in found if (manifest := shelf.library(name)) is not None and manifest.runnable]


def upgrade_content(
    user: User, content: H5PContent, *, was: UUID, to: LibraryName, params: object, metadata: object = None
) -> H5PContent:
    """Make what came back from the upgrade scripts the content's new version, and return the content.

    was: the version that was upgraded; another one by now is a Conflict. params, metadata: content.json and the metadata
    of h5p.json afterwards, as plain JSON values from outside. Raises NotAllowed, NotFound, Conflict (changed meanwhile, or a course in review shows it), and Invalid with the
    defects in ``details["reasons"]``.
    """
    actor = permit(user, content.organisation)
    require_unshown(content)
    try:
        shelf = store().shelf_of(str(was))
        old = store().manifest(str(was))
        if to not in newer(shelf.library_names(), old.main_library):
            raise Invalid(
                _("没有安装 %(library)s，或者它不比现在的版本新。") % {"library": str(to)},
                code="h5p_no_target",
            )
        _judge(shelf, was, to, params)
        manifest = upgraded_manifest(old.raw, to, params, metadata)
        return _replace(actor, content, was, to, shelf, manifest, params)
    except H5PError as error:
        if error.code == "unknown-content":
            raise NotFound from error
        raise Invalid(sentence(error), code="h5p_" + error.code) from error


def _judge(shelf: Store, was: UUID, to: LibraryName, params: object) -> None:
    folder = store().content_folder(str(was)) / "content"
    problems = check_upgraded(
        params,
        to,
        before=frozenset(libraries_in(store().params(str(was)))),
        files={path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()},
        semantics=shelf.semantics,
    )
    if problems:
        reasons = sentences(problems)[:_MOST_REASONS]
        raise Invalid(reasons[0], code="h5p_" + problems[0].code, details={"reasons": reasons})


def _replace(
    actor: Actor,
    content: H5PContent,
    was: UUID,
    to: LibraryName,
    shelf: Store,
    manifest: dict[str, Any],
    params: Any,
) -> H5PContent:
    made = uuid7()
    installation = shelf.revise(str(was), str(made), manifest, params)
    try:
        with transaction.atomic():
            row = H5PContent.objects.select_for_update().filter(pk=content.pk).first()
            if row is None:
                raise NotFound
            if row.uuid != was:
                raise Conflict(_("这个内容刚刚被别人改过，请刷新页面再升级。"), code="h5p_changed")
            before = row.main_library
            renew(row, made, main_library=str(to)[:140])
            record(
                actor,
                action="h5p.upgrade",
                target_type="courses.H5PContent",
                target=made,
                data={
                    "title": row.title,
                    "was": str(was),
                    "from": before,
                    "to": str(to),
                    "shelf": shelf.name,
                },
            )
    except BaseException:
        shelf.undo(installation)
        raise
    return row
