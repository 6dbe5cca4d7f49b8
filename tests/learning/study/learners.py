"""Learners for the simulator: people, their devices and pages, the seconds that pass, and what they really studied.

Owns: the player page of themes/src/js/study/ looked at once a second (meter, outbox, beacon, take-over), and the truth:
which seconds somebody really spent and which content they really met. Reports go to the real services the way the HTTP
door hands them over. Only the clock of the test moves.
"""

import json
from collections import Counter
from datetime import timedelta
from uuid import UUID

from courses.models import CourseVideo
from lms.learning.study.intervals import merge
from lms.learning.study.models import LessonProgress
from lms.learning.study.presence.services import answer
from lms.learning.study.refusals import heard
from lms.learning.study.reports import parse, token_for
from lms.learning.study.services import take_over, take_report
from lms.lib.errors import Refusal
from tests.factories.accounts import UserFactory
from tests.factories.courses import released_course, text
from tests.factories.learning import SECOND, enrolment, opened

MINUTE = 60
HOUR = 3600
# Content is watched and read in quarters of a second, so that 1.25× and 1.5× are whole steps.
UNIT = 250
PER_SECOND = SECOND // UNIT
VIDEO_SECONDS = 20 * MINUTE
TEXT_SECONDS = 8 * MINUTE
LESSONS = 6
SCREEN = 60 * PER_SECOND
FIRST_REPORT, REPORT, RETRY = 10, 30, 4
REST = 5


def course():
    """Six lessons: the first a video and a text, the others videos."""
    film = CourseVideo.objects.create(
        title="示范", file="videos/demo.mp4", duration_ms=VIDEO_SECONDS * SECOND
    )
    video = ("video", {"video": film, "title": "示范"})
    words = text("<p>" + "验电" * (TEXT_SECONDS * 5 // 2) + "</p>")
    return released_course([[video, words], *[[video]] * (LESSONS - 1)])


class World:
    """Time, chance and the line. `beacons`: the share of beacons that arrive; `losses`: requests or answers lost."""

    def __init__(self, traveller, start, rng):
        self.traveller, self.start, self.rng = traveller, start, rng
        self.second = 0
        self.pages = []
        self.losses = 0.0
        self.beacons = 1.0
        self.release = course()

    def wait(self, seconds):
        """Lets seconds pass one by one under the eyes of every open page."""
        for _ in range(seconds):
            self.second += 1
            for page in list(self.pages):
                page.tick()
        self.sync()

    def jump(self, seconds):
        """Lets time pass in which no page is open, or all of them sleep."""
        self.second += seconds
        self.sync()

    def sync(self):
        self.traveller.move_to(self.start + timedelta(seconds=self.second), tick=False)

    def between(self, low, high):
        return self.rng.randint(low, high)


class Learner:
    def __init__(self, world):
        self.world = world
        self.item = enrolment(UserFactory(), world.release)
        self.user = self.item.person
        self.active = Counter()
        self.met = {}
        self.codes = Counter()

    def device(self, kind="computer"):
        return Device(self, kind)

    def studies(self, page, spans):
        """The truth of one second: it was spent on this page, and these spans of content were met."""
        self.active[page.place] += 1
        for block, start, end in spans:
            units = self.met.setdefault((page.place, block), bytearray(page.units(block)))
            for unit in range(start, min(end, len(units))):
                units[unit] = 1

    @property
    def studied_ms(self):
        """Content really met, as far as the time spent on its lesson carries at twice the speed."""
        met = Counter()
        for (place, _block), units in self.met.items():
            met[place] += sum(units) * UNIT
        return sum(min(ms, self.active[place] * 2 * SECOND) for place, ms in met.items())

    @property
    def counted_ms(self):
        return sum(LessonProgress.objects.filter(person=self.user).values_list("counted_ms", flat=True))

    def says(self, body, user=None):
        """What a script of their own sends to the door; a refusal is noted by its code."""
        self.world.sync()
        try:
            taken = heard(user or self.user, json.dumps(body).encode())
        except Refusal as refusal:
            self.codes[refusal.code] += 1
            return None
        self.codes["taken"] += 1
        return taken

    def takes_over(self, session):
        self.world.sync()
        try:
            return take_over(self.user, session.uuid.hex)
        except Refusal as refusal:
            self.codes[refusal.code] += 1
            return None


class Device:
    """Something with a browser: what could not be sent waits on it, also for the next page."""

    def __init__(self, learner, kind):
        self.learner, self.world, self.kind = learner, learner.world, kind
        self.name = f"device-{learner.world.rng.getrandbits(60)}"
        self.online = True
        self.outbox = []
        # Questions answered here, whether or not the server has heard of it.
        self.given = set()
        self.sent = []
        self.retry_at = 0

    def open(self, place=0, tab=""):
        return Page(self, place, tab or f"tab-{self.world.rng.getrandbits(60)}")

    def send(self, entry, state):
        """One request: lost on the way (None), or taken; then its answer may be lost as well."""
        fate = self.world.rng.random()
        if not self.online or fate < self.world.losses / 2:
            return None
        if "tap" in entry:
            self.world.sync()
            answered = answer(self.learner.user, *entry["tap"])
            return None if fate < self.world.losses else answered
        body = entry["body"] | {"state": state}
        self.world.sync()
        taken = take_report(self.learner.user, parse(json.dumps(body).encode()))
        self.sent.append(body)
        return None if fate < self.world.losses else taken

    def flush(self, page):
        """What waits, in order, each until it is answered (outbox.js)."""
        while self.outbox and self.world.second >= self.retry_at:
            entry = self.outbox[0]
            taken = self.send(entry, "" if "tap" in entry else self._state(entry, page))
            if taken is None:
                self.retry_at = self.world.second + RETRY
                return
            self.outbox.pop(0)
            if entry["page"] is page and "body" in entry:
                page.counting = taken.counting
                page.told(taken.session.prompt)

    @staticmethod
    def _state(entry, page):
        newest = entry["page"] is page and entry["body"]["seq"] == page.seq
        return (entry["body"]["state"] if page.visible else "leaving") if newest else "late"


class Page:
    """A lesson's page as the player has it. `doing` is what the learner does before it, if they do."""

    def __init__(self, device, place, tab):
        self.device, self.learner, self.world = device, device.learner, device.world
        self.place, self.tab = place, tab
        self.positions = Counter()
        self.visible, self.doing, self.on_screen = True, None, ""
        # Whether somebody is before it: a video plays on to an empty chair.
        self.alone, self.was_opened = False, False
        self.world.pages.append(self)
        self._open()

    def _open(self):
        self.world.sync()
        found = opened(
            self.learner.item,
            self.place,
            device=self.device.name,
            kind=self.device.kind,
            tab=self.tab,
            again=self.was_opened,
        )
        self.was_opened, self.shut = True, False
        self.session, self.rule, self.counting = found.session, found.rule, found.counting
        self.lengths = found.progress.lengths
        self.blocks = list(self.lengths)
        self.covered = {block: bytearray(self.units(block)) for block in self.lengths}
        for block, pairs in found.progress.coverage.items():
            for start, end in pairs:
                self._fill(block, start // UNIT, end // UNIT)
        self.opened_at = self.last = self.world.second
        self.seq, self.used, self.was, self.rest, self.notices = 0, 0, None, None, None
        self.active_total = 0
        self.reported = FIRST_REPORT - REPORT
        self._forget()
        self.told(found.session.prompt)
        self._look()
        self.device.flush(self)

    def units(self, block):
        return self.lengths[block] // UNIT

    @property
    def clock(self):
        return self.world.second - self.opened_at

    # --- what the learner does ---------------------------------------------------------------------------

    def watch(self, seconds, *, speed=1.0, at=None, block=0):
        """Plays a video; `at` seeks first (in seconds of the video)."""
        name = self.blocks[block]
        if at is not None:
            self.positions[name] = at * PER_SECOND
        self._do(seconds, ("video", name, round(speed * PER_SECOND)))

    def read(self, seconds, *, pace=1.0, block=1):
        """Reads on: `pace` seconds of text in one second, a minute of it on the screen."""
        self._do(seconds, ("text", self.blocks[block], round(pace * PER_SECOND)))

    def _do(self, seconds, doing):
        self.doing, self.on_screen = doing, doing[0]
        self.world.wait(seconds)
        self.doing = None

    def leave(self):
        """Another tab, another app, or closing: the last word goes as a beacon and stays on the device."""
        if not self.visible:
            return
        self._look()
        entry = self._freeze("leaving")
        if self.world.rng.random() < self.world.beacons:
            self.device.send(entry, "leaving")
        self.visible = False
        self._look()

    def back(self):
        self.visible, self.used = True, self.clock
        self._look()
        self._report("here")

    def close(self):
        self.leave()
        self.world.pages.remove(self)

    def confirm(self):
        """Taps "I am studying"; kept on the device, with its moment, until it is through."""
        if self.prompt:
            self.device.given.add(self.prompt["id"])
            tap = (self.session.uuid.hex, UUID(self.prompt["id"]), self.clock * SECOND)
            self.prompt, self.shut = None, False
            self.device.outbox.append({"page": self, "tap": tap})
            self.device.flush(self)

    # --- what the page does (session.js, meter.js) --------------------------------------------------------

    def told(self, prompt):
        self.prompt = prompt if prompt and prompt["id"] not in self.device.given else None

    def _heed(self):
        """A question that was not answered in time: the page stops measuring, and its last word ends there."""
        until = self.prompt["expires_ms"] - self.session.opened_ms if self.prompt else None
        missed = until is not None and self.clock * SECOND >= until
        if missed and not self.shut and (self.active or self.fresh):
            self._freeze("here", until)
        self.shut = missed

    def tick(self):
        before = self.was
        self._heed()
        spans = self._spans() if self.doing and self.visible else []
        if self.doing and self.visible:
            self.used = self.clock
            if not self.shut and not self.alone:
                self.learner.studies(self, spans)
        self._look(spans)
        if not self.visible:
            return
        self._mind_the_turn()
        returned = before not in (None, "active") and self.was == "active"
        due = self.clock - self.reported >= REPORT or returned
        if due and (self.active or self.resting or self.fresh):
            self._report("here")
        elif self.device.outbox:
            self.device.flush(self)
        if self.clock * SECOND > self.rule.session_ms - REPORT * SECOND:
            self._report("leaving")
            self._open()

    def _spans(self):
        _kind, block, step = self.doing
        start = self.positions[block]
        end = min(start + step, self.units(block))
        self.positions[block] = end
        return [(block, start, end)] if start < end else []

    def _look(self, spans=()):
        now, before = self.clock, self.last - self.opened_at
        self.last = self.world.second
        playing = bool(spans) and self.doing[0] == "video" and not self.shut
        in_use = (now - self.used) * SECOND <= self.rule.idle_ms
        state = "hidden" if not self.visible else "active" if playing or in_use else "idle"
        if self.shut and self.visible:
            state = "unanswered"
        if state == "active" and self.was == "active" and now > before:
            self.active.append([before * SECOND, now * SECOND])
            self.active_total += now - before
            if self.on_screen == "text":
                self._dwell()
        if playing:
            for block, start, end in spans:
                self._cover(block, start, end)
        self._keep_rest(state, before, now)
        self.was = state

    def _keep_rest(self, state, before, now):
        if self.rest and self.rest[1] != state:
            if now - self.rest[0] >= REST:
                self.resting.append([self.rest[0] * SECOND, now * SECOND, self.rest[1]])
            self.rest = None
        if state != "active" and self.rest is None:
            self.rest = (before if self.was == "active" else now, state)

    def _dwell(self):
        """Text on the screen fills from the top, at the permitted speed, as long as the page is in use."""
        block = self.blocks[1]
        carry = PER_SECOND * self.rule.speed_hundredths // 100
        top = max(self.positions[block] - PER_SECOND * 4, 0)
        for unit in range(top, min(top + SCREEN, self.units(block))):
            if carry and not self.covered[block][unit]:
                self._cover(block, unit, unit + 1)
                carry -= 1

    def _cover(self, block, start, end):
        self._fill(block, start, end)
        self.fresh.setdefault(block, []).append((start * UNIT, end * UNIT))

    def _fill(self, block, start, end):
        self.covered[block][start:end] = b"\1" * (min(end, self.units(block)) - start)

    def _forget(self):
        self.active, self.resting, self.fresh = [], [], {}

    def _token(self):
        return token_for(self.session.uuid.hex)

    def _freeze(self, state, until=None):
        self.seq += 1
        self.reported = self.clock
        body = {
            "seq": self.seq,
            "session": self._token(),
            "elapsed_ms": self.clock * SECOND if until is None else until,
            "active_ms_total": self.active_total * SECOND,
            "active": [list(pair) for pair in merge(self.active)],
            "inactive": self.resting,
            "coverage": {block: [list(pair) for pair in merge(met)] for block, met in self.fresh.items()},
            "state": state,
        }
        self._forget()
        entry = {"page": self, "body": body}
        self.device.outbox.append(entry)
        return entry

    def _report(self, state):
        self._freeze(state)
        self.device.flush(self)

    def _mind_the_turn(self):
        """The page says "counting elsewhere"; who studies here taps once, a few seconds later."""
        if self.counting or not self.doing or not self.device.online:
            self.notices = None
        elif self.notices is None:
            self.notices = self.world.second + self.world.between(1, 4)
        elif self.world.second >= self.notices:
            self.learner.takes_over(self.session)
            self.counting = True
