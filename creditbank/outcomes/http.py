"""Evidence files: read by their owner and by whoever may judge the certificate; such a look is logged."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest
from django.views.decorators.http import require_safe

from creditbank.outcomes.queries import evidence_for
from lms.lib.evidence import handed_out


@login_required
@require_safe
def evidence(request: HttpRequest, uuid: UUID) -> FileResponse:
    return handed_out(evidence_for(request.user, uuid))  # type: ignore[arg-type]
