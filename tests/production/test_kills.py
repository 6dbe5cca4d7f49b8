"""Study reports while the processes that take them are killed with SIGKILL: what was acknowledged is there once, and only that.

Learners report over HTTP through nginx as fast as they are answered, and send again what was not answered, as the
player does (themes/src/js/study/outbox.js). Five kills, a hundred with RONGTONG_SOAK; RONGTONG_STUDY_SEED repeats one.
"""

import http.client
import json
import os
import random
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.learning.study.model import Model
from tests.learning.study.simulate import SEED, seed_of_this_run
from tests.production.shape import WEBS, ProductionShape, command

KILLS = 100 if os.environ.get("RONGTONG_SOAK") else 5
LEARNERS = 4
WHAT = ("everything", "a worker", "workers")
# The door of reports, and the web processes that stand in for it while it is gone.
TAKERS = ("study", *WEBS)
CSRF = "k" * 32


class Browser:
    """One learner's device: a page that reports, and a list of what was not answered for good."""

    def __init__(self, shape: ProductionShape, learner: dict, place: int, rng: random.Random) -> None:
        self.address = urlsplit(shape.base_url).netloc
        self.learner, self.place, self.rng = learner, place, rng
        self.acknowledged: dict[int, dict] = {}
        self.refused: list[tuple[int, str]] = []
        self.unanswered = 0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._study, daemon=True)
        opened = self._until_answered(
            "/learn/study/open",
            {
                "enrolment": learner["enrolment"],
                "lesson": learner["lessons"][place],
                "device": f"device-{place}",
            },
        )
        self.began = time.monotonic()
        self.id, self.token = opened["id"], opened["session"]
        (self.block,) = opened["lengths"]

    def start(self) -> None:
        self.thread.start()

    def _study(self) -> None:
        """Each report says what happened since the one before; frozen under its number, sent until it is answered."""
        seq = spent = met = 0
        while not self.stop.is_set():
            time.sleep(self.rng.uniform(0, 0.02))
            seq += 1
            now = int((time.monotonic() - self.began) * 1000)
            # Faster than permitted, slower, or seen before: every way of counting takes part.
            start = max(met - self.rng.choice([0, 0, 50]), 0)
            end = start + int((now - spent) * self.rng.choice([0, 1, 1.5, 2, 3]))
            report = {
                "session": self.token,
                "seq": seq,
                "elapsed_ms": now,
                "active_ms_total": now,
                "active": [[spent, now]] if now > spent else [],
                "inactive": [],
                "coverage": {self.block: [[start, end]]} if end > start else {},
                "state": "here",
            }
            spent, met = now, max(end, met)
            self._until_answered("/learn/study/report", report)
            self.acknowledged[seq] = report

    def _until_answered(self, path: str, body: dict) -> dict:
        while True:
            status, text = self._post(path, body)
            if status == 200:
                return json.loads(text)
            if 400 <= status < 500:
                self.refused.append((status, text))
                raise AssertionError(f"{path}: {status} {text}")
            self.unanswered += 1
            time.sleep(0.05)

    def _post(self, path: str, body: dict) -> tuple[int, str]:
        connection = http.client.HTTPConnection(self.address, timeout=30)
        headers = {
            "Content-Type": "application/json",
            "Cookie": f"{self.learner['cookie']}; csrftoken={CSRF}",
            "X-CSRFToken": CSRF,
        }
        try:
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()


def below(pid: int) -> list[int]:
    """The processes that a process started, and theirs."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in path.read_text().split():
            found += [int(child), *below(int(child))]
    return found


def kill(shape: ProductionShape, what: str) -> None:
    """SIGKILL to one worker, to all of them (granian starts them again), or to granian itself as well."""
    for name in TAKERS:
        granian = shape.processes[name]
        workers = below(granian.pid)
        for pid in {"a worker": workers[-1:], "workers": workers, "everything": [granian.pid, *workers]}[
            what
        ]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    revive(shape)


def revive(shape: ProductionShape) -> None:
    """What a service manager does: granian was killed, or gave up because its workers died too fast."""
    for name in TAKERS:
        granian = shape.processes[name]
        if granian.ended() is not None:
            granian.kill_group()
            shape.start(name)


def work_goes_on(shape: ProductionShape, browsers: list[Browser], seconds: float = 60) -> None:
    """Waits until every learner has been answered again."""
    end = time.monotonic() + seconds
    heard = [len(browser.acknowledged) for browser in browsers]
    while any(len(browser.acknowledged) < old + 5 for browser, old in zip(browsers, heard, strict=True)):
        assert time.monotonic() < end, "the web processes did not come back"
        assert not any(browser.refused for browser in browsers)
        revive(shape)
        time.sleep(0.02)


def rows(shape: ProductionShape, sql: str, *params: object) -> list[dict]:
    with psycopg.connect(shape.owner_url, row_factory=dict_row) as connection:
        return connection.execute(sql.encode(), params).fetchall()


@pytest.fixture
def learners(production_shape: ProductionShape) -> list[dict]:
    said = command(["-m", "tests.production.learners", str(LEARNERS)], production_shape.env)
    return json.loads(said.strip().splitlines()[-1])


def test_what_was_acknowledged_is_there_once_after_every_kill(
    production_shape: ProductionShape, learners: list[dict]
) -> None:
    seed = seed_of_this_run()
    print(f"{SEED}={seed}")
    rng = random.Random(seed)
    # The first learner has two devices open: the second plays and does not count.
    places = [(learners[0], 0), (learners[0], 1), *((learner, 0) for learner in learners[1:])]
    browsers = [
        Browser(production_shape, learner, place, random.Random(rng.random())) for learner, place in places
    ]
    for browser in browsers:
        browser.start()
    try:
        for number in range(KILLS):
            work_goes_on(production_shape, browsers)
            time.sleep(rng.uniform(0, 0.3))
            kill(production_shape, WHAT[number % len(WHAT)])
        work_goes_on(production_shape, browsers)
    finally:
        for browser in browsers:
            browser.stop.set()
        revive(production_shape)
        production_shape.wait()
        for browser in browsers:
            browser.thread.join(20)
    assert not any(browser.thread.is_alive() for browser in browsers)
    assert not any(browser.refused for browser in browsers)
    lost = sum(browser.unanswered for browser in browsers)
    sent = sum(len(browser.acknowledged) for browser in browsers)
    print(f"{KILLS} kills: {sent} reports acknowledged, {lost} sent without an answer")
    assert lost >= KILLS, "the kills hit nothing in flight"
    for browser in browsers:
        assert stored(production_shape, browser) == {
            seq: (report["active"], report["coverage"], report["elapsed_ms"])
            for seq, report in browser.acknowledged.items()
        }
    for learner in learners:
        agrees_with_the_model(production_shape, learner, [b for b in browsers if b.learner is learner])
        said = production_shape.lms("audit_study", "--person", learner["person"])
        assert ", 0 differ" in said


def stored(shape: ProductionShape, browser: Browser) -> dict[int, tuple]:
    found = rows(
        shape,
        "SELECT r.seq, r.active, r.coverage, r.elapsed_ms FROM learning_studyreport r"
        " JOIN learning_studysession s ON s.id = r.session_id WHERE s.uuid = %s",
        browser.id,
    )
    assert len(found) == len({row["seq"] for row in found})
    return {row["seq"]: (row["active"], row["coverage"], row["elapsed_ms"]) for row in found}


def agrees_with_the_model(shape: ProductionShape, learner: dict, browsers: list[Browser]) -> None:
    """Totals against the model of single milliseconds, fed with what the clients know to be acknowledged."""
    sessions = {
        row["uuid"].hex: row
        for row in rows(
            shape,
            "SELECT s.*, r.speed_hundredths, r.session_ms FROM learning_studysession s"
            " JOIN learning_studyrule r ON r.id = s.rule_id JOIN accounts_user u ON u.id = s.person_id"
            " WHERE u.uuid = %s",
            learner["person"],
        )
    }
    assert set(sessions) == {browser.id for browser in browsers}
    heard = {
        (row["session_id"], row["seq"]): row["received_ms"]
        for row in rows(
            shape,
            "SELECT session_id, seq, received_ms FROM learning_studyreport WHERE session_id = ANY(%s)",
            [row["id"] for row in sessions.values()],
        )
    }
    progress = {
        row["id"]: row
        for row in rows(
            shape,
            "SELECT * FROM learning_lessonprogress WHERE id = ANY(%s)",
            [row["progress_id"] for row in sessions.values()],
        )
    }
    begin = min(row["opened_ms"] for row in sessions.values())
    lengths = {pk: row["lengths"] for pk, row in progress.items()}
    model = Model(begin, max(heard.values()) + 1, lengths, wall=1, content=1)
    for row in sessions.values():
        model.open(
            row["id"],
            row["progress_id"],
            row["opened_ms"],
            speed_hundredths=row["speed_hundredths"],
            session_ms=row["session_ms"],
        )
    claims = rows(
        shape,
        "SELECT session_id, at_ms FROM learning_streamclaim WHERE session_id = ANY(%s) ORDER BY at_ms",
        [row["id"] for row in sessions.values()],
    )
    for claim in claims:
        model.claim(claim["session_id"], claim["at_ms"])
    for browser in browsers:
        session = sessions[browser.id]["id"]
        for seq, report in browser.acknowledged.items():
            model.report(session, heard[session, seq], report["active"], report["coverage"])
    for pk, row in progress.items():
        expected = model.figures(pk)
        expected["budget_hundredths"] = expected.pop("budget_ms") * 100
        assert {name: row[name] for name in expected} == expected
