"""Staff screens of evidence inside the Wagtail admin: packs of a course, and one person's record opened with a ground."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.accounts.api import User, masked_name
from lms.learning.classes.http import qr
from lms.learning.evidence import asking, looks, queries, rights, services
from lms.learning.evidence.forms import AskForm, FindForm, OrderForm, ReasonForm
from lms.learning.hours.http import reachable
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from lms.lib.limits import misses
from lms.lib.pages import paginate

PER_PAGE = 30
REFRESH_SECONDS = 2
View = Callable[..., HttpResponseBase]


def staff(view: View) -> View:
    """For those for whom there is anything here."""

    @wraps(view)
    def answer(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if not isinstance(request.user, User) or not rights.has_screens(request.user):
            raise NotAllowed
        return view(request, request.user, **kwargs)

    return never_cache(answer)


def _page(request: HttpRequest, template: str, title: str, status: int = 200, /, **more: Any) -> HttpResponse:
    context = {"header_title": title, "page_title": title, "header_icon": "clipboard-list", **more}
    return render(request, f"learning/evidence/staff/{template}.html", context, status=status)


def _show(form: forms.Form, refusal: Refusal) -> None:
    name = refusal.details.get("field", "")
    form.add_error(name if name in form.fields else None, str(refusal.message))


# --- packs -----------------------------------------------------------------------------------------------


@require_safe
@staff
def packs(request: HttpRequest, user: User) -> HttpResponse:
    page = paginate(request, queries.orders_of(user, own=False), PER_PAGE)
    context = {"page": page, "rows": queries.ordered(list(page)), "may_order": rights.may_order(user)}
    return _page(request, "packs", _("学习证据"), **context)


@require_safe
@staff
def courses(request: HttpRequest, user: User) -> HttpResponse:
    words = request.GET.get("q", "")[:100]
    page = paginate(request, queries.releases_for(user, words), PER_PAGE)
    own = set(rights.provided(user).values_list("pk", flat=True))
    rows = [{"release": row, "own": row.provider_id in own} for row in page]
    return _page(request, "courses", _("选择课程"), page=page, rows=rows, words=words)


@require_http_methods(["GET", "HEAD", "POST"])
@staff
def order(request: HttpRequest, user: User, uuid: UUID) -> HttpResponse:
    release, right = queries.release_for(user, uuid)
    form, status = OrderForm(request.POST or None, release=release, may_name=rights.may_name(right)), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = services.order(user, form.ask(release))
            except Conflict as refusal:
                messages.info(request, str(refusal.message))
                return redirect("learning_evidence_pack", uuid=refusal.details["order"])
            except Refusal as refusal:
                _show(form, refusal)
                status = refusal.status
            else:
                return redirect("learning_evidence_pack", uuid=made.uuid)
    return _page(request, "order", _("制作证据包"), status, release=release, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@staff
def pack(request: HttpRequest, user: User, uuid: UUID) -> HttpResponse:
    """How far a pack is (the page asks again by itself), then what it is. POST stops the making."""
    found = services.own_order(user, uuid)
    if request.method == "POST":
        services.cancel(user, uuid)
        messages.info(request, _("已请求停止，不会留下任何内容。"))
        return redirect("learning_evidence_pack", uuid=uuid)
    (shown,) = queries.ordered([found])
    response = _page(
        request, "pack", found.release.title, shown=shown, code=queries.code_of(found) if shown.pack else ""
    )
    if shown.is_open:
        response["Refresh"] = str(REFRESH_SECONDS)
    return response


@require_POST
@staff
def file(request: HttpRequest, user: User, uuid: UUID) -> HttpResponseBase:
    """The file; POST, because it writes a row and must not be fetched by a prefetching browser."""
    try:
        return handed_out(*services.fetch(user, uuid))
    except Conflict as refusal:
        messages.error(request, str(refusal.message))
        return redirect("learning_evidence_pack", uuid=uuid)


def handed_out(found: Any, content: Any) -> FileResponse:
    """A finished pack as a download that nobody keeps on the way."""
    name = f"evidence-{found.order.release.code}-{found.order.at:%Y%m%d}.zip"
    response = FileResponse(content, as_attachment=True, filename=name, content_type="application/zip")
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
@staff
def people(request: HttpRequest, user: User, uuid: UUID) -> HttpResponse:
    """The learners of one's own course, masked."""
    release, found = queries.learners_of(user, uuid)
    page = paginate(request, found, PER_PAGE)
    rows = queries.masked_rows(list(page))
    return _page(request, "people", _("学员"), release=release, page=page, rows=rows)


# --- one person's record ---------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@staff
def find(request: HttpRequest, user: User) -> HttpResponse:
    """By a certificate's or an enrolment's number; below, who has consented."""
    form, status = FindForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                with misses(request, "evidence"):
                    found = queries.found_by(user, form.cleaned_data["number"])
            except NotFound as refusal:
                form.add_error("number", str(refusal.message))
                status = 404
            else:
                return redirect("learning_record_open", uuid=found.uuid)
    page = paginate(request, rights.consents_to(user), PER_PAGE)
    rows = queries.masked_consents(list(page))
    context = {"form": form, "page": page, "rows": rows, "may_ask": rights.may_ask(user).exists()}
    return _page(request, "find", _("查看学习记录"), status, **context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff
def ask(request: HttpRequest, user: User) -> HttpResponse:
    """An address that asks whoever opens it for consent. POST makes it and writes nothing."""
    form, status, address = AskForm(user, request.POST or None), 200, ""
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                value = asking.ask(user, form.found[data["organisation"]], data["purpose"], data["until"])
            except Invalid as refusal:
                _show(form, refusal)
            else:
                address = request.build_absolute_uri(reverse("hours:record", query={"ask": value}))
                status = 200
    context = {"form": form, "address": address, "code": qr(address) if address else ""}
    return _page(request, "ask", _("请对方同意"), status, **context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff
def open_(request: HttpRequest, user: User, uuid: UUID) -> HttpResponse:
    """Before anything is shown: the person's consent, or a reason."""
    found = queries.found_by(user, str(uuid))
    consent = rights.consent_to(user, found.person)
    form, status = ReasonForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if consent or form.is_valid():
            reason = "" if consent else form.cleaned_data["reason"]
            try:
                look = looks.open_record(user, found.person, found.release, reason)
            except Invalid as refusal:
                _show(form, refusal)
            else:
                return redirect("learning_record", uuid=look.uuid)
    context = {"enrolment": found, "name": masked_name(found.person), "consent": consent, "form": form}
    return _page(request, "open", _("查看学习记录"), status, **context)


@require_POST
@staff
def open_consented(request: HttpRequest, user: User, uuid: UUID) -> HttpResponse:
    consent = rights.consents_to(user).filter(uuid=uuid).first()
    if consent is None:
        raise NotFound
    look = looks.open_record(user, consent.person, None, "")
    return redirect("learning_record", uuid=look.uuid)


@require_safe
@staff
def record(request: HttpRequest, user: User, uuid: UUID) -> HttpResponse:
    found = queries.record(looks.look_again(user, uuid))
    page = paginate(request, found["days"], PER_PAGE)
    return _page(request, "record", _("学习记录"), page=page, **found)


@require_safe
@staff
def record_day(request: HttpRequest, user: User, uuid: UUID, day: str) -> HttpResponse:
    try:
        asked = reachable(date.fromisoformat(day))
    except ValueError:
        raise NotFound from None
    look = looks.look_again(user, uuid, day=asked.isoformat())
    found = queries.record_day(look, asked)
    title = f"{masked_name(look.person)} · {asked}"
    return _page(request, "day", title, look=look, found=found, **queries.record_beside(look, asked))
