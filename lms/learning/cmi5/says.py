"""The statements the LMS itself writes (9.3) and the documents it leaves for an AU (10, 11).

Owns: putting them into the record store, under an authority that is the platform's own. Refuses: to decide when.
"""

import base64
import json
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import get_language

from lms.learning.cmi5.models import Cmi5Registration, Cmi5Session
from lms.learning.cmi5.rules import (
    BLOCK_TYPE,
    CATEGORY,
    COURSE_TYPE,
    LAUNCH_MODE,
    LAUNCH_PARAMETERS,
    LAUNCH_URL,
    MASTERY_SCORE,
    MOVE_ON,
    MOVE_ON_VALUE,
    REASON,
    VERBS,
    Mode,
    duration,
    launch_data,
    number,
    template,
)
from lms.learning.cmi5.structure import Au, Block, activity_id
from lms.lib.ids import uuid7
from lms.records.api import (
    Condition,
    Kind,
    Place,
    Received,
    activity_key,
    agent_key,
    get_document,
    platform_grant,
    put_document,
    take_in,
)

Json = dict[str, Any]
VERSION = "1.0.3"
LAUNCH_DATA = "LMS.LaunchData"
PREFERENCES = "cmi5LearnerPreferences"
_DISPLAY = {
    "launched": "启动了",
    "abandoned": "中断了",
    "waived": "免修了",
    "satisfied": "达到了要求",
}


def agent_of(registration: Cmi5Registration) -> Json:
    """The learner as an agent with an account, under a number that tells nothing of the person (8.1.3, 9.2)."""
    home = settings.PUBLIC_URL
    if registration.machine is not None:
        # A driver's own learners: nobody of the platform, and two drivers' never the same.
        home = f"{home}/cmi5/trials/{registration.machine.uuid}"
    return {"objectType": "Agent", "account": {"homePage": home, "name": registration.learner}}


def iri(registration: Cmi5Registration, key: str) -> str:
    """The id of an AU's, a block's or the course's activity."""
    return activity_id(settings.PUBLIC_URL, registration.package.uuid, key)


def launched(session: Cmi5Session, au: Au, launch_url: str) -> None:
    """9.3.1. launch_url: the AU's own address, without what the launch adds (9.6.3.4)."""
    extra: Json = {LAUNCH_MODE: session.mode, LAUNCH_URL: launch_url, MOVE_ON_VALUE: au.move_on}
    if session.mastery_score is not None:
        extra[MASTERY_SCORE] = number(session.mastery_score)
    if au.launch_parameters:
        extra[LAUNCH_PARAMETERS] = au.launch_parameters
    _say(session.registration, "launched", au, session.uuid, session.launched_at, extra=extra)


def abandoned(session: Cmi5Session, au: Au, at: datetime) -> None:
    """9.3.6, with the time from the launch to the last statement (9.5.4.2)."""
    span = (session.last_at or session.launched_at) - session.launched_at
    _say(session.registration, "abandoned", au, session.uuid, at, result={"duration": duration(span)})


def waived(registration: Cmi5Registration, au: Au, session_id: UUID, reason: str, at: datetime) -> None:
    """9.3.7."""
    result = {"success": True, "completion": True, "extensions": {REASON: reason}}
    _say(registration, "waived", au, session_id, at, result=result)


def satisfied(registration: Cmi5Registration, block: Block, session_id: UUID, at: datetime) -> None:
    """9.3.9, of a block or (key "course") of the course."""
    _say(registration, "satisfied", block, session_id, at)


def _say(
    registration: Cmi5Registration,
    verb: str,
    thing: Au | Block,
    session_id: UUID,
    at: datetime,
    *,
    extra: Json | None = None,
    result: Json | None = None,
) -> None:
    context = template(str(session_id), thing.publisher_id)
    context["registration"] = str(registration.uuid)
    context["extensions"] |= extra or {}
    named = ["success", "completion"]
    category = [CATEGORY, *([MOVE_ON] if result and any(name in result for name in named) else [])]
    context["contextActivities"]["category"] = [{"objectType": "Activity", "id": one} for one in category]
    statement: Json = {
        "id": str(uuid7()),
        "actor": agent_of(registration),
        "verb": {"id": VERBS[verb], "display": {"en-US": verb, "zh-CN": _DISPLAY[verb]}},
        "object": {
            "objectType": "Activity",
            "id": iri(registration, thing.key),
            "definition": _definition(thing),
        },
        "context": context,
        "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    if result:
        statement["result"] = result
    take_in(platform_grant(registration.store_id), [_received(statement)], version=VERSION)


def _definition(thing: Au | Block) -> Json:
    said: Json = {"name": thing.title, "description": thing.description}
    if isinstance(thing, Block):
        said["type"] = COURSE_TYPE if thing.key == "course" else BLOCK_TYPE
    elif thing.activity_type:
        said["type"] = thing.activity_type
    return said


def _received(statement: Json) -> Received:
    return Received(statement, json.dumps(statement, ensure_ascii=False))


def leave_launch_data(
    session: Cmi5Session, au: Au, mode: Mode, *, return_url: str, mastery: Decimal | None
) -> Json:
    """Write LMS.LaunchData where the AU looks for it (10.1); what it says."""
    registration = session.registration
    said = launch_data(
        str(session.uuid),
        au,
        mode,
        return_url=return_url,
        launch_parameters=au.launch_parameters,
        mastery=mastery,
    )
    place = Place(
        registration.store_id,
        Kind.STATE,
        activity=activity_key(iri(registration, au.key)),
        agent=agent_key(agent_of(registration)),
        registration=registration.uuid,
    )
    put_document(place, LAUNCH_DATA, _json(said), "application/json", Condition(), major=1)
    return said


def leave_preferences(registration: Cmi5Registration) -> None:
    """The learner's preferences (11), once: afterwards they are the learner's, whichever AU asked."""
    place = Place(registration.store_id, Kind.AGENT, agent=agent_key(agent_of(registration)))
    if get_document(place, PREFERENCES) is None:
        language = get_language() or settings.LANGUAGE_CODE
        said = {"languagePreference": _tag(language), "audioPreference": "on"}
        put_document(place, PREFERENCES, _json(said), "application/json", Condition(none_match="*"), major=2)


def _tag(language: str) -> str:
    """zh-hans → zh-Hans,zh-CN: as content looks for it (RFC 5646)."""
    return "zh-Hans,zh-CN" if language.lower().startswith("zh") else language


def compact(said: Json) -> str:
    """JSON without blanks, for an address."""
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def basic(key: str, secret: str) -> str:
    """What an AU puts behind "Basic " (8.2.1)."""
    return base64.b64encode(f"{key}:{secret}".encode()).decode()


def _json(said: Json) -> bytes:
    return json.dumps(said, ensure_ascii=False).encode()
