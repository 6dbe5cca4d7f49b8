"""Doors for people: the rewards beside one's outcome, on its page and at /api/v1/credit/outcomes/…/rewards; invitations to
cohorts; and the public page of cohorts.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from ninja import Router, Schema

from creditbank.honours import cohort_queries, cohorts, queries, words
from creditbank.honours.models import Reward
from creditbank.outcomes.models import LearningOutcome
from creditbank.outcomes.queries import outcome_of
from creditbank.planner.effect import FEWEST_TOLD
from lms.accounts.api import User, user_of
from lms.lib.attempts import DONE, attempt
from lms.lib.errors import NotFound
from lms.lib.pages import paginate

router = Router()
MOST_OWN = 20


def shown(outcome: LearningOutcome) -> dict[str, Any]:
    """For the page of one's outcome: what was given for it, with what was measured."""
    rows = queries.rewards_of(outcome)
    return {"rewards": [{"row": row, "measured": words.measured(row.award, row.score)} for row in rows]}


@require_safe
def public(request: HttpRequest) -> HttpResponse:
    """Every cohort with its counters; to those who are signed in, their own invitations besides."""
    page = paginate(request, cohort_queries.public())
    told = cohort_queries.released(list(page))
    rows = [{"row": row, "day": told[row.pk][0], "counters": words.counters(told[row.pk][1])} for row in page]
    own = cohort_queries.own(request.user)[:MOST_OWN] if isinstance(request.user, User) else []
    context = {"page": page, "rows": rows, "own": own, "fewest": FEWEST_TOLD}
    return render(request, "credit/honours/cohorts.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def member(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One's invitation or membership: what the body sees, and the answer."""
    user = user_of(request)
    row = cohort_queries.own_one(user, uuid)
    status = 200
    if request.method == "POST":
        acts: dict[str, tuple[Any, str]] = {
            "accept": (lambda: cohorts.answer(user, row, accept=True), _("你已加入这个计划。")),
            "decline": (lambda: cohorts.answer(user, row, accept=False), _("已记下，你没有加入。")),
            "leave": (lambda: cohorts.leave(user, row), _("你已退出这个计划。")),
        }
        if request.POST.get("action", "") not in acts:
            raise NotFound
        status = attempt(request, *acts[request.POST["action"]])
        if status == DONE:
            return redirect("credit:cohort_member", uuid=uuid)
        row = cohort_queries.own_one(user, uuid)
    return render(request, "credit/honours/member.html", {"row": row}, status=status)


# --- API -------------------------------------------------------------------------------------------------


class RewardOut(Schema):
    """What was measured stands in award ("city-1") or score (hundredths of a point); money in fen. taken_back_at: null while
    it stands.
    """

    uuid: UUID
    body: str
    body_name: str
    honour: str
    fen: int
    award: str
    score: int | None
    rule_from: date
    source: str
    reason: str
    decided_at: datetime
    taken_back_at: datetime | None
    taken_back_because: str


@router.get("/{uuid}/rewards", response=list[RewardOut], summary="Honours and rewards for my outcome")
def rewards(request: HttpRequest, uuid: UUID) -> list[RewardOut]:
    return [_out(row) for row in queries.rewards_of(outcome_of(user_of(request), uuid))]


def _out(row: Reward) -> RewardOut:
    back = getattr(row, "reversal", None)
    return RewardOut(
        uuid=row.uuid,
        body=row.organisation.code,
        body_name=row.organisation.name,
        honour=row.honour,
        fen=row.fen,
        award=row.award,
        score=row.score,
        rule_from=row.rule.valid_from,
        source=row.rule.source,
        reason=row.reason,
        decided_at=row.decided_at,
        taken_back_at=back.decided_at if back else None,
        taken_back_because=back.reason if back else "",
    )
