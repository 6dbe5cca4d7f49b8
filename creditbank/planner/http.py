"""The planner's page: everything that is asked stands in the address, nothing is written. Works without scripts."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from creditbank.planner import answers
from creditbank.planner.forms import MOST_HYPOTHESES, HypothesisForm, pack, unpack
from creditbank.planner.rules import Hypothesis
from creditbank.planner.words import hypothesis_text
from creditbank.rules.models import Programme
from creditbank.rules.queries import fact
from lms.accounts.api import user_of
from lms.lib.clock import today
from lms.lib.errors import NotFound


def _chosen(request: HttpRequest, programmes: list[Programme]) -> Programme | None:
    wanted = request.GET.get("programme", "")
    if not wanted:
        return programmes[0] if programmes else None
    try:
        found = next((item for item in programmes if item.uuid == UUID(wanted)), None)
    except ValueError:
        found = None
    if found is None:
        raise NotFound
    return found


def _address(programme: Programme, typed: list[Hypothesis]) -> str:
    said = [("programme", str(programme.uuid)), *(("if", pack(one)) for one in typed)]
    return f"{reverse('credit:plan')}?{urlencode(said)}"


@login_required
@require_safe
def plan(request: HttpRequest) -> HttpResponse:
    """What my outcomes and others I might get are worth in a programme, what is missing, the shortest way there."""
    programmes = answers.programmes()
    programme = _chosen(request, programmes)
    if programme is None:
        return render(request, "credit/plan.html", {"programmes": []})
    unpacked = [unpack(text) for text in request.GET.getlist("if")[:MOST_HYPOTHESES]]
    typed = [one for one in unpacked if one is not None]
    found = answers.published(programme)
    form = HypothesisForm(
        request.GET if "add" in request.GET else None, rules=[fact(version) for version in found.values()]
    )
    if "add" in request.GET and form.is_valid():
        return redirect(_address(programme, [*typed, form.hypothesis()][:MOST_HYPOTHESES]) + "#result")
    with answers.turn(user_of(request)):
        planned = answers.plan(user_of(request), programme, typed, today(), found)
    occupations = {version.occupation_code: version.occupation_name for version in found.values()}
    context = {
        "programmes": programmes,
        "programme": programme,
        "planned": planned,
        "result": planned.result,
        "form": form,
        "full": len(typed) >= MOST_HYPOTHESES,
        "packed": [pack(one) for one in typed],
        "occupations": sorted((code, name) for code, name in occupations.items() if code),
        "typed": [
            {
                "text": hypothesis_text(one, occupations),
                "without": _address(programme, [other for n, other in enumerate(typed) if n != number]),
            }
            for number, one in enumerate(typed)
        ],
    }
    return render(request, "credit/plan.html", context, status=422 if form.errors else 200)
