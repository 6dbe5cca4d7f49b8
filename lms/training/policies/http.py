"""/policies/: the library, one document with its versions, and where a cited number leads."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from lms.lib.clock import today
from lms.lib.pages import paginate
from lms.training.policies import queries
from lms.training.policies.forms import STATES, NarrowForm
from lms.training.policies.models import PolicyDocument
from lms.training.policies.rules import State, state_on


def _state(row: PolicyDocument, day: object = None) -> State:
    return state_on(day or today(), row.issued_on, row.first_day, row.last_day)  # type: ignore[arg-type]


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Every document, the latest first, and whether it is in force on a day."""
    asked = queries.read(request.GET.dict())
    page = paginate(request, queries.asked_for(asked), queries.PER_PAGE)
    context = {
        "page": page,
        "page_obj": page,
        "rows": [(row, STATES[_state(row, asked.on)]) for row in page],
        "form": NarrowForm(asked),
        "narrowed": asked != queries.Asked(today()),
        "on": asked.on,
        "today": today(),
    }
    return render(request, "training/policies/list.html", context)


@require_safe
def document(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One version; an old one says which is the last."""
    found = queries.document(uuid)
    versions = queries.versions_of(found)
    state = _state(found)
    context = {
        "document": found,
        "bodies": found.bodies.splitlines(),
        "versions": versions,
        "newest": versions[0],
        "state": state,
        "state_label": STATES[state],
        "successor": queries.link(found.superseded_by) if found.superseded_by else None,
        "former": queries.replaced_by(found),
    }
    return render(request, "training/policies/document.html", context)


@require_safe
def number(request: HttpRequest) -> HttpResponse:
    """?n=: the document with this number; where the library does not have it, that."""
    asked = request.GET.get("n", "").replace("\0", "").strip()[:80]
    found = queries.by_number(asked) if asked else None
    if found is not None:
        return redirect("policies:document", found.uuid)
    return render(request, "training/policies/unknown.html", {"number": asked}, status=404)
