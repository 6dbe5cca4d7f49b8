"""The learner's answer to a presence prompt: one tap, now or without a line, and only ever in their favour.

Owns: who may answer what, and for which moment an answer is taken. An answer from a device without a line is taken for
the moment of the tap, as a report is for its stretches: a page that lies about it gains what a script pressing the
button would, and nothing more. Refuses: other people's prompts, made-up ones, and answers after a report would be late.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from lms.accounts.api import User
from lms.learning.study.locking import lock
from lms.learning.study.models import LessonProgress, StudySession
from lms.learning.study.presence.asking import answered
from lms.learning.study.presence.models import PresenceAnswer, PresencePrompt
from lms.learning.study.presence.rules import answered_at, answered_for
from lms.learning.study.services import MS_PER_DAY, is_too_late
from lms.lib.clock import epoch_ms, now
from lms.lib.errors import Invalid, NotAllowed, NotFound


@dataclass(frozen=True)
class Answered:
    """session, progress: as they stand after it. repeated: it had been answered before, and that answer holds."""

    session: StudySession
    progress: LessonProgress
    answer: PresenceAnswer
    repeated: bool


@transaction.atomic
def answer(
    user: User, session_uuid: str, prompt_uuid: UUID, at_ms: int, heard_ms: int | None = None
) -> Answered:
    """Answer a prompt of a session, or one that the session carries on; the same once more changes nothing.

    at_ms: when it was tapped, ms after the session's opening by the page's own clock; heard_ms: likewise, when the page
    that was asked first heard of it. Raises NotFound (no such session or prompt), NotAllowed (another person's), Invalid
    (too late).
    """
    stream = lock(user.pk)
    session = StudySession.objects.select_related("rule").filter(uuid=session_uuid).first()
    if session is None:
        raise NotFound(_("没有这个学习会话，请重新打开课时。"), code="unknown_session")
    if session.person_id != stream.person_id:
        raise NotAllowed(
            _("这次询问属于另一个账号，没有写入。请用原来的账号登录后再回应。"), code="other_person"
        )
    prompt = PresencePrompt.objects.select_related("session").filter(uuid=prompt_uuid).first()
    if prompt is None or session.pk not in (prompt.session_id, *_carriers(session, prompt)):
        raise NotFound(_("这次学习没有问过这个问题，没有写入。请刷新页面后继续学习。"), code="unknown_prompt")
    earlier = PresenceAnswer.objects.filter(prompt=prompt).first()
    if earlier is None:
        received_ms = epoch_ms(now())
        rule = session.rule.plain()
        if is_too_late(session, rule, received_ms):
            raise Invalid(
                _("这次回应在打开课时 %(days)s 天之后才送到，已不能计入。")
                % {"days": rule.late_ms // MS_PER_DAY},
                code="too_late",
            )
        at = answered_at(session.opened_ms, at_ms, prompt.issued_ms, received_ms)
        # A page that goes on from another says nothing of what that one heard.
        if heard_ms is not None and prompt.session_id == session.pk:
            at = answered_for(at, session.opened_ms + heard_ms, prompt.due_ms, prompt.expires_ms)
        given = answered(prompt, at_ms=at, received_ms=received_ms, how=PresenceAnswer.How.BUTTON)
    session = StudySession.objects.select_related("progress").get(pk=session.pk)
    return Answered(session, session.progress, earlier or given, repeated=earlier is not None)


def _carriers(session: StudySession, prompt: PresencePrompt) -> list[int]:
    return [session.pk] if session.carried_prompt_id == prompt.pk else []
