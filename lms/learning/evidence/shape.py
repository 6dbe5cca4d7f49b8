"""What a pack is made of: names and columns of its files, how a line is written, the manifest and its published schema.

Owns: the bytes. The same facts give the same bytes, whoever writes them and however often. Refuses: knowing where facts
come from (gather.py) and whether they are right (checking.py).
"""

import csv
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

FORMAT, VERSION = "rongtong-evidence", 3
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
# Packs of every version stay checkable.
VERSIONS = (1, 2, 3)
# Once a pack: the course as it was released with the study rules, the questions of the quizzes that were answered, and the
# checklists that practice was judged by.
COURSE, QUESTIONS, CHECKLISTS = "course.json", "questions.jsonl", "checklists.jsonl"
# A line a person, in the order of the pack.
TABLES: dict[str, tuple[str, ...]] = {
    "people.csv": (
        *("enrolment", "person", "name", "named", "real_name", "paper", "real_name_on", "phone_proved"),
        "enrolled_at",
    ),
    "sign_ins.csv": ("enrolment", "person", "at", "act", "device"),
}
# Lines of JSON, each naming its enrolment; the enrolments stand in the order of people.csv in every file.
LINES = (
    "sessions.jsonl",
    "reports.jsonl",
    "grants.jsonl",
    "claims.jsonl",
    "stretches.jsonl",
    "totals.jsonl",
    "attempts.jsonl",
    "exercises.jsonl",
    "attendance.jsonl",
    "attended.jsonl",
    "practice.jsonl",
    "class_hours.jsonl",
    "completions.jsonl",
)
PARTS = (*TABLES, *LINES)
FILES = (COURSE, QUESTIONS, CHECKLISTS, *PARTS)
# What came with which version; the others were there from the first on.
_SINCE = {CHECKLISTS: 2, "attended.jsonl": 2, "practice.jsonl": 2, "class_hours.jsonl": 3}
# What a spreadsheet would take for a formula is written behind an apostrophe.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def json_line(value: Mapping[str, Any]) -> bytes:
    """One line of JSON: keys sorted, no spaces, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def json_document(value: Mapping[str, Any]) -> bytes:
    """A document that people read, too."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=2).encode() + b"\n"


def csv_line(values: Sequence[Any]) -> bytes:
    """One line of CSV (RFC 4180)."""
    target = io.StringIO()
    texts = ["" if value is None else str(value) for value in values]
    csv.writer(target).writerow([f"'{text}" if text.startswith(_FORMULA) else text for text in texts])
    return target.getvalue().encode()


def head_of(name: str) -> bytes:
    """What a file begins with: the columns of a table, marked as UTF-8 for spreadsheets; nothing for lines."""
    return b"\xef\xbb\xbf" + csv_line(TABLES[name]) if name in TABLES else b""


def entry(name: str, size: int) -> zipfile.ZipInfo:
    """A zip entry that says nothing of when and where it was written. size: bytes, so that large ones are zip64."""
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3
    info.external_attr = 0o644 << 16
    info.file_size = size
    return info


def files_of(version: int) -> tuple[str, ...]:
    """The files a pack of a version holds, manifest and signature apart."""
    return tuple(name for name in FILES if _SINCE.get(name, 1) <= version)


def schema_url_path(version: int) -> str:
    return f"/.well-known/rongtong-evidence-{version}.schema.json"


@cache
def schema(version: int = VERSION) -> dict[str, Any]:
    """The published JSON Schema of manifest.json."""
    path = Path(__file__).parent / "schema" / f"rongtong-evidence-{version}.schema.json"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded
