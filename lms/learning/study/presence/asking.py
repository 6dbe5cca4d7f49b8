"""Asking whether somebody is there, and hearing that somebody is: what the writers of study time call under the lock.

Owns: prompts, answers and what a session keeps of them (`prompt`, `prompt_at_ms`). Refuses: counting; a prompt only
says which time is barred (study/barred.py), and is issued before any of that time has passed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q

from courses.api import ReleaseLesson
from lms.accounts.api import User
from lms.learning.study.barred import rebar
from lms.learning.study.intervals import FOREVER
from lms.learning.study.models import LessonProgress, StudySession
from lms.learning.study.presence.models import PresenceAnswer, PresencePrompt
from lms.learning.study.presence.rules import bar_of, is_due, moments, next_at
from lms.learning.study.rules import Bar, Rule


def bars(session_pks: list[int]) -> Mapping[int, Sequence[Bar]]:
    """The source of study/bar_sources.py: what was not answered, in the sessions that were asked or went on from one."""
    asked = PresencePrompt.objects.filter(session__in=session_pks)
    carried = StudySession.objects.filter(pk__in=session_pks, carried_prompt__isnull=False)
    found: dict[int, list[Bar]] = {}
    for pk, expires, answered_ms in (
        *asked.values_list("session_id", "expires_ms", "answer__at_ms"),
        *carried.values_list("pk", "carried_prompt__expires_ms", "carried_prompt__answer__at_ms"),
    ):
        bar = bar_of(expires, answered_ms)
        if bar is not None:
            found.setdefault(pk, []).append(bar)
    return found


def page_before(
    user: User, lesson: ReleaseLesson, device: str, tab: str, since_ms: int
) -> StudySession | None:
    """The page that a reloaded or renewed one goes on from; one of another day is over, and coming back a hand's work."""
    rows = StudySession.objects.filter(
        person=user, lesson=lesson, device=device[:40], tab=tab[:40], opened_ms__gt=since_ms
    )
    return rows.order_by("-opened_ms", "-pk").first()


def on_opening(rule: Rule, before: StudySession | None, *, asks: bool) -> dict[str, Any]:
    """What a new session keeps of presence. before: the page that it goes on from, not opened by a hand, if any. asks: it
    shows prompts; a page that does not (of an earlier version, of a quiz, another program) is never asked nor barred.

    By hand is a proof of presence. What goes on from another page (a reload, a page that renewed itself) takes over its
    open prompt, or how much it had counted since the last proof.
    """
    fresh = next_at(0, rule) if asks else FOREVER
    if before is None or fresh == FOREVER:
        return {"prompt_at_ms": fresh}
    if before.prompt:
        prompt = PresencePrompt.objects.get(uuid=before.prompt["id"])
        return {"prompt_at_ms": FOREVER, "prompt": before.prompt, "carried_prompt": prompt}
    return {"prompt_at_ms": min(fresh, max(before.prompt_at_ms - before.attributed_ms, 0))}


def asks(session: StudySession, progress: LessonProgress, rule: Rule, state: str) -> bool:
    """Whether a prompt is to be announced with the answer to a report of this state."""
    if state != "here" or session.attributed_ms < session.prompt_at_ms:
        return False
    left_ms = sum(progress.lengths.values()) - progress.covered_ms
    return is_due(session.attributed_ms, session.prompt_at_ms, left_ms, rule)


def ask(session: StudySession, rule: Rule, now_ms: int) -> None:
    """Announce a prompt from `now_ms` (wall) on. Its bar begins in the future: nothing that was counted is in it."""
    when = moments(now_ms, rule)
    prompt = PresencePrompt.objects.create(
        session=session, issued_ms=when.issued, due_ms=when.due, expires_ms=when.expires
    )
    session.prompt = {
        "id": prompt.uuid.hex,
        "issued_ms": when.issued,
        "due_ms": when.due,
        "expires_ms": when.expires,
    }
    session.prompt_at_ms = FOREVER
    session.save(update_fields=["prompt", "prompt_at_ms"])
    rebar([session.pk])
    session.refresh_from_db(fields=["barred"])


def proved(session: StudySession, rule: Rule, now_ms: int, how: str) -> None:
    """Somebody is there, the server saw it: an open prompt is answered, and the next is far again."""
    if session.prompt:
        prompt = PresencePrompt.objects.get(uuid=session.prompt["id"])
        if not PresenceAnswer.objects.filter(prompt=prompt).exists():
            answered(prompt, at_ms=now_ms, received_ms=now_ms, how=how)
            session.refresh_from_db(fields=["barred", "prompt", "prompt_at_ms"])
            return
    elif session.prompt_at_ms == FOREVER:
        # Never asked: by its rule, or because its page shows no prompts.
        return
    session.prompt = {}
    session.prompt_at_ms = next_at(session.attributed_ms, rule)
    session.save(update_fields=["prompt", "prompt_at_ms"])


def answered(prompt: PresencePrompt, *, at_ms: int, received_ms: int, how: str) -> PresenceAnswer:
    """Keep the answer to an unanswered prompt (wall moments), and what follows wherever it was open."""
    answer = PresenceAnswer.objects.create(prompt=prompt, at_ms=at_ms, received_ms=received_ms, how=how)
    concerned = sessions_of(prompt)
    rebar([session.pk for session in concerned])
    for session in sessions_of(prompt):
        if session.prompt.get("id") == prompt.uuid.hex:
            session.prompt = {}
            session.prompt_at_ms = next_at(session.attributed_ms, session.rule.plain())
            session.save(update_fields=["prompt", "prompt_at_ms"])
    return answer


def sessions_of(prompt: PresencePrompt) -> list[StudySession]:
    """The session that was asked, and those that went on from it with the prompt still open."""
    asked = prompt.session
    rows = StudySession.objects.filter(Q(pk=asked.pk) | Q(person_id=asked.person_id, carried_prompt=prompt))
    return list(rows.select_related("rule").order_by("pk"))
