"""SCORM for tests: a package of the tests' own in a lesson, and what its content says."""

import io

import pytest

from courses.activities.api import install_package
from courses.models import ReleaseLesson
from lms.lib.actor import Actor
from tests.courses.activities import making
from tests.factories.courses import released_course
from tests.factories.learning import enrolment

MINUTE = 60_000


@pytest.fixture
def origins(settings, tmp_path):
    settings.PUBLIC_URL, settings.CONTENT_URL = "https://learn.example.org", "https://content.example.org"
    settings.HOME = tmp_path


@pytest.fixture
def item():
    return enrolment(release=released_course())


def lesson_of(item, data, part, nominal_ms=10 * MINUTE):
    row = install_package(io.BytesIO(data), actor=Actor.system("tests"))
    value = {"package": str(row.uuid), "kind": row.kind, "part": part, "title": "课件"}
    block = {"id": "sco", "type": "package", "nominal_ms": nominal_ms, "value": value}
    return ReleaseLesson.objects.create(
        release=item.release,
        key="scorm",
        chapter_title="第一章",
        position=9,
        title="课件",
        nominal_ms=nominal_ms,
        block_kinds=["package"],
        blocks=[block],
    )


@pytest.fixture
def lesson(item):
    return lesson_of(item, making.simple("1.2"), "i1")


def cmi12(status="incomplete", **core):
    return {"core": {"lesson_status": status, **core}}


def told(session, seq, cmi, terminated=False, part="i1"):
    return {"session": session, "seq": seq, "items": {part: {"cmi": cmi, "terminated": terminated}}}
