"""The staff screen of background work inside the Wagtail admin: what waits, what failed and why, and its retry."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lms.lib.errors import Conflict
from lms.lib.ids import sent_uuid
from lms.lib.jobs import services
from lms.lib.jobs.models import Job
from lms.lib.jobs.registry import is_retried
from lms.lib.outbox.queries import stuck
from lms.lib.pages import paginate, tabs_of

STATES = (Job.State.FAILED, Job.State.QUEUED, Job.State.RUNNING)


def keeps(user: Any) -> bool:
    """Whether the menu item is shown."""
    return bool(user.is_active and user.is_superuser)


@require_http_methods(["GET", "HEAD", "POST"])
def jobs(request: HttpRequest) -> HttpResponse:
    """Failed jobs first; POST puts one back. Below: events that a consumer keeps failing on (tried again by itself)."""
    services.keeper(request.user)
    asked = request.POST.get("state") or request.GET.get("state", "")
    state = asked if asked in STATES else Job.State.FAILED
    if request.method == "POST":
        return _put_back(request, state)
    page = paginate(request, Job.objects.filter(state=state).order_by("-created_at", "-id"))
    title = _("后台任务")
    context = {
        "header_title": title,
        "page_title": title,
        "header_icon": "cogs",
        "page": page,
        "rows": [{"job": row, "retried": is_retried(row.kind)} for row in page],
        "state": state,
        "tabs": tabs_of({item: item.label for item in STATES}, state),
        "stuck": stuck(),
    }
    return render(request, "lib/staff/jobs.html", context)


def _put_back(request: HttpRequest, state: str) -> HttpResponse:
    try:
        services.retry(request.user, sent_uuid(request.POST.get("job", "")))
    except Conflict as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("已重新排队，几秒钟内开始处理。"))
    return redirect(f"{request.path}?state={state}")
