"""Counted time, tick by tick: slow, and plain enough to be held against DESIGN invariant 1 by eye.

A person's life is an array of ticks that says who held their turn; a session is an array of ticks that says when it was
active; a block is an array of ticks that says what was met. Owns nothing but these arrays and the sums over them. Uses
no line of the engine. A tick is a second for whoever studies, a millisecond where real time is measured.

There is no rounding in it: every moment must be whole ticks, and one active second carries 10 × speed (in hundredths)
whole milliseconds of content. The engine rounds once, where hundredths become milliseconds; on whole seconds that
takes nothing away, so both must agree to the millisecond.
"""

from dataclasses import dataclass, field


@dataclass
class Life:
    """A session: which lesson, under which rule, and its ticks since the model's beginning."""

    lesson: str
    opened: int
    speed_hundredths: int
    session_ms: int
    active: bytearray
    shut: bytearray


@dataclass
class Told:
    """What one report came to: the accepted moments, and what was refused, in ms."""

    accepted: set[int] = field(default_factory=set)
    ahead: int = 0
    too_long: int = 0


class Model:
    """One person. `begin` and `end` bound the wall clock (ms); `lessons`: lesson → block → length (ms)."""

    def __init__(self, begin, end, lessons, *, wall=1000, content=1000):
        self.begin, self.wall, self.content = begin, wall, content
        self.ticks = self._tick(end)
        self.turn = [None] * self.ticks
        self.sessions = {}
        self.lengths = lessons
        self.met = {
            lesson: {block: bytearray(self._whole(length, content)) for block, length in blocks.items()}
            for lesson, blocks in lessons.items()
        }
        self.granted = {lesson: set() for lesson in lessons}

    @staticmethod
    def _whole(ms, size):
        assert ms % size == 0, f"{ms} ms are not whole ticks of {size} ms"
        return ms // size

    def _tick(self, moment):
        return self._whole(moment - self.begin, self.wall)

    # --- what happens ------------------------------------------------------------------------------------

    def open(self, session, lesson, opened, *, speed_hundredths, session_ms):
        ticks = bytearray(self.ticks), bytearray(self.ticks)
        self.sessions[session] = Life(lesson, opened, speed_hundredths, session_ms, *ticks)

    def bar(self, session, since, until):
        """Nothing of the session counts from `since` to `until`, whoever was active."""
        for tick in range(max(self._tick(since), 0), min(self._tick(until), self.ticks)):
            self.sessions[session].shut[tick] = 1

    def claim(self, session, at):
        """From `at` on the turn is the session's. Claims are told in the order of their moments."""
        for tick in range(max(self._tick(at), 0), self.ticks):
            self.turn[tick] = session

    def grant(self, lesson, block):
        self.granted[lesson].add(block)

    def report(self, session, received, active, coverage, *, tolerance_ms=0, elapsed=0):
        """Ticks since the opening that were active, and content ticks met; in any order, as often as it comes.

        Content met belongs to the report's end (`elapsed` after the opening): told in barred time it was not met.
        """
        life, told = self.sessions[session], Told()
        ahead = set()
        beyond_tolerance = False
        for moment in {ms for start, end in active for ms in self._steps(start, end, self.wall)}:
            wall = life.opened + moment
            if moment >= life.session_ms:
                told.too_long += self.wall
            elif wall >= received:
                ahead.add(moment)
                beyond_tolerance |= wall + self.wall > received + tolerance_ms
            else:
                life.active[self._tick(wall)] = 1
                told.accepted.add(wall)
        told.ahead = len(ahead) * self.wall if beyond_tolerance else 0
        last = self._tick(min(life.opened + elapsed, received)) - 1
        if last >= 0 and life.shut[last]:
            return told
        for block, ranges in coverage.items():
            met = self.met[life.lesson].get(block, bytearray())
            for start, end in ranges:
                for tick in self._steps(start, end, self.content):
                    if tick // self.content < len(met):
                        met[tick // self.content] = 1
        return told

    def _steps(self, start, end, size):
        return range(self._whole(start, size) * size, self._whole(end, size) * size, size)

    # --- what it comes to --------------------------------------------------------------------------------

    def _times(self, lesson):
        """(active in the turn, active out of it, what the former may carry, active in the turn but barred), ms."""
        active = overlap = budget = barred = 0
        for name, life in self.sessions.items():
            if life.lesson != lesson:
                continue
            tick = life.active.find(1)
            while tick >= 0:
                if self.turn[tick] == name and life.shut[tick]:
                    barred += self.wall
                elif self.turn[tick] == name:
                    active += self.wall
                    budget += self.wall * life.speed_hundredths
                else:
                    overlap += self.wall
                tick = life.active.find(1, tick + 1)
        assert budget % 100 == 0, "whole seconds carry whole milliseconds"
        return active, overlap, budget // 100, barred

    def figures(self, lesson):
        active, overlap, budget, barred = self._times(lesson)
        lengths, granted = self.lengths[lesson], self.granted[lesson]
        whole = sum(lengths[block] for block in granted)
        reported = sum(sum(met) for block, met in self.met[lesson].items() if block not in granted)
        reported *= self.content
        return {
            "active_ms": active,
            "overlap_ms": overlap,
            "budget_ms": budget,
            "covered_ms": reported + whole,
            "met_ms": whole + min(reported, budget),
            "counted_ms": min(reported + whole, budget),
            "barred_ms": barred,
        }

    def seconds_used(self):
        """Wall ms in which anything at all was active: what nobody can have more of."""
        return sum(
            any(life.active[tick] for life in self.sessions.values()) for tick in range(self.ticks)
        ) * (self.wall)
