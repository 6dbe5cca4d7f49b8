"""What every door of learning begins with: somebody signed in. Pages lead to signing in and back, JSON says 401."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from lms.accounts.api import User
from lms.lib.errors import NotAllowed, Refusal
from lms.lib.middleware import refusal_json


class Asked(HttpRequest):
    """A request of somebody signed in."""

    user: User  # type: ignore[assignment]


def signed_in(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page for people signed in; others go to sign in and come back."""
    return login_required(view)


def signed_in_json(view: Callable[..., dict[str, Any]]) -> Callable[..., HttpResponse]:
    """JSON for scripts: 401 without a sign-in, and a refusal as JSON whatever the Accept header says."""

    @wraps(view)
    def answer(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            if not request.user.is_authenticated:
                raise NotAllowed(
                    _("登录已过期。学习记录保存在这台设备上，登录后会自动补交。"),
                    code="login_required",
                    status=401,
                )
            return JsonResponse(view(request, **kwargs))
        except Refusal as refusal:
            return JsonResponse(refusal_json(refusal), status=refusal.status)

    return answer
