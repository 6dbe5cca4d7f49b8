"""Staff screens of writing exercises: what is open, a new one, the editor in its frame. Thin.

The frame's page comes from the service at an origin that is not the site's; this page hears from it only that something
was saved.
"""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from courses.h5p.access import organisations, permit
from courses.h5p.client import LibraryName
from courses.h5p.models import H5PContent
from courses.review.shown import told_of
from lms.accounts.api import Organisation, User, user_of
from lms.lib.errors import NotAllowed, NotFound, Refusal
from lms.lib.once import once
from lms.lib.pages import paginate, staff_context

from . import queries, services
from .forms import NewExerciseForm
from .models import H5PDraft
from .service import FRAME_SECONDS, Unavailable, asking, available, client, require_own_host

# The form needs no origin of its own; H5P's editor builds frames and reaches into them, which takes one.
SANDBOXES = {
    "form": "allow-scripts allow-forms",
    "h5p": "allow-scripts allow-forms allow-popups allow-modals allow-same-origin",
}


def writes(user: User) -> bool:
    """Whether there is a service, and an organisation whose exercises the person writes."""
    if not available():
        return False
    return user.is_superuser or once(("writes h5p", user.pk), lambda: organisations(user).exists())


def _context(title: str, **more: Any) -> dict[str, Any]:
    return staff_context(title, "edit", **more)


def _places(request: HttpRequest) -> tuple[Organisation | None, list[Organisation]]:
    if not writes(user_of(request)):
        raise NotAllowed
    own = list(organisations(user_of(request)).order_by("name"))
    asked = request.GET.get("organisation")
    if asked is None:
        return (own[0] if own else None), own
    found = next((one for one in own if one.code == asked), None)
    if found is None:
        raise NotAllowed
    return found, own


@require_http_methods(["GET", "HEAD", "POST"])
def writing(request: HttpRequest) -> HttpResponse:
    """Open drafts, and the form for a new exercise."""
    organisation, places = _places(request)
    form, silent, status = None, "", 200
    if organisation is not None:
        try:
            with asking():
                editor = client(organisation).health().editor
            require_own_host(editor)
            form = NewExerciseForm(queries.types(organisation, editor), request.POST or None)
        except Unavailable as refusal:
            silent, status = str(refusal.message), refusal.status
    if organisation is not None and form is not None and form.is_valid():
        draft, status = _begun(request, organisation, form)
        if draft is not None:
            return redirect("courses_h5p_write", uuid=draft.uuid)
    page = paginate(request, queries.drafts(user_of(request)))
    context = _context(
        _("编写 H5P 练习"), form=form, silent=silent, page=page, places=places, organisation=organisation
    )
    bad = form is not None and bool(form.errors) and status == 200
    return render(request, "h5p/staff/writing.html", context, status=422 if bad else status)


def _begun(
    request: HttpRequest, organisation: Organisation, form: NewExerciseForm
) -> tuple[H5PDraft | None, int]:
    """The draft, or None with the status of the refusal that stands at the form."""
    library = LibraryName.from_ubername(form.cleaned_data["library"])
    if library is None:
        raise NotFound
    try:
        return services.begin(user_of(request), organisation, library, form.cleaned_data["title"]), 200
    except Refusal as refusal:
        form.add_error(None, str(refusal.message))
        return None, refusal.status


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """What editing a content means, and by POST its draft."""
    if not writes(user_of(request)):
        raise NotAllowed
    content = get_object_or_404(H5PContent.objects.select_related("organisation"), pk=pk)
    permit(user_of(request), content.organisation)
    if request.method == "POST":
        draft = services.edit(user_of(request), content)
        return redirect("courses_h5p_write", uuid=draft.uuid)
    return render(
        request, "h5p/staff/edit.html", _context(_("编辑 H5P 练习"), content=content, told=told_of(content))
    )


@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The editor in its frame; by POST what was saved is taken over, or the draft given up."""
    if not writes(user_of(request)):
        raise NotAllowed
    user = user_of(request)
    draft = queries.draft(user, uuid)
    reasons: list[str] = []
    status = 200
    if request.method == "POST":
        if "discard" in request.POST:
            services.discard(user, draft)
            messages.success(request, _("草稿已放弃。"))
            return redirect("courses_h5p_writing")
        try:
            content = services.finish(user, draft)
        except NotFound:
            raise
        except Refusal as refusal:
            reasons, status = refusal.details.get("reasons") or [str(refusal.message)], refusal.status
        else:
            messages.success(
                request, _("“%(title)s”已在课程素材里，可以放进课程了。") % {"title": content.title}
            )
            return redirect("courses_h5p_writing")
    elif draft.content is not None and (told := told_of(draft.content)):
        messages.warning(request, told)
    return _framed(request, draft, reasons, status)


def _framed(request: HttpRequest, draft: H5PDraft, reasons: list[str], status: int) -> HttpResponse:
    service = client(draft.organisation, user=str(user_of(request).uuid))
    sandbox, src, silent = "", "", ""
    try:
        with asking():
            editor = service.health().editor
        require_own_host(editor)
        sandbox = SANDBOXES[editor]
        src = service.frame_url(settings.H5P_AUTHORING_PUBLIC_URL, draft.service_id, seconds=FRAME_SECONDS)
    except Unavailable as refusal:
        silent = str(refusal.message)
        status = refusal.status if status == 200 else status
    parts = urlsplit(settings.H5P_AUTHORING_PUBLIC_URL)
    context = _context(
        draft.title,
        draft=draft,
        reasons=reasons,
        silent=silent,
        sandbox=sandbox,
        src=src,
        origin=f"{parts.scheme}://{parts.netloc}",
    )
    # The address of the frame is a key to this draft; Wagtail lets no admin page be stored.
    return render(request, "h5p/staff/write.html", context, status=status)
