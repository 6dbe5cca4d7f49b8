"""Any file somebody hands in → one plan to import from, whatever its format.

Owns the choice between the native format and the adapters of others. Refuses to write anything, and to guess what
only people know of a course (its code, kind and hours): those are `details`, suggested from the pack where it says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from courses.packs.foreign.drafts import draft_of, manifest_of
from courses.packs.foreign.formats import Adapter, adapter_for, adapters
from courses.packs.foreign.outline import Losses, Outline
from courses.packs.foreign.sources import Source
from courses.packs.foreign.unplaced import Shelf
from courses.releases.rules import Pace, approvable_centihours
from lms.lib.clock import today

from .archive import MANIFEST, MAX_MANIFEST_BYTES, Archive
from .files import H5PCheck
from .native import read_archive, read_manifest
from .plan import PackPlan
from .problems import Problem, short

NATIVE = "native"
MAX_LINE = 200


def format_label(name: str) -> str:
    """A format's name for people; "" where it is none."""
    if name == NATIVE:
        return _("本平台课程包")
    return next((str(adapter.label) for adapter in adapters() if adapter.name == name), "")


@dataclass
class Opened:
    """A file looked into. `archive` is None where there is nothing to import from (`plan.problems` says why).

    `suggested` are the fields of the manifest that the pack itself says; `lost` is what does not come in,
    `unplaced` the questions among it, as they were written.
    """

    format: str
    plan: PackPlan
    archive: Archive | None = None
    lost: Losses = field(default_factory=Losses)
    suggested: dict[str, Any] = field(default_factory=dict)
    unplaced: Shelf = field(default_factory=Shelf)


@contextmanager
def opened_pack(
    path: Path,
    name: str,
    pace: Pace,
    *,
    details: dict[str, Any] | None = None,
    h5p_check: H5PCheck | None = None,
    keep_in: Path | None = None,
) -> Iterator[Opened]:
    """Look into a file called `name` by its owner. `details` complete a foreign pack's manifest; without them the
    plan says what would come in, under a course that is none yet. `keep_in`: a folder into which files are unpacked as they
    are read, for whoever goes on to import them. Never raises on bad content."""
    with Source(path, name) as source:
        if source.refused:
            yield Opened("", PackPlan(problems=source.refused))
            return
        if locked := _locked(source):
            yield Opened("", PackPlan(problems=locked))
            return
        adapter = None if _says_native(source) else adapter_for(source)
        if adapter is None:
            source.archive.keep_in = keep_in
            yield _native(source, h5p_check)
        else:
            yield _foreign(source, adapter, pace, details, h5p_check, keep_in)


def _locked(source: Source) -> list[Problem]:
    """Members under a password, whatever the format: what lies behind it tells nothing of what the file is. Where nothing
    is open, the pack itself by its name."""
    problems = source.archive.problems
    if not any(problem.code == "zip_encrypted" for problem in problems):
        return []
    if source.names:
        return problems
    whole = Problem("zip_encrypted", "", {"name": short(source.name)})
    return [whole, *(problem for problem in problems if problem.code != "zip_encrypted")]


def _says_native(source: Source) -> bool:
    """A manifest.json at the root, unless it is another's (web pages have a file of that name)."""
    if source.kind != "zip" or MANIFEST not in source.archive:
        return False
    data = source.text(MANIFEST, MAX_MANIFEST_BYTES)
    try:
        said = json.loads(data) if data is not None else {"format": ""}
    except (ValueError, RecursionError):
        return True
    return isinstance(said, dict) and bool({"format", "chapters"} & said.keys())


def _native(source: Source, h5p_check: H5PCheck | None) -> Opened:
    nested = any(name.endswith("/" + MANIFEST) or name == MANIFEST for name in source.names)
    if not nested and not source.archive.problems:
        return Opened("", PackPlan(problems=[Problem("foreign_unknown", "", {"name": short(source.name)})]))
    return Opened(NATIVE, read_archive(source.archive, h5p_check=h5p_check), source.archive)


def _foreign(
    source: Source,
    adapter: Adapter,
    pace: Pace,
    details: dict[str, Any] | None,
    h5p_check: H5PCheck | None,
    keep_in: Path | None,
) -> Opened:
    outline = adapter.inspect(source)
    draft = draft_of(outline, source, pace, h5p_check=h5p_check, keep_in=keep_in)
    suggested = suggest(outline, source.name)
    if draft.problems or draft.archive is None or draft.reader is None:
        refused = PackPlan(problems=draft.problems, warnings=draft.warnings)
        return Opened(adapter.name, refused, None, draft.lost, suggested)
    said = {name: value for name, value in suggested.items() if value}
    manifest = manifest_of(draft, _not_yet(suggested) if details is None else said | details)
    plan = read_manifest(manifest, draft.archive, draft.reader)
    plan.warnings = [*draft.warnings, *plan.warnings]
    if plan.ok and approvable_centihours(plan.nominal_ms(pace)) == 0:
        plan.warnings.append(Problem("hours_none", "", {"name": short(source.name)}))
    return Opened(adapter.name, plan, draft.archive, draft.lost, suggested, draft.unplaced)


def suggest(outline: Outline, file_name: str) -> dict[str, Any]:
    """What the pack says of itself, in the manifest's words and within its bounds."""
    title = " ".join((outline.title or re.sub(r"(\.tar)?\.[^.]*$", "", file_name)).split())[:MAX_LINE]
    found: dict[str, Any] = {
        "code": _code(title, file_name),
        "title": title or "…",
        "language": outline.language if _LANGUAGE.fullmatch(outline.language) else "zh-Hans",
        "summary": " ".join(outline.summary.split())[:300],
        "licence": " ".join(outline.licence.split())[:60],
        "authors": [line for a in outline.authors if (line := " ".join(a.split())[:MAX_LINE])][:50],
    }
    if outline.description_html.strip():
        found["description_html"] = outline.description_html[:200_000]
    return found


_LANGUAGE = re.compile(r"(?=.{2,12}$)[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def _code(title: str, file_name: str) -> str:
    for text in (title, file_name.rpartition(".")[0]):
        code = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:50].strip("-")
        if len(code) > 3:
            return code
    return ""


def _not_yet(suggested: dict[str, Any]) -> dict[str, Any]:
    """Fields that make the manifest whole while nobody has said what the course is."""
    return {
        **suggested,
        "code": "not-yet",
        "kind": "vocational",
        "year": today().year,
        "centihours": 1,
        "mode": "online",
        "summary": suggested["summary"] or suggested["title"],
        "licence": suggested["licence"] or "-",
        "authors": suggested["authors"] or ["-"],
        "rule": {"min_coverage_percent": 90, "quizzes": "none"},
    }
