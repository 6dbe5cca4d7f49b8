"""The staff screen of what is due of classes: for the organisers' staff, and for the authority's officers what they have to
take into the filing. In the Wagtail admin, working without scripts.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lms.learning.classes import due
from lms.learning.classes.staff import PER_PAGE, context_of
from lms.lib.errors import NotAllowed
from lms.lib.pages import paginate, tabs_of

ALL = "all"


@never_cache
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Run by run, the one that began first first; `?state=` shows one kind."""
    user = request.user
    if not user.is_authenticated or not due.sees(user):
        raise NotAllowed
    asked = request.GET.get("state", "")
    shown = asked if asked in due.KINDS else ALL
    page = paginate(request, due.runs_due(user, shown), PER_PAGE)
    context = context_of(
        _("班次待办"),
        page=page,
        rows=due.told(user, list(page)),
        tabs=tabs_of({ALL: _("全部"), **due.KINDS}, shown),
        state=shown,
    )
    return render(request, "learning/classes/staff/due.html", context)
