"""Where a machine gets its token, and gives it back: allauth's OpenID Connect server, of which two doors are open.

Owns: the limit of tries, the security of API operations for machines. Refuses: everything else that server could do
(signing people in elsewhere, registering clients): those addresses are not served.
"""

from base64 import b64decode

from allauth.idp.oidc import views
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from ninja.security import HttpBearer

from lms.accounts.machines.models import Machine
from lms.accounts.machines.services import machine_of
from lms.lib.limits import asked_too_often

# A program needs one token an hour; whoever asks more often is trying secrets, and each try costs a slow hash.
TRIES_A_MINUTE = 30


def _guarded(request: HttpRequest) -> HttpResponseBase | None:
    """The refusal that both doors share: too many tries (each costs a slow hash), or what no database takes."""
    if asked_too_often(request, "machine-token", most=TRIES_A_MINUTE, window_s=60):
        answer = {"error": "slow_down", "error_description": str(_("操作太频繁了。请等一分钟再试。"))}
        return JsonResponse(answer, status=429, headers={"Retry-After": "60"})
    said = [value for values in request.POST.lists() for value in values[1]]
    if any("\0" in value for value in said) or b"\0" in _basic(request):
        return JsonResponse({"error": "invalid_request"}, status=400)
    return None


def _basic(request: HttpRequest) -> bytes:
    """What a Basic header says, decoded; nothing where there is none or it is nonsense."""
    scheme, _blank, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return b64decode(encoded)
    except ValueError:
        return b""


@csrf_exempt
@require_POST
@never_cache
@sensitive_post_parameters("client_secret")
def token(request: HttpRequest) -> HttpResponseBase:
    """grant_type=client_credentials, with the machine's id and secret (HTTP Basic, or in the form)."""
    refused = _guarded(request)
    if refused is not None:
        return refused
    if request.POST.get("grant_type") != "client_credentials":
        return JsonResponse({"error": "unsupported_grant_type"}, status=400)
    return views.token(request)


@csrf_exempt
@require_POST
@never_cache
@sensitive_post_parameters("client_secret", "token")
def revoke(request: HttpRequest) -> HttpResponseBase:
    """Give a token back."""
    return _guarded(request) or views.revoke(request)


class MachineToken(HttpBearer):
    """The security of an API operation: `Authorization: Bearer …` of a machine that has the scope."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Machine:
        return machine_of(token, self.scope)


urlpatterns = [
    path("o/api/token", token, name="machine_token"),
    path("o/api/revoke", revoke, name="machine_revoke"),
]
