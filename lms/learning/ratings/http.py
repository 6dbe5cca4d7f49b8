"""The door of a learner's rating; the form stands on the page of their course."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lms.learning.ratings import services
from lms.learning.signed_in import Asked, signed_in


@require_POST
@signed_in
def rate(request: Asked, enrolment: UUID) -> HttpResponse:
    """POST stars and text, or `act=take_back`."""
    if request.POST.get("act") == "take_back":
        services.take_back(request.user, enrolment)
        messages.success(request, _("评分已收回。"))
    else:
        said = request.POST.get("stars", "")
        stars = int(said) if said in {"1", "2", "3", "4", "5"} else None
        services.rate(request.user, enrolment, stars, request.POST.get("text", ""))
        messages.success(request, _("谢谢，评分已记下。可以随时修改或收回。"))
    return redirect(reverse("learning:course", args=[enrolment]) + "#rating")
