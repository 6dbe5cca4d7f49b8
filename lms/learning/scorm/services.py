"""Opening attempts and keeping what SCOs say of them: the only place that writes either.

Owns: one function per door. A commit is whole and numbered: the same one again, or an older one, changes nothing, so it may
be sent any number of times, late, and in any order. Refuses: other people's attempts, elements no data model has, more than
1 MiB. Completion meets the lesson's block as an exercise's end does; counted time stays the meter's.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from courses.activities.api import ContentPackage, activity_iri, own_origin, package
from courses.api import ReleaseLesson
from lms.accounts.api import User
from lms.learning.enrolment.models import Enrolment
from lms.learning.scorm import rules, statements
from lms.learning.scorm.models import ScormAttempt, ScormSession
from lms.learning.scorm.rules import Claim
from lms.learning.study.locking import lock
from lms.learning.study.queries import progress_in
from lms.learning.study.services import grant_block
from lms.lib import json_in
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid, NotFound, Refusal, TooMany
from lms.records.api import Fault, Received, platform_grant, store_of, take_in

logger = logging.getLogger(__name__)

KINDS = frozenset({"scorm12", "scorm2004"})
# Far more than a person begins anew; a script gone wild fills no table.
MAX_ATTEMPTS = 200
MAX_SESSIONS = 2000


@contextmanager
def logged(user: User, enrolment: UUID) -> Iterator[None]:
    """What a door refuses is a line of the server's log: who is signed in (their number), whose record they asked for, and why."""
    try:
        yield
    except Refusal as refusal:
        logger.warning(
            "scorm: refused %s %s, enrolment %s, by %s", refusal.status, refusal.code, enrolment, user.uuid
        )
        raise


def block_of(lesson: ReleaseLesson, block: str) -> dict[str, Any]:
    """The block of a SCORM package. Raises NotFound."""
    for item in lesson.blocks:
        if item["id"] == block and item["type"] == "package" and item["value"]["kind"] in KINDS:
            return dict(item)
    raise NotFound(_("这一课里没有这个课件。"))


def read_body(body: bytes) -> dict[str, Any]:
    """The JSON object of a commit. Raises Refusal (413), Invalid."""
    if len(body) > rules.MAX_BYTES:
        raise Refusal(
            _("课件要保存的内容超过 1 MB，没有保存。请把这件事告诉课程的老师。"),
            code="scorm_too_large",
            status=413,
        )
    return json_in.read_object(body, _("课件的记录格式不对，没有保存。"))


def _items(row: ContentPackage, part: str) -> dict[str, dict[str, Any]]:
    """The parts of the package that a block plays: one, or all of a tree."""
    items: dict[str, dict[str, Any]] = row.manifest["items"]
    return (
        items
        if part in row.manifest["trees"] and part not in items
        else {part: items[part]}
        if part in items
        else {}
    )


@transaction.atomic
def open_attempt(user: User, enrolment: Enrolment, lesson: ReleaseLesson, block: str) -> dict[str, Any]:
    """Begin an attempt, or go on with the one that was left; the answer is what the page hands to the content.

    Raises NotFound, Conflict where packages can't be played here, TooMany.
    """
    item = block_of(lesson, block)
    if not own_origin():
        raise Conflict(
            _("这个平台没有给外来课件单独的地址（CONTENT_URL），不能打开。"), code="scorm_no_origin"
        )
    row = package(UUID(item["value"]["package"]))
    parts = _items(row, item["value"]["part"])
    if not parts:
        raise NotFound(_("这一课里没有这个课件。"))
    lock(enrolment.person_id)
    attempt = _attempt(user, enrolment, lesson, item)
    before = attempt.sessions.order_by("-number").first()
    number = (before.number if before else 0) + 1
    if number > MAX_SESSIONS:
        raise TooMany(_("这个课件打开的次数太多，请稍后再试。"), code="too_many_sessions")
    state = before.state if before else {}
    moment = now()
    totals = _claimed_by_item(attempt)
    cmis: dict[str, Any] = state.get("items", {})
    claims, given = {}, {}
    learner = (str(user.uuid), user.display_name)
    for id_, part in parts.items():
        cmi = cmis.get(id_)
        claim = rules.claim(attempt.kind, cmi) if cmi else Claim()
        # Left without an end (a dead battery) is left to be gone on with, too.
        ended = bool(before and before.claims.get(id_, {}).get("terminated"))
        resume = cmi is not None and (not ended or claim.exit == "suspend")
        given[id_] = rules.given(
            attempt.kind, cmi, part, learner=learner, total_ms=totals.get(id_, 0), resume=resume
        )
        if cmi is not None:
            claims[id_] = statements.told_before(attempt.kind, cmi, claim) | {"resumed": resume}
    session = ScormSession.objects.create(
        attempt=attempt, number=number, opened_at=moment, heard_at=moment, state=state, claims=claims
    )
    return {
        "session": str(session.uuid),
        "attempt": attempt.number,
        "items": given,
        "shared": state.get("shared", ""),
        "current": state.get("current", ""),
    }


def _attempt(user: User, enrolment: Enrolment, lesson: ReleaseLesson, item: dict[str, Any]) -> ScormAttempt:
    value, moment = item["value"], now()
    mine = ScormAttempt.objects.filter(enrolment=enrolment, lesson=lesson, block=item["id"])
    last = mine.order_by("-number").first()
    if last is not None and not last.ended:
        return last
    number = last.number + 1 if last else 1
    if number > MAX_ATTEMPTS:
        raise TooMany(_("这个课件重做的次数太多，不再记录。"), code="too_many_attempts")
    return ScormAttempt.objects.create(
        person=user,
        enrolment=enrolment,
        lesson=lesson,
        block=item["id"],
        package=UUID(value["package"]),
        part=value["part"],
        kind=value["kind"],
        number=number,
        nominal_ms=item["nominal_ms"],
        opened_at=moment,
        heard_at=moment,
    )


def _claimed_by_item(attempt: ScormAttempt) -> dict[str, int]:
    """Item → the time (ms) all sessions claim for it: total_time is reckoned here, whatever a content says."""
    totals: dict[str, int] = {}
    for claims in attempt.sessions.values_list("claims", flat=True):
        for id_, told in claims.items():
            totals[id_] = totals.get(id_, 0) + int(told.get("session_ms", 0))
    return totals


@transaction.atomic
def keep_commit(
    user: User, enrolment: Enrolment, lesson: ReleaseLesson, block: str, data: Mapping[str, Any]
) -> dict[str, Any]:
    """Keep what a page says of a session: {"session", "seq", "items": {item: {"cmi", "terminated"}}, "shared", "current",
    "root"}, everything since the session's opening each time. Answers {"seq", "granted", "percent", "counted_ms"}.

    Raises NotFound (no session, or somebody else's), Invalid.
    """
    item = block_of(lesson, block)
    seq = data.get("seq")
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 < seq < 2**53:
        raise Invalid(_("课件的记录格式不对，没有保存。"), code="bad_commit")
    lock(enrolment.person_id)
    session = _session(user, enrolment, lesson, block, data.get("session"))
    if seq > session.seq:
        _take(user, enrolment, lesson, item, session, data)
    progress = progress_in(enrolment, lesson)
    return {
        "seq": session.seq,
        "granted": bool(progress and block in progress.granted),
        "percent": progress.percent if progress else 0,
        "counted_ms": progress.counted_ms if progress else 0,
    }


def _session(user: User, enrolment: Enrolment, lesson: ReleaseLesson, block: str, name: Any) -> ScormSession:
    try:
        key = UUID(str(name))
    except ValueError:
        raise Invalid(_("课件的记录格式不对，没有保存。"), code="bad_commit") from None
    found = (
        ScormSession.objects.select_related("attempt")
        .filter(uuid=key, attempt__person=user, attempt__enrolment=enrolment)
        .filter(attempt__lesson=lesson, attempt__block=block)
        .first()
    )
    if found is None:
        raise NotFound(_("没有这一次课件学习，没有保存。"))
    return found


def _take(
    user: User,
    enrolment: Enrolment,
    lesson: ReleaseLesson,
    item: dict[str, Any],
    session: ScormSession,
    data: Mapping[str, Any],
) -> None:
    attempt = session.attempt
    row = package(attempt.package)
    parts = _items(row, attempt.part)
    said = _said(attempt.kind, data.get("items"), parts)
    shared, current = data.get("shared", ""), data.get("current", "")
    if not isinstance(shared, str) or not isinstance(current, str) or (current and current not in parts):
        raise Invalid(_("课件的记录格式不对，没有保存。"), code="bad_commit")
    moment = now()
    state = dict(session.state)
    state["items"] = {**state.get("items", {}), **{id_: told["cmi"] for id_, told in said.items()}}
    state |= {name: value for name, value in (("shared", shared), ("current", current)) if value}
    told: list[dict[str, Any]] = []
    claims = dict(session.claims)
    for id_, one in said.items():
        claim = rules.claim(attempt.kind, one["cmi"])
        mine = dict(claims.get(id_, {}))
        scene = _scene(user, enrolment, lesson, session, id_, parts[id_]["title"], row)
        told += statements.heard(
            scene,
            attempt.kind,
            one["cmi"],
            claim,
            mine,
            resumed=bool(mine.get("resumed")),
            terminated=one["terminated"],
        )
        mine["session_ms"] = max(int(mine.get("session_ms", 0)), claim.session_ms)
        claims[id_] = mine
    session.seq, session.state, session.claims, session.heard_at = data["seq"], state, claims, moment
    session.save(update_fields=["seq", "state", "claims", "heard_at"])
    _sum_up(attempt, session, parts, data.get("root"))
    _tell(enrolment, told)
    if _finished(attempt):
        grant_block(enrolment, lesson, item["id"], source="package", evidence=attempt.uuid)


def _said(kind: str, items: Any, parts: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The items of a commit, judged. Raises Invalid."""
    if not isinstance(items, dict) or not items.keys() <= parts.keys():
        raise Invalid(_("课件的记录说的不是这个课件，没有保存。"), code="bad_commit")
    found = {}
    for id_, one in items.items():
        cmi = one.get("cmi") if isinstance(one, dict) else None
        if not isinstance(cmi, dict):
            raise Invalid(_("课件的记录格式不对，没有保存。"), code="bad_commit")
        wrong = rules.unknown(kind, cmi)
        if wrong:
            raise Invalid(
                _("课件的记录里有不认识的数据项“%(name)s”，没有保存。") % {"name": wrong},
                code="unknown_element",
            )
        found[id_] = {"cmi": cmi, "terminated": one.get("terminated") is True}
    return found


def _sum_up(attempt: ScormAttempt, session: ScormSession, parts: Mapping[str, Any], root: Any) -> None:
    """The attempt's figures, from the newest session that said anything; an older one only adds its time."""
    attempt.claimed_ms = min(sum(_claimed_by_item(attempt).values()), 2**62)
    attempt.heard_at = now()
    newest = not attempt.sessions.filter(number__gt=session.number, seq__gt=0).exists()
    if newest:
        _claims_of(attempt, session, parts, root)
    if attempt.completion == "completed" and attempt.completed_after_ms is None:
        after = (attempt.heard_at - attempt.opened_at).total_seconds()
        attempt.completed_after_ms = max(int(after * 1000), 0)
    attempt.save()


def _claims_of(attempt: ScormAttempt, session: ScormSession, parts: Mapping[str, Any], root: Any) -> None:
    cmis: dict[str, Any] = session.state.get("items", {})
    one = len(parts) == 1
    if one:
        id_ = next(iter(parts))
        claim = rules.claim(attempt.kind, cmis.get(id_, {}))
        if parts[id_]["type"] == "asset" and id_ in cmis:
            # An asset can say nothing; that it was opened is all there is.
            claim = Claim(completion="completed")
    else:
        claim = rules.claim("scorm2004", root if isinstance(root, dict) else {})
    attempt.completion, attempt.success = claim.completion, claim.success
    attempt.score_scaled = None if claim.scaled is None else int(claim.scaled * 10_000)
    closed = all(session.claims.get(id_, {}).get("terminated") for id_ in cmis) and bool(cmis)
    suspended = any(rules.claim(attempt.kind, cmi).exit == "suspend" for cmi in cmis.values())
    attempt.ended = closed and not suspended and claim.over and (one or claim.completion == "completed")


def _finished(attempt: ScormAttempt) -> bool:
    return attempt.completion == "completed" or bool(attempt.success)


# -- statements ---------------------------------------------------------------------------------------------


def _scene(
    user: User,
    enrolment: Enrolment,
    lesson: ReleaseLesson,
    session: ScormSession,
    id_: str,
    title: str,
    row: ContentPackage,
) -> statements.Scene:
    site = settings.PUBLIC_URL
    return statements.Scene(
        session=session.uuid,
        item=id_,
        # The number people have here; their name stays out of what only grows.
        actor={"objectType": "Agent", "account": {"homePage": site, "name": str(user.uuid)}},
        activity=activity_iri(row.uuid, id_),
        title=title,
        course=activity_iri(row.uuid),
        course_title=row.title,
        attempt=f"{activity_iri(row.uuid, id_)}?attemptId={session.attempt.uuid}",
        registration=enrolment.uuid,
        language=get_language() or settings.LANGUAGE_CODE,
        platform="Rongtong",
        at=now(),
    )


def _tell(enrolment: Enrolment, told: list[dict[str, Any]]) -> None:
    """Into the record store of whoever gives the course."""
    if not told:
        return
    store = store_of(enrolment.release.provider)
    grant = platform_grant(store.pk)
    received = [Received(one, json.dumps(one, ensure_ascii=False)) for one in told]
    try:
        take_in(grant, received, version="1.0.3")
    except Fault as fault:
        # What a content says may be no statement; then nothing of it is kept, and the page is told why.
        raise Invalid(
            _("课件的记录不能写成学习记录：%(reason)s") % {"reason": fault}, code="bad_statement"
        ) from fault
