"""The table of formats and features in docs/pack-formats.md, made of what the tests of the formats see.

    python -m tests.courses.packs.table        runs these tests and writes the table anew

Each pack that a test reads is looked at: what came in, what was named, why it was refused. A test that sees what the table
does not say fails (`shown`); a table that says what no test sees fails in test_table.py.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs" / "pack-formats.md"
BEGIN, END = "<!-- table: python -m tests.courses.packs.table -->", "<!-- end of table -->"
RECORD = "RONGTONG_PACK_TABLE"
TESTS = (
    "tests/courses/packs/foreign",
    "tests/courses/packs/test_table.py::test_the_native_format",
    "tests/courses/packs/test_export.py::test_there_and_back_nothing_is_lost",
    "tests/courses/packs/test_cartridge_out.py::test_a_course_comes_back_as_it_went",
)
FORMATS = {
    "native": "native pack",
    "h5p": "H5P",
    "cartridge": "Common Cartridge, Canvas",
    "moodle": "Moodle",
    "olx": "Open edX",
    "elp": "eXeLearning",
    "webzip": "web pages",
    "docx": "Word",
    "pptx": "PowerPoint",
    "pdf": "PDF",
    "epub": "EPUB",
    "media": "film, sound",
    "scorm": "SCORM",
    "cmi5": "cmi5",
    "native_out": "native pack, out",
    "cartridge_out": "Common Cartridge 1.3, out",
}
# Column → what is seen of a pack that came in.
COMES_IN = {
    "chapters": "chapters",
    "text": "text",
    "picture": "pictures",
    "film": "films",
    "captions": "captions",
    "download": "files",
    "h5p": "H5P",
    "package": "packages",
    "single": "single choice",
    "multiple": "multiple choice",
    "true_false": "true/false",
    "fill": "fill in",
    "numeric": "number",
    "matching": "matching",
    "ordering": "ordering",
    "explanation": "feedback",
    "authors": "authors, licence",
    "language": "language",
}
# The same for what does not: codes of courses.packs.problems, by how they begin.
NAMED = {
    "lost_question": "questions of other kinds, kept",
    "lost_kind": "other content, kept",
    "lost_setting": "settings",
    "lost_hidden": "what was hidden",
    "lost_people": "people, grades",
    "lost_script": "scripts",
    "lost_missing": "missing files",
    "lost_outside": "what lies elsewhere",
    "lost_unused": "unused files",
    "lost_file": "unusable files",
}
REFUSED = {
    "svg_": "scripts in SVG",
    "foreign_broken": "broken or hostile XML",
    "manifest_": "broken JSON",
    "zip_|tar_": "damage, bombs",
    "path_|symlink": "paths, links",
    "locked": "locks, macros",
    "foreign_empty|foreign_all_lost": "nothing in it",
    "file_": "missing, wrong files",
}
_LOCKED = frozenset({"office_locked", "office_macros", "epub_locked"})


def _refusal(code: str) -> str:
    if code in _LOCKED:
        return "locked"
    return next((key for key in REFUSED if re.match(key, code)), "")


def of_blocks(blocks, bank) -> set[str]:
    """What the blocks and questions of a manifest show."""
    kinds = {
        "text": "text",
        "image": "picture",
        "video": "film",
        "audio": "film",
        "file": "download",
        "h5p": "h5p",
        "package": "package",
    }
    found = {kinds[block["type"]] for block in blocks if block["type"] in kinds}
    found |= {"captions" for block in blocks if block.get("captions")}
    found |= {question["kind"] for question in bank}
    found |= {"explanation" for question in bank if question.get("explanation")}
    return found


def of_read(made) -> set[str]:
    """What a foreign pack shows (`reading.Read`)."""
    if made.draft.problems:
        return {_refusal(problem.code) for problem in made.draft.problems} - {""}
    outline = made.outline
    found = of_blocks(made.draft.blocks, made.draft.bank.values())
    found |= {"chapters"} if len(made.draft.chapters) > 1 else set()
    found |= {"authors"} if outline.authors or outline.licence else set()
    found |= {"language"} if outline.language else set()
    for item in made.draft.lost:
        # A tool is other content, too, of which there is more to say.
        code = item.reason.code.replace("lost_tool", "lost_kind")
        found |= {key for key in NAMED if code.startswith(key)}
    return found


def of_plan(plan) -> set[str]:
    """What a native pack shows (`courses.packs.plan.PackPlan`)."""
    if plan.problems:
        return {_refusal(problem.code) for problem in plan.problems} - {""}
    blocks = [
        {"type": block.type, "captions": getattr(block, "captions", ())}
        for chapter in plan.chapters
        for lesson in chapter.lessons
        for block in lesson.blocks
    ]
    found = of_blocks(blocks, [question.as_json() for question in plan.questions.values()])
    return found | {"authors", "language"} | ({"chapters"} if len(plan.chapters) > 1 else set())


def shown(name: str, features: set[str]) -> None:
    """A test has seen this of a format."""
    if name not in FORMATS:
        return
    if record := os.environ.get(RECORD):
        with open(record, "a", encoding="utf-8") as file:
            file.write(json.dumps([name, sorted(features)]) + "\n")
        return
    unsaid = features - documented().get(FORMATS[name], frozenset())
    assert not unsaid, (
        f"{DOCS.name} does not say of {name}: {sorted(unsaid)}; python -m tests.courses.packs.table"
    )


@cache
def documented() -> dict[str, frozenset[str]]:
    """Format's label → what the table in the docs says of it."""
    return said(DOCS.read_text(encoding="utf-8"))


def said(text: str) -> dict[str, frozenset[str]]:
    inside = text.partition(BEGIN)[2].partition(END)[0]
    labels = {label: key for part in (COMES_IN, NAMED, REFUSED) for key, label in part.items()}
    found: dict[str, frozenset[str]] = {}
    head: list[str] = []
    for line in inside.splitlines():
        cells = [cell.strip() for cell in line.strip()[1:-1].split("|")]
        if len(cells) < 2 or set(cells[0]) == {"-"}:
            continue
        if not cells[0]:
            head = cells
            continue
        true = {labels[name] for name, cell in zip(head[1:], cells[1:], strict=True) if cell}
        found[cells[0]] = found.get(cells[0], frozenset()) | true
    return found


def written(seen: dict[str, set[str]]) -> str:
    """The tables, of format → features."""
    parts = []
    for title, columns in (
        ("Comes in", COMES_IN),
        ("Named in the plan and the report", NAMED),
        ("Refused whole", REFUSED),
    ):
        lines = [f"{title}:", "", f"| | {' | '.join(columns.values())} |", "|---" * (len(columns) + 1) + "|"]
        for name, label in FORMATS.items():
            cells = ["●" if key in seen.get(name, ()) else "" for key in columns]
            if any(cells):
                lines.append(
                    f"| {label} | {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |")
                )
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def observed() -> dict[str, set[str]]:
    """Run the tests and gather what they see. Raises where one of them fails."""
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "seen"
        # On SQLite, whatever this process runs on, alone, and all of them, also in a short form.
        env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        others = ("PYTEST", "RONGTONG_TEST", "RONGTONG_SAMPLE")
        env = {name: value for name, value in env.items() if not name.startswith(others)}
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *TESTS]
        done = subprocess.run(
            command, cwd=ROOT, env=env | {RECORD: str(record)}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
        seen: dict[str, set[str]] = {}
        for line in record.read_text(encoding="utf-8").splitlines():
            name, features = json.loads(line)
            seen.setdefault(name, set()).update(features)
    return seen


def main() -> None:
    text = DOCS.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    DOCS.write_text(f"{before}{BEGIN}\n\n{written(observed())}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
