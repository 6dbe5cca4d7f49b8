"""Lessons taken along for the simulator: a ticket on a device, its pages without a line, and handing in what they kept.

Owns: the offline page of themes/src/js/study/offline.js looked at once a second, beside learners.py's page with a line.
"""

from uuid import UUID

from lms.learning.study.offline.services import issue_ticket, take_part
from lms.learning.study.reports import facts_of
from lms.lib.errors import Refusal
from tests.factories.learning import SECOND
from tests.learning.study.learners import FIRST_REPORT, REPORT, Page


class Along:
    """A lesson on a device, with its ticket. parts: what its pages kept, in their order, until somebody hands it in."""

    def __init__(self, device, place=0):
        self.device, self.learner, self.world, self.place = device, device.learner, device.world, place
        item = self.learner.item
        lesson = item.release.lessons.all()[place]
        self.world.sync()
        self.issued = issue_ticket(
            self.learner.user, item, lesson.uuid, device=device.name, device_kind=device.kind
        )
        self.taken_at = self.world.second
        self.parts = []

    @property
    def token(self):
        return self.issued.token

    def open(self):
        return AlongPage(self)

    def key(self):
        return UUID(int=self.world.rng.getrandbits(128))

    def hand_in(self, parts=None, token=None):
        """Each part as it is sent, with how long its page has been open by now; refusals are noted by their code."""
        for part in self.parts if parts is None else parts:
            says_part(self.learner, token or self.token, part)


def says_part(learner, token, part, **changes):
    """What a device, or a script, hands in; what comes of it, or None."""
    learner.world.sync()
    said = part | changes
    try:
        facts = {name: value for name, value in said.items() if name not in ("key", "since_ms", "lasted_ms")}
        kept = take_part(
            learner.user,
            token,
            said["key"],
            facts_of(facts, session=""),
            since_ms=said["since_ms"],
            lasted_ms=said["lasted_ms"],
        )
    except Refusal as refusal:
        learner.codes[refusal.code] += 1
        return None
    learner.codes["repeated" if kept.repeated else "taken"] += 1
    return kept


class AlongPage(Page):
    """The page of a lesson that was taken along: it measures as always and asks nobody."""

    def __init__(self, along):
        self.along = along
        super().__init__(along.device, along.place, "")

    def _open(self):
        found = self.along.issued
        self.key, self.session, self.rule = self.along.key(), None, found.ticket.rule
        self.counting, self.shut, self.prompt = True, False, None
        self.lengths = found.progress.lengths
        # The video first, as on the page: PostgreSQL keeps the keys of a document in an order of its own.
        self.blocks = sorted(self.lengths, key=self.lengths.get, reverse=True)
        self.covered = {block: bytearray(self.units(block)) for block in self.lengths}
        self.opened_at = self.last = self.world.second
        self.seq, self.used, self.was, self.rest, self.notices = 0, 0, None, None, None
        self.active_total = 0
        self.reported = FIRST_REPORT - REPORT
        self._forget()
        self._look()

    def _token(self):
        return ""

    def leave(self):
        if self.visible:
            self._look()
            self._freeze("leaving")
            self.visible = False
            self._look()

    def _freeze(self, state, until=None):
        entry = super()._freeze(state, until)
        self.device.outbox.remove(entry)
        told = {name: value for name, value in entry["body"].items() if name not in ("session", "state")}
        since = (self.opened_at - self.along.taken_at) * SECOND
        self.along.parts.append(told | {"key": self.key, "since_ms": since, "lasted_ms": self.clock * SECOND})
        return entry

    def _report(self, state):
        self._freeze(state)
