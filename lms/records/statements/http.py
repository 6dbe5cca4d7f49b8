"""/xapi/statements, /xapi/agents and /xapi/activities (Communication 2.1, 2.4, 2.5). Thin."""

import json
from collections.abc import Sequence
from email.message import Message
from typing import Any
from uuid import UUID

from django.core import signing
from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.http import http_date
from django.utils.translation import gettext as _

from lms.lib.clock import epoch_ms
from lms.records.credentials.models import Scope
from lms.records.faults import Fault
from lms.records.front import Call, resource, with_through
from lms.records.statements import attachments, formats, keys, queries, services
from lms.records.statements.keys import Role
from lms.records.statements.models import AgentName
from lms.records.statements.queries import Found, Wanted
from lms.records.statements.reading_in import read_statements
from lms.records.statements.rules import Json, visit_activities
from lms.records.values import accepted_languages, read_moment

_SINGLE = frozenset(("statementId", "voidedStatementId", "attachments", "format"))
_FILTERS = frozenset(
    [
        "agent",
        "verb",
        "activity",
        "registration",
        "related_activities",
        "related_agents",
        "since",
        "until",
        "limit",
        "format",
        "attachments",
        "ascending",
    ]
)
_FORMATS = ("exact", "ids", "canonical")
_SALT = "records.more"


def put(call: Call) -> HttpResponse:
    call.only(("statementId",))
    call.require("statementId")
    wanted = call.uuid("statementId")
    received, parts, batch = _received(call)
    if batch or len(received) != 1:
        raise Fault(_("PUT 只接受一条语句。"))
    services.take_in(call.grant, received, version=call.version, parts=parts, only_id=wanted)
    return HttpResponse(status=204)


def post(call: Call) -> HttpResponse:
    call.only(())
    received, parts, _batch = _received(call)
    ids = services.take_in(call.grant, received, version=call.version, parts=parts)
    return JsonResponse([str(one) for one in ids], safe=False)


def _received(call: Call) -> tuple[list[Any], list[attachments.Part], bool]:
    kind, boundary = _media_type(call.content_type)
    if kind == "multipart/mixed":
        first, parts = attachments.read_multipart(call.body, boundary)
    elif kind == "application/json":
        first, parts = call.body, []
    else:
        raise Fault(_("Content-Type 只能是 application/json 或 multipart/mixed。"), rule="XAPI-00127")
    received, batch = read_statements(first)
    return received, parts, batch


def _media_type(header: str) -> tuple[str, str]:
    message = Message()
    message["Content-Type"] = header
    boundary = message.get_param("boundary")
    return message.get_content_type(), boundary if isinstance(boundary, str) else ""


@with_through
def get(call: Call) -> HttpResponse:
    if "more" in call.params:
        return _more(call)
    single = [name for name in ("statementId", "voidedStatementId") if name in call.params]
    if single:
        call.only(_SINGLE)
        if len(single) == 2:
            raise Fault(_("statementId 与 voidedStatementId 不能同时给出。"), rule="XAPI-00151")
        return _single(call, single[0])
    call.only(_FILTERS)
    return _page(call, _wanted(call), _telling(call))


def _single(call: Call, name: str) -> HttpResponse:
    call.grant.require(Scope.READ, Scope.READ_MINE, Scope.ALL_READ)
    wanted = call.uuid(name)
    kept = queries.one(call.grant.store_id, wanted or UUID(int=0), voided=name == "voidedStatementId")
    if kept is None or not _readable(call, kept):
        raise Fault(_("没有这条语句。"), status=404, code="not_found")
    response = _told(call, [kept], _telling(call), wrap=False)
    moment = read_moment(kept.stored)
    if moment is not None:
        response["Last-Modified"] = http_date(moment.timestamp())
    return response


def _readable(call: Call, kept: formats.Kept) -> bool:
    grant = call.grant
    if not grant.reads_all and kept.authority != grant.authority_json:
        return False
    if grant.registration is None:
        return True
    told = json.loads(kept.text).get("context", {}).get("registration")
    return told is not None and UUID(told) == grant.registration


def _wanted(call: Call) -> Wanted:
    call.grant.require(Scope.READ, Scope.READ_MINE, Scope.ALL_READ)
    authority, found = _bounds(call)
    related_agents, related_activities = call.flag("related_agents"), call.flag("related_activities")
    if "agent" in call.params:
        role = Role.AGENT | Role.RELATED_AGENT if related_agents else Role.AGENT
        agent = call.agent()
        try:
            found.append((keys.agent_key(agent), role))
        except ValueError as error:
            raise Fault(_("匿名的 Group 不能用在这里。"), where="agent") from error
    if "verb" in call.params:
        found.append((keys.key("verb", call.activity_id("verb")), Role.VERB))
    if "activity" in call.params:
        role = Role.ACTIVITY | Role.RELATED_ACTIVITY if related_activities else Role.ACTIVITY
        found.append((keys.activity_key(call.activity_id("activity")), role))
    registration = call.uuid("registration")
    if registration is not None:
        found.append((keys.registration_key(str(registration)), Role.REGISTRATION))
    since, until = call.moment("since"), call.moment("until")
    return Wanted(
        store_id=call.grant.store_id,
        keys=found,
        authority=authority,
        since=None if since is None else epoch_ms(since),
        until=None if until is None else epoch_ms(until),
        ascending=call.flag("ascending"),
        limit=_limit(call.params.get("limit", "0")),
    )


def _limit(text: str) -> int:
    """0 or nothing: as many as we give at once."""
    if not text.isdecimal() or len(text) > 9:
        raise Fault(_("limit 应是不小于 0 的整数。"), where="limit")
    return min(int(text) or queries.USUAL, queries.MOST)


def _telling(call: Call) -> Json:
    """How statements are told; goes on in the address of the next page."""
    form = call.params.get("format", "exact")
    if form not in _FORMATS:
        raise Fault(_("format 只能是 exact、ids 或 canonical。"), where="format")
    return {
        "format": form,
        "attachments": call.flag("attachments"),
        "languages": accepted_languages(call.header("Accept-Language")) if form == "canonical" else [],
    }


def _page(call: Call, wanted: Wanted, telling: Json) -> HttpResponse:
    found = queries.find(wanted)
    return _told(call, found.statements, telling, wrap=True, more=_more_address(wanted, found, telling))


def _more_address(wanted: Wanted, found: Found, telling: Json) -> str:
    if found.last is None:
        return ""
    asked = {
        "store": wanted.store_id,
        "keys": [[which.hex, int(roles)] for which, roles in wanted.keys],
        "authority": wanted.authority and wanted.authority.hex,
        "since": wanted.since,
        "until": wanted.until,
        "ascending": wanted.ascending,
        "limit": wanted.limit,
        "after": found.last,
        "telling": telling,
    }
    return f"{reverse('xapi:statements')}?more={signing.dumps(asked, salt=_SALT, compress=True)}"


def _more(call: Call) -> HttpResponse:
    call.only(("more",))
    call.grant.require(Scope.READ, Scope.READ_MINE, Scope.ALL_READ)
    try:
        asked = signing.loads(call.params["more"], salt=_SALT)
    except signing.BadSignature as error:
        raise Fault(_("这个后续页地址不对。"), where="more", status=404) from error
    if asked["store"] != call.grant.store_id:
        raise Fault(_("这个后续页地址不对。"), where="more", status=404)
    wanted = Wanted(
        store_id=asked["store"],
        keys=[(UUID(hex=which), Role(roles)) for which, roles in asked["keys"]],
        authority=UUID(hex=asked["authority"]) if asked.get("authority") else None,
        since=asked["since"],
        until=asked["until"],
        ascending=asked["ascending"],
        limit=asked["limit"],
        after=tuple(asked["after"]),
    )
    # Another credential of the store reads no further than it could by itself.
    authority, bounds = _bounds(call)
    if authority not in (None, wanted.authority) or any(bound not in wanted.keys for bound in bounds):
        raise Fault(_("这个后续页地址不对。"), where="more", status=404)
    return _page(call, wanted, asked["telling"])


def _bounds(call: Call) -> tuple[UUID | None, list[tuple[UUID, Role]]]:
    """What a credential reads of its store: whose statements (None: everybody's), and the keys they must have."""
    grant, authority = call.grant, None
    found: list[tuple[UUID, Role]] = []
    if not grant.reads_all:
        authority = keys.authority_key(grant.authority, grant.authority_json)
        # By this they are found; others may name the same agent.
        found.append((keys.agent_key(grant.authority), Role.RELATED_AGENT))
    if grant.registration is not None:
        found.append((keys.registration_key(str(grant.registration)), Role.REGISTRATION))
    return authority, found


def _told(
    call: Call, kept: Sequence[formats.Kept], telling: Json, *, wrap: bool, more: str = ""
) -> HttpResponse:
    texts = [formats.exact(one) for one in kept]
    if telling["format"] != "exact":
        data = [json.loads(text) for text in texts]
        if telling["format"] == "ids":
            data = [formats.ids(one) for one in data]
        else:
            known = _definitions(call.grant.store_id, data)
            data = [formats.canonical(one, telling["languages"], known) for one in data]
        texts = [json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in data]
    inner = ",".join(texts)
    body = f'{{"statements":[{inner}],"more":{json.dumps(more)}}}' if wrap else inner
    content, kind = body.encode(), "application/json"
    if telling["attachments"]:
        content, kind = attachments.multipart(
            content, call.grant.store_id, [json.loads(text) for text in texts]
        )
    return HttpResponse(content, content_type=kind)


def _definitions(store_id: int, data: Sequence[Json]) -> dict[str, Json]:
    ids: set[str] = set()
    for one in data:
        visit_activities(one, lambda activity: ids.add(activity["id"]))
    known = queries.definitions(store_id, [keys.activity_key(iri) for iri in ids])
    return {iri: json.loads(definition) for iri, definition in known.items()}


def agents(call: Call) -> HttpResponse:
    """A Person: every name and identifier known of an agent (Communication 2.4). Names come from everybody's statements: who
    reads only one's own, and no profiles, is told none but the one asked with.
    """
    call.only(("agent",))
    call.grant.require(Scope.READ, Scope.READ_MINE, Scope.ALL_READ, Scope.PROFILE)
    agent = call.person()
    known = AgentName.objects.filter(store_id=call.grant.store_id, key=keys.agent_key(agent)).order_by("pk")
    knows = call.grant.reads_all or call.grant.may(Scope.PROFILE)
    names = list(known.values_list("name", flat=True)[:100]) if knows else []
    if agent.get("name") and agent["name"] not in names:
        names.append(agent["name"])
    person: Json = {"objectType": "Person"}
    if names:
        person["name"] = names
    for name in ("mbox", "mbox_sha1sum", "openid", "account"):
        if name in agent:
            person[name] = [agent[name]]
    return JsonResponse(person)


def activities(call: Call) -> HttpResponse:
    call.only(("activityId",))
    call.grant.require(Scope.READ, Scope.READ_MINE, Scope.ALL_READ, Scope.PROFILE)
    iri = call.activity_id()
    known = queries.definitions(call.grant.store_id, [keys.activity_key(iri)])
    told: Json = {"objectType": "Activity", "id": iri}
    definition = json.loads(known.get(iri, "{}"))
    if definition:
        told["definition"] = definition
    return JsonResponse(told)


statements_view = resource(GET=get, PUT=put, POST=post)
agents_view = resource(GET=agents)
activities_view = resource(GET=activities)
