"""A year of study of many learners: their pages, and what is reckoned for all of them at night, at three sizes."""

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path
from time import monotonic
from typing import Any

from django.db import connection

from lms.accounts.models import User
from lms.lib.clock import SHANGHAI, local_day, today
from tests.bench import data
from tests.bench.copies import Copies
from tests.bench.load import press, served

Say = Callable[..., None]

# One lesson a day, one report each half minute of it: 300 intervals a learner and year.
TEMPLATES, COURSES, LESSONS, REPORTS = 2, 6, 5, 10
HALF_MINUTE = 30_000
SAMPLE = 400
AUDITED = 10
AIM_MS = 50
AIM_NIGHT_MINUTES = 10
# The whole of it, and a thirtieth.
EVERYBODY = 100_000
SHORT = 3_334


def releases() -> list[Any]:
    """Courses of five films of five minutes."""
    from courses.models import CourseVideo
    from tests.factories import courses as make

    film = CourseVideo.objects.create(title="示范", file="videos/demo.mp4", duration_ms=REPORTS * HALF_MINUTE)
    kinds = ["public", "specialty", "vocational"]
    return [
        make.released_course(
            [[("video", {"video": film, "title": "示范"})]] * LESSONS,
            kind=kinds[number % 3],
            sector="industry" if number % 3 == 1 else "",
            centihours=55,
        )
        for number in range(COURSES)
    ]


def templates() -> list[User]:
    """Learners whose year goes through the real services, each on days of their own before today."""
    import time_machine

    from lms.learning.study.partitions import REPORTS

    courses = releases()
    people = data.people(TEMPLATES)
    step = timedelta(days=360 / (COURSES * LESSONS))
    # Their tables are made as months pass; here the year before has no tables yet.
    REPORTS.make_ahead(first=today() - timedelta(days=365))
    start = datetime.combine(today() - timedelta(days=361), datetime.min.time(), SHANGHAI)
    for number, user in enumerate(people):
        begin = start + timedelta(days=number, hours=8 + number % 12)
        with time_machine.travel(begin, tick=False) as traveller:
            _study(user, courses, begin, step, traveller)
    return people


def _study(user: User, courses: list[Any], begin: datetime, step: timedelta, traveller: Any) -> None:
    from lms.accounts.api import actor
    from lms.learning.enrolment.services import enrol
    from lms.learning.study.reports import parse
    from lms.learning.study.services import open_session, take_report

    moment = begin
    for release in courses:
        enrolment = enrol(user, release.course, actor(user))
        for lesson in release.lessons.all():
            traveller.move_to(moment, tick=False)
            opened = open_session(user, enrolment, lesson.uuid, device="bench", device_kind="phone")
            block = lesson.blocks[0]["id"]
            for seq in range(1, REPORTS + 1):
                traveller.shift(timedelta(milliseconds=HALF_MINUTE))
                low, high = (seq - 1) * HALF_MINUTE, seq * HALF_MINUTE
                body = {
                    "session": opened.token,
                    "seq": seq,
                    "elapsed_ms": high,
                    "active_ms_total": high,
                    "active": [[low, high]],
                    "coverage": {block: [[low, high]]},
                    "position": {"block": block, "ms": high},
                    "state": "leaving" if seq == REPORTS else "here",
                }
                take_report(user, parse(json.dumps(body).encode()))
            moment += step


@contextmanager
def asking(folder: Path, lines: list[str]) -> Iterator[str]:
    """A wrk script that asks one after the other; a line is a cookie and an address, parted by a tab."""
    path = folder / "asked.tsv"
    path.write_text("\n".join(lines) + "\n")
    try:
        yield f"""
local asked = {{}}
for line in io.lines("{path}") do
  local cookie, place = line:match("([^\t]*)\t([^\t]*)")
  table.insert(asked, {{cookie, place}})
end
local n = 0
request = function()
  n = n + 1
  local it = asked[(n - 1) % #asked + 1]
  return wrk.format("GET", it[2], {{["Cookie"] = it[1]}})
end
"""
    finally:
        path.unlink()


def run(sizes: list[int], seconds: int, folder: Path, say: Say) -> None:
    """Everything at each of the sizes (learners), growing in one database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
    copies = Copies(templates())
    nights: list[tuple[int, float]] = []
    with served("tests.bench.bare:application", folder) as bare:
        limit = press(bare + "/", seconds=2, clients=1)
    with served("lms.config.wsgi:application", folder) as site:
        for size in sizes:
            began = monotonic()
            copies.make(size)
            say(
                "a year of study generated",
                learners=size,
                intervals=_intervals(),
                seconds=round(monotonic() - began),
            )
            _pages(site, copies, size, seconds, folder, limit, say)
            nights.append((size, _night(size, say)))
    (small, first), (large, last) = nights[0], nights[-1]
    say(
        "nightly statements: growth",
        learners=[size for size, _seconds in nights],
        seconds_per_1000=[round(1000 * seconds / size, 2) for size, seconds in nights],
        ratio=round((last / large) / (first / small), 2) if first else 0,
        limit=1,
    )
    _audit(copies, sizes[-1], say)


def _intervals() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM learning_studyreport")
        return int(cursor.fetchone()[0])


def _pages(
    site: str, copies: Copies, size: int, seconds: int, folder: Path, limit: dict[str, float], say: Say
) -> None:
    """A learner's pages over HTTP, one client, each request another learner and day."""
    chance = random.Random(size)
    people = copies.people(chance.sample(range(size), min(SAMPLE, size)))
    cookies = {user.pk: data.session_cookie(user) for user in people}
    days = {user.pk: _days_of(user) for user in people}
    asked: dict[str, Callable[[User], str]] = {
        "a learner's day": lambda user: f"/hours/{chance.choice(days[user.pk])}/",
        "a learner's year": lambda user: f"/hours/?year={chance.choice(days[user.pk]).year}",
        "a day and its lessons explained (API)": lambda user: (
            f"/api/v1/learning/days/{chance.choice(days[user.pk])}"
        ),
    }
    for name, address in asked.items():
        lines = [f"{cookies[user.pk]}\t{address(user)}" for user in people]
        with asking(folder, lines) as script:
            press(site + "/hours/", seconds=1, clients=2, script=script)
            found = press(site + "/hours/", seconds=seconds, clients=1, script=script)
        say(
            name,
            learners=size,
            **found,
            limit_p95_ms=limit["p95_ms"],
            ratio=round(found["p95_ms"] / AIM_MS, 2),
            aim_p95_ms=AIM_MS,
        )


def _days_of(user: User) -> list[date]:
    from lms.learning.study.models import LessonProgress

    rows = LessonProgress.objects.filter(person=user).values_list("last_day", flat=True)
    return sorted(day for day in rows if day)


def _night(size: int, say: Say) -> float:
    """The figures of all years that are due, as the nightly job reckons them: anew, and once more with nothing new; and
    what else goes through everybody once a day: hours owed after completions, a day looked through for what is odd.
    """
    from lms.learning.completion.services import settle_all
    from lms.learning.holds import services as holds
    from lms.learning.holds.models import HoldScan
    from lms.learning.statements import figures
    from lms.learning.statements.models import YearFigure

    YearFigure.objects.all().delete()
    taken = []
    for _again in range(2):
        began = monotonic()
        for year in figures.years_due():
            while figures.step(year).more:
                pass
        taken.append(monotonic() - began)
    began = monotonic()
    settle_all()
    settled = monotonic() - began
    HoldScan.objects.all().delete()
    began = monotonic()
    holds.scan(today() - timedelta(days=30))
    looked = monotonic() - began
    say(
        "nightly statements for all",
        learners=size,
        seconds=round(taken[0], 1),
        again_seconds=round(taken[1], 1),
        settled_seconds=round(settled, 1),
        looked_through_seconds=round(looked, 1),
        minutes_for_all=round(taken[0] / 60 * EVERYBODY / size, 1),
        ratio=round(taken[0] / 60 * EVERYBODY / size / AIM_NIGHT_MINUTES, 2),
        aim_minutes=AIM_NIGHT_MINUTES,
    )
    return taken[0]


def _audit(copies: Copies, size: int, say: Say) -> None:
    """A sample of learners rebuilt from their raw rows: it ends the run where anything differs."""
    from django.core.management import call_command

    chance = random.Random(1)
    began, said = monotonic(), StringIO()
    for user in copies.people(chance.sample(range(size), AUDITED)):
        call_command("audit_study", person=str(user.uuid), stdout=said)
    say(
        "rebuilt from raw rows",
        learners=AUDITED,
        differ=0,
        ms_per_learner=round((monotonic() - began) * 1000 / AUDITED),
        day=str(local_day(datetime.now(SHANGHAI))),
    )
