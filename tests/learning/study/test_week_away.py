"""Many come back from a week without a line at the same moment, through the door of production: none lost, none doubled,
and who cannot be heard at once is told when to come again. How fast that is, `make bench` says.
"""

import asyncio
import json
import random
from datetime import datetime
from uuid import uuid4

import pytest
import time_machine
from django.core.asgi import get_asgi_application
from django.test import Client

from lms.learning.study import door, projection
from lms.learning.study.door import StudyDoor
from lms.learning.study.models import LessonProgress, StudyReport
from lms.learning.study.offline.models import OfflinePart
from lms.learning.study.offline.services import issue_ticket
from lms.lib.clock import SHANGHAI
from tests.factories.accounts import UserFactory
from tests.factories.courses import released_course
from tests.factories.learning import MINUTE, enrolment

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
URL = "/learn/study/offline"
LEARNERS, PARTS = 30, 3
DAY = 24 * 60 * MINUTE
CSRF = "c" * 32


@pytest.fixture(autouse=True)
def sessions_in_the_cache(settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"


class Away:
    """Took two lessons along; studied them without a line, one some days after the other."""

    def __init__(self, release):
        self.item = enrolment(UserFactory(), release)
        client = Client()
        client.force_login(self.item.person)
        self.cookie = f"sessionid={client.cookies['sessionid'].value}; csrftoken={CSRF}"
        self.parts = [
            part
            for day, lesson in enumerate(release.lessons.all(), start=2)
            for part in self._lesson(lesson, day * DAY)
        ]

    def _lesson(self, lesson, since_ms):
        issued = issue_ticket(self.item.person, self.item, lesson.uuid, device="phone", device_kind="phone")
        key, block = uuid4().hex, lesson.blocks[0]["id"]
        step = issued.progress.lengths[block] // PARTS
        for seq in range(1, PARTS + 1):
            stretch = [(seq - 1) * step, seq * step]
            yield {
                "ticket": issued.token,
                "session": key,
                "since_ms": since_ms,
                "lasted_ms": PARTS * step,
                "seq": seq,
                "elapsed_ms": seq * step,
                "active_ms_total": seq * step,
                "active": [stretch],
                "inactive": [],
                "coverage": {block: [stretch]},
            }

    def figures(self):
        names = ("lesson_id", "active_ms", "overlap_ms", "counted_ms", "percent", "days")
        return list(LessonProgress.objects.filter(enrolment=self.item).order_by("lesson").values_list(*names))


async def _ask(site, cookie, said):
    """(status, Retry-After) of one part."""
    sent, left = [], [{"type": "http.request", "body": json.dumps(said).encode(), "more_body": False}]
    never = asyncio.Event()

    async def receive():
        if not left:
            await never.wait()
        return left.pop()

    async def send(message):
        sent.append(message)

    headers = {
        "host": "testserver",
        "content-type": "application/json",
        "cookie": cookie,
        "x-csrftoken": CSRF,
    }
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": URL,
        "raw_path": URL.encode(),
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 5000),
        "server": ("testserver", 80),
    }
    await site(scope, receive, send)
    told = dict(sent[0]["headers"])
    return sent[0]["status"], told.get(b"retry-after")


def come_back(learners, draw):
    """All at once, each with one part after the other, some of them twice; the statuses heard."""
    heard = []

    async def one(site, her):
        for part in her.parts:
            for _time in range(draw.choice((1, 1, 2))):
                while True:
                    status, wait = await _ask(site, her.cookie, part)
                    heard.append(status)
                    if status != 503:
                        break
                    assert 1 <= int(wait) <= 60
                    await asyncio.sleep(draw.random() / 20)

    async def everybody():
        site = StudyDoor(get_asgi_application())
        try:
            await asyncio.gather(*(one(site, her) for her in learners))
        finally:
            await site.close()

    asyncio.run(everybody())
    return heard


def test_a_week_of_many_arrives_at_once_and_every_part_counts_once(monkeypatch):
    # Little room, so that most are asked to come again.
    monkeypatch.setattr(door, "MOST_PARTS", 6)
    draw = random.Random(7)
    with time_machine.travel(datetime(2026, 3, 2, 8, tzinfo=SHANGHAI), tick=False) as clock:
        release = released_course()
        learners = [Away(release) for _ in range(LEARNERS)]
        alone = Away(release)
        clock.move_to(datetime(2026, 3, 9, 8, tzinfo=SHANGHAI), tick=False)
        assert set(come_back([alone], random.Random(1))) == {200}
        heard = come_back(learners, draw)
    assert set(heard) == {200, 503}
    assert alone.figures()
    assert sum(figures[3] for figures in alone.figures()) > 0
    for her in learners:
        rows = StudyReport.objects.filter(session__enrolment=her.item)
        kept = OfflinePart.objects.filter(offline__ticket__enrolment=her.item)
        sent = sorted((part["session"], part["seq"]) for part in her.parts)
        assert sorted((key.hex, seq) for key, seq in kept.values_list("offline__key", "seq")) == sent
        assert sorted((key.hex, seq) for key, seq in rows.values_list("session__offline__key", "seq")) == sent
        assert her.figures() == alone.figures()
    for row in LessonProgress.objects.filter(enrolment__in=[her.item for her in learners[:5]]):
        assert projection.differences(row) == {}
