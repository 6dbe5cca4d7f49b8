"""Learners who come back from a week without a line, all at once: what they kept is handed in over HTTP, and every part
of it is looked for in the database afterwards.

The client does what the page does (themes/src/js/study): one part after the other, each until it was answered, and at a
503 it waits for as long as it is told. Only the waiting is compressed, to a tenth.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from lms.accounts.models import User
from lms.lib.clock import now
from lms.lib.ids import uuid7
from tests.bench import data
from tests.bench.copies import Copies
from tests.bench.load import press, reporting, study_door
from tests.factories import courses as make

Say = Callable[..., None]

LEARNERS = 1000
# Lessons in the week, and in how many parts each is handed in.
SHORT, FULL = (1, 1), (7, 3)
WEEK_DAYS = 7
DAY = 24 * 3600 * 1000
PART = 100_000
# Every so many parts an answer is lost, and the part is sent again.
LOST = 10
COMPRESSED = 10
ADDRESS = "/learn/study/offline"
CSRF = "c" * 32
SAMPLE = 20


@dataclass
class Kept:
    """What one learner has on their device, in order, and what came of it."""

    cookie: str
    bodies: list[bytes]
    codes: Counter[int] = field(default_factory=Counter)


def before_the_week(lessons: int, parts: int) -> User:
    """A learner who took lessons along, a little more than a week ago."""
    import time_machine

    from courses.models import CourseVideo
    from lms.accounts.api import actor
    from lms.learning.enrolment.services import enrol
    from lms.learning.study.offline.services import issue_ticket

    film = CourseVideo.objects.create(title="示范", file="videos/demo.mp4", duration_ms=parts * PART)
    release = make.released_course([[("video", {"video": film, "title": "示范"})]] * lessons)
    (user,) = data.people(1)
    with time_machine.travel(now() - timedelta(days=WEEK_DAYS + 1), tick=True):
        enrolment = enrol(user, release.course, actor(user))
        for lesson in release.lessons.all():
            issue_ticket(user, enrolment, lesson.uuid, device="bench", device_kind="phone")
    return user


def parts_of(tickets: list[Any], parts: int) -> list[dict[str, Any]]:
    """One lesson after the other over the week, as POST /learn/study/offline takes them."""
    from lms.learning.study.offline.services import _signer

    found = []
    for number, ticket in enumerate(tickets):
        block = ticket.lesson.blocks[0]["id"]
        session = uuid7().hex
        for seq in range(1, parts + 1):
            low, high = (seq - 1) * PART, seq * PART
            found.append(
                {
                    "ticket": _signer.sign(ticket.uuid.hex),
                    "session": session,
                    "since_ms": number * WEEK_DAYS * DAY // len(tickets) + DAY // 2,
                    "lasted_ms": parts * PART,
                    "seq": seq,
                    "elapsed_ms": high,
                    "active_ms_total": high,
                    "active": [[low, high]],
                    "inactive": [],
                    "coverage": {block: [[low, high]]},
                    "position": {"block": block, "ms": high},
                }
            )
    return found


# --- the wave --------------------------------------------------------------------------------------------


class Connection:
    """One keep-alive connection that speaks as much HTTP as is needed here."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def post(self, cookie: str, body: bytes) -> tuple[int, int]:
        """(status, Retry-After in seconds)"""
        if self.reader is None or self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        head = (
            f"POST {ADDRESS} HTTP/1.1\r\nHost: {self.host}\r\nContent-Type: application/json\r\n"
            f"Cookie: {cookie}; csrftoken={CSRF}\r\nX-CSRFToken: {CSRF}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.writer.write(head.encode() + body)
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value for name, _colon, value in (line.partition(": ") for line in lines[1:])
        }
        await self.reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("connection", "").lower() == "close":
            self.writer.close()
            self.reader = self.writer = None
        return int(lines[0].split()[1]), int(headers.get("retry-after", 0))


async def _come_back(url: str, learners: list[Kept], latencies: list[float]) -> None:
    address = urlsplit(url)
    waiting = list(enumerate(learners))

    async def one() -> None:
        connection = Connection(address.hostname or "", address.port or 80)
        while waiting:
            place, learner = waiting.pop()
            for number, body in enumerate(learner.bodies):
                # An answer that was lost on its way: the part comes a second time.
                for _time in range(2 if (place + number) % LOST == 0 else 1):
                    await _until_taken(connection, learner, body, latencies)

    await asyncio.gather(*(one() for _learner in learners))


async def _until_taken(connection: Connection, learner: Kept, body: bytes, latencies: list[float]) -> None:
    while True:
        began = monotonic()
        status, wait = await connection.post(learner.cookie, body)
        learner.codes[status] += 1
        if status != 503:
            latencies.append(monotonic() - began)
            return
        if not wait:
            raise SystemExit("503 without Retry-After")
        await asyncio.sleep(wait / COMPRESSED)


# --- measuring and looking afterwards --------------------------------------------------------------------


def run(lessons: int, parts: int, folder: Path, say: Say) -> None:
    """LEARNERS with as many lessons each, every one on a connection of their own."""
    from lms.learning.study.offline.models import StudyTicket

    copies = Copies([before_the_week(lessons, parts)])
    copies.make(LEARNERS + 1)
    alone, *people = copies.people(range(LEARNERS + 1))
    tickets: dict[int, list[Any]] = {user.pk: [] for user in (alone, *people)}
    for ticket in StudyTicket.objects.filter(person__in=tickets).select_related("lesson").order_by("pk"):
        tickets[ticket.person_id].append(ticket)
    plan = {user.pk: parts_of(tickets[user.pk], parts) for user in people}
    kept = [
        Kept(data.session_cookie(user), [json.dumps(part).encode() for part in plan[user.pk]])
        for user in people
    ]
    latencies: list[float] = []
    limit = _limit(folder)
    with study_door("lms.config.asgi:application", folder) as site:
        began = monotonic()
        asyncio.run(_come_back(site, kept, latencies))
        seconds = monotonic() - began
    codes: Counter[int] = sum((item.codes for item in kept), Counter())
    taken = sum(len(item.bodies) for item in kept)
    faults = _faults(people, plan, _one_by_one(alone, parts_of(tickets[alone.pk], parts)))
    latencies.sort()
    say(
        "back from a week without a line, all at once",
        learners=LEARNERS,
        parts=taken,
        seconds=round(seconds, 1),
        per_second=round(taken / seconds),
        p50_ms=round(latencies[len(latencies) // 2] * 1000),
        p95_ms=round(latencies[len(latencies) * 95 // 100] * 1000),
        limit=limit,
        ratio=round(taken / seconds / limit, 3),
        asked_to_wait=codes[503],
        errors=sum(number for code, number in codes.items() if code not in (200, 503)),
        sent_twice=codes[200] - taken,
        lost_or_doubled=len(faults),
    )
    if faults or set(codes) - {200, 503}:
        raise SystemExit(f"{dict(codes)}; {faults[:5]}")


def _limit(folder: Path) -> float:
    """An endpoint that inserts its body and commits, through the same server."""
    from tests.bench import writers

    writers.make_raw_table()
    with (
        reporting(folder, ["-\t-\t-"]) as script,
        study_door("tests.bench.bare_asgi:application", folder) as bare,
    ):
        return press(bare + "/", seconds=3, clients=64, script=script)["per_second"]


def _one_by_one(user: User, parts: list[dict[str, Any]]) -> dict[str, Any]:
    """The same week of one more learner, part after part through the service: what everybody's has to come to."""
    from lms.learning.study.offline.services import take_part
    from lms.learning.study.reports import facts_of

    for part in parts:
        take_part(
            user,
            part["ticket"],
            UUID(part["session"]),
            facts_of(part, session=""),
            since_ms=part["since_ms"],
            lasted_ms=part["lasted_ms"],
        )
    return _figures([user])[user.pk]


def _figures(people: list[User]) -> dict[int, Any]:
    from lms.learning.study.models import LessonProgress

    found: dict[int, Any] = {user.pk: [] for user in people}
    names = ("lesson_id", "active_ms", "overlap_ms", "covered_ms", "met_ms", "counted_ms", "percent", "days")
    rows = LessonProgress.objects.filter(person__in=people).order_by("lesson_id")
    for person, *figures in rows.values_list("person_id", *names):
        found[person].append(figures)
    return found


def _faults(people: list[User], plan: dict[int, list[dict[str, Any]]], wanted: Any) -> list[str]:
    """Every part that is not there exactly once, as it was sent; every learner whose figures are not those wanted."""
    from lms.learning.study import projection
    from lms.learning.study.models import LessonProgress, StudyReport
    from lms.learning.study.offline.models import OfflinePart

    there = Counter(
        (person, key.hex, seq, facts["active_ms_total"])
        for person, key, seq, facts in OfflinePart.objects.filter(
            offline__ticket__person__in=people
        ).values_list("offline__ticket__person_id", "offline__key", "seq", "facts")
    )
    counted = Counter(
        (person, key.hex, seq, total)
        for person, key, seq, total in StudyReport.objects.filter(session__person__in=people).values_list(
            "session__person_id", "session__offline__key", "seq", "active_ms_total"
        )
    )
    sent = Counter(
        (person, part["session"], part["seq"], part["active_ms_total"])
        for person, parts in plan.items()
        for part in parts
    )
    found = [f"part {key}: sent {sent[key]}, kept {there[key]}" for key in (sent - there) + (there - sent)]
    found += [f"part {key}: counted {counted[key]} times" for key in (sent - counted) + (counted - sent)]
    found += [f"{person}: {figures}" for person, figures in _figures(people).items() if figures != wanted]
    for row in LessonProgress.objects.filter(person__in=people[:SAMPLE]):
        found += [f"progress {row.pk}: {name}" for name in projection.differences(row)]
    return found
