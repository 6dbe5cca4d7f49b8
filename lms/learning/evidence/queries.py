"""Reading packs, consents and looks; finding a learner without searching everybody; a record as staff may see it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from courses.api import Release
from lms.accounts.api import (
    Identity,
    Organisation,
    User,
    mask_name,
    masked_name,
    real_name_status,
    workplaces,
)
from lms.accounts.api import looks_at as looks_of_all
from lms.learning.certificates.queries import numbered
from lms.learning.classes.models import ClassRun
from lms.learning.completion.models import Completion
from lms.learning.enrolment.models import Enrolment
from lms.learning.evidence import rights
from lms.learning.evidence.models import KIND, EvidenceOrder, EvidencePack, RecordConsent, RecordLook, SignIn
from lms.learning.holds.refused import refused_on
from lms.learning.hours import queries as hours
from lms.learning.study.answers import REASONS
from lms.learning.study.models import LessonProgress
from lms.learning.study.offline.queries import pending_on
from lms.learning.study.presence.queries import asked_between
from lms.lib.audit.models import AuditRow
from lms.lib.clock import SHANGHAI, day_bounds, epoch_ms, now, today
from lms.lib.errors import NotFound
from lms.lib.jobs.models import Job
from lms.lib.units import format_centi
from lms.lib.verify.rules import grouped
from lms.lib.verify.services import Verdict, issue

# Looks that are not at somebody's study: at who they are, and where they work. They stand in the list of all looks.
ELSEWHERE = Q(action__in=["identity.reveal", "person.export", "name_request.view", "employment.view"])

# --- packs -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ordered:
    """An order with how far it is. state: a job's state, or "expired"."""

    order: EvidenceOrder
    state: str
    job: Job | None
    pack: EvidencePack | None

    @property
    def is_open(self) -> bool:
        return self.state in (Job.State.QUEUED, Job.State.RUNNING)

    @property
    def may_fetch(self) -> bool:
        return self.pack is not None and self.state == Job.State.DONE

    @property
    def label(self) -> str:
        return _("已过期删除") if self.state == "expired" else str(Job.State(self.state).label)

    @property
    def hash_parts(self) -> list[str]:
        """The file's SHA-256 in pieces between which a narrow screen may break the line."""
        return [self.pack.sha256[place : place + 16] for place in range(0, 64, 16)] if self.pack else []

    @property
    def percent(self) -> int:
        if self.job is None or not self.job.progress_total:
            return 0
        return self.job.progress_done * 100 // self.job.progress_total


def orders_of(user: User, *, own: bool) -> QuerySet[EvidenceOrder]:
    """What the user asked for, newest first: as a learner (own), or as staff."""
    rows = EvidenceOrder.objects.filter(person=user, own=own)
    return rows.select_related("release__provider", "pack").order_by("-at", "-pk")


def ordered(orders: list[EvidenceOrder]) -> list[Ordered]:
    """With the state of their jobs: one query, however many they are."""
    jobs = {job.key: job for job in Job.objects.filter(key__in=[item.job_key for item in orders])}
    return [_ordered(item, jobs.get(item.job_key)) for item in orders]


def _ordered(item: EvidenceOrder, job: Job | None) -> Ordered:
    pack = getattr(item, "pack", None)
    if pack is not None:
        state = "expired" if pack.expires_at <= now() else Job.State.DONE
    else:
        state = job.state if job else Job.State.FAILED
    return Ordered(item, str(state), job, pack)


def verdict(target: UUID) -> Verdict:
    """What /verify/ says of a pack: its hashes and its scope, and nobody's name."""
    pack = EvidencePack.objects.select_related("order__release__provider").filter(order__uuid=target).first()
    if pack is None:
        raise NotFound
    order = pack.order
    return Verdict(
        title=_("学习过程证据包"),
        status="valid",
        rows=[
            (_("课程"), order.release.title),
            (_("开课单位"), order.release.provider.name),
            (_("人数"), str(pack.counts["people"])),
            (_("时段"), _period(order)),
            (pgettext("标题", "学时"), format_centi(pack.counts["centihours"])),
            (_("数据截至"), f"{order.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"),
            (_("manifest.json 的 SHA-256"), pack.manifest_sha256),
            (_("文件的 SHA-256"), pack.sha256),
            (_("签名密钥"), pack.key_id),
        ],
        note=_("文件的 SHA-256 与上面一致，就是平台制作的那一份；也可以按公布的格式离线核对签名。"),
    )


def code_of(order: EvidenceOrder) -> str:
    """The verify code as printed."""
    return grouped(issue(KIND, order.uuid))


def _period(order: EvidenceOrder) -> str:
    if not order.first and not order.last:
        return _("全部")
    return f"{order.first or ''} — {order.last or ''}"


# --- who may be asked about ------------------------------------------------------------------------------


def releases_for(user: User, words: str) -> QuerySet[Release]:
    """Releases whose learners' record the user may have, the newest first; words: part of a title, or a code."""
    rows = Release.objects.select_related("provider").order_by("-published_at", "-pk")
    if rights.supervision(user) is None:
        rows = rows.filter(provider__in=rights.provided(user))
    words = " ".join(words.split())
    return rows.filter(Q(title__icontains=words) | Q(code=words)) if words else rows


def release_for(user: User, uuid: UUID) -> tuple[Release, rights.Right]:
    """A release and the ground on which the user may have it. Raises NotFound."""
    release = Release.objects.select_related("provider").filter(uuid=uuid).first()
    right = rights.for_release(user, release) if release else None
    if release is None or right is None:
        raise NotFound
    return release, right


def runs_of(release: Release) -> QuerySet[ClassRun]:
    """The classes of the release's course, the latest first."""
    return ClassRun.objects.filter(course=release.course_id).order_by("-starts_on", "-pk")[:200]


def learners_of(user: User, uuid: UUID) -> tuple[Release, QuerySet[Enrolment]]:
    """The learners of one's own course. Raises NotFound, also for supervisors, who have no list of everybody."""
    release = Release.objects.select_related("provider").filter(uuid=uuid).first()
    if release is None or rights.providing(user, release.provider) is None:
        raise NotFound
    return release, Enrolment.objects.filter(release=release).select_related("person").order_by("pk")


def found_by(user: User, typed: str) -> Enrolment:
    """The enrolment that a certificate's number or an enrolment's own number names, when the user has a ground to open
    it. Raises NotFound, the same for none and for not theirs.
    """
    typed = typed.strip()
    rows = Enrolment.objects.select_related("person", "release__provider")
    try:
        uuid: UUID | None = UUID(typed)
    except ValueError:
        uuid = numbered([typed.upper()]).get(typed.upper())
    found = rows.filter(uuid=uuid).first() if uuid else None
    if found is None or rights.for_person(user, found.person, found.release) is None:
        raise NotFound(_("没有找到，或者你没有查看的依据。请核对证书编号或报名编号。"))
    return found


def masked_rows(items: list[Enrolment]) -> list[dict[str, Any]]:
    """Enrolments with their people's names, masked: one query more, however many they are."""
    papers = {
        row.user_id: row.legal_name
        for row in Identity.objects.filter(user__in=[item.person_id for item in items])
    }
    return [
        {"enrolment": item, "name": mask_name(papers.get(item.person_id, str(item.person)))} for item in items
    ]


def masked_consents(items: list[RecordConsent]) -> list[dict[str, Any]]:
    papers = {
        row.user_id: row.legal_name
        for row in Identity.objects.filter(user__in=[item.person_id for item in items])
    }
    return [
        {"consent": item, "name": mask_name(papers.get(item.person_id, str(item.person)))} for item in items
    ]


# --- a record as staff see it ----------------------------------------------------------------------------


def record(look: RecordLook) -> dict[str, Any]:
    """What an opened record shows: who (masked), days with counted time, completions with how their hours came about."""
    rows = _progress(look)
    days: dict[date, int] = defaultdict(int)
    for found in rows.values_list("days", flat=True):
        for text, ms in found.items():
            days[date.fromisoformat(text)] += ms
    completions = (
        Completion.objects.filter(_within(look, "release__provider"), person=look.person)
        .select_related("release__provider", "certificate")
        .prefetch_related("top_ups", "corrections")
        .order_by("-completed_at")
    )
    return {
        "look": look,
        "name": masked_name(look.person),
        "name_status": real_name_status(look.person),
        "days": sorted(days.items(), reverse=True),
        "counted_ms": sum(days.values()),
        "completions": [{"completion": row, "explanation": hours.explanation(row)} for row in completions],
    }


def _within(look: RecordLook, path: str) -> Q:
    return Q(**{path: look.provider}) if look.provider else Q()


def _progress(look: RecordLook) -> QuerySet[LessonProgress]:
    return LessonProgress.objects.filter(_within(look, "enrolment__release__provider"), person=look.person)


def record_day(look: RecordLook, day: date) -> hours.Day:
    """The same day that the learner sees at /hours/<day>/; a provider sees the lessons of its own courses in it."""
    found = hours.day(look.person, day)
    if look.provider is None:
        return found
    mine = set(
        Release.objects.filter(
            provider=look.provider, pk__in={line["lesson"].release_id for line in found.lines}
        ).values_list("pk", flat=True)
    )
    lines = [_narrow(line) for line in found.lines if line["lesson"].release_id in mine]
    lessons = [item for item in found.lessons if item["lesson"].release_id in mine]
    missed: dict[str, int] = defaultdict(int)
    for line in lines:
        missed[line["reason"]] += line["wall_ms"]
    versions = {line["rule"] for line in lines}
    low, high = day_bounds(day)
    return hours.Day(
        day=day,
        lines=lines,
        lessons=lessons,
        counted_ms=sum(item["counted_ms"] for item in lessons),
        not_counted=[
            {"reason": code, "text": REASONS[code], "ms": ms}
            for code, ms in sorted(missed.items(), key=lambda item: -item[1])
            if code and code != "too_fast"
        ],
        rules=[rule for rule in found.rules if rule.version in versions],
        classes=[line for line in found.classes if line["run"].provider_id == look.provider.pk],
        prompts=asked_between(look.person, epoch_ms(low), epoch_ms(high), look.provider),
    )


def record_beside(look: RecordLook, day: date) -> dict[str, Any]:
    """What stands beside a day's timeline on the learner's page: what waits for its quiz, and what was refused."""
    waiting = pending_on(look.person, day)
    if look.provider is not None:
        waiting = [item for item in waiting if item.enrolment.release.provider_id == look.provider.pk]
    return {"pending": waiting, "refused": refused_on(look.person, day, look.provider)}


def _narrow(line: dict[str, Any]) -> dict[str, Any]:
    """An overlap names the lesson where the time counted instead: not the provider's business."""
    return line | {"text": REASONS["overlap"]} if line["reason"] == "overlap" else line


# --- the person's own view -------------------------------------------------------------------------------


def looks_at(user: User) -> QuerySet[AuditRow]:
    """Every look of others at the person's study, newest first."""
    return looks_of_all(user).exclude(ELSEWHERE)


def consents_of(user: User) -> QuerySet[RecordConsent]:
    return (
        RecordConsent.objects.filter(person=user).select_related("organisation").order_by("-given_at", "-pk")
    )


def in_force(row: RecordConsent) -> bool:
    return row.withdrawn_at is None and row.until >= today()


def organisations_to_ask(user: User) -> QuerySet[Organisation]:
    """Whom a person can have reason to let read: where they work, their courses' providers, authorities."""
    providers = Enrolment.objects.filter(person=user).values("release__provider")
    active = Organisation.objects.filter(status=Organisation.Status.ACTIVE)
    return active.filter(
        Q(pk__in=workplaces(user).values("pk")) | Q(pk__in=providers) | Q(kind=Organisation.Kind.AUTHORITY)
    ).order_by("name")


def export_part(user: User) -> dict[str, Any]:
    """The person's sign-ins, consents and packs, for their export."""
    return {
        "sign_ins": [
            {"at": at, "act": act, "device": device}
            for at, act, device in SignIn.objects.filter(person=user)
            .order_by("pk")
            .values_list("at", "act", "device")
        ],
        "consents": [
            {
                "organisation": row.organisation.name,
                "purpose": row.purpose,
                "until": row.until,
                "given_at": row.given_at,
                "withdrawn_at": row.withdrawn_at,
            }
            for row in consents_of(user)
        ],
        "packs": list(orders_of(user, own=True).values("uuid", "at", "release__title")),
    }
