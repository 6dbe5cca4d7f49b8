"""`python -m tests.bench.evidence LEARNERS`: an evidence pack of a course with that many learners, made and checked; JSON
lines with seconds, peak memory and size.

One learner studies as people do; the others are copies of their rows, entered in bulk. Making and checking run in
processes of their own, so that each one's peak memory is its own. Uses the installation that RONGTONG_HOME (and
DATABASE_URL) name: give it an empty one.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.config.settings")

import django

BATCH = 1000
REPORTS = 5
SECOND = 1000


def say(name: str, **figures: object) -> None:
    print(json.dumps({"name": name} | figures, ensure_ascii=False), flush=True)


def peak_mb() -> int:
    """The most memory this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


# --- learners --------------------------------------------------------------------------------------------


def studied() -> Any:
    """One learner with two lessons of five reports each, a passed quiz, a completion and a sign-in."""
    import time_machine

    from lms.learning.evidence.models import SignIn
    from lms.lib.clock import now
    from tests.factories.courses import released_course
    from tests.factories.learning import blocks, enrolment, opened, send
    from tests.learning.evidence.packs import pass_quiz

    release = released_course(with_quiz=True, title="十万人的课程")
    with time_machine.travel(now() - timedelta(days=2), tick=False) as clock:
        item = enrolment(release=release)
        SignIn.objects.create(person=item.person, act="in", device="phone", at=now())
        for place in (0, 1):
            page = opened(item, place)
            block = blocks(item, place)[0]
            for seq in range(1, REPORTS + 1):
                clock.shift(30)
                upto = min(seq * 30 * SECOND, block["nominal_ms"])
                last = "leaving" if seq == REPORTS else "here"
                send(
                    page.session,
                    seq,
                    until=seq * 30 * SECOND,
                    coverage={block["id"]: [[0, upto]]},
                    state=last,
                )
        pass_quiz(item)
    return item


def copied(item: Any, count: int) -> None:
    """`count` further learners with the same rows as `item`."""
    from lms.accounts.models import User
    from lms.learning.assessment.models import QuizAnswer, QuizAttempt
    from lms.learning.completion.models import Completion
    from lms.learning.evidence.models import SignIn
    from lms.learning.study.models import (
        LessonProgress,
        StreamClaim,
        StudyGrant,
        StudyReport,
        StudySession,
    )

    mine = {"enrolment": item}
    first = User.objects.count()
    for low in range(0, count, BATCH):
        size = min(BATCH, count - low)
        people = User.objects.bulk_create(
            [User(email=f"many{first + low + n}@example.com", password="!") for n in range(size)]
        )
        enrolments = _bulk(item, [{"person": person} for person in people])
        own = [{"enrolment": row, "person": row.person} for row in enrolments]
        for lesson in LessonProgress.objects.filter(**mine):
            for_all = _bulk(lesson, own)
            for session in StudySession.objects.filter(progress=lesson):
                there = _bulk(session, [so | {"progress": row} for so, row in zip(own, for_all, strict=True)])
                for report in StudyReport.objects.filter(session=session):
                    _bulk(report, [{"session": row} for row in there])
                for claim in StreamClaim.objects.filter(session=session):
                    _bulk(claim, [{"session": row, "person": row.person} for row in there])
        for grant in StudyGrant.objects.filter(**mine):
            _bulk(grant, own)
        for attempt in QuizAttempt.objects.filter(**mine):
            tried = _bulk(attempt, own)
            for answer in QuizAnswer.objects.filter(attempt=attempt):
                _bulk(answer, [{"attempt": row} for row in tried])
        for done in Completion.objects.filter(**mine):
            _bulk(done, own)
        for row in SignIn.objects.filter(person=item.person):
            _bulk(row, [{"person": person} for person in people])


def _bulk(row: Any, changes: Iterable[dict[str, Any]]) -> Sequence[Any]:
    """Copies of a row, each with its changes and an identity of its own."""
    from lms.lib.ids import uuid7

    model = type(row)
    names = [field.name for field in model._meta.concrete_fields if not field.primary_key]
    known = {name: getattr(row, name) for name in names}
    made = []
    for change in changes:
        values = {name: value for name, value in (known | change).items() if name in names}
        if "uuid" in values:
            values["uuid"] = uuid7()
        made.append(model(**values))
    return model._base_manager.bulk_create(made)


# --- the three parts -------------------------------------------------------------------------------------


def prepare(learners: int) -> str:
    """The order of a pack of so many learners; its uuid."""
    from django.core.management import call_command

    from lms.learning.evidence.services import Ask, order
    from tests.factories.accounts import OrganisationFactory, member

    call_command("migrate", verbosity=0)
    began = time.monotonic()
    item = studied()
    copied(item, learners - 1)
    say("learners entered", learners=learners, seconds=round(time.monotonic() - began, 1))
    officer = member("officer", OrganisationFactory(kind="authority"))
    return str(order(officer, Ask(item.release.uuid, "大课程证据包测量")).uuid)


def make(order: str) -> str:
    """Makes the pack; the path of its file."""
    from lms.learning.evidence.models import EvidencePack
    from lms.lib.jobs import services as jobs
    from lms.lib.jobs.models import Job
    from lms.lib.private import private_storage

    began, used = time.monotonic(), time.process_time()
    jobs.run(Job.objects.get(key=f"evidence:{order}").pk)
    pack = EvidencePack.objects.get(order__uuid=order)
    say(
        "pack made",
        seconds=round(time.monotonic() - began, 1),
        cpu_seconds=round(time.process_time() - used, 1),
        peak_mb=peak_mb(),
        size_mb=round(pack.size / 2**20, 1),
        people=pack.counts["people"],
    )
    return str(private_storage().path(pack.file))


def verify(path: str) -> None:
    from lms.learning.evidence.checking import check
    from lms.learning.evidence.keys import public_keys

    began, used = time.monotonic(), time.process_time()
    report = check(Path(path), public_keys())
    say(
        "pack checked",
        seconds=round(time.monotonic() - began, 1),
        cpu_seconds=round(time.process_time() - used, 1),
        peak_mb=peak_mb(),
        right=report.right,
    )


def _apart(part: str, what: str) -> str:
    """A part in a process of its own, its figures passed on; what it says last."""
    command = [sys.executable, "-m", "tests.bench.evidence", "--part", part, what]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    lines = done.stdout.splitlines()
    print("\n".join(line for line in lines if line.startswith("{")), flush=True)
    return lines[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", help="how many learners")
    parser.add_argument("--part", choices=("prepare", "make", "verify"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part is None:
        path = _apart("make", _apart("prepare", asked.what))
        _apart("verify", path)
        return
    django.setup()
    if asked.part == "prepare":
        print(prepare(int(asked.what)))
    elif asked.part == "make":
        print(make(asked.what))
    else:
        verify(asked.what)


if __name__ == "__main__":
    main()
