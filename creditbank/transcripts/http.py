"""Pages of the transcript: what stands in the books, papers handed out, their PDFs."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from creditbank.credentials.forms import IssueForm
from creditbank.credentials.models import CredentialSet
from creditbank.ledger.words import unit_title
from creditbank.transcripts.models import TranscriptSnapshot
from creditbank.transcripts.queries import besides_of, transcript_of, transcripts_of
from creditbank.transcripts.services import (
    compile_content,
    make_transcript,
    revoke_transcript,
    transcript_pdf,
    verify_address,
)
from lms.accounts.api import User
from lms.lib.errors import NotFound
from lms.lib.pages import paginate
from lms.lib.verify.rules import grouped

# What they say is not needed to list them.
SETS = CredentialSet.objects.defer("content").order_by("-issued_at", "-id")


def _own(user: User, uuid: UUID) -> TranscriptSnapshot:
    snapshot = transcript_of(user, uuid)
    if snapshot is None:
        raise NotFound
    return snapshot


@login_required
@require_safe
def transcript(request: HttpRequest) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    page = paginate(request, transcripts_of(user).prefetch_related(Prefetch("credential_sets", SETS)), 10)
    papers = []
    for snapshot in page:
        code, address = verify_address(snapshot)
        sets = snapshot.credential_sets.all()
        papers.append({"snapshot": snapshot, "code": grouped(code), "address": address, "sets": sets})
    content = compile_content(user)
    hours = [item | {"unit": unit_title(item["unit"])} for item in content["hours"]]
    context = {
        "content": content,
        "hours": hours,
        "besides": besides_of(content),
        "page": page,
        "papers": papers,
        "form": IssueForm(),
    }
    return render(request, "credit/transcript.html", context)


@login_required
@require_POST
def make(request: HttpRequest) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    make_transcript(user)
    messages.success(request, _("清单已生成，可以下载或把验证码交给别人核对。"))
    return redirect("credit:transcript")


@login_required
@require_safe
def pdf(request: HttpRequest, uuid: UUID) -> HttpResponse:
    snapshot = _own(request.user, uuid)  # type: ignore[arg-type]
    response = HttpResponse(transcript_pdf(snapshot), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="transcript-{snapshot.made_at:%Y%m%d}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_POST
def revoke(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    revoke_transcript(user, _own(user, uuid))
    messages.success(request, _("已停用这份清单的验证。别人再查这个验证码，只会看到“已停用”。"))
    return redirect("credit:transcript")
