"""Doors of shares: the holder's list, form and log; the page behind a link, for whoever has it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditbank.ledger.words import unit_title
from creditbank.shares import queries, rules, services
from creditbank.shares.forms import EndForm, ShareForm, label_of
from creditbank.shares.models import Share
from creditbank.transcripts.queries import method_of
from creditbank.transcripts.services import compile_content
from lms.accounts.api import User
from lms.lib.errors import NotFound, Refusal, TooMany
from lms.lib.limits import address_of, asked_too_often, misses
from lms.lib.pages import paginate
from lms.lib.pdf import qr_svg

LOOKS_A_MINUTE = 60


STATES = {
    "revoked": ("off", gettext_lazy("已收回")),
    "stopped": ("off", gettext_lazy("清单已停用")),
    "hidden": ("wait", gettext_lazy("已隐藏")),
    "over": ("off", gettext_lazy("已到期")),
    "open": ("ok", gettext_lazy("可以查看")),
}


def _state(share: Share) -> tuple[str, str]:
    """(colour, word) of a share, for its holder."""
    colour, word = STATES[queries.state_of(share)]
    return colour, str(word)


@login_required
@require_safe
def shares(request: HttpRequest) -> HttpResponse:
    page = paginate(request, queries.shares_of(request.user))  # type: ignore[arg-type]
    rows = [{"share": share, "state": _state(share)} for share in page]
    return render(request, "credit/shares/list.html", {"page": page, "rows": rows})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    items = rules.items_of(compile_content(user))
    if request.method != "POST":
        return render(request, "credit/shares/new.html", {"form": ShareForm(items=items)})
    form = ShareForm(request.POST, items=items)
    if form.is_valid():
        try:
            share = services.create_share(user, form.wish())
        except Refusal as refusal:
            field = refusal.details.get("field")
            form.add_error(field if field in form.fields else None, str(refusal.message))
        else:
            messages.success(request, _("分享已建好，把链接或二维码交给对方即可。"))
            return redirect("credit:share", uuid=share.uuid)
    return render(request, "credit/shares/new.html", {"form": form}, status=422)


@login_required
@require_safe
def share(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return _page(request, queries.share_of(request.user, uuid), EndForm())  # type: ignore[arg-type]


def _page(request: HttpRequest, found: Share, form: EndForm, status: int = 200) -> HttpResponse:
    living = found.revoked_at is None and bool(found.token)
    address = services.address_of(found) if living else ""
    items = []
    if found.lines is not None and found.snapshot.content:
        items = [label_of(item) for item, _stands in services.shown(found).items]
    context = {
        "share": found,
        "state": _state(found),
        "address": address,
        # Ours from the first letter to the last: a drawing of the address.
        "qr": mark_safe(qr_svg(address)) if living else "",  # noqa: S308
        "items": items,
        "page": paginate(request, queries.looks_of(found)),
        "form": form,
    }
    response = render(request, "credit/shares/share.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_POST
def change(request: HttpRequest, uuid: UUID, act: str) -> HttpResponse:
    """act: hide, show, revoke or until."""
    user: User = request.user  # type: ignore[assignment]
    found = queries.share_of(user, uuid)
    if act in ("hide", "show"):
        services.hide(user, found, hidden=act == "hide")
        messages.success(
            request, _("已隐藏，现在谁也看不到。") if act == "hide" else _("已恢复，有链接的人又能看到。")
        )
    elif act == "revoke":
        services.revoke(user, found)
        messages.success(request, _("已收回，这个链接不再有效。"))
    elif act == "until":
        form = EndForm(request.POST)
        if not form.is_valid():
            return _page(request, found, form, status=422)
        try:
            services.move_end(user, found, form.cleaned_data["until"])
        except Refusal as refusal:
            form.add_error("until", str(refusal.message))
            return _page(request, found, form, status=422)
        messages.success(request, _("已改好日期。"))
    else:
        raise NotFound
    return redirect("credit:share", uuid=uuid)


@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind a link."""
    try:
        if asked_too_often(request, "share", most=LOOKS_A_MINUTE, window_s=60):
            raise TooMany(_("打开得太频繁了。请等一分钟再试。"))
        with misses(request, "share"):
            found = services.open_share(
                token,
                request.user if isinstance(request.user, User) else None,
                address=address_of(request),
                user_agent=request.headers.get("User-Agent", ""),
            )
    except Refusal as refusal:
        return _closed(
            render(request, "credit/shares/closed.html", {"refusal": refusal}, status=refusal.status)
        )
    context = {"shown": found, "share": found.share} | _lists(found)
    return _closed(render(request, "credit/shares/shared.html", context))


def _lists(found: services.Shown) -> dict[str, Any]:
    sorts: dict[str, list[dict[str, Any]]] = {"course": [], "outcome": [], "study": []}
    for item, stands in found.items:
        row = dict(item.fields) | {"stands": stands}
        if item.kind == "study":
            row["unit"] = unit_title(row["unit"])
        elif item.kind == "outcome":
            row["method"] = method_of(row)
        sorts[item.kind].append(row)
    return {"courses": sorts["course"], "outcomes": sorts["outcome"], "studies": sorts["study"]}


def _closed(response: HttpResponse) -> HttpResponse:
    """The address is the key: it goes to no search engine, no cache and no other site."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"
    return response
