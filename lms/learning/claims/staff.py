"""A staff screen in the Wagtail admin: where what packages claim and what the meter saw do not fit. Thin."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from courses.activities.api import ContentPackage
from lms.accounts.api import User, holds, require_role
from lms.learning.claims import queries
from lms.learning.looks import CLAIMS, note_look
from lms.lib.errors import NotAllowed
from lms.lib.pages import paginate, staff_context, tabs_of

PER_PAGE = 30


@never_cache
@require_safe
def contradictions(request: HttpRequest) -> HttpResponse:
    """`?kind=` shows one kind of package; nonsense shows all. Every person shown is told that they were looked at."""
    user = request.user
    if not isinstance(user, User) or not holds(user, *queries.ROLES):
        raise NotAllowed
    labels = {"": _("全部"), **dict(ContentPackage.Kind.choices)}
    asked = request.GET.get("kind", "")
    kind = asked if asked in labels else ""
    page = paginate(request, queries.contradicted(user, kind), PER_PAGE)
    rows = queries.claims(page)
    roles = {
        body: require_role(user, *queries.ROLES, organisation=body) for body in {row.body for row in rows}
    }
    for person, body in {(row.person, row.body) for row in rows}:
        note_look(roles[body], person, action="claims.view", reason=CLAIMS())
    context = staff_context(
        _("内容包声称的时间与成绩"), icon="warning", page=page, rows=rows, tabs=tabs_of(labels, kind)
    )
    return render(request, "learning/claims/contradictions.html", context)
