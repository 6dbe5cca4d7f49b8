"""/hours/packages/: years handed over for a review, with a receipt for each record."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.learning.hours.queries import years_of
from lms.learning.hours.years import years as learning_years
from lms.learning.signed_in import Asked, signed_in
from lms.learning.statements import package_queries as queries
from lms.learning.statements import packages
from lms.learning.statements.forms import PackageForm
from lms.learning.statements.http import handed
from lms.learning.statements.models import ItemState
from lms.learning.statements.queries import content_of
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid
from lms.lib.ids import uuid7
from lms.lib.pages import paginate


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def listing(request: Asked) -> HttpResponse:
    known = learning_years()
    years = years_of(request.user, known.number(today()), known)
    form = PackageForm(request.POST or None, years=years, initial={"key": uuid7(), "years": years[:1]})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = packages.order(request.user, **form.cleaned_data)
            except (Invalid, Conflict) as refusal:
                name = refusal.details.get("field")
                form.add_error(name if name in form.fields else None, str(refusal.message))
                status = refusal.status
            else:
                messages.success(request, _("正在逐条写入，几秒钟后可以下载。"))
                return redirect("hours:package", uuid=made.uuid)
    page = paginate(request, queries.own_all(request.user))
    context = {"form": form, "page": page, "nav_key": "hours"}
    return render(request, "learning/statements/packages.html", context, status=status)


@require_safe
@signed_in
def detail(request: Asked, uuid: UUID) -> HttpResponse:
    package = queries.own(request.user, uuid)
    content = content_of(package)
    lines = queries.lines(package, content)
    by_state = {state: [line for line in lines if line["state"] == state] for state in ItemState.values}
    context = {
        "package": package,
        "content": content,
        "taken": by_state["taken"],
        "waiting": by_state["waiting"],
        "others": by_state["refused"] + by_state["failed"],
        "nav_key": "hours",
    }
    return render(request, "learning/statements/package.html", context)


@require_POST
@signed_in
def retry(request: Asked, uuid: UUID) -> HttpResponse:
    packages.retry(request.user, uuid)
    messages.success(request, _("已重新排队，几秒钟内开始处理。"))
    return redirect("hours:package", uuid=uuid)


@require_safe
@signed_in
def pdf(request: Asked, uuid: UUID) -> HttpResponse:
    package = queries.own(request.user, uuid)
    return handed(queries.pdf(package), "application/pdf", f"{package.number}.pdf", inline=True)


@require_safe
@signed_in
def data(request: Asked, uuid: UUID) -> HttpResponse:
    package = queries.own(request.user, uuid)
    body = JsonResponse(queries.document(package), json_dumps_params={"ensure_ascii": False}).content
    return handed(body, "application/json", f"{package.number}.json")
