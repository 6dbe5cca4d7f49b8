"""Everything that writes study without a line: issuing a ticket, taking in what a device kept, confirming it.

Owns: tickets, offline sessions and parts. A part is kept at once and counted when its lesson's quiz is passed: then it
goes through the same door as any report (study/services.keep), with the moment at which it was heard, so that nothing
about counting is decided here. Refuses: what lies outside a ticket, and telling when study was from a device's clock
alone. Locks the person's StudyStream first, like every writer of study time.
"""

from dataclasses import dataclass
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.db.models import Min, QuerySet
from django.utils.translation import gettext as _

from courses.api import ReleaseLesson
from courses.media.api import films
from lms.accounts.api import User, actor
from lms.learning.enrolment.models import Enrolment
from lms.learning.study import claims
from lms.learning.study.intervals import Range, Ranges, clip, merge, subtract
from lms.learning.study.locking import lock
from lms.learning.study.models import LessonProgress, StreamClaim, StudyStream
from lms.learning.study.models import StudySession as Session
from lms.learning.study.offline.models import OfflinePart, OfflineRule, OfflineSession, StudyTicket
from lms.learning.study.offline.queries import passed_of, unpassed
from lms.learning.study.offline.rules import KEEPABLE, place
from lms.learning.study.projection import claims_of
from lms.learning.study.reports import Report
from lms.learning.study.rules import bound
from lms.learning.study.services import (
    MS_PER_DAY,
    keep,
    progress_of,
    rule_in_force,
)
from lms.learning.study.splinters import MOST_PIECES, MOST_STRETCHES, too_fragmented
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import epoch_ms, local_day, now
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound

_signer = signing.Signer(salt="rongtong.study.ticket")


@dataclass(frozen=True)
class Issued:
    ticket: StudyTicket
    token: str
    progress: LessonProgress


@dataclass(frozen=True)
class Kept:
    """A part that was taken in. progress: as it stands where it counted, None while it waits to be confirmed."""

    part: OfflinePart
    progress: LessonProgress | None
    repeated: bool = False


# --- the ticket ------------------------------------------------------------------------------------------


@transaction.atomic
def issue_ticket(
    user: User, enrolment: Enrolment, lesson_uuid: UUID, *, device: str, device_kind: str
) -> Issued:
    """A ticket to take one lesson along on one device.

    Raises NotFound (not the user's enrolment, not a lesson of its release), Invalid (no rule set; a lesson with
    exercises that need the line).
    """
    if enrolment.person_id != user.pk:
        raise NotFound
    lesson = ReleaseLesson.objects.filter(release_id=enrolment.release_id, uuid=lesson_uuid).first()
    if lesson is None:
        raise NotFound
    if not set(lesson.block_kinds) <= KEEPABLE:
        raise Invalid(_("这一课有需要联网的练习，不能下载到本机离线学习。"), code="not_keepable")
    if any(not film["keepable"] for film in films(lesson.blocks, enrolment.release.course_id).values()):
        raise Invalid(_("按版权方的许可，这一课的视频或音频不能下载，请联网学习。"), code="not_permitted")
    rule = offline_rule_in_force()
    if rule is None or rule.valid_ms is None or rule.media_bytes is None:
        raise Invalid(_("离线学习的规则尚未设定，暂时不能下载。请联系平台。"), code="no_rule")
    lock(user.pk)
    issued_ms = epoch_ms(now())
    ticket = StudyTicket.objects.create(
        person=user,
        enrolment=enrolment,
        lesson=lesson,
        rule=rule_in_force(),
        offline_rule=rule,
        device=device[:40],
        device_kind=device_kind,
        issued_ms=issued_ms,
        until_ms=issued_ms + rule.valid_ms,
    )
    record(
        actor(user),
        action="study.ticket",
        target_type="learning.StudyTicket",
        target=ticket.uuid,
        data={"lesson": str(lesson.uuid), "until_ms": ticket.until_ms, "rule": rule.version},
    )
    return Issued(ticket, _signer.sign(ticket.uuid.hex), progress_of(enrolment, lesson))


def offline_rule_in_force() -> OfflineRule | None:
    day = local_day(now())
    return OfflineRule.objects.filter(valid_from__lte=day).order_by("-valid_from", "-version").first()


def ticket_named(token: str) -> StudyTicket | None:
    """The ticket behind a signed token, whosever it is; None where the signature is not ours."""
    uuid = _unsigned(token)
    return _tickets().filter(uuid=uuid).first() if uuid else None


def _unsigned(token: str) -> UUID | None:
    try:
        return UUID(_signer.unsign(token))
    except (signing.BadSignature, ValueError):
        return None


def _tickets() -> QuerySet[StudyTicket]:
    rows = StudyTicket.objects.select_related("rule", "enrolment__release", "lesson")
    return rows.defer("lesson__blocks")


# --- what a device kept ----------------------------------------------------------------------------------


@transaction.atomic
def take_part(user: User, token: str, key: UUID, report: Report, *, since_ms: int, lasted_ms: int) -> Kept:
    """Keep one part of an offline session, and count it where its lesson is confirmed; the same again changes nothing.

    key: the session's own id, made on the device. since_ms, lasted_ms: rules.place. Raises NotAllowed (the ticket),
    Invalid (begun after the ticket's end; handed in too late), Conflict (the number was used with other content).
    """
    uuid = _unsigned(token)
    if uuid is None:
        raise _not_ours()
    stream = lock(user.pk)
    received_ms = epoch_ms(now())
    offline = _offline(uuid, key)
    if offline is None:
        ticket = _tickets().filter(uuid=uuid).first()
        if ticket is None:
            raise _not_ours()
        offline = OfflineSession(
            ticket=ticket, key=key, opened_ms=place(ticket.issued_ms, received_ms, since_ms, lasted_ms)
        )
    ticket = offline.ticket
    if ticket.person_id != user.pk:
        raise NotAllowed(
            _("这份离线学习记录属于另一个账号，没有写入。请用原来的账号登录后再发送。"), code="other_person"
        )
    # Known already: one query less for each part of a wave of them.
    ticket.person = user
    _refuse_outside(ticket, offline, received_ms)
    parts = list(offline.parts.order_by("seq")) if offline.pk else []
    earlier = next((part for part in parts if part.seq == report.seq), None)
    if earlier is not None:
        if earlier.payload_hash != report.payload_hash:
            raise Conflict(
                _("编号 %(seq)s 的学习记录已经收到过，内容不同，没有写入。") % {"seq": report.seq},
                code="seq_reused",
            )
        earlier.offline = offline
        return Kept(earlier, _progress(offline), repeated=True)
    _refuse_splinters(parts, report)
    was_open = offline.session_id is not None
    counts = was_open or not unpassed(ticket.enrolment, ticket.lesson_id)
    if counts and not was_open:
        _open(stream, offline)
    elif offline.pk is None:
        offline.save()
    part = _write(offline, report, received_ms)
    if not counts:
        return Kept(part, None)
    _count(stream, offline, [part] if was_open else sorted([*parts, part], key=lambda row: row.seq))
    return Kept(part, _progress(offline))


def _not_ours() -> NotAllowed:
    return NotAllowed(_("离线学习的凭证不是本平台签发的，没有写入任何内容。"), code="bad_ticket")


def _offline(ticket: UUID, key: UUID) -> OfflineSession | None:
    """A session that is known, with all that hangs on it. One query."""
    rows = OfflineSession.objects.filter(ticket__uuid=ticket, key=key).defer("ticket__lesson__blocks")
    return rows.select_related(
        "ticket__rule", "ticket__enrolment__release", "ticket__lesson", "session__progress"
    ).first()


def _write(offline: OfflineSession, report: Report, received_ms: int) -> OfflinePart:
    return OfflinePart.objects.create(
        offline=offline,
        seq=report.seq,
        payload_hash=report.payload_hash,
        received_ms=received_ms,
        facts={
            "elapsed_ms": report.elapsed_ms,
            "active_ms_total": report.active_ms_total,
            "active": report.active,
            "inactive": report.inactive,
            "coverage": report.coverage,
            "position": report.position,
        },
    )


def _progress(offline: OfflineSession) -> LessonProgress | None:
    return offline.session.progress if offline.session else None


def _refuse_outside(ticket: StudyTicket, offline: OfflineSession, received_ms: int) -> None:
    if offline.opened_ms >= ticket.until_ms:
        raise Invalid(
            _("这份离线学习开始时，下载凭证已经过期（有效期 %(days)s 天），没有计入。请联网后重新下载。")
            % {"days": (ticket.until_ms - ticket.issued_ms) // MS_PER_DAY},
            code="ticket_expired",
        )
    if received_ms > offline.opened_ms + ticket.rule.late_ms:
        raise Invalid(
            _("这份学习记录在打开课时 %(days)s 天之后才送到，已不能计入。")
            % {"days": ticket.rule.late_ms // MS_PER_DAY},
            code="too_late",
        )


def _refuse_splinters(parts: list[OfflinePart], report: Report) -> None:
    """The bounds of study/services.weigh, before anything waits that could not be counted afterwards."""
    kept = [report.active, *(part.facts["active"] for part in parts)]
    pieces = sum(len(ranges) for ranges in report.coverage.values())
    if len(merge(pair for active in kept for pair in active)) > MOST_STRETCHES or pieces > MOST_PIECES:
        raise too_fragmented()


# --- confirming ------------------------------------------------------------------------------------------


@transaction.atomic
def confirm(enrolment_id: int) -> int:
    """Count what waits of an enrolment and is confirmed by now; how many sessions. Called when a quiz was closed."""
    waiting = OfflineSession.objects.filter(ticket__enrolment_id=enrolment_id, session__isnull=True)
    if not waiting.exists():
        return 0
    enrolment = Enrolment.objects.select_related("release").get(pk=enrolment_id)
    stream = lock(enrolment.person_id)
    rows = waiting.select_related(
        "ticket__enrolment__release", "ticket__lesson", "ticket__person", "ticket__rule"
    ).defer("ticket__lesson__blocks")
    passed = passed_of(enrolment)
    confirmed = 0
    for offline in rows.prefetch_related("parts").order_by("opened_ms", "pk"):
        if not unpassed(enrolment, offline.ticket.lesson_id, passed):
            _open(stream, offline)
            _count(stream, offline, sorted(offline.parts.all(), key=lambda row: row.seq))
            confirmed += 1
    return confirmed


def _open(stream: StudyStream, offline: OfflineSession) -> None:
    """The study session in which an offline one counts, where it was placed; and the turn, if nobody ever had it."""
    ticket = offline.ticket
    session = Session.objects.create(
        person=ticket.person,
        enrolment=ticket.enrolment,
        lesson=ticket.lesson,
        progress=_progress_of(ticket),
        rule=ticket.rule,
        device=ticket.device,
        device_kind=ticket.device_kind,
        opened_ms=offline.opened_ms,
        seen_ms=offline.opened_ms,
        # Never there for the server: no turn is handed to it.
        released_ms=offline.opened_ms,
    )
    offline.session = session
    offline.save()
    if not StreamClaim.objects.filter(person_id=ticket.person_id).exists():
        # Nobody ever held this person's turn: all time since their first ticket is open.
        first_ms = StudyTicket.objects.filter(person_id=ticket.person_id).aggregate(ms=Min("issued_ms"))["ms"]
        claims.claim(stream, session, first_ms, StreamClaim.Kind.OPEN)
        claims.release(stream, session, first_ms, ticket.rule.plain())
        session.refresh_from_db(fields=["turns", "released_ms"])


def _progress_of(ticket: StudyTicket) -> LessonProgress:
    """Made with the ticket, as a rule: then the lesson's content is not read for it."""
    found = LessonProgress.objects.filter(enrolment=ticket.enrolment_id, lesson=ticket.lesson_id).first()
    return found or progress_of(ticket.enrolment, ticket.lesson)


def _count(stream: StudyStream, offline: OfflineSession, parts: list[OfflinePart]) -> None:
    """Put parts through the door of reports. Each finds the session and its lesson as the part before left them."""
    ticket, session, rule = offline.ticket, offline.session, offline.ticket.rule.plain()
    assert session is not None
    for part in parts:
        accepted = bound(part.facts["active"], session.opened_ms, part.received_ms, rule).accepted
        # Whose time it was is asked only for what this session does not hold already.
        unheard = _unheard(ticket, part.received_ms) if subtract(accepted, merge(session.turns)) else ()
        try:
            with transaction.atomic():
                keep(stream, session, _report(part), rule, part.received_ms, also_open=unheard)
        except Invalid as refusal:
            # Splinters only: the part stays as evidence, and must not keep a quiz from being closed.
            session.refresh_from_db()
            stream.refresh_from_db()
            record(
                Actor.system("offline"),
                action="study.offline_refused",
                target_type="learning.OfflinePart",
                target=offline.key,
                data={"seq": part.seq, "code": refusal.code},
            )


def _report(part: OfflinePart) -> Report:
    return Report(session="", seq=part.seq, state="late", payload_hash=part.payload_hash, **part.facts)


def _unheard(ticket: StudyTicket, until_ms: int) -> Ranges:
    """When the turn was with a page that no word came from: one of the very device that the lesson was taken along on
    (as a rule the page it was downloaded on, which went without a word when the line did), or one that was silent.

    What was counted there stays there, and what is not used of such time stays open to it (claims.use_open_turn).
    """
    holders = {claim.session for claim in claims_of(ticket.person_id, ticket.issued_ms)}
    live_ms = ticket.rule.live_ms
    found: list[Range] = []
    for row in Session.objects.filter(pk__in=holders):
        own = bool(ticket.device) and row.device == ticket.device
        silent_from = ticket.issued_ms if own else max(row.seen_ms + live_ms, ticket.issued_ms)
        found.extend(clip(merge(row.turns), silent_from, until_ms))
    return merge(found)
