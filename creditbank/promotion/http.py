"""Doors for the holder of an award: putting oneself forward on the outcome's page and taking that back; and the same by
/api/v1/credit/outcomes/…/promotion.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from ninja import Router, Schema, Status

from creditbank.outcomes.models import LearningOutcome, Level, OutcomeKind
from creditbank.outcomes.queries import outcome_of
from creditbank.promotion import queries, services
from creditbank.promotion.models import Promotion
from lms.accounts.api import user_of
from lms.lib.clock import today
from lms.lib.errors import NotFound

router = Router()


def shown(outcome: LearningOutcome) -> dict[str, Any]:
    """For the page of one's award: the proposal that stands, or what could be proposed; {} for other outcomes."""
    if outcome.kind != OutcomeKind.AWARD:
        return {}
    found = queries.promotion_of(outcome)
    standing = found is not None and found.state in {Promotion.State.PROPOSED, Promotion.State.CONFIRMED}
    offer = None if standing else queries.offer(outcome, today())
    level = Level(offer.level).label if offer is not None and offer.level is not None else ""
    return {"promotion": found, "promotion_offer": offer, "promotion_level": level}


@login_required
@require_POST
def propose(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user = user_of(request)
    services.propose(user, outcome_of(user, uuid), request.POST.get("assessor", ""))
    messages.success(request, _("晋级申请已交给评价机构，结果会显示在这里。"))
    return redirect("credit:outcome", uuid=uuid)


@login_required
@require_POST
def withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user = user_of(request)
    outcome = outcome_of(user, uuid)
    services.withdraw(user, _newest(outcome))
    messages.success(request, _("晋级申请已撤回。"))
    return redirect("credit:outcome", uuid=uuid)


def _newest(outcome: LearningOutcome) -> Promotion:
    found = queries.promotion_of(outcome)
    if found is None:
        raise NotFound
    return found


# --- API -------------------------------------------------------------------------------------------------


class AssessorOut(Schema):
    code: str
    name: str


class PromotionOut(Schema):
    """level: as in the catalogue (5 五级 … 1 一级, 7 特级技师, 8 首席技师), null where the award proposes none; why: what speaks
    against it. state: "" before anybody asked.
    """

    level: int | None
    occupation_code: str
    occupation: str
    assessors: list[AssessorOut]
    why: str
    source: str
    state: str
    assessor: str
    proposed_at: datetime | None
    decided_at: datetime | None
    reason: str
    certificate: UUID | None


class ProposalIn(Schema):
    assessor: str


@router.get("/{uuid}/promotion", response=PromotionOut, summary="What my award proposes, and what came of it")
def promotion(request: HttpRequest, uuid: UUID) -> PromotionOut:
    return _out(outcome_of(user_of(request), uuid))


@router.post("/{uuid}/promotion", response={201: PromotionOut}, summary="Put myself forward by my award")
def ask(request: HttpRequest, uuid: UUID, said: ProposalIn) -> Status[PromotionOut]:
    user = user_of(request)
    outcome = outcome_of(user, uuid)
    services.propose(user, outcome, said.assessor)
    return Status(201, _out(outcome))


@router.post("/{uuid}/promotion/withdraw", response=PromotionOut, summary="Take it back before the decision")
def take_back(request: HttpRequest, uuid: UUID) -> PromotionOut:
    user = user_of(request)
    outcome = outcome_of(user, uuid)
    services.withdraw(user, _newest(outcome))
    return _out(outcome)


def _out(outcome: LearningOutcome) -> PromotionOut:
    offer = queries.offer(outcome, today())
    found = queries.promotion_of(outcome)
    return PromotionOut(
        level=found.level if found else offer.level,
        occupation_code=found.occupation_code if found else offer.occupation_code,
        occupation=found.occupation_name if found else offer.occupation_name,
        assessors=[AssessorOut(code=body.code, name=body.name) for body in offer.assessors],
        why=offer.why,
        source=found.rule.source if found else offer.rule.source if offer.rule else "",
        state=found.state if found else "",
        assessor=found.assessor.code if found else "",
        proposed_at=found.proposed_at if found else None,
        decided_at=found.decided_at if found else None,
        reason=found.said if found else "",
        certificate=found.certificate.uuid if found and found.certificate else None,
    )
