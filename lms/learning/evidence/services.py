"""Asking for packs, stopping them, fetching them: each with its permission and its row. Whoever is in a pack can read who
asked for it, in which role and why (DESIGN invariant 7).
"""

import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from typing import IO, Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from courses.api import Release
from lms.accounts.api import User
from lms.accounts.api import actor as actor_of
from lms.learning.certificates.queries import numbered
from lms.learning.classes.models import ClassPlace, PlaceState
from lms.learning.enrolment.models import Enrolment
from lms.learning.evidence import rights
from lms.learning.evidence.keys import signing_key
from lms.learning.evidence.making import work_root
from lms.learning.evidence.models import EvidenceOrder, EvidencePack, RecordLook
from lms.learning.looks import OWN
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.jobs import services as jobs
from lms.lib.jobs.models import Job
from lms.lib.private import private_storage

JOB = "learning.evidence"
MIN_REASON, MAX_REASON = 4, 500
# One request for named people; more is the whole course.
MAX_PEOPLE = 2000
FIRST_YEAR = 2000
UUID_LENGTH = 36


@dataclass(frozen=True)
class Ask:
    """What a pack is to hold. people: numbers of certificates or uuids of enrolments, () for everybody. class_run: only
    who has a seat in it.
    """

    release: UUID
    reason: str
    first: date | None = None
    last: date | None = None
    people: tuple[str, ...] = ()
    class_run: UUID | None = None
    named: bool = False


def reason_of(text: str) -> str:
    """A reason as it is kept, which the people it is about can read. Raises Invalid (too short)."""
    text = " ".join(text.split())
    if len(text) < MIN_REASON:
        raise Invalid(
            _("请写明理由（至少 4 个字），本人可以看到。"), code="reason_missing", details={"field": "reason"}
        )
    return text[:MAX_REASON]


# --- packs -----------------------------------------------------------------------------------------------


@transaction.atomic
def order(user: User, ask: Ask) -> EvidenceOrder:
    """Ask for a pack of a release's learners. Raises NotFound (no such course, or not theirs), NotAllowed (real names),
    Invalid (reason, period, people), Conflict (one of the same course is being made), Refusal (no key to sign with).
    """
    release = Release.objects.select_related("provider").filter(uuid=ask.release).first()
    right = rights.for_release(user, release) if release is not None else None
    if release is None or right is None:
        raise NotFound
    if ask.named and not rights.may_name(right):
        raise NotAllowed(_("真实姓名只给主管部门人员、审计员和开课机构的管理员。"), code="no_names")
    people = _people(release, ask.people)
    if ask.class_run:
        people = _of_class(release, ask.class_run, people)
    return _order(
        user,
        right.actor,
        release=release,
        reason=reason_of(ask.reason),
        first=ask.first,
        last=ask.last,
        people=people,
        class_run=ask.class_run,
        named=ask.named,
    )


@transaction.atomic
def order_own(user: User, enrolment: UUID) -> EvidenceOrder:
    """The learner's own pack of one course, with their own name. Raises NotFound, Conflict, Refusal."""
    found = Enrolment.objects.select_related("release").filter(person=user, uuid=enrolment).first()
    if found is None:
        raise NotFound
    return _order(
        user,
        actor_of(user),
        release=found.release,
        reason=OWN().plain(),
        people=[str(found.uuid)],
        named=True,
        own=True,
    )


def _order(user: User, actor: Actor, **facts: Any) -> EvidenceOrder:
    signing_key()
    _check_period(facts.get("first"), facts.get("last"))
    # Under the asker's row: two clicks at once make one pack.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    before = EvidenceOrder.objects.filter(person=user, release=facts["release"]).order_by("-at")[:20]
    keys = {item.job_key: item for item in before}
    waiting = Job.objects.filter(key__in=keys, state__in=(Job.State.QUEUED, Job.State.RUNNING)).first()
    if waiting is not None:
        raise Conflict(
            _("这门课的一个证据包正在制作，完成以后再要下一个。"),
            code="being_made",
            details={"order": str(keys[waiting.key].uuid)},
        )
    made = EvidenceOrder.objects.create(person=user, role=actor.role, body=actor.body, at=now(), **facts)
    record(
        actor,
        action="evidence.order",
        target_type="learning.EvidenceOrder",
        target=made.uuid,
        reason=made.reason,
        data={"release": str(made.release.uuid), "people": len(made.people), "named": made.named},
    )
    jobs.enqueue(JOB, {"order": str(made.uuid)}, actor, key=made.job_key)
    return made


def _check_period(first: date | None, last: date | None) -> None:
    for name, day in (("first", first), ("last", last)):
        # Nothing was recorded then, and at the calendar's ends a day has no next one.
        if day and not FIRST_YEAR <= day.year <= today().year:
            raise Invalid(
                _("请填 %(first)s 到 %(last)s 年之间的日期。") % {"first": FIRST_YEAR, "last": today().year},
                code="bad_day",
                details={"field": name},
            )
    if first and last and last < first:
        raise Invalid(_("结束日期早于开始日期。"), code="bad_period", details={"field": "last"})


def _people(release: Release, wanted: tuple[str, ...]) -> list[str]:
    """Uuids of enrolments in the release, from what was typed. Raises Invalid, which names what is not there."""
    typed = list(dict.fromkeys(word.strip() for word in wanted if word.strip()))
    if len(typed) > MAX_PEOPLE:
        raise Invalid(
            _("一次最多列出 %(n)s 人；要整门课的，请留空。") % {"n": MAX_PEOPLE},
            code="too_many_people",
            details={"field": "people"},
        )
    rows = Enrolment.objects.filter(release=release)
    by_uuid = {str(uuid) for uuid in rows.filter(uuid__in=_uuids(typed)).values_list("uuid", flat=True)}
    named = numbered(typed)
    here = set(rows.filter(uuid__in=named.values()).values_list("uuid", flat=True))
    by_number = {number: uuid for number, uuid in named.items() if uuid in here}
    found: dict[str, None] = {}
    for word in typed:
        uuid = word.lower() if word.lower() in by_uuid else by_number.get(word)
        if uuid is None:
            raise Invalid(
                _("这门课里没有「%(word)s」：请填结业证书编号或报名编号，一行一个。") % {"word": word[:40]},
                code="unknown_person",
                details={"field": "people"},
            )
        found[str(uuid)] = None
    return sorted(found)


def _of_class(release: Release, run: UUID, people: list[str]) -> list[str]:
    """Those of the people (all, for []) who have a seat in a run of the course now. Raises Invalid where nobody has."""
    seats = ClassPlace.objects.filter(
        run__uuid=run, run__course=release.course_id, enrolment__release=release, state=PlaceState.SEATED
    )
    seated = {str(uuid) for uuid in seats.values_list("enrolment__uuid", flat=True)}
    found = sorted(seated & set(people) if people else seated)
    if not found:
        # An empty list would mean everybody.
        raise Invalid(
            _("这个班次里没有学这门课这一次发布的学员。"), code="empty_class", details={"field": "class_run"}
        )
    return found


def _uuids(words: list[str]) -> list[UUID]:
    found = []
    for word in words:
        try:
            found.append(UUID(word))
        except ValueError:
            continue
    return found


def cancel(user: User, uuid: UUID) -> None:
    """Stop the making of one's own order. Raises NotFound."""
    found = own_order(user, uuid)
    job = Job.objects.filter(key=found.job_key).first()
    if job is not None:
        jobs.cancel(job)


def own_order(user: User, uuid: UUID) -> EvidenceOrder:
    """An order by who asked, as long as they could ask for it today. Raises NotFound."""
    rows = EvidenceOrder.objects.select_related("release__provider", "person", "pack")
    found = rows.filter(uuid=uuid, person=user).first()
    if found is None or not (found.own or rights.for_release(user, found.release)):
        raise NotFound
    return found


@transaction.atomic
def fetch(user: User, uuid: UUID) -> tuple[EvidencePack, IO[bytes]]:
    """The finished file, and a row that it was fetched. Raises NotFound, Conflict (not there yet, or not any more)."""
    found = own_order(user, uuid)
    pack = EvidencePack.objects.filter(order=found).first()
    if pack is None:
        raise Conflict(_("证据包还没有做好。"), code="not_ready")
    storage = private_storage()
    if pack.expires_at <= now() or not storage.exists(pack.file):
        raise Conflict(_("证据包只保留七天，已经删除；需要时请重新制作。"), code="expired")
    record(
        Actor(person=user.uuid, role=found.role, body=found.body, user_id=user.pk),
        action="evidence.download",
        target_type="learning.EvidenceOrder",
        target=found.uuid,
        data={"sha256": pack.sha256},
    )
    return pack, storage.open(pack.file, "rb")


def clear() -> int:
    """Delete the files of packs that expired, what is left of work that ended, and looks that are over; how many packs
    that were. The packs' rows stay.
    """
    moment, storage, cleared = now(), private_storage(), 0
    # Two months back: a cleaner that did not run for weeks misses nothing.
    rows = EvidencePack.objects.filter(expires_at__lte=moment, expires_at__gt=moment - timedelta(days=60))
    for name in rows.values_list("file", flat=True):
        if storage.exists(name):
            storage.delete(name)
            cleared += 1
    _clear_work()
    RecordLook.objects.filter(until__lte=moment).delete()
    return cleared


def _clear_work() -> None:
    # A folder is named by its order and the pack's version.
    if not work_root().is_dir():
        return
    for folder in work_root().iterdir():
        job = Job.objects.filter(key=f"evidence:{folder.name[:UUID_LENGTH]}").first()
        if job is None or job.state not in (Job.State.QUEUED, Job.State.RUNNING):
            shutil.rmtree(folder, ignore_errors=True)
