"""Evidence files: read by their owner and by whoever may judge the certificate; such a look is logged."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest
from django.views.decorators.http import require_safe

from creditbank.outcomes.queries import evidence_for


@login_required
@require_safe
def evidence(request: HttpRequest, uuid: UUID) -> FileResponse:
    found = evidence_for(request.user, uuid)  # type: ignore[arg-type]
    response = FileResponse(found.file.open("rb"), content_type=found.mime, filename=found.name)
    response["Cache-Control"] = "private, no-store"
    # A picture or PDF that somebody uploaded must not run as a page of ours.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response
