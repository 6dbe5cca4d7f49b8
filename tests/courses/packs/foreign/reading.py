"""Foreign packs read in tests: the file, its adapter, what comes in and what does not."""

import contextlib
import io
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from courses.packs.foreign.drafts import Draft, draft_of, write_pack
from courses.packs.foreign.formats import adapter_for
from courses.packs.foreign.outline import Outline
from courses.packs.foreign.sources import Source
from courses.packs.native import read_pack
from courses.releases.rules import Pace
from tests.courses.packs import table

PACE = Pace(ms_per_character=200, ms_per_question=60_000)
DETAILS = {
    "code": "foreign-course",
    "title": "外来的课程",
    "language": "zh-Hans",
    "kind": "vocational",
    "year": 2026,
    "centihours": 1,
    "mode": "online",
    "summary": "从别的系统来。",
    "licence": "CC-BY-4.0",
    "authors": ["测试学院"],
    "rule": {"min_coverage_percent": 90, "quizzes": "none"},
}


@dataclass
class Read:
    """`native` is the plan of the native pack made of it, None where the pack was refused."""

    outline: Outline
    draft: Draft
    native: object

    def lost(self):
        """Title → the code of why, of everything that stays outside."""
        return {item.title: item.reason.code for item in self.draft.lost}

    def blocks(self):
        return [(block["type"], block) for block in self.draft.blocks]

    def problems(self):
        return [problem.code for problem in self.draft.problems]


@contextlib.contextmanager
def opened(data, name):
    """A source of these bytes under that name."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        with Source(Path(file.name), name) as source:
            yield source


def read(data, name, *, expect=None):
    """Inspect bytes as an upload of that name is, as far as the native pack. `expect`: the adapter's name."""
    with opened(data, name) as source:
        adapter = adapter_for(source)
        assert adapter is not None, f"nobody knows {name}"
        assert expect is None or adapter.name == expect
        outline = adapter.inspect(source)
        assert outline.format == adapter.name
        draft = draft_of(outline, source, PACE)
        native = None
        if not draft.problems:
            out = io.BytesIO()
            write_pack(draft, source, DETAILS, out)
            native = read_pack(out)
            assert native.problems == []
        for item in [*draft.lost]:
            assert item.reason.message
        for problem in [*draft.problems, *draft.warnings]:
            assert problem.message
        made = Read(outline, draft, native)
        table.shown(adapter.name, table.of_read(made))
        return made


def zipped(members):
    """A zip of {name: bytes or text}."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def tarred(members, mode="w:gz"):
    """A tar of {name: bytes or text}."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, content in members.items():
            data = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()
