"""What every address below /xapi/ shares: who asks, in which version, by which syntax, and how a refusal is told.

Owns: headers, the alternate request syntax (Communication 1.3), authentication, errors as JSON. Refuses: a request without
a version (3.3), unknown parameters, cookies (a browser's session opens nothing here, so that any origin may ask).
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from lms.lib.errors import Refusal
from lms.lib.limits import asked_too_often
from lms.records.credentials.services import Grant, granted, named_key
from lms.records.faults import Fault
from lms.records.live import refusals
from lms.records.statements.keys import agent_identifier
from lms.records.statements.queries import consistent_through
from lms.records.statements.reading_in import read_json
from lms.records.statements.rules import Json, check_activity_id, check_agent
from lms.records.values import read_moment, read_uuid

logger = logging.getLogger(__name__)

VERSIONS = ("1.0.3", "2.0.0")
# Of a request that names no version: those before 1.0 named none, and are answered in their words.
_NAMELESS = "0.95"
_VERSION = "X-Experience-API-Version"
_THROUGH = "X-Experience-API-Consistent-Through"
# Wrong secrets from one address in a minute.
MOST_GUESSES = 30
_METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE")
# What a form of the alternate syntax may carry as headers; everything else in it is a parameter.
_AS_HEADERS = {
    name.lower()
    for name in (
        *("Authorization", _VERSION, "Content-Type", "Content-Length", "If-Match", "If-None-Match"),
        *(
            "Accept",
            "Accept-Language",
            "Accept-Encoding",
            "Content-Transfer-Encoding",
            "X-Experience-API-Hash",
        ),
    )
}


@dataclass
class Call:
    """A request as the specification sees it. version: as told in the answer."""

    method: str
    params: dict[str, str]
    headers: dict[str, str]
    body: bytes
    path: str = ""
    version: str = VERSIONS[0]
    grant: Grant = field(default_factory=lambda: Grant(0, "", "", frozenset()))

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")

    @cached_property
    def content_type(self) -> str:
        return self.header("Content-Type") or "application/octet-stream"

    @property
    def major(self) -> int:
        return int(self.version[0])

    def only(self, known: Iterable[str]) -> None:
        """No parameter but these (case-sensitive), each at most once."""
        for name in self.params:
            if name not in known:
                raise Fault(_("没有参数 %(name)s（区分大小写）。") % {"name": name[:80]}, where=name[:80])

    def require(self, name: str) -> str:
        if name not in self.params:
            raise Fault(_("缺少参数 %(name)s。") % {"name": name}, where=name)
        return self.params[name]

    def agent(self, name: str = "agent") -> Json:
        data = read_json(self.require(name).encode("utf-8", "surrogatepass"))
        check_agent(data, name)
        return dict(data)

    def person(self, name: str = "agent") -> Json:
        """An agent with an identifier, of whom this credential may speak."""
        agent = self.agent(name)
        try:
            identifier = agent_identifier(agent)
        except ValueError as error:
            raise Fault(_("匿名的 Group 不能用在这里。"), where=name) from error
        if self.grant.actor and identifier != self.grant.actor:
            raise Fault(_("这次启动的凭据只能记录启动者本人。"), status=403, code="actor")
        return agent

    def activity_id(self, name: str = "activityId") -> str:
        value = self.require(name)
        check_activity_id(value, name)
        return value

    def uuid(self, name: str) -> UUID | None:
        if name not in self.params:
            return None
        value = read_uuid(self.params[name])
        if value is None:
            raise Fault(_("%(name)s 不是 UUID。") % {"name": name}, where=name)
        return value

    def moment(self, name: str) -> Any:
        if name not in self.params:
            return None
        # A plus of the offset that was not encoded arrives as a blank.
        value = read_moment(self.params[name].replace(" ", "+"))
        if value is None:
            raise Fault(_("%(name)s 不是 ISO 8601 时间。") % {"name": name}, where=name)
        return value

    def flag(self, name: str) -> bool:
        value = self.params.get(name, "false")
        if value not in ("true", "false"):
            raise Fault(_("%(name)s 只能是 true 或 false。") % {"name": name}, where=name)
        return value == "true"


Answer = Callable[[Call], HttpResponse]


def resource(*, open_to_all: bool = False, **methods: Answer) -> Callable[[HttpRequest], HttpResponse]:
    """A view that answers by method; HEAD is answered as GET without its body."""

    @csrf_exempt
    def view(request: HttpRequest) -> HttpResponse:
        version, call = VERSIONS[-1], None
        try:
            if request.method == "OPTIONS":
                response = HttpResponse(status=204)
            else:
                call = _read(request)
                if not open_to_all:
                    version = version if call.header(_VERSION) else _NAMELESS
                    call.version = version = _version(call.header(_VERSION))
                    call.grant = _granted(request, call)
                answer = methods.get("GET" if call.method == "HEAD" else call.method)
                if answer is None:
                    raise Fault(_("这个地址不接受 %(method)s。") % {"method": call.method}, status=405)
                response = answer(call)
                if call.method == "HEAD":
                    length = len(response.content)
                    response.content = b""
                    response["Content-Length"] = str(length)
        except Refusal as refusal:
            response = _refused(refusal, call or _unread(request))
        return _dressed(response, version)

    # As the specification has it (_read), not as a page (lms.lib.middleware).
    view.refuses_nul = True  # type: ignore[attr-defined]  # a function's own
    return view


def _granted(request: HttpRequest, call: Call) -> Grant:
    """Whoever knows a secret is always let in; who keeps guessing is told to wait instead of what was wrong."""
    try:
        return granted(call.header("Authorization"))
    except Fault as fault:
        if fault.status == 401 and asked_too_often(request, "xapi", most=MOST_GUESSES, window_s=60):
            raise Fault(_("操作太频繁了。请等一分钟再试。"), status=429, code="too_many") from fault
        raise


def _body(request: HttpRequest) -> bytes:
    """The body, up to XAPI_BODY_BYTES: more than a form may have, since attachments come in it."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    most = settings.XAPI_BODY_BYTES
    if length > most:
        raise Fault(
            _("请求太大：一次最多 %(most)s MiB。") % {"most": most // 2**20}, status=413, code="too_large"
        )
    try:
        return bytes(request.read(most) if length else request.body)
    except (RequestDataTooBig, UnreadablePostError) as error:
        raise Fault(_("请求读不出来。"), status=400) from error


def _read(request: HttpRequest) -> Call:
    if "\0" in request.path_info:
        raise Fault(_("内容里有 NUL 字符。"))
    body = _body(request)
    headers = {name.lower(): value for name, value in request.headers.items()}
    params = _params(request.META.get("QUERY_STRING", ""))
    method = str(request.method)
    if method == "POST" and "method" in params:
        method, params, headers, body = _alternate(params, headers, body)
    if method not in _METHODS:
        raise Fault(_("这个地址不接受 %(method)s。") % {"method": method[:20]}, status=405)
    return Call(method, params, headers, body, request.path)


def _params(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=100)
    except (UnicodeDecodeError, ValueError) as error:
        raise Fault(_("参数读不出来。")) from error
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Fault(_("同一个参数给了两次。"))
    if any("\0" in text for pair in pairs for text in pair):
        raise Fault(_("内容里有 NUL 字符。"))
    return found


def _alternate(
    params: dict[str, str], headers: dict[str, str], body: bytes
) -> tuple[str, dict[str, str], dict[str, str], bytes]:
    """A POST form that stands for another request."""
    if len(params) != 1:
        raise Fault(_("替代写法的地址里只能有参数 method。"), rule="XAPI-00336")
    try:
        form = _params(body.decode("ascii"))
    except UnicodeDecodeError as error:
        raise Fault(_("参数读不出来。")) from error
    content = form.pop("content", "")
    told = {name: value for name, value in headers.items() if name not in ("content-type", "content-length")}
    rest = {}
    for name, value in form.items():
        if name.lower() in _AS_HEADERS:
            told[name.lower()] = value
        else:
            rest[name] = value
    if told.get(_VERSION.lower(), "").startswith("2."):
        raise Fault(_("xAPI 2.0 没有替代写法，请直接发送请求。"))
    method = params["method"].upper()
    if method in ("PUT", "POST") and content and "content-type" not in told:
        told["content-type"] = "application/json"
    return method, rest, told, content.encode("utf-8", "surrogatepass")


def _version(header: str) -> str:
    """1.0.3 for every 1.0, 2.0.0 for every 2.0; everything else is refused (3.3)."""
    for told in VERSIONS:
        short = told[:3]
        if header == short or (header.startswith(f"{short}.") and header[4:].isdigit()):
            return told
    raise Fault(
        _("缺少 X-Experience-API-Version，或不支持这个版本。")
        if not header
        else _("不支持 xAPI 版本 %(version)s。") % {"version": header[:20]},
        rule="XAPI-00331" if header else "XAPI-00321",
    )


def _unread(request: HttpRequest) -> Call:
    """A request that could not be read so far that anything is known of it but where it went and who sent it."""
    headers = {"authorization": request.headers.get("Authorization", "")}
    return Call(str(request.method), {}, headers, b"", request.path)


# Somebody who is not who they say, speaks for another, or sends more than anybody may; the rest are mistakes.
_SUSPECT = (401, 403, 413, 429)


def _refused(refusal: Refusal, call: Call) -> HttpResponse:
    if call.grant.key and refusal.status != 404:
        refusals.note(call.grant.key, refusal, method=call.method, path=call.path, body=call.body)
    if refusal.status != 404:
        # The key as it was told, which may be nobody's: written as a literal, so that no line of it passes for one of ours.
        logger.log(
            logging.WARNING if refusal.status in _SUSPECT else logging.INFO,
            "xapi: refused %s %s, %s %r, key %r, at %r",
            refusal.status,
            refusal.code,
            call.method[:20],
            call.path[:100],
            call.grant.key or named_key(call.header("Authorization")),
            str(refusal.details.get("where", ""))[:100],
        )
    response = JsonResponse(
        {"code": refusal.code, "message": str(refusal.message), **refusal.details}, status=refusal.status
    )
    if refusal.status == 401:
        response["WWW-Authenticate"] = 'Basic realm="xAPI", charset="UTF-8"'
    return response


def _dressed(response: HttpResponse, version: str) -> HttpResponse:
    response[_VERSION] = version
    response["Cache-Control"] = "no-cache, private"
    # Content comes from another origin; nothing here rests on a cookie.
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Allow-Methods"] = "GET, HEAD, PUT, POST, DELETE, OPTIONS"
    response["Access-Control-Allow-Headers"] = (
        f"Authorization, Content-Type, If-Match, If-None-Match, Accept-Language, {_VERSION}"
    )
    response["Access-Control-Expose-Headers"] = f"ETag, Last-Modified, {_VERSION}, {_THROUGH}"
    return response


def with_through(answer: Answer) -> Answer:
    """Says up to when statements can be found, whatever else is said (2.1.3.s2.b5)."""

    @wraps(answer)
    def told(call: Call) -> HttpResponse:
        # Asked before the statements are looked for: what is told then is at least what was promised.
        through = consistent_through()
        try:
            response = answer(call)
        except Refusal as refusal:
            response = _refused(refusal, call)
        response[_THROUGH] = through
        return response

    return told
