"""/me/records/: what the stores hold about the learner, in words. Thin."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lms.accounts.api import User
from lms.records.live.queries import about, read_place


@never_cache
@login_required
@require_safe
def own(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    found = about(
        request.user.uuid,
        get_language() or "zh-hans",
        after=read_place(request.GET.get("after", "")),
        who=_("我"),
    )
    return render(request, "records/own.html", {"found": found, "first": "after" not in request.GET})
