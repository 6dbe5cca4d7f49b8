"""Everything that writes study time: opening a session, taking a report, taking over, granting a block.

Owns: the order of locks (the person's StudyStream first, then anything of theirs) and the update of the projection in
the transaction of the report, so that an acknowledged second is on disk with the total it led to. Refuses: reports of
others, of unknown sessions, of another lesson, and the same number with other content.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from courses.api import ReleaseLesson
from lms.accounts.api import User
from lms.learning.enrolment.models import Enrolment
from lms.learning.study import claims, projection, splinters, store
from lms.learning.study.barred import rebar
from lms.learning.study.intervals import Ranges, intersect, length, merge
from lms.learning.study.listeners import lesson_left, lesson_met, quiz_closed, tell
from lms.learning.study.locking import lock
from lms.learning.study.models import (
    LessonProgress,
    StreamClaim,
    StudyGrant,
    StudyReport,
    StudyRule,
    StudySession,
    StudyStream,
)
from lms.learning.study.presence import asking
from lms.learning.study.presence.models import PresenceAnswer
from lms.learning.study.reports import Report, token_for
from lms.learning.study.rules import Bar, Bounded, Rule, bound, split_by_bar
from lms.lib.clock import epoch_ms, from_epoch_ms, local_day, now
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound

MS_PER_DAY = 24 * 3600 * 1000
# What a grant shows of its person's presence.
SEEN_BY = {
    "quiz": PresenceAnswer.How.QUIZ,
    "h5p": PresenceAnswer.How.EXERCISE,
    "package": PresenceAnswer.How.EXERCISE,
}


@dataclass(frozen=True)
class Opened:
    session: StudySession
    progress: LessonProgress
    token: str
    rule: Rule
    counting: bool


@dataclass(frozen=True)
class Taken:
    """The answer to a report. session_active_ms: what the server knows of this session's active time; a page that
    knows more still has something to send. newly_complete: this report brought the lesson over its course's rule.
    """

    session: StudySession
    progress: LessonProgress
    bounded: Bounded
    overlap_ms: int
    barred_ms: int
    counting: bool
    repeated: bool = False
    session_active_ms: int = 0
    refused: list[tuple[str, int]] = field(default_factory=list)


def rule_in_force() -> StudyRule:
    day = local_day(now())
    found = StudyRule.objects.filter(valid_from__lte=day).order_by("-valid_from", "-version").first()
    if found is None:
        raise Invalid(_("今天没有生效的学时计算规则，暂时不能计时。请联系平台。"), code="no_rule")
    return found


def rule_of(session: StudySession) -> Rule:
    """The rule a session was opened under; not a look at the database for each report."""
    return _rule(session.rule_id)


@lru_cache(maxsize=64)
def _rule(pk: int) -> Rule:
    # Rule rows are append-only: a primary key always means the same values.
    return StudyRule.objects.get(pk=pk).plain()


# --- opening ---------------------------------------------------------------------------------------------


@transaction.atomic
def open_session(
    user: User,
    enrolment: Enrolment,
    lesson_uuid: UUID,
    *,
    device: str,
    device_kind: str,
    tab: str = "",
    again: bool = False,
    asks: bool = False,
) -> Opened:
    """Open a study session on a page of a lesson. It takes the turn if nobody else holds it alive.

    again: not opened by a person's hand, but reloaded, or renewed by the page itself. asks: it shows presence prompts; who
    could not see one is never asked. Raises NotFound when the enrolment is not the user's or the lesson not of its release.
    """
    if enrolment.person_id != user.pk:
        raise NotFound
    lesson = ReleaseLesson.objects.filter(release_id=enrolment.release_id, uuid=lesson_uuid).first()
    if lesson is None:
        raise NotFound
    stream = lock(user.pk)
    moment = now()
    moment_ms = epoch_ms(moment)
    rule_row = rule_in_force()
    rule = rule_row.plain()
    progress = progress_of(enrolment, lesson)
    Enrolment.objects.filter(pk=enrolment.pk).update(lesson=lesson, studied_at=moment)
    before = (
        asking.page_before(user, lesson, device, tab, moment_ms - rule.session_ms) if again and tab else None
    )
    session = StudySession.objects.create(
        person=user,
        enrolment=enrolment,
        lesson=lesson,
        progress=progress,
        rule=rule_row,
        device=device[:40],
        device_kind=device_kind,
        tab=tab[:40],
        opened_ms=moment_ms,
        seen_ms=moment_ms,
        **asking.on_opening(rule, before, asks=asks),
    )
    if session.carried_prompt_id is not None:
        rebar([session.pk])
        session.refresh_from_db(fields=["barred"])
    if tab:
        kept = [pk for pk in (session.pk, stream.session_id) if pk is not None]
        StudySession.objects.filter(
            person=user, device=session.device, tab=session.tab, released_ms__isnull=True
        ).exclude(pk__in=kept).update(released_ms=moment_ms)
    if claims.may_claim(stream, session, moment_ms, rule):
        claims.claim(stream, session, moment_ms, StreamClaim.Kind.OPEN)
    return Opened(session, progress, token_for(session.uuid.hex), rule, stream.session_id == session.pk)


def progress_of(enrolment: Enrolment, lesson: ReleaseLesson) -> LessonProgress:
    """The progress row of a lesson, made when first needed. A lesson without length is complete from the start."""
    lengths = {block["id"]: block["nominal_ms"] for block in lesson.blocks if block["nominal_ms"] > 0}
    row, _made = LessonProgress.objects.get_or_create(
        enrolment=enrolment,
        lesson=lesson,
        defaults={
            "person_id": enrolment.person_id,
            "lengths": lengths,
            "required_percent": enrolment.release.rule.get("min_coverage_percent", 100),
            "percent": 0 if lengths else 100,
            "updated_at": now(),
        },
    )
    return row


# --- reporting -------------------------------------------------------------------------------------------


@transaction.atomic
def take_report(user: User, report: Report) -> Taken:
    """Write one report and everything that follows from it; the same report again changes nothing.

    Raises NotAllowed (another person's session), NotFound, Conflict (same number, other content), Invalid (too late, or
    in splinters).
    """
    found = store.load(report.session)
    if found is None:
        raise NotFound(_("没有这个学习会话，请重新打开课时。"), code="unknown_session")
    stream, session = found
    if session.person_id != user.pk:
        raise NotAllowed(
            _("这份学习记录属于另一个账号，没有写入。请用原来的账号登录后再发送。"), code="other_person"
        )
    # Taken under the lock: a claim made meanwhile is then never later than what is accepted here.
    received_ms = epoch_ms(now())
    rule = rule_of(session)
    if is_too_late(session, rule, received_ms):
        raise Invalid(
            _("这份学习记录在打开课时 %(days)s 天之后才送到，已不能计入。")
            % {"days": rule.late_ms // MS_PER_DAY},
            code="too_late",
        )
    earlier = _earlier(session, report)
    if earlier is not None:
        if earlier.payload_hash != report.payload_hash:
            raise Conflict(
                _("编号 %(seq)s 的学习记录已经收到过，内容不同，没有写入。") % {"seq": report.seq},
                code="seq_reused",
            )
        return answer(session, session.progress, earlier, rule, stream, repeated=True)
    kept = keep(stream, session, report, rule, received_ms)
    return answer(session, session.progress, kept, rule, stream)


def keep(
    stream: StudyStream,
    session: StudySession,
    report: Report,
    rule: Rule,
    received_ms: int,
    *,
    also_open: Ranges = (),
) -> StudyReport:
    """Write a report not heard before and all that follows from it: turn, figures, days, completion. The only way in.

    also_open: time that is open to this session besides what nobody held (claims.use_open_turn). Under the lock.
    """
    accepted = bound(report.active, session.opened_ms, received_ms, rule).accepted
    was_open = claims.use_open_turn(stream, session, accepted, received_ms, also_open)
    weighed = weigh(session, report, rule, received_ms)
    progress, kept = session.progress, weighed.kept
    store.write(kept, session, progress)
    # Open time may hold what an earlier report told and could not have then: that report's day gains too.
    if weighed.is_past or was_open:
        projection.walk_days(progress)
    # Only the newest word says where the page is now: a beacon that comes after the report it preceded does not.
    if report.state != "late" and report.seq == session.last_seq:
        _presence(stream, session, report.state, received_ms, rule)
        if weighed.asks and stream.session_id == session.pk:
            asking.ask(session, rule, received_ms)
    if weighed.newly_met:
        tell(lesson_met, progress.enrolment_id)
    if progress.is_met and report.state != "here":
        tell(lesson_left, progress.enrolment_id)
    return kept


@dataclass(frozen=True)
class Weighed:
    """A new report on its session and progress, in memory; `kept` is the row to write.

    newly_met: it brought the lesson over its course's rule. is_past: it belongs to a day before the last one known.
    asks: presence is to be asked for with its answer, if the page holds the turn.
    """

    kept: StudyReport
    newly_met: bool
    is_past: bool
    asks: bool


def weigh(session: StudySession, report: Report, rule: Rule, received_ms: int) -> Weighed:
    """Bring session and its progress up to date with a report not heard before. Writes nothing.

    Raises Invalid where stretches come in more pieces than any page makes: every later report would have to carry them.
    """
    progress = session.progress
    was_met = progress.is_met and not _first_of_nothing_to_meet(session, progress)
    facts = {
        "session_id": session.pk,
        "seq": report.seq,
        "payload_hash": report.payload_hash,
        "received_ms": received_ms,
        "elapsed_ms": report.elapsed_ms,
        "active_ms_total": report.active_ms_total,
        "active": report.active,
        "inactive": report.inactive,
        "coverage": report.coverage,
        "opened_ms": session.opened_ms,
    }
    kept = store.known(StudyReport, facts)
    session.last_seq = max(session.last_seq, report.seq)
    before = splinters.pieces(session, progress)
    is_past = projection.applied(session, progress, kept, rule, report.position, here=report.state != "late")
    splinters.refuse(before, splinters.pieces(session, progress))
    return Weighed(
        kept,
        newly_met=progress.is_met and not was_met,
        is_past=is_past,
        asks=asking.asks(session, progress, rule, report.state),
    )


def is_too_late(session: StudySession, rule: Rule, received_ms: int) -> bool:
    return received_ms > session.opened_ms + rule.late_ms


def _earlier(session: StudySession, report: Report) -> StudyReport | None:
    """The report of that number, if it was heard before. A number above all those heard needs no look."""
    if report.seq > session.last_seq:
        return None
    return session.reports.filter(seq=report.seq, opened_ms=session.opened_ms).first()


def _first_of_nothing_to_meet(session: StudySession, progress: LessonProgress) -> bool:
    """Whether the first report of a page is what tells that its lesson is met: it asks for nothing, or has no length."""
    return session.last_seq == 0 and (progress.required_percent == 0 or not progress.lengths)


def _presence(stream: StudyStream, session: StudySession, state: str, received_ms: int, rule: Rule) -> None:
    """What a report says about the page itself: it is here, or it is being left."""
    if state == "leaving":
        claims.release(stream, session, received_ms, rule)
    elif stream.session_id != session.pk and claims.may_claim(stream, session, received_ms, rule):
        claims.claim(stream, session, received_ms, StreamClaim.Kind.RESUME)
    elif session.released_ms is not None:
        claims.come_back(stream, session, received_ms)


def answer(
    session: StudySession,
    progress: LessonProgress,
    kept: StudyReport,
    rule: Rule,
    stream: StudyStream,
    *,
    repeated: bool = False,
) -> Taken:
    bounded = bound(kept.active, session.opened_ms, kept.received_ms, rule)
    own = intersect(bounded.accepted, merge(session.turns))
    overlap_ms = length(bounded.accepted) - length(own)
    shut = split_by_bar(own, session.barred) if session.barred else ()
    refused = [
        (reason, ms)
        for reason, ms in (
            ("ahead_of_clock", bounded.ahead_ms),
            ("session_too_long", bounded.too_long_ms),
            ("overlap", overlap_ms),
            *_by_reason(shut),
        )
        if ms
    ]
    return Taken(
        session=session,
        progress=progress,
        bounded=bounded,
        overlap_ms=overlap_ms,
        barred_ms=sum(end - start for start, end, _reason in shut),
        counting=stream.session_id == session.pk,
        repeated=repeated,
        session_active_ms=length(merge(session.active)),
        refused=refused,
    )


def _by_reason(shut: Iterable[Bar]) -> list[tuple[str, int]]:
    found: dict[str, int] = {}
    for start, end, reason in shut:
        found[reason] = found.get(reason, 0) + end - start
    return sorted(found.items())


# --- taking over, granting -------------------------------------------------------------------------------


@transaction.atomic
def take_over(user: User, session_uuid: str) -> StudySession:
    """Count here from now on: one tap on the newest device. What was counted elsewhere until now stays."""
    stream = lock(user.pk)
    session = StudySession.objects.filter(uuid=session_uuid, person=user).first()
    if session is None:
        raise NotFound(_("没有这个学习会话，请重新打开课时。"), code="unknown_session")
    if stream.session_id != session.pk:
        claims.claim(stream, session, epoch_ms(now()), StreamClaim.Kind.TAKEOVER)
    asking.proved(session, rule_of(session), epoch_ms(now()), PresenceAnswer.How.TAKEOVER)
    return session


@transaction.atomic
def grant_block(
    enrolment: Enrolment, lesson: ReleaseLesson, block: str, *, source: str, evidence: UUID
) -> LessonProgress:
    """A block is met whole because the server saw its end; a second time changes nothing.

    source: "quiz", "h5p" or "package"; evidence: the attempt or the statement.
    """
    holder = lock(enrolment.person_id).session
    moment_ms = epoch_ms(now())
    if holder is not None and holder.enrolment_id == enrolment.pk:
        asking.proved(holder, rule_of(holder), moment_ms, SEEN_BY[source])
    progress = progress_of(enrolment, lesson)
    if block not in progress.granted:
        StudyGrant.objects.create(
            enrolment=enrolment, lesson=lesson, block=block, at_ms=moment_ms, source=source, evidence=evidence
        )
        was_met = progress.is_met
        projection.apply_grant(progress, block, local_day(from_epoch_ms(moment_ms)))
        if progress.is_met and not was_met:
            tell(lesson_met, progress.enrolment_id)
        elif was_met:
            tell(lesson_left, progress.enrolment_id)
    if source == "quiz":
        tell(quiz_closed, enrolment.pk)
    return progress
