"""A staff screen in the Wagtail admin: where what a SCORM package claims and what the meter saw do not fit. Thin."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lms.accounts.api import User, holds, require_role
from lms.learning.looks import SCORM, note_look
from lms.learning.scorm import queries, rules
from lms.lib.errors import NotAllowed
from lms.lib.pages import paginate, staff_context

PER_PAGE = 30


@never_cache
@require_safe
def contradictions(request: HttpRequest) -> HttpResponse:
    """Every person shown is told that they were looked at."""
    user = request.user
    if not isinstance(user, User) or not holds(user, *queries.ROLES):
        raise NotAllowed
    page = paginate(request, queries.contradicted(user), PER_PAGE)
    rows = [
        {
            "attempt": row,
            "far": rules.time_contradicts(row.claimed_ms, row.metered_ms),
            "quick": rules.too_quick(row.completed_after_ms, row.nominal_ms),
        }
        for row in page
    ]
    bodies = {row.enrolment.release.provider for row in page}
    roles = {body.pk: require_role(user, *queries.ROLES, organisation=body) for body in bodies}
    for person, body in {(row.person, row.enrolment.release.provider_id) for row in page}:
        note_look(roles[body], person, action="scorm.view", reason=SCORM())
    context = staff_context(_("课件自报与实际不符"), icon="warning", page=page, rows=rows)
    return render(request, "learning/scorm/contradictions.html", context)
