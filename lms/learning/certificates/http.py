"""Handing out certificates."""

from uuid import UUID

from django.http import HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from lms.learning.certificates import queries
from lms.learning.signed_in import Asked, signed_in


@require_safe
@signed_in
def pdf(request: Asked, uuid: UUID) -> HttpResponse:
    """The PDF."""
    certificate = queries.readable(request.user, uuid)
    response = HttpResponse(queries.pdf(certificate), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{certificate.number}.pdf"'
    patch_cache_control(response, private=True, no_cache=True)
    return response
