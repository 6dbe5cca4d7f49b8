"""Reports that share a commit are taken as they would be one by one; what is not plain goes the ordinary way."""

import asyncio
import json
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.core.asgi import get_asgi_application
from django.db import connections, transaction
from django.test import Client

from lms.learning.study import door, projection
from lms.learning.study.door import StudyDoor
from lms.learning.study.locking import lock
from lms.learning.study.models import LessonProgress, StudyReport
from lms.learning.study.presence.models import PresencePrompt
from lms.learning.study.reports import MAX_BYTES, parse
from lms.learning.study.services import take_over
from lms.learning.study.together import Heard, take_together
from lms.lib.clock import SHANGHAI
from lms.lib.outbox.models import OutboxEvent
from tests.factories.accounts import UserFactory
from tests.factories.courses import PARAGRAPH, released_course, text
from tests.factories.learning import MINUTE, body, enrolment, opened
from tests.learning.study.simulate import seed_of_this_run

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
URL = "/learn/study/report"


@pytest.fixture(autouse=True)
def sessions_in_the_cache(settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"


class Learner:
    """Signed in, with a page of the course's first lesson."""

    def __init__(self, release=None):
        self.item = enrolment(release=release)
        self.page = opened(self.item)
        self.block = next(iter(self.page.progress.lengths))
        self.client = Client()
        self.client.force_login(self.item.person)
        self.seq = 0

    @property
    def cookie(self):
        return f"sessionid={self.client.cookies['sessionid'].value}"

    def report(self, until, **more):
        self.seq += 1
        return body(self.page.session, self.seq, until=until, coverage={self.block: [[0, until]]}, **more)

    def ordinary(self, said):
        return self.client.post(URL, json.dumps(said), content_type="application/json")

    def progress(self):
        return LessonProgress.objects.get(enrolment=self.item)


class Answer:
    def __init__(self, messages):
        start = messages[0]
        self.status = start["status"]
        self.headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        self.text = b"".join(message.get("body", b"") for message in messages[1:])

    def json(self):
        return json.loads(self.text)


def through_the_door(*requests, together=True):
    """(cookie, what is said) each, at the same moment; the answers in order. The door is closed again afterwards."""

    async def one(site, cookie, said):
        raw = said if isinstance(said, bytes) else json.dumps(said).encode()
        sent, left = [], [{"type": "http.request", "body": raw, "more_body": False}]
        never = asyncio.Event()

        async def receive():
            if not left:
                await never.wait()
            return left.pop()

        async def send(message):
            sent.append(message)

        headers = [(b"host", b"testserver"), (b"content-type", b"application/json")]
        headers += [(b"cookie", cookie.encode())] if cookie else []
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
            "headers": headers,
            "client": ("127.0.0.1", 5000),
            "server": ("testserver", 80),
        }
        await site(scope, receive, send)
        return Answer(sent)

    async def all_of_them():
        site = StudyDoor(get_asgi_application())
        try:
            if together:
                return await asyncio.gather(*(one(site, *request) for request in requests))
            return [await one(site, *request) for request in requests]
        finally:
            await site.close()

    return asyncio.run(all_of_them())


def one_by_one(*requests):
    return through_the_door(*requests, together=False)


def test_many_at_once_are_all_kept_and_each_answered_with_its_own_figures(clock):
    release = released_course()
    learners = [Learner(release) for _ in range(12)]
    clock.shift(600)
    said = [(her, her.report((place + 1) * MINUTE)) for place, her in enumerate(learners)]
    answers = through_the_door(*((her.cookie, report) for her, report in said))
    assert [answer.status for answer in answers] == [200] * 12
    assert [answer.json()["counted_ms"] for answer in answers] == [
        min((place + 1) * MINUTE, her.page.progress.lengths[her.block]) for place, her in enumerate(learners)
    ]
    assert StudyReport.objects.count() == 12
    for her in learners:
        assert projection.differences(her.progress()) == {}
        her.page.session.refresh_from_db()
        assert projection.session_differences(her.page.session) == {}


def test_an_answer_and_its_headers_are_those_of_the_ordinary_way(clock):
    her, him = Learner(), Learner()
    clock.shift(120)
    (found,) = one_by_one((her.cookie, her.report(MINUTE, position={"block": her.block, "ms": MINUTE})))
    expected = him.ordinary(him.report(MINUTE, position={"block": him.block, "ms": MINUTE}))
    assert found.json() == expected.json()
    for name in ("content-type", "x-content-type-options", "referrer-policy", "x-frame-options"):
        assert found.headers[name] == expected.headers[name]
    assert her.progress().position == {"block": her.block, "ms": MINUTE}


def test_presence_is_asked_for_by_the_ordinary_way_and_told_by_both(clock):
    clock.move_to(datetime(2026, 12, 2, 12, tzinfo=SHANGHAI))
    her = Learner(released_course(lessons=[[text(PARAGRAPH * 60)]]))
    for minutes in range(42, 46):
        clock.move_to(datetime(2026, 12, 2, 12, minutes, tzinfo=SHANGHAI))
        (answer,) = one_by_one((her.cookie, her.report(minutes * MINUTE)))
        asked = PresencePrompt.objects.filter(session=her.page.session).first()
        assert (asked is not None) == (minutes >= 43)
        if asked:
            assert answer.json()["prompt"]["id"] == asked.uuid.hex
    assert PresencePrompt.objects.count() == 1
    her.page.session.refresh_from_db()
    assert projection.session_differences(her.page.session) == {}


def test_what_is_refused_is_refused_in_the_words_of_the_ordinary_way(clock):
    her, other = Learner(), Learner()
    clock.shift(600)
    first = her.report(MINUTE)
    elsewhere = {**first, "active": [[0, 5]], "active_ms_total": 5}
    forged = {**first, "session": first["session"][:-2] + "xx"}
    cases = [
        (her.cookie, first, 200, None),
        (her.cookie, first, 200, None),
        (her.cookie, elsewhere, 409, "seq_reused"),
        (her.cookie, forged, 403, "bad_token"),
        (other.cookie, her.report(2 * MINUTE), 403, "other_person"),
        ("", her.report(2 * MINUTE), 401, "login_required"),
        ("sessionid=nobody", her.report(2 * MINUTE), 401, "login_required"),
        (her.cookie, b"{", 422, "bad_report"),
        (her.cookie, b" " * (MAX_BYTES + 1), 413, "too_large"),
    ]
    for cookie, said, status, code in cases:
        (answer,) = one_by_one((cookie, said))
        assert (answer.status, answer.json().get("code")) == (status, code), said
        if code:
            assert answer.json()["message"]
    assert StudyReport.objects.count() == 1


def test_a_person_signed_out_or_closed_is_not_taken(clock):
    her, him = Learner(), Learner()
    clock.shift(600)
    cookie = her.cookie
    her.client.logout()
    him.item.person.is_active = False
    him.item.person.save()
    found = through_the_door((cookie, her.report(MINUTE)), (him.cookie, him.report(MINUTE)))
    assert [answer.status for answer in found] == [401, 401]
    assert StudyReport.objects.count() == 0


def test_what_follows_from_a_report_follows_here_too(clock):
    """Met by this report: the course is completed, once, by the ordinary way."""
    her = Learner(released_course([[text()]], min_coverage_percent=10))
    clock.shift(3600)
    length = her.page.progress.lengths[her.block]
    reports = [her.report(length) for _ in range(3)]
    found = one_by_one(*((her.cookie, report) for report in reports))
    assert [answer.json()["met"] for answer in found] == [True] * 3
    assert OutboxEvent.objects.filter(kind="course.completed").count() == 1
    assert projection.differences(her.progress()) == {}


def test_a_page_that_does_not_hold_the_turn_hears_where_it_counts(clock):
    her = Learner()
    second = opened(her.item, kind="phone")
    take_over(her.item.person, second.session.uuid.hex)
    clock.shift(60)
    (found,) = one_by_one((her.cookie, her.report(MINUTE)))
    assert found.status == 200
    assert found.json()["counting"] is False
    assert found.json()["elsewhere"]["device"]


@pytest.mark.parametrize("turn", range(3))
def test_any_grouping_comes_to_what_one_by_one_comes_to(clock, turn):
    """Two learners; reports in any order, some of them twice. RONGTONG_STUDY_SEED repeats a run."""
    seed = f"{seed_of_this_run()}/{turn}"
    print("seed", seed)
    draw = random.Random(seed)
    release = released_course()
    sides = [[Learner(release), Learner(release)] for _ in range(2)]
    clock.shift(3600)
    plan = [(who, seq, sorted(draw.sample(range(20 * MINUTE), 2))) for who in (0, 1) for seq in range(1, 9)]
    draw.shuffle(plan)
    plan += draw.sample(plan, 4)

    def said(side, entry):
        who, seq, (start, end) = entry
        her = sides[side][who]
        stretch = {"active": [[start, end]], "coverage": {her.block: [[start // 2, end // 2 + 1]]}}
        return her, body(her.page.session, seq, until=end, **stretch)

    for entry in plan:
        her, report = said(0, entry)
        assert her.ordinary(report).status_code == 200
    left = list(plan)
    while left:
        size = draw.randint(1, 5)
        group, left = left[:size], left[size:]
        found = through_the_door(
            *((her.cookie, report) for her, report in (said(1, entry) for entry in group))
        )
        assert {answer.status for answer in found} == {200}
    names = ["active_ms", "overlap_ms", "covered_ms", "met_ms", "counted_ms", "percent"]
    for who in (0, 1):
        one, other = (side[who].progress() for side in sides)
        assert [getattr(one, name) for name in names] == [getattr(other, name) for name in names]
        assert projection.differences(other) == {}


def test_a_person_locked_elsewhere_is_left_to_the_ordinary_way_and_holds_up_nobody(clock):
    release = released_course()
    her, him = Learner(release), Learner(release)
    clock.shift(600)

    def heard(learner):
        web = learner.client.session
        return Heard(parse(json.dumps(learner.report(MINUTE)).encode()), dict(web.items()))

    def elsewhere():
        try:
            return take_together([heard(her), heard(him)])
        finally:
            connections.close_all()

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        lock(her.item.person_id)
        first, second = pool.submit(elsewhere).result(20)
    assert first is None
    assert second is not None
    assert second.progress.counted_ms == MINUTE


def test_more_than_can_wait_are_asked_to_come_again(clock, monkeypatch):
    her = Learner()
    clock.shift(600)
    monkeypatch.setattr(door, "MOST_WAITING", 0)
    (found,) = one_by_one((her.cookie, her.report(MINUTE)))
    assert found.status == 503
    assert found.json()["code"] == "busy"
    assert "服务器正忙" in found.json()["message"]
    (told,) = one_by_one((f"{her.cookie}; django_language=en", her.report(MINUTE)))
    assert "The server is busy" in told.json()["message"]
    assert 1 <= int(found.headers["retry-after"]) <= 60
    assert StudyReport.objects.count() == 0


def test_somebody_new_is_not_taken_for_somebody_else(clock):
    """A web session of another person with the study session of the first: the ordinary way says whose it is."""
    her = Learner()
    stranger = Client()
    stranger.force_login(UserFactory())
    clock.shift(600)
    cookie = f"sessionid={stranger.cookies['sessionid'].value}"
    (found,) = one_by_one((cookie, her.report(MINUTE)))
    assert (found.status, found.json()["code"]) == (403, "other_person")
