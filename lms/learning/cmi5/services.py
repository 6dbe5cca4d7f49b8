"""Registers learners for cmi5 courses, launches AUs, hands out their tokens, hears their statements, waives, abandons.

Owns: every write of cmi5's rows. One registration's acts follow one another (its row is locked). Refuses: a launch for
somebody else, a token twice, a statement against the specification (examine; the record store keeps none of such a request).
"""

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from courses.activities.api import ContentPackage, file_url, own_origin, package
from courses.api import ReleaseLesson
from lms.accounts.api import Machine, Organisation, Role, User, actor, machine_actor, require_role
from lms.learning.cmi5 import says
from lms.learning.cmi5.models import (
    Cmi5Registration,
    Cmi5Rule,
    Cmi5Satisfied,
    Cmi5Session,
    Cmi5Unit,
)
from lms.learning.cmi5.rules import (
    MODES,
    REASONS,
    Broken,
    Launch,
    Mode,
    Standing,
    is_met,
    judge,
    mode_for,
    newly_satisfied,
    noted,
)
from lms.learning.cmi5.structure import Au, Block, course_of
from lms.learning.enrolment.models import Enrolment
from lms.learning.study.services import grant_block
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.crypto import lookup_hash
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.ids import uuid7
from lms.records.api import Fault, Grant, Scope, agent_identifier, end_at, issue, store_of

logger = logging.getLogger(__name__)
TARGET = "learning.Cmi5Registration"
_NO_WORDS = frozenset("\0\n\r\t")
Json = dict[str, Any]


@dataclass(frozen=True)
class Launched:
    """url: the address with the launch's parameters, good for one use; launch_method: AnyWindow or OwnWindow."""

    session: Cmi5Session
    url: str
    launch_method: str


@lru_cache(64)
def course_by(uuid: UUID) -> Block:
    """A package's course. Kept by process: a package's manifest never changes. Raises NotFound."""
    found = package(uuid)
    if found.kind != ContentPackage.Kind.CMI5:
        raise NotFound
    return course_of(found.manifest)


def course_in(registration: Cmi5Registration) -> Block:
    return course_by(registration.package.uuid)


def rule_in_force() -> Cmi5Rule:
    rows = Cmi5Rule.objects.filter(valid_from__lte=today())
    found = rows.order_by("-valid_from", "-version").first()
    if found is None:
        raise Invalid(_("今天没有生效的 cmi5 启动规则，暂时不能启动。请联系平台。"), code="no_rule")
    return found


# --- registering --------------------------------------------------------------------------------------------


def register(enrolment: Enrolment, course: ContentPackage) -> Cmi5Registration:
    """The registration of an enrolment in a package's course, made the first time with what is satisfied at once
    (9.6.1)."""
    body = course.organisation or enrolment.release.provider
    who = actor(enrolment.person)
    return _register(course, body, who, enrolment=enrolment, learner=str(enrolment.person.uuid))


def register_trial(machine: Machine, course: ContentPackage, learner: str) -> Cmi5Registration:
    """A registration for a learner that a driver names; nobody of the platform, and nothing counts for anybody.

    Raises NotFound for another organisation's package, Invalid for a name that is none.
    """
    if course.organisation_id != machine.organisation_id:
        raise NotFound
    said = learner.strip()
    if not said or len(said) > 100 or set(said) & _NO_WORDS:
        raise Invalid(_("请给出学习者的名称，不超过 100 个字。"), details={"field": "learner"})
    return _register(course, machine.organisation, machine_actor(machine), machine=machine, learner=said)


@transaction.atomic
def _register(
    course: ContentPackage, body: Organisation | None, who: Actor, **whose: Any
) -> Cmi5Registration:
    if course.kind != ContentPackage.Kind.CMI5:
        raise NotFound
    row, made = Cmi5Registration.objects.get_or_create(
        package=course, **whose, defaults={"store": store_of(body), "made_at": now()}
    )
    if made:
        record(
            who,
            action="cmi5.register",
            target_type=TARGET,
            target=row.uuid,
            data={"package": str(course.uuid)},
        )
        _satisfy(row, uuid7())
    return row


def _locked(registration: Cmi5Registration) -> Cmi5Registration:
    rows = Cmi5Registration.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("package", "machine", "enrolment").get(pk=registration.pk)


def _unit(registration: Cmi5Registration, key: str) -> tuple[Au, Cmi5Unit]:
    au = course_in(registration).by_key.get(key)
    if au is None:
        raise NotFound
    unit, _made = Cmi5Unit.objects.get_or_create(registration=registration, key=key)
    return au, unit


# --- launching ----------------------------------------------------------------------------------------------


@transaction.atomic
def launch(
    registration: Cmi5Registration,
    key: str,
    who: Actor,
    *,
    mode: str = "",
    return_url: str = "",
    lesson: ReleaseLesson | None = None,
    block: str = "",
) -> Launched:
    """Launch an AU (8.1): the session before it is abandoned, its documents and the "launched" statement are written, then
    the address is told. mode: "" for what fits; lesson, block: from where. Raises NotFound (no such AU), Invalid (mode).
    """
    registration = _locked(registration)
    au, unit = _unit(registration, key)
    if mode and mode not in MODES:
        raise Invalid(_("没有这种启动方式。"), details={"field": "mode"})
    chosen: Mode = mode or mode_for(au, unit.plain())  # type: ignore[assignment]
    rule, moment = rule_in_force(), now()
    for before in registration.sessions.filter(ended_at__isnull=True).select_for_update():
        _abandon(registration, before)
    secret = secrets.token_urlsafe(24)
    session = Cmi5Session.objects.create(
        registration=registration,
        unit=unit,
        rule=rule,
        lesson=lesson,
        block=block,
        mode=chosen,
        mastery_score=au.mastery_score,
        token_hash=_hash(secret),
        fetch_until=moment + timedelta(seconds=rule.fetch_s),
        expires_at=moment + timedelta(seconds=rule.session_s),
        launched_at=moment,
    )
    own = au.url if "://" in au.url else _file(registration.package.uuid, au.url)
    says.leave_launch_data(
        session,
        au,
        chosen,
        return_url=return_url or settings.PUBLIC_URL + reverse("learning:cmi5_over"),
        mastery=au.mastery_score,
    )
    says.leave_preferences(registration)
    says.launched(session, au, own)
    record(
        who,
        action="cmi5.launch",
        target_type=TARGET,
        target=registration.uuid,
        data={"session": str(session.uuid), "au": au.publisher_id, "mode": chosen},
    )
    return Launched(session, launch_url(own, session, secret), au.launch_method)


def _file(package: UUID, url: str) -> str:
    """A relative address at the origin for foreign content. Its characters are quoted already."""
    return file_url(package) + url.removeprefix("./")


def launch_url(own: str, session: Cmi5Session, secret: str) -> str:
    """The AU's address with the five parameters, behind its own query and before its fragment (8.1)."""
    registration = session.registration
    params = {
        "endpoint": f"{settings.PUBLIC_URL}/xapi/",
        "fetch": settings.PUBLIC_URL + reverse("learning:cmi5_fetch", args=[secret]),
        "actor": says.compact(says.agent_of(registration)),
        "registration": str(registration.uuid),
        "activityId": says.iri(registration, session.unit.key),
    }
    address, hash_, fragment = own.partition("#")
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in params.items())
    joint = "&" if "?" in address and not address.endswith(("?", "&")) else ""
    if "?" not in address:
        joint = "?"
    return f"{address}{joint}{query}{hash_}{fragment}"


def _hash(secret: str) -> str:
    return lookup_hash(secret, "cmi5")


class FetchRefused(Exception):
    """code: an error-code of 8.2.3.2; text: what it says."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


@transaction.atomic
def fetch(secret: str) -> str:
    """The auth-token of a launch, the one time (8.2). Raises FetchRefused."""
    session = (
        Cmi5Session.objects.select_for_update(of=("self",))
        .select_related("registration__store__organisation", "registration__package", "registration__machine")
        .filter(token_hash=_hash(secret))
        .first()
    )
    if session is None:
        logger.warning("cmi5: a token was asked for with a fetch URL that is of no launch")
        raise FetchRefused("2", _("没有这样的启动。"))
    moment = now()
    if session.fetched_at is not None:
        logger.warning("cmi5: the token of session %s was asked for again", session.uuid)
        raise FetchRefused("1", _("授权令牌已经发出过。"))
    if session.ended_at is not None or moment > min(session.fetch_until, session.expires_at):
        logger.warning("cmi5: the token of session %s was asked for too late", session.uuid)
        raise FetchRefused("1", _("这次启动已经过期。"))
    registration = session.registration
    organisation = registration.store.organisation
    if organisation is not None and organisation.status != Organisation.Status.ACTIVE:
        raise FetchRefused("2", _("这个机构已被暂停。"))
    made = issue(
        registration.store,
        f"cmi5 {session.uuid}",
        (Scope.WRITE, Scope.READ, Scope.STATE, Scope.PROFILE, Scope.DEFINE),
        expires_at=session.expires_at,
        actor=agent_identifier(says.agent_of(registration)),
        registration=registration.uuid,
        activity=says.iri(registration, session.unit.key),
    )
    session.fetched_at, session.credential = moment, made.credential
    session.save(update_fields=["fetched_at", "credential"])
    return says.basic(made.credential.key, made.secret)


# --- hearing ------------------------------------------------------------------------------------------------


def examine(grant: Grant, statements: Sequence[Json]) -> Callable[[], None] | None:
    """What an AU sends with its token, judged before the record store keeps it (lms.records' examiner).

    Raises Fault 403 with the specification's section; None where the credential is no cmi5 launch's.
    """
    found = Cmi5Session.objects.filter(credential__key=grant.key).select_related("registration").first()
    if found is None:
        return None
    registration = _locked(found.registration)
    rows = Cmi5Session.objects.select_for_update(of=("self",)).select_related("rule", "unit", "lesson")
    session = rows.get(pk=found.pk)
    unit = Cmi5Unit.objects.select_for_update().get(pk=session.unit_id)
    au, moment = course_in(registration).by_key[unit.key], now()
    terms = Launch(
        activity_id=says.iri(registration, unit.key),
        registration=str(registration.uuid),
        publisher_id=au.publisher_id,
        grace=session.rule.grace,
    )
    try:
        after, standing = judge(statements, session.plain(), unit.plain(), terms, at=moment)
    except Broken as broken:
        logger.warning("cmi5: session %s refused, %s %s", session.uuid, broken.section, broken.where)
        raise Fault(
            _("不符合 cmi5 第 %(section)s 节：%(why)s") % {"section": broken.section, "why": broken.why},
            where=broken.where,
            rule=f"cmi5 {broken.section}",
            status=403,
            code="cmi5",
        ) from broken
    closes = session.closed_at is None and after.closed_at is not None
    session.initialized_at, session.terminated_at = after.initialized_at, after.terminated_at
    session.last_at, session.closed_at = after.last_at, after.closed_at
    session.heard_at = moment
    session.used = noted(statements, session.used, after.used, done=_done(session, unit, standing))
    if closes:
        session.ended_at, session.end = moment, Cmi5Session.End.TERMINATED
        if session.credential_id is not None:
            end_at(session.credential_id, moment + session.rule.grace)
    session.save()
    if standing == unit.plain():
        return None
    unit.completed_at, unit.passed_at = standing.completed_at, standing.passed_at
    unit.failed_at, unit.progress = standing.failed_at, standing.progress
    unit.scaled = _places(standing.scaled)
    unit.save()
    return lambda: _heard(registration, session, au, standing)


def _done(session: Cmi5Session, unit: Cmi5Unit, standing: Standing) -> Json | None:
    """Where the AU says only now that it is done, in a lesson: how long after its first launch by the server's clock, and how
    long its block is reckoned to take, both in milliseconds.
    """
    before = unit.completed_at or unit.passed_at
    if session.lesson is None or before or not (standing.completed_at or standing.passed_at):
        return None
    first = unit.sessions.order_by("launched_at").values_list("launched_at", flat=True)[0]
    nominal = next((item["nominal_ms"] for item in session.lesson.blocks if item["id"] == session.block), 0)
    after = max(now() - first, timedelta())
    return {"after_ms": after // timedelta(milliseconds=1), "nominal_ms": nominal}


def _heard(registration: Cmi5Registration, session: Cmi5Session, au: Au, standing: Standing) -> None:
    """What follows from an AU's new standing, once its statement is kept."""
    _satisfy(registration, session.uuid)
    done = standing.completed_at is not None or standing.passed_at is not None
    if done and is_met(au.move_on, replace(standing, waived=False)) and session.lesson is not None:
        assert registration.enrolment is not None
        # Its reckoned time, as of any content that says it was done; what it claims to have taken is evidence only.
        grant_block(
            registration.enrolment, session.lesson, session.block, source="package", evidence=session.uuid
        )


def launch_block(
    user: User, enrolment: Enrolment, lesson: ReleaseLesson, block: str, *, mode: str = ""
) -> Launched:
    """Launch the AU that a block of a lesson shows, for the learner whose enrolment it is. Raises NotFound, Invalid, and
    Conflict where this site cannot run content (own_origin).
    """
    if enrolment.person_id != user.pk:
        raise NotFound
    package, key = part_in(lesson, block)
    registration = register(enrolment, package)
    address = [enrolment.uuid, lesson.uuid, block]
    if not own_origin() and "://" not in course_in(registration).by_key[key].url:
        raise Conflict(_("这个网站没有为外来课件设置单独的地址，不能打开。请联系平台。"), code="no_origin")
    return launch(
        registration,
        key,
        actor(user),
        mode=mode,
        return_url=settings.PUBLIC_URL + reverse("learning:cmi5_done", args=address),
        lesson=lesson,
        block=block,
    )


def part_in(lesson: ReleaseLesson, block: str) -> tuple[ContentPackage, str]:
    """The package and the AU's key of a block. Raises NotFound for anything but a cmi5 block."""
    for item in lesson.blocks:
        value = item["value"]
        if item["id"] == block and item["type"] == "package" and value["kind"] == ContentPackage.Kind.CMI5:
            found = package(UUID(value["package"]))
            if value["part"] in course_by(found.uuid).by_key:
                return found, value["part"]
    raise NotFound


def _places(scaled: Decimal | None) -> Decimal | None:
    return None if scaled is None else scaled.quantize(Decimal("0.000001"))


def _satisfy(registration: Cmi5Registration, session_id: UUID) -> None:
    """Write "satisfied" for each block, and for the course, that is satisfied now and was not (9.3.9)."""
    course, moment = course_in(registration), now()
    units = {unit.key: unit for unit in registration.units.all()}
    met = {au.key for au in course.aus if is_met(au.move_on, _standing(units.get(au.key)))}
    fresh = [unit for unit in units.values() if unit.key in met and unit.met_at is None]
    Cmi5Unit.objects.filter(pk__in=[unit.pk for unit in fresh]).update(met_at=moment)
    known = set(registration.satisfied.values_list("key", flat=True))
    for block in newly_satisfied(course, met, known):
        Cmi5Satisfied.objects.create(
            registration=registration, key=block.key, session_id=session_id, at=moment
        )
        says.satisfied(registration, block, session_id, moment)


def _standing(unit: Cmi5Unit | None) -> Standing:
    return (unit or Cmi5Unit()).plain()


# --- what staff and the clock do ----------------------------------------------------------------------------


@transaction.atomic
def waive(
    by: User | Machine, registration: Cmi5Registration, key: str, *, reason: str, note: str = ""
) -> Cmi5Unit:
    """An AU is taken as done by other means (9.3.7), once. reason: one of rules.REASONS; note: why, in words.

    By an editor or administrator of the body that offers the course, or by the machine whose trial it is. Raises
    NotAllowed, NotFound, Invalid (no reason, no note), Conflict (waived already).
    """
    registration = _locked(registration)
    person, who = _waiver(by, registration)
    au, unit = _unit(registration, key)
    said = " ".join(note.split())
    if reason not in REASONS:
        raise Invalid(_("请选择免修的原因。"), details={"field": "reason"})
    if (person is not None and not said) or len(said) > 500:
        raise Invalid(_("请写明免修的依据，不超过 500 个字。"), details={"field": "note"})
    if unit.waived_at is not None:
        raise Conflict(_("这个单元已经免修。"), code="cmi5_waived")
    session_id, moment = uuid7(), now()
    unit.waived_at, unit.waived_by, unit.waived_reason, unit.waived_note = moment, person, reason, said
    unit.save()
    says.waived(registration, au, session_id, reason, moment)
    record(
        who,
        action="cmi5.waive",
        target_type=TARGET,
        target=registration.uuid,
        reason=said or reason,
        data={"au": au.publisher_id, "reason": reason},
    )
    _satisfy(registration, session_id)
    return unit


def _waiver(by: User | Machine, registration: Cmi5Registration) -> tuple[User | None, Actor]:
    if isinstance(by, Machine):
        if registration.machine_id != by.pk:
            raise NotFound
        return None, machine_actor(by)
    body = registration.store.organisation
    if registration.enrolment is not None:
        body = registration.enrolment.release.provider
    if body is None:
        raise NotAllowed
    return by, require_role(by, Role.EDITOR, Role.ADMIN, organisation=body)


def _abandon(registration: Cmi5Registration, session: Cmi5Session) -> None:
    """End a session that did not say it was over (9.3.6). The registration is locked, the session open."""
    moment = now()
    session.registration = registration
    session.ended_at, session.end = moment, Cmi5Session.End.ABANDONED
    session.save(update_fields=["ended_at", "end"])
    if session.credential_id is not None:
        end_at(session.credential_id, moment)
    says.abandoned(session, course_in(registration).by_key[session.unit.key], moment)


def abandon_idle(limit: int = 500) -> int:
    """Abandon sessions that have been silent for as long as their rule says, or outlived their token; how many. Each is a
    transaction of its own, so that one of another's locks keeps none of the others waiting.
    """
    done = 0
    moment = now()
    rows = Cmi5Session.objects.filter(ended_at__isnull=True).order_by("launched_at").select_related("rule")
    for session in rows[:limit]:
        since = session.heard_at or session.launched_at
        if moment < min(since + timedelta(seconds=session.rule.idle_s), session.expires_at):
            continue
        with transaction.atomic():
            registration = _locked(Cmi5Registration(pk=session.registration_id))
            again = Cmi5Session.objects.select_for_update(of=("self",)).select_related("unit")
            row = again.filter(pk=session.pk, ended_at__isnull=True, heard_at=session.heard_at).first()
            if row is not None:
                _abandon(registration, row)
                done += 1
    return done
