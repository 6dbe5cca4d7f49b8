"""The demo catalogue: readable sources below catalogue/ → native packs (zip), the same bytes every time.

A source folder `catalogue/<code>/` holds

- `course.json`: the manifest without its texts; a lesson is only `{"key", "title"}`,
- `questions.json`: the question bank, where options may be written short as `{"a": "…", "b": "…"}`,
- `lessons/<key>.html`: the text of a lesson; other blocks stand in comments at their place, the type and
  the block's fields as JSON: `<!-- image {"file": "media/x.svg", "alt": "…"} -->`,
- `media/`: pictures, videos, captions,
- `h5p/<name>.json`: the content of an activity, in the shape `courses.h5p.own` describes.
- `translations/<language>.po`: the course's texts in another language (no part of the pack; load.py).

Run as `python -m courses.demo.build OUT_DIR`. Refuses to write a pack that its own reader would refuse.
"""

from __future__ import annotations

import io
import json
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

from django.conf import settings

from courses.h5p.own.build import build_package
from courses.packs.native import read_pack

CATALOGUE = Path(__file__).parent / "catalogue"
# Zip cannot say an earlier time; a fixed one makes equal content equal bytes.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MARKER = re.compile(r"<!--\s*(image|video|h5p|quiz|file)\s+(\{.*?\})\s*-->", re.DOTALL)
_STORED = {"mp4", "webm", "png", "jpg", "h5p"}
_EXTENSIONS = {"svg", "png", "jpg", "mp4", "vtt", "pdf"}


class DemoError(Exception):
    """A source of the catalogue is wrong; the message says where."""


def codes() -> list[str]:
    """The codes of the demo courses, the starter course first."""
    found = sorted(path.parent.name for path in CATALOGUE.glob("*/course.json"))
    return sorted(found, key=lambda code: (code != "start-here", code))


def provider(code: str) -> str:
    """The organisation code of the provider of a demo course."""
    return str(_source(code)["x-provider"])


def _source(code: str) -> dict[str, Any]:
    loaded: dict[str, Any] = _json(CATALOGUE / code / "course.json")
    return loaded


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise DemoError(f"{path.relative_to(CATALOGUE)}: {error}") from error


def blocks(html: str) -> list[dict[str, Any]]:
    """Cut the text of a lesson at its markers into the blocks of the manifest."""
    made: list[dict[str, Any]] = []

    def text(part: str) -> None:
        part = re.sub(r"\n\s*", "\n", part).strip()
        if part:
            made.append({"type": "text", "html": part})

    end = 0
    for marker in _MARKER.finditer(html):
        text(html[end : marker.start()])
        made.append({"type": marker[1], **json.loads(marker[2])})
        end = marker.end()
    text(html[end:])
    return made


def manifest(code: str) -> dict[str, Any]:
    """The complete manifest of a demo course."""
    folder = CATALOGUE / code
    made = {"format": "rongtong-pack", "version": 1, "code": code, **_source(code)}
    for chapter in made["chapters"]:
        for lesson in chapter["lessons"]:
            path = folder / "lessons" / f"{lesson['key']}.html"
            try:
                lesson["blocks"] = blocks(path.read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                raise DemoError(f"{code}/lessons/{lesson['key']}.html: {error}") from error
    bank = _json(folder / "questions.json")
    for question in bank:
        if isinstance(question.get("options"), dict):
            question["options"] = [{"id": id_, "text": text} for id_, text in question["options"].items()]
    made["question_bank"] = bank
    return made


def build(code: str) -> bytes:
    """The pack of one demo course, checked with the reader of native packs."""
    folder = CATALOGUE / code
    members = {"manifest.json": _dump(manifest(code))}
    for path in sorted((folder / "media").glob("*")):
        if path.suffix[1:] in _EXTENSIONS:
            members[f"media/{path.name}"] = path.read_bytes()
    for path in sorted((folder / "h5p").glob("*.json")):
        source = _json(path)
        members[f"h5p/{path.stem}.h5p"] = build_package(
            source["library"],
            source["content"],
            title=source["title"],
            language=source.get("language", "zh-cn"),
        )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as pack:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system = 3  # the same on every machine
            info.external_attr = 0o644 << 16
            stored = name.rpartition(".")[2] in _STORED
            info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            pack.writestr(info, data)
    plan = read_pack(out)
    # A bank may hold more than its quizzes ask; anything else that is only remarked on is a slip here.
    remarks = [warning for warning in plan.warnings if warning.code != "question_unused"]
    if plan.problems or remarks:
        raise DemoError("\n".join(f"{code}: {problem}" for problem in [*plan.problems, *remarks]))
    return out.getvalue()


def _dump(data: Any) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def build_all(out_dir: Path) -> list[Path]:
    """Write every demo pack as `<code>.zip` into `out_dir` (made when missing); returns the paths."""
    out_dir.mkdir(parents=True, exist_ok=True)
    made = []
    for code in codes():
        path = out_dir / f"{code}.zip"
        path.write_bytes(build(code))
        made.append(path)
    return made


def main(arguments: list[str]) -> int:
    """The command line: one argument, the folder to write to."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m courses.demo.build OUT_DIR\n")
        return 2
    # The sentences about a broken source are translated, which needs settings; the builder has no others.
    if not settings.configured:
        settings.configure(USE_I18N=False)
    try:
        for path in build_all(Path(arguments[0])):
            sys.stdout.write(f"{path.name}\t{path.stat().st_size}\n")
    except DemoError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
