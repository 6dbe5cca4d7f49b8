"""Doors of the credentials: for everybody the keys, the status lists and the check; for the holder issuing and downloads."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditbank.credentials import checking, did, keys, services, status
from creditbank.credentials.bundle import bundle
from creditbank.credentials.models import CredentialSet, IssuerKey
from creditbank.transcripts.queries import transcript_of
from lms.accounts.api import User
from lms.lib.errors import Invalid, NotFound, Refusal, TooMany
from lms.lib.limits import asked_too_often, at_once, costly

CHECKS_A_MINUTE = 20
# Of an address, in bytes: a record of 100 lines (230 kB) is a second's work, a badge of 4 kB a hundredth of that.
CHECKED_BYTES_A_MINUTE = 1_500_000
# Of everybody, at the same time; and seconds after which one is given up.
CHECKS_AT_ONCE = 2
LONGEST_S = 30
# Of a person: sets signed, and files made, in a minute.
ISSUED_A_MINUTE, FILES_A_MINUTE = 10, 30
AT_ONCE = 3


@require_safe
def did_document(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(keys.did_bytes(), content_type="application/did+ld+json")
    return _for_everybody(response)


@require_safe
def status_list(request: HttpRequest, number: int) -> HttpResponse:
    return _for_everybody(JsonResponse(status.list_credential(number), content_type="application/vc"))


def _for_everybody(response: HttpResponse) -> HttpResponse:
    """Checkers run in other people's pages too; there is nothing of anybody's in it."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "public, max-age=300"
    return response


@require_safe
def keys_page(request: HttpRequest) -> HttpResponse:
    raw = keys.did_bytes()
    context = {
        "issuer": keys.issuer(),
        "fingerprint": did.fingerprint(raw),
        "keys": IssuerKey.objects.order_by("-id"),
    }
    return render(request, "credit/credentials/keys.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "credit/credentials/check.html", {})
    try:
        report = checked(request, lambda: _handed_in(request))
    except Refusal as refusal:
        return render(request, "credit/credentials/check.html", {"refusal": refusal}, status=refusal.status)
    response = render(request, "credit/credentials/report.html", {"report": report})
    response["Cache-Control"] = "no-store"
    return response


def checked(request: HttpRequest, handed_in: Callable[[], str]) -> checking.Report:
    """The check of a stranger's credential. Raises TooMany for an address that checks too often or too much, and while as
    many as there may be are at work: each check is work, and nobody has signed in for it.
    """
    slow = TooMany(_("核对得太频繁了。请等一分钟再试。"))
    if asked_too_often(request, "credential-check", most=CHECKS_A_MINUTE, window_s=60):
        raise slow
    text = handed_in()
    size = len(text)
    if asked_too_often(
        request, "credential-check-bytes", most=CHECKED_BYTES_A_MINUTE, window_s=60, cost=size
    ):
        raise slow
    with at_once("credential-check", most=CHECKS_AT_ONCE, longest_s=LONGEST_S):
        return checking.check(text)


def turn(user: User, what: str, most: int) -> AbstractContextManager[None]:
    """Around what a holder has signed or packed while they wait: a second at the most, one at a time."""
    return costly(
        user.uuid, f"credential-{what}", most_a_minute=most, most_at_once=AT_ONCE, longest_s=LONGEST_S
    )


def _handed_in(request: HttpRequest) -> str:
    file = request.FILES.get("file")
    if file is None:
        return request.POST.get("credential", "")
    if (file.size or 0) > checking.MOST_BYTES:
        raise Invalid(_("内容太大：一份凭证不超过 500 kB。"), code="too_large", status=413)
    try:
        return bytes(file.read()).decode("utf-8")
    except UnicodeDecodeError:
        raise Invalid(_("这个文件不是文字：请选择 .json 或 .jwt 文件。"), code="not_text") from None


@login_required
@require_POST
def issue(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    snapshot = transcript_of(user, uuid)
    if snapshot is None:
        raise NotFound
    try:
        days = int(request.POST.get("days", "0"))
    except ValueError:
        days = -1
    with turn(user, "issue", ISSUED_A_MINUTE):
        services.issue(user, snapshot, name_form=request.POST.get("name_form", ""), days=days)
    messages.success(request, _("凭证已签好，可以下载。"))
    return redirect("credit:transcript")


@login_required
@require_safe
def download(request: HttpRequest, uuid: UUID, name: str) -> HttpResponse:
    """name: bundle.zip, clr.json or clr.jwt."""
    made = CredentialSet.objects.filter(uuid=uuid, holder=request.user).select_related("snapshot").first()  # type: ignore[misc]
    if made is None:
        raise NotFound
    user: User = request.user  # type: ignore[assignment]
    with turn(user, "file", FILES_A_MINUTE):
        made = services.renewed(made)
        packed = bundle(made) if name == "bundle.zip" else b""
    credentials, jwts = services.contents(made)
    if name == "bundle.zip":
        response = HttpResponse(packed, content_type="application/zip")
    elif name == "clr.json":
        response = JsonResponse(
            credentials[-1],
            content_type="application/vc",
            json_dumps_params={"ensure_ascii": False, "indent": 2},
        )
    elif name == "clr.jwt":
        response = HttpResponse(jwts[-1], content_type="application/vc+jwt")
    else:
        raise NotFound
    day = f"{made.issued_at:%Y%m%d}"
    response["Content-Disposition"] = f'attachment; filename="rongtong-{day}-{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
