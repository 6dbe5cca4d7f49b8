"""Which drafts a person may work on, and what a new exercise can be."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from courses.h5p.access import organisations
from courses.h5p.client import LibraryManifest
from courses.h5p.files import store
from lms.accounts.api import Organisation, User
from lms.lib.errors import NotFound

from .models import H5PDraft
from .packages import plain, types_on

# Our own types under the names that teachers use.
NAMES: dict[str, Promise] = {
    "H5P.RtSingleChoiceSet": _("单选题"),
    "H5P.RtTrueFalse": _("判断题"),
    "H5P.RtFillBlanks": _("填空题"),
    "H5P.RtDragWords": _("选词填空"),
}


def drafts(user: User) -> QuerySet[H5PDraft]:
    """Open drafts of the person's organisations, newest first."""
    found = H5PDraft.objects.select_related("organisation", "content")
    if user.is_superuser and user.is_active:
        return found
    return found.filter(organisation__in=organisations(user))


def draft(user: User, uuid: UUID) -> H5PDraft:
    """One of them. Raises NotFound."""
    found = drafts(user).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def types(organisation: Organisation, editor: str) -> list[tuple[str, str]]:
    """(library, name) of the types an organisation's exercises can be of; editor as the service's health says it."""
    shelf = store().shelf(organisation.code)
    return [
        (manifest.name.ubername, name_of(manifest))
        for manifest in types_on(shelf)
        if editor == "h5p" or plain(shelf, manifest)
    ]


def name_of(manifest: LibraryManifest) -> str:
    """What a type is called."""
    return str(NAMES.get(manifest.name.machine_name, manifest.title))
