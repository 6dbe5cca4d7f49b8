"""A SCORM package as a course: its lessons show its parts, the same again is the same, and it goes out with the course."""

import io
import json
import zipfile

import pytest

from courses.activities.api import ContentPackage
from courses.models import CoursePage, Release
from courses.packs.archive import open_archive
from courses.packs.cartridge_out import write_cartridge
from courses.packs.export import export_course
from courses.packs.native import read_pack
from courses.packs.report import State
from courses.packs.services import import_pack
from lms.lib.actor import Actor
from tests.courses.activities import making
from tests.courses.packs.foreign.moodle import Backup
from tests.courses.packs.foreign.reading import DETAILS, tarred

pytestmark = [pytest.mark.django_db, pytest.mark.long]
SYSTEM = Actor.system("tests")


def bring(tmp_path, college, data, name="课件.zip", **more):
    path = tmp_path / name
    path.write_bytes(data)
    return import_pack(path, organisation=college, actor=SYSTEM, **more)


def test_a_package_becomes_a_course(tmp_path, college):
    report = bring(tmp_path, college, making.simple("3rd"), details=DETAILS)
    assert report.state == State.DONE, [problem.message for problem in report.problems]
    package = ContentPackage.objects.get()
    assert (package.organisation, package.kind) == (college, "scorm2004")
    blocks = [block for row in Release.objects.get().lessons.order_by("position") for block in row.blocks]
    assert [block["value"] for block in blocks] == [
        {"package": str(package.uuid), "kind": "scorm2004", "part": part, "title": title}
        for part, title in (("i1", "验电"), ("i2", "接地"), ("i3", "附录"))
    ]
    assert [block["nominal_ms"] for block in blocks] == [600_000] * 3
    again = bring(tmp_path, college, making.simple("3rd"), details=DETAILS)
    assert again.state == State.UNCHANGED
    with export_course(CoursePage.objects.get(code=DETAILS["code"]), SYSTEM) as out:
        data = out.read()
    back = bring(tmp_path, college, data, "back.zip")
    assert back.state in (State.DONE, State.UNCHANGED), [problem.message for problem in back.problems]
    assert ContentPackage.objects.count() == 1
    # A cartridge knows no packages: the file goes along, and what it cannot say is named.
    file = io.BytesIO(data)
    plan = read_pack(file)
    archive, _ = open_archive(file)
    with archive:
        lost = write_cartridge(plan, archive, out := io.BytesIO())
    packages = [name for name in zipfile.ZipFile(out).namelist() if name.endswith(".zip")]
    assert len(packages) == 1
    assert sum(one.path.startswith("packages/") for one in lost) == 3


def test_an_import_that_fails_leaves_no_package(tmp_path, college):
    report = bring(tmp_path, college, making.simple(), details=DETAILS | {"centihours": 9000})
    assert report.state == State.REFUSED
    assert ContentPackage.objects.count() == 0
    assert json.dumps(report.as_json())


def test_a_package_inside_a_moodle_backup_becomes_lessons_of_its_course(tmp_path, college):
    made = Backup()
    made.section(1, 1, "第一章", "1")
    made.activity(1, "scorm", "用电", "<reference>课件.zip</reference>", intro="<p>先看再做。</p>")
    made.file("c1", "mod_scorm", "package", "课件.zip", making.simple("1.2"))
    report = bring(tmp_path, college, tarred(made.all()), "课.mbz", details=DETAILS)
    assert report.state == State.DONE, [problem.message for problem in report.problems]
    package = ContentPackage.objects.get()
    assert (package.organisation, package.kind) == (college, "scorm12")
    lessons = Release.objects.get().lessons.order_by("position")
    assert [[block["type"] for block in row.blocks] for row in lessons] == [
        ["text"],
        ["package"],
        ["package"],
        ["package"],
    ]
    again = bring(tmp_path, college, tarred(made.all()), "课.mbz", details=DETAILS)
    assert again.state == State.UNCHANGED
    assert ContentPackage.objects.count() == 1
