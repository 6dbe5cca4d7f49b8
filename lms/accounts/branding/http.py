"""The stylesheet of one version of a provider: two tokens, kept by browsers for good."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from lms.accounts.branding.queries import stylesheet, version_of
from lms.lib.errors import NotFound


@require_safe
def style(request: HttpRequest, code: str, version: int) -> HttpResponse:
    found = version_of(code, version)
    if found is None or not found.light:
        raise NotFound
    response = HttpResponse(stylesheet(found), content_type="text/css; charset=utf-8")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
