"""/.well-known/: what a checker of packs needs of the platform, for everybody: the public keys and the schema."""

from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.http import require_safe

from lms.learning.evidence import shape
from lms.learning.evidence.keys import KEYS_PATH, published


@require_safe
def keys(request: HttpRequest) -> JsonResponse:
    return JsonResponse(published(), json_dumps_params={"indent": 2})


@require_safe
def schema(request: HttpRequest, version: int) -> JsonResponse:
    return JsonResponse(shape.schema(version), json_dumps_params={"indent": 2})


urlpatterns = [
    path(KEYS_PATH.lstrip("/"), keys, name="evidence_keys"),
    *(
        path(
            shape.schema_url_path(version).lstrip("/"),
            schema,
            {"version": version},
            name=f"evidence_schema_{version}",
        )
        for version in shape.VERSIONS
    ),
]
