"""/bundles/: training bundles for everybody; beginning all courses of one for whoever is signed in."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from lms.accounts.api import User
from lms.learning.api import Asked, signed_in
from lms.lib.pages import paginate
from lms.training.bundles import queries, services

PER_PAGE = 20


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    page = paginate(request, queries.published(), PER_PAGE)
    return render(request, "training/bundles/list.html", {"page": page, "page_obj": page})


@require_safe
def bundle(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A bundle with its courses and, for whoever is signed in, how far they are."""
    found = queries.public(uuid)
    user = request.user if isinstance(request.user, User) else None
    steps = queries.steps(user, queries.courses_in(found), queries.parts_of(found))
    context = {
        "bundle": found,
        "steps": steps,
        "done": sum(step.done for step in steps),
        "begun": sum(step.progress is not None for step in steps),
        "known": user is not None,
        "centihours": sum(step.course.centihours for step in steps),
    }
    return render(request, "training/bundles/bundle.html", context)


def enrol(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """POST begins every course. Whoever had to sign in first comes back by GET, to the bundle's page."""
    if request.method == "GET" and request.user.is_authenticated:
        return redirect("bundles:bundle", uuid)
    return _enrol(request, uuid) if request.method == "POST" else signed_in(bundle)(request, uuid=uuid)


@require_POST
@signed_in
def _enrol(request: Asked, uuid: UUID) -> HttpResponse:
    begun = services.enrol_in_all(request.user, queries.public(uuid))
    if begun:
        said = ngettext("已报名 %(n)s 门课程。", "已报名 %(n)s 门课程。", begun) % {"n": begun}
    else:
        said = _("这个课程包里的课程你都已经报名。")
    messages.success(request, said)
    return redirect("bundles:bundle", uuid)
