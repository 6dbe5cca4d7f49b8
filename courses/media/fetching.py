"""Who may fetch a course's document, and the answer with its bytes.

Owns: the address /documents/<number>/<name>, which releases pin. Refuses: whoever neither studies a release that offers the
document, nor works for its organisation or in the review, nor reads it on a public page; addresses that open by
themselves. A file that was replaced keeps its address, for the releases that offer it. docs/decisions/documents.md says why.
"""

from collections.abc import Callable
from copy import copy
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.documents.models import document_served
from wagtail.models import Page, ReferenceIndex

from courses.media.models import CourseDocument, FormerDocument
from courses.storage.api import owned_by
from lms.accounts.api import Role, User, holds, organisations_for
from lms.lib.errors import NotAllowed, NotFound
from lms.lib.files import serve_stored

# Who works on the courses of an organisation, and who passes them: there, and for the platform.
STAFF = (Role.EDITOR, Role.TEACHER, Role.APPROVER, Role.ADMIN)
REVIEWERS = (Role.CURATOR,)

Studied = Callable[[User, str], bool]
_studied: Studied | None = None


def register_studied(function: Studied) -> None:
    """`function(user, address)` → whether a release the person is enrolled in offers the document of this address.
    Courses know no learners; the package that does registers."""
    global _studied
    _studied = function


def may_fetch(
    user: User | AnonymousUser, document: CourseDocument, former: FormerDocument | None = None
) -> bool:
    """Whether this person may have the document; at most seven queries, whatever it belongs to. `former`: a file it
    had before, which public pages show no more.

    A collection's own privacy comes on top of it (`answer`).
    """
    if isinstance(user, User) and user.is_active:
        if user.is_superuser:
            return True
        address = document.url if former is None else _address(document, former.filename)
        if _studied is not None and _studied(user, address):
            return True
        # Roles of today: who has left an organisation has its documents no more, whoever brought them.
        if owned_by(document, organisations_for(user, *STAFF)) or holds(user, *REVIEWERS):
            return True
    return former is None and _is_public(document)


def _address(document: CourseDocument, filename: str) -> str:
    """As Wagtail writes a document's own."""
    return reverse("wagtaildocs_serve", args=[document.pk, filename])


def _is_public(document: CourseDocument) -> bool:
    """Whether a page that anybody may open refers to it, other than those of a course's inside."""
    from courses.pages.models import ChapterPage, LessonPage

    inside = ContentType.objects.get_for_models(ChapterPage, LessonPage).values()
    found = ReferenceIndex.get_references_to(document).exclude(content_type__in=inside)
    pages = found.filter(base_content_type=ContentType.objects.get_for_model(Page)).values_list(
        "object_id", flat=True
    )
    shown: bool = Page.objects.live().public().filter(pk__in=[int(pk) for pk in pages]).exists()
    return shown


def answer(request: HttpRequest, user: User | AnonymousUser, number: int, filename: str) -> HttpResponseBase:
    """The document, whole or the range asked for; visitors are led to sign in where that may help.

    Raises NotFound (no such document, or not of this name), NotAllowed.
    """
    # SQLite's driver has no word for a longer number.
    known = CourseDocument.objects.select_related("collection").filter(pk=number) if number < 2**63 else None
    document = known.first() if known is not None else None
    if document is None:
        raise NotFound
    former = None
    if document.filename != filename:
        former = document.former.filter(filename=filename).order_by("-pk").first()
        if former is None:
            raise NotFound
    if not may_fetch(user, document, former):
        if isinstance(user, AnonymousUser):
            return redirect_to_login(request.get_full_path())
        raise NotAllowed(_("这份文件只给在学这门课程的人：先报名，再从课程里下载。"))
    # Wagtail's: what its collection asks for.
    for hook in hooks.get_hooks("before_serve_document"):
        asked: Any = hook(document, request)
        if isinstance(asked, HttpResponse):
            return asked
    if former is not None:
        document = copy(document)
        document.file = former.file
    document_served.send(sender=CourseDocument, instance=document, request=request)
    # Through us also where it lies elsewhere: an address of that storage's own would be asked by nobody.
    found = serve_stored(request, default_storage, document.file.name)
    if found.status_code in (200, 206):
        found["Content-Type"] = document.content_type
        found["Content-Disposition"] = document.content_disposition
    # As Wagtail's own answer: nothing in it runs; the browser's reader of PDFs opens nothing that is sandboxed.
    found["Content-Security-Policy"] = "default-src 'none'"
    return _for_one(found)


def _for_one(found: HttpResponseBase) -> HttpResponseBase:
    """Who may have it is asked each time: no cache between keeps it, the browser's asks whether it still holds."""
    found["Cache-Control"] = "private, no-cache"
    return found
