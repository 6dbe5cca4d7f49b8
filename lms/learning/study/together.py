"""Many reports, one commit: what a server that hears thousands a second does with those that wait at one moment.

A commit costs the disk the same whether it holds one report or a hundred. Owns: which reports may share a transaction,
and that transaction. What it takes, it takes exactly as `services.take_report` would, with the same rules on the same
rows. Refuses: saying no, or deciding anything that reaches further than a report, its session and its progress: then
the answer is None and the ordinary way decides (a refusal, a repeated number, a page that is left or takes its turn,
a lesson that is met, a report of an earlier day).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import transaction
from django.utils.crypto import constant_time_compare

from lms.accounts.api import User
from lms.learning.study import store
from lms.learning.study.models import LessonProgress, StudyReport, StudySession
from lms.learning.study.reports import Report
from lms.learning.study.services import Taken, answer, is_too_late, rule_of, weigh
from lms.lib.clock import epoch_ms, now
from lms.lib.errors import Refusal


@dataclass(frozen=True)
class Heard:
    """A report, and the content of the web session it came with."""

    report: Report
    signed_in: Mapping[str, Any]


def take_together(heard: Sequence[Heard]) -> list[Taken | None]:
    """Write what can be written together, in the order heard; the answers in the same order, None: not written here.

    Needs PostgreSQL. Raises nothing for a report's sake; a database error leaves nothing written.
    """
    with transaction.atomic():
        return _Batch(heard).taken()


class _Batch:
    def __init__(self, heard: Sequence[Heard]) -> None:
        self.heard = heard
        self.loaded = store.load_many(sorted({item.report.session for item in heard}))
        # Taken under the locks: a claim made meanwhile is then never later than what is accepted here.
        self.received_ms = epoch_ms(now())
        self.reports: list[StudyReport] = []
        self.sessions: dict[int, StudySession] = {}
        self.progresses: dict[int, LessonProgress] = {}
        # A session of which one report went the ordinary way: those after it must not overtake it.
        self.left: set[str] = set()

    def taken(self) -> list[Taken | None]:
        answers = [self._one(item) for item in self.heard]
        if self.reports:
            store.write_many(self.reports, list(self.sessions.values()), list(self.progresses.values()))
        return answers

    def _one(self, item: Heard) -> Taken | None:
        found = self.loaded.get(item.report.session)
        if found is None or item.report.session in self.left:
            return None
        taken = self._weighed(found, item)
        if taken is None:
            self.left.add(item.report.session)
        return taken

    def _weighed(self, found: store.Loaded, item: Heard) -> Taken | None:
        session, report = found.session, item.report
        progress = session.progress
        rule = rule_of(session)
        if (
            not is_theirs(item.signed_in, found)
            or not _says_nothing_else(found, report)
            or is_too_late(session, rule, self.received_ms)
        ):
            return None
        # `weigh` puts new values in place of old ones and changes none, so that this much is enough to go back.
        before = session.__dict__.copy(), progress.__dict__.copy()
        overlap_ms = progress.overlap_ms
        try:
            weighed = weigh(session, report, rule, self.received_ms)
        except Refusal:
            session.__dict__, progress.__dict__ = before
            return None
        # Time outside the page's turn may be open to it, and presence is asked for: steps that the ordinary way takes.
        if weighed.newly_met or weighed.is_past or weighed.asks or progress.overlap_ms > overlap_ms:
            session.__dict__, progress.__dict__ = before
            return None
        self.reports.append(weighed.kept)
        self.sessions[session.pk] = session
        self.progresses[progress.pk] = progress
        return answer(session, progress, weighed.kept, rule, found.stream)


def _says_nothing_else(found: store.Loaded, report: Report) -> bool:
    """Whether a report is a new one of the page that holds the turn, or a late one, and nothing follows from it."""
    session = found.session
    is_new = report.seq > session.last_seq
    holds_turn = found.stream.session_id == session.pk and session.released_ms is None
    leaves = report.state == "leaving" or (report.state == "late" and session.progress.is_met)
    return is_new and holds_turn and not leaves


def is_theirs(signed_in: Mapping[str, Any], found: store.Loaded) -> bool:
    """Whether the web session is that of the study session's person, as Django's own middleware would find it.

    A web session under an older secret key is not recognised here; the ordinary way renews it.
    """
    return (
        found.is_active
        and signed_in.get(SESSION_KEY) == str(found.session.person_id)
        and signed_in.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        and constant_time_compare(signed_in.get(HASH_SESSION_KEY) or "", _session_hash(found.password))
    )


@lru_cache(maxsize=65536)
def _session_hash(password: str) -> str:
    return User(password=password).get_session_auth_hash()
