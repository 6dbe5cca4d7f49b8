"""The door of uploads: tus 1.0.0 (https://tus.io/protocols/resumable-upload) over the services. Thin.

Core, creation, creation-with-upload, expiration, termination and checksum. Who may enter is decided as everywhere in
the API: a token, or the cookie with its CSRF token. Bodies are read piece by piece, never as a whole.
"""

from collections.abc import Callable
from functools import wraps
from typing import cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.http import http_date
from django.utils.translation import gettext as _
from ninja import Router

from lms.accounts.api import Organisation, Role, User, require_role
from lms.lib.actor import Actor
from lms.lib.errors import Invalid, NotAllowed, NotFound, Refusal
from lms.lib.middleware import refusal_json

from . import rules
from .models import Upload
from .queries import upload_of
from .services import append, begin, remove

router = Router()
View = Callable[..., HttpResponse]


def _tus(view: View) -> View:
    """The protocol's frame: its version in both directions, refusals as JSON with the same headers."""

    @wraps(view)
    def framed(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            if request.method != "OPTIONS" and request.headers.get("Tus-Resumable") != rules.VERSION:
                sentence = _("上传协议的版本不对，这里是 tus %(version)s。") % {"version": rules.VERSION}
                raise Refusal(sentence, code="tus_version", status=412)
            response = view(request, *args, **kwargs)
        except Refusal as refusal:
            response = JsonResponse(refusal_json(refusal), status=refusal.status)
            if refusal.status == 412:
                response["Tus-Version"] = rules.VERSION
        response["Tus-Resumable"] = rules.VERSION
        response["Cache-Control"] = "no-store"
        return response

    return framed


def _actor(request: HttpRequest, row: Upload) -> Actor:
    return require_role(request.user, Role.EDITOR, organisation=row.organisation)


def _row(request: HttpRequest, uuid: UUID) -> Upload:
    return upload_of(request.user, uuid)


def _told(response: HttpResponse, row: Upload) -> HttpResponse:
    response["Upload-Offset"] = str(row.offset)
    response["Upload-Expires"] = http_date(row.expires_at.timestamp())
    return response


def _length(request: HttpRequest) -> int:
    # A body of unknown length reaches no WSGI application.
    if request.headers.get("Transfer-Encoding"):
        raise Refusal(_("请求要写明长度（Content-Length）。"), code="length_required", status=411)
    return rules.number(request.META.get("CONTENT_LENGTH") or "0", "Content-Length")


def _append(request: HttpRequest, row: Upload, *, at: int) -> Upload:
    """The body of a PATCH, or of a POST that brings the first part."""
    if request.content_type != rules.CONTENT_TYPE:
        sentence = _("内容类型应是 %(type)s。") % {"type": rules.CONTENT_TYPE}
        raise Invalid(sentence, code="content_type", status=415)
    checksum = rules.checksum_of(request.headers.get("Upload-Checksum"))
    return append(row, request, at=at, length=_length(request), checksum=checksum, actor=_actor(request, row))


@router.api_operation(["OPTIONS"], "", auth=None, include_in_schema=False)
@_tus
def options(request: HttpRequest) -> HttpResponse:
    headers = {
        "Tus-Version": rules.VERSION,
        "Tus-Extension": rules.EXTENSIONS,
        "Tus-Max-Size": str(rules.MAX_SIZE),
        "Tus-Checksum-Algorithm": ",".join(rules.ALGORITHMS),
    }
    return HttpResponse(status=204, headers=headers)


@router.post("", include_in_schema=False)
@_tus
def create(request: HttpRequest) -> HttpResponse:
    """Creation; Creation With Upload where a body comes along."""
    if request.headers.get("Upload-Defer-Length") is not None:
        raise Invalid(_("上传前要说明文件的大小（Upload-Length）。"), code="defer_length", status=400)
    size = rules.size_of(request.headers.get("Upload-Length"))
    written = request.headers.get("Upload-Metadata", "")
    metadata = rules.metadata_of(written)
    organisation = Organisation.objects.filter(code=metadata.get("organisation", "")).first()
    if organisation is None:
        # Not told apart from one that exists and is not the person's.
        raise NotAllowed(_("只有本单位的课程编辑可以上传。"))
    row = begin(
        user=cast(User, request.user),
        organisation=organisation,
        actor=require_role(request.user, Role.EDITOR, organisation=organisation),
        size=size,
        metadata=written,
        name=rules.name_of(metadata),
    )
    if _length(request):
        try:
            _append(request, row, at=0)
        except Refusal:
            remove(row, _actor(request, row))
            raise
    response = _told(HttpResponse(status=201), row)
    response["Location"] = f"{request.path.rstrip('/')}/{row.uuid}"
    return response


@router.api_operation(["HEAD"], "/{uuid}", include_in_schema=False)
@_tus
def look(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = _row(request, uuid)
    response = _told(HttpResponse(), row)
    response["Upload-Length"] = str(row.size)
    response["Upload-Metadata"] = row.metadata
    return response


@router.patch("/{uuid}", include_in_schema=False)
@_tus
def patch(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = _row(request, uuid)
    at = rules.number(request.headers.get("Upload-Offset"), "Upload-Offset")
    return _told(HttpResponse(status=204), _append(request, row, at=at))


@router.delete("/{uuid}", include_in_schema=False)
@_tus
def delete(request: HttpRequest, uuid: UUID) -> HttpResponse:
    row = _row(request, uuid)
    remove(row, _actor(request, row))
    return HttpResponse(status=204)


@router.post("/{uuid}", include_in_schema=False)
@_tus
def overridden(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """X-HTTP-Method-Override, for networks that let no PATCH or DELETE through."""
    method = {"PATCH": patch, "DELETE": delete}.get(request.headers.get("X-HTTP-Method-Override", ""))
    if method is None:
        raise NotFound
    return method(request, uuid)
