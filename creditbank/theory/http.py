"""The proof of one's own theory paper, as PDF; and the same by /api/v1/credit/outcomes/…/paper."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from ninja import Router, Schema

from creditbank.theory.queries import readable
from creditbank.theory.services import paper_pdf, verify_address
from lms.accounts.api import User, user_of

router = Router()


class PaperOut(Schema):
    code: str
    address: str


def _handed(user: User, uuid: UUID) -> HttpResponse:
    outcome = readable(user, uuid)
    response = HttpResponse(paper_pdf(outcome), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="paper-{outcome.issued_on:%Y%m%d}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_safe
def pdf(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return _handed(user_of(request), uuid)


@router.get("/{uuid}/paper", response=PaperOut, summary="The verify code of my verified theory paper")
def paper(request: HttpRequest, uuid: UUID) -> PaperOut:
    code, address = verify_address(readable(user_of(request), uuid))
    return PaperOut(code=code, address=address)


@router.get("/{uuid}/paper/pdf", summary="My verified theory paper's proof as PDF")
def paper_as_pdf(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return _handed(user_of(request), uuid)
