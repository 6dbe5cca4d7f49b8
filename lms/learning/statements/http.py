"""/hours/statements/: the years, one paper with its link, its PDF and its content as data."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lms.learning.hours.queries import years_of
from lms.learning.hours.years import asked, years
from lms.learning.signed_in import Asked, signed_in
from lms.learning.statements import paper, queries, services
from lms.learning.statements.forms import LinkForm
from lms.learning.statements.models import YearStatement
from lms.lib.errors import Invalid
from lms.lib.pages import paginate


@require_safe
@signed_in
def listing(request: Asked) -> HttpResponse:
    """What the year would say now, with the button that hands it out, and the papers handed out before."""
    known = years()
    year = asked(request.GET.get("year", ""), known)
    content = queries.facts(request.user, year)
    page = paginate(request, queries.own_all(request.user))
    context = {
        "year": year,
        "years": years_of(request.user, year, known),
        "span": queries.span_of(content),
        "content": content,
        "totals": paper.totals(content),
        "goal_lines": paper.goal_lines(content),
        "page": page,
        "rows": [{"statement": row, "state": queries.state_of(row)} for row in page],
        "nav_key": "hours",
    }
    return render(request, "learning/statements/list.html", context)


@require_POST
@signed_in
def issue(request: Asked) -> HttpResponse:
    text = request.POST.get("year", "")
    made = services.issue(
        request.user, int(text) if text.isascii() and text.isdigit() and len(text) == 4 else 0
    )
    messages.success(request, _("证明已出具：编号 %(number)s。") % {"number": made.number})
    return redirect("hours:statement", uuid=made.uuid)


@require_safe
@signed_in
def detail(request: Asked, uuid: UUID) -> HttpResponse:
    return _detail(request, queries.readable(request.user, uuid))


def _detail(
    request: Asked, found: YearStatement, status: int = 200, form: LinkForm | None = None
) -> HttpResponse:
    content = queries.content_of(found)
    code, address = queries.verify_address(found)
    link = found.link
    context: dict[str, Any] = {
        "statement": found,
        "mine": found.person_id == request.user.pk,
        "content": content,
        "span": queries.span_of(content),
        "lines": paper.lines(content),
        "totals": paper.totals(content),
        "goal_lines": paper.goal_lines(content),
        "state": queries.state_of(found),
        "later": queries.superseded_by(found),
        "instead": queries.reissued(found),
        "code": code,
        "address": address,
        "form": form or LinkForm(initial={"hidden": link.hidden, "ends_on": link.ends_on}),
        "nav_key": "hours",
    }
    return render(request, "learning/statements/detail.html", context, status=status)


@require_POST
@signed_in
def link(request: Asked, uuid: UUID) -> HttpResponse:
    found = queries.own(request.user, uuid)
    form = LinkForm(request.POST)
    if form.is_valid():
        try:
            services.set_link(request.user, found, **form.cleaned_data)
        except Invalid as refusal:
            form.add_error("ends_on", str(refusal.message))
        else:
            messages.success(request, _("已保存。别人核对时按这个设置显示。"))
            return redirect("hours:statement", uuid=uuid)
    return _detail(request, found, 422, form)


@require_POST
@signed_in
def revoke(request: Asked, uuid: UUID) -> HttpResponse:
    services.revoke(request.user, queries.own(request.user, uuid))
    messages.success(request, _("已停用这份证明的验证。别人再查这个验证码，只会看到“已撤销”。"))
    return redirect("hours:statement", uuid=uuid)


@require_safe
@signed_in
def pdf(request: Asked, uuid: UUID) -> HttpResponse:
    found = queries.readable(request.user, uuid)
    return handed(paper.pdf(found), "application/pdf", f"{found.number}.pdf", inline=True)


@require_safe
@signed_in
def data(request: Asked, uuid: UUID) -> HttpResponse:
    """The content byte for byte as it was hashed."""
    found = queries.readable(request.user, uuid)
    return handed(queries.text_of(found).encode(), "application/json", f"{found.number}.json")


def handed(body: bytes, kind: str, name: str, *, inline: bool = False) -> HttpResponse:
    """A file for its holder alone."""
    response = HttpResponse(body, content_type=kind)
    response["Content-Disposition"] = f'{"inline" if inline else "attachment"}; filename="{name}"'
    patch_cache_control(response, private=True, no_store=True)
    return response
