"""The player: one lesson on one page, and nothing but the lesson."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from lms.learning.assessment.queries import lesson_in
from lms.learning.enrolment.queries import own
from lms.learning.player import queries
from lms.learning.player.words import words_of
from lms.learning.signed_in import Asked, signed_in


# The script's token comes from the cookie: unlike one printed in the page it survives signing in again elsewhere.
@ensure_csrf_cookie
@never_cache
@require_safe
@signed_in
def lesson(request: Asked, enrolment: UUID, lesson: UUID) -> HttpResponse:
    item = own(request.user, enrolment)
    context = queries.page(request.user, item, lesson_in(item, lesson), words_of(request, item))
    return render(request, "learning/player.html", context)
