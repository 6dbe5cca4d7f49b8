"""People who study, and who asks for the evidence of it, for tests. Everybody here is invented."""

import io
import json
import zipfile
from datetime import datetime

import time_machine

from lms.learning.assessment import services as quizzes
from lms.learning.evidence.models import EvidenceOrder, EvidencePack
from lms.learning.evidence.services import Ask, fetch, order
from lms.learning.study.services import take_over
from lms.lib.clock import SHANGHAI
from lms.lib.jobs import services as jobs
from lms.lib.jobs.models import Job
from tests.factories.accounts import OrganisationFactory, member
from tests.factories.courses import released_course
from tests.factories.learning import SECOND, blocks, enrolment, opened, send

START = datetime(2026, 3, 2, 12, tzinfo=SHANGHAI)


def travel():
    return time_machine.travel(START, tick=False)


class Office:
    """An authority with an officer and an auditor, a provider with a teacher and an administrator, a course of theirs."""

    def __init__(self):
        self.authority = OrganisationFactory(kind="authority", name="申江市人力资源和社会保障局")
        self.provider = OrganisationFactory(kind="provider", name="青申职业培训学校")
        self.officer = member("officer", self.authority, display_name="郑明")
        self.auditor = member("auditor", self.authority, display_name="何静")
        self.teacher = member("teacher", self.provider, display_name="吴老师")
        self.admin = member("admin", self.provider, display_name="钱主任")
        self.release = released_course(with_quiz=True, provider=self.provider, title="电工安全")

    def ask(self, **changes):
        return Ask(**({"release": self.release.uuid, "reason": "线上培训过程督导检查"} | changes))

    def order(self, user=None, **changes):
        return order(user or self.officer, self.ask(**changes))

    def pack(self, user=None, **changes):
        """(the pack's row, its bytes): ordered, made and fetched."""
        return made(self.order(user, **changes))

    def learner(self, clock, **user):
        """Somebody who has studied both lessons, once twice over and once on two devices, and passed the quiz."""
        item = enrolment(release=self.release, **user)
        study(item, clock, 0)
        study(item, clock, 0)
        other = opened(item, 0, device="phone", kind="phone")
        page = opened(item, 1)
        take_over(item.person, page.session.uuid.hex)
        block = blocks(item, 1)[0]
        clock.shift(60)
        send(other.session, 1, until=60 * SECOND)
        send(
            page.session,
            1,
            until=60 * SECOND,
            inactive=[[50 * SECOND, 60 * SECOND, "hidden"]],
            active=[[0, 50 * SECOND]],
            coverage={block["id"]: [[0, block["nominal_ms"]]]},
            state="leaving",
        )
        pass_quiz(item)
        return item


def study(item, clock, place, seconds=120):
    page = opened(item, place)
    block = blocks(item, place)[0]
    clock.shift(seconds)
    coverage = {block["id"]: [[0, block["nominal_ms"]]]}
    send(page.session, 1, until=seconds * SECOND, coverage=coverage, state="leaving")
    return page


def pass_quiz(item, place=2, answer="a"):
    lesson = item.release.lessons.all()[place]
    block = lesson.blocks[0]
    attempt = quizzes.begin(item.person, item, lesson, block["id"])
    return quizzes.submit(item.person, attempt, {block["value"]["questions"][0]["id"]: [answer]})


def made(item: EvidenceOrder):
    jobs.run(Job.objects.get(key=item.job_key).pk)
    _pack, file = fetch(item.person, item.uuid)
    with file:
        return EvidencePack.objects.get(order=item), file.read()


def opened_zip(data: bytes):
    return zipfile.ZipFile(io.BytesIO(data))


def lines(data: bytes, name: str):
    return [json.loads(line) for line in opened_zip(data).read(name).splitlines()]


def manifest(data: bytes):
    return json.loads(opened_zip(data).read("manifest.json"))


def rezipped(data: bytes, *, without=(), **changed: bytes) -> bytes:
    """The same zip with some entries changed (name with dots as underscores → bytes) or left out."""
    target = io.BytesIO()
    with opened_zip(data) as source, zipfile.ZipFile(target, "w") as fresh:
        for info in source.infolist():
            if info.filename not in without:
                key = info.filename.replace(".", "_")
                fresh.writestr(info, changed.get(key, source.read(info.filename)))
    return target.getvalue()
