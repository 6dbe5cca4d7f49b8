"""/xapi/activities/state, /xapi/activities/profile and /xapi/agents/profile (Communication 2.3, 2.6, 2.7). Thin."""

from collections.abc import Callable
from dataclasses import replace

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.http import http_date
from django.utils.translation import gettext as _

from lms.records.credentials.models import Scope
from lms.records.documents import services
from lms.records.documents.models import Document, Kind
from lms.records.documents.services import NOBODY, Condition, Place
from lms.records.faults import Fault
from lms.records.front import Call, resource
from lms.records.statements import keys

_STATE = frozenset(("activityId", "agent", "registration", "stateId"))
_ACTIVITY = frozenset(("activityId", "profileId"))
_AGENT = frozenset(("agent", "profileId"))
_ID = {Kind.STATE: "stateId", Kind.ACTIVITY: "profileId", Kind.AGENT: "profileId"}
_SCOPE = {Kind.STATE: Scope.STATE, Kind.ACTIVITY: Scope.PROFILE, Kind.AGENT: Scope.PROFILE}


def _only(call: Call, known: frozenset[str]) -> None:
    """`since` is of questions alone: a DELETE that names it would take more than it says."""
    call.only(known | {"since"} if call.method in ("GET", "HEAD") else known)


def _of_activity(call: Call) -> str:
    """The activity asked for; a launch's credential writes of its own alone."""
    activity = call.activity_id()
    if call.grant.activity not in ("", activity) and call.method not in ("GET", "HEAD"):
        raise Fault(_("这次启动的凭据只能写自己的活动。"), status=403, code="activity")
    return activity


def _state(call: Call) -> Place:
    _only(call, _STATE)
    activity = _of_activity(call)
    agent = call.person()
    registration = call.uuid("registration")
    if call.grant.registration is not None and registration not in (None, call.grant.registration):
        raise Fault(_("这次启动的凭据只能用自己的 registration。"), status=403, code="registration")
    several = "stateId" not in call.params and registration is None
    return Place(
        call.grant.store_id,
        Kind.STATE,
        activity=keys.activity_key(activity),
        agent=keys.agent_key(agent),
        registration=None if several else registration or NOBODY,
    )


def _activity(call: Call) -> Place:
    _only(call, _ACTIVITY)
    return Place(call.grant.store_id, Kind.ACTIVITY, activity=keys.activity_key(_of_activity(call)))


def _agent(call: Call) -> Place:
    _only(call, _AGENT)
    return Place(call.grant.store_id, Kind.AGENT, agent=keys.agent_key(call.person()))


_PLACES = {Kind.STATE: _state, Kind.ACTIVITY: _activity, Kind.AGENT: _agent}


def _place(call: Call, kind: Kind) -> Place:
    reads = (Scope.ALL_READ,) if call.method in ("GET", "HEAD") else ()
    call.grant.require(_SCOPE[kind], *reads)
    return _PLACES[kind](call)


def _condition(call: Call) -> Condition:
    return Condition(call.header("If-Match"), call.header("If-None-Match"))


def _get(call: Call, kind: Kind) -> HttpResponse:
    place, name = _place(call, kind), call.params.get(_ID[kind])
    since = call.moment("since")
    if name is None:
        return JsonResponse(services.names(place, since), safe=False)
    found = services.get(place, name)
    if found is None:
        raise Fault(_("没有这份文档。"), status=404, code="not_found")
    return _document(found)


def _document(found: Document) -> HttpResponse:
    response = HttpResponse(bytes(found.content), content_type=found.content_type)
    response["ETag"] = f'"{found.etag}"'
    response["Last-Modified"] = http_date(found.updated_at.timestamp())
    # Somebody's content wrote it: it is shown as nothing that could run here.
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _put(call: Call, kind: Kind) -> HttpResponse:
    place, name = _place(call, kind), call.require(_ID[kind])
    services.put(place, name, call.body, call.content_type, _condition(call), major=call.major)
    return HttpResponse(status=204)


def _post(call: Call, kind: Kind) -> HttpResponse:
    place, name = _place(call, kind), call.require(_ID[kind])
    services.post(place, name, call.body, call.content_type, _condition(call))
    return HttpResponse(status=204)


def _delete(call: Call, kind: Kind) -> HttpResponse:
    place, name = _place(call, kind), call.params.get(_ID[kind])
    if name is None and kind is not Kind.STATE:
        call.require(_ID[kind])
    if name is None and place.registration == NOBODY:
        place = replace(place, registration=None)
    services.forget(place, name, _condition(call))
    return HttpResponse(status=204)


def _view(kind: Kind) -> Callable[[HttpRequest], HttpResponse]:
    return resource(
        GET=lambda call: _get(call, kind),
        PUT=lambda call: _put(call, kind),
        POST=lambda call: _post(call, kind),
        DELETE=lambda call: _delete(call, kind),
    )


state_view = _view(Kind.STATE)
activity_profile_view = _view(Kind.ACTIVITY)
agent_profile_view = _view(Kind.AGENT)
