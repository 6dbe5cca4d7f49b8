"""Every package of a folder: imported and, where it can be played, played to its end in Chromium.

`make interop DIR=…` names the folder; without one it is the material beside the checkout, where that stands, or two
packs of our own. Prints a table: in, lost and why, played, score.
"""

import io
import os
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from courses.models import Release
from courses.packs.api import import_pack, plan_of
from courses.packs.foreign.formats import adapters
from lms.lib.actor import Actor
from tests.courses.packs import making
from tests.factories.accounts import OrganisationFactory
from tests.interop.packs.playing import Learner

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
ROOT = Path(__file__).parents[3]
BESIDE = ROOT.parent / "shared" / "content"
SYSTEM = Actor.system("interop")
# Unpacked packages: what lies at their root.
MARKS = ("imsmanifest.xml", "moodle_backup.xml", "h5p.json", "course.xml", "content.xml")


def packages(folder):
    """(name, bytes) of every package below: files of a known extension, and unpacked ones, zipped."""
    known = {extension for adapter in adapters() for extension in adapter.extensions} | {"zip"}
    for path in sorted(folder.iterdir()):
        if path.is_dir() and any((path / mark).exists() for mark in MARKS):
            yield path.name, zipped(path)
        elif path.is_dir():
            yield from packages(path)
        elif path.suffix.lower().lstrip(".") in known or path.name.lower().endswith(".tar.gz"):
            yield path.name, path.read_bytes()


def zipped(folder):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder).as_posix())
    return out.getvalue()


def own():
    manifest = making.manifest()
    for chapter in manifest["chapters"]:
        for lesson in chapter["lessons"]:
            # The tests' film says how long it is and shows nothing.
            lesson["blocks"] = [block for block in lesson["blocks"] if block["type"] != "video"]
    yield "native.zip", making.pack(manifest).getvalue()
    page = f"<title>用电安全</title><p>{'先断电，再救人。' * 60}</p>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("index.html", page)
    yield "pages.zip", out.getvalue()


def found():
    folder = Path(os.environ["DIR"]).expanduser() if os.environ.get("DIR") else BESIDE
    return [*own(), *(packages(folder) if folder.is_dir() else [])]


def details(report, number):
    """What an editor would say of a foreign course."""
    said = report.suggested
    if not said:
        return None
    return {
        **{name: value for name, value in said.items() if value},
        "code": f"interop-{number}",
        "kind": "vocational",
        "year": 2026,
        "centihours": max(1, report.centihours),
        "mode": "online",
        "summary": said["summary"] or said["title"],
        "licence": said["licence"] or "unknown",
        "authors": said["authors"] or ["unknown"],
        "rule": {"min_coverage_percent": 0, "quizzes": "none"},
    }


def why(report):
    """The reasons of what is lost, each with its number."""
    return dict(Counter(item.reason.code for item in report.lost))


def test_every_package_comes_in_or_says_why_and_plays(chromium, live_server, tmp_path, capsys):
    college = OrganisationFactory(code="interop", name="互通学院")
    rows, wrong = [], []
    for number, (name, data) in enumerate(found()):
        path = tmp_path / str(number) / name
        path.parent.mkdir()
        path.write_bytes(data)
        plan = plan_of(path, organisation=college, actor=SYSTEM)
        if plan.problems:
            rows.append((name, plan.format, "refused", "; ".join(map(str, plan.problems))[:120], "", ""))
            continue
        # What is too short for hours cannot be published, and so not be played.
        playable = plan.centihours > 0
        report = import_pack(
            path, organisation=college, actor=SYSTEM, publish=playable, details=details(plan, number)
        )
        if not report.ok:
            wrong.append(f"{name}: {[str(problem) for problem in report.problems]}")
            continue
        came = ", ".join(f"{n} {what}" for what, n in report.counts.items() if n)
        if not playable:
            rows.append((name, report.format, came, why(report), "draft", ""))
            continue
        played = Learner(chromium, live_server.url, Release.objects.get(uuid=report.release)).through()
        wrong += [f"{name}: {text}" for text in played.wrong]
        rows.append(
            (name, report.format, came, why(report), f"{played.opened}/{played.lessons}", played.score)
        )
        wrong += [
            f"{name}: a quiz answered rightly gave {score} %" for score in played.scores if score != 100
        ]
    with capsys.disabled():
        print()
        for row in [("package", "format", "in", "lost and why", "played", "score"), *rows]:
            print(" | ".join(str(cell) for cell in row))
    assert wrong == []
    assert len(rows) >= 2
