"""The table in docs/pack-formats.md says what the tests of the formats see, and nothing else."""

import io
import zipfile

import pytest

from courses.packs.archive import RATIO_FREE_BYTES
from courses.packs.native import read_pack
from tests.courses.packs import making, table


def test_the_native_format():
    table.shown(
        "native",
        table.of_plan(read_pack(making.pack(making.with_order(making.with_pairs(making.with_number()))))),
    )
    bomb = io.BytesIO(making.pack().getvalue())
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("media/bomb.svg", bytes(4 * RATIO_FREE_BYTES))
    evil = making.SVG.replace(b"<path", b"<script>x()</script><path")
    for bad in (
        bomb,
        making.pack(raw=b"{"),
        making.pack(members=making.files() | {"media/a.svg": evil}),
        making.pack(members=making.files() | {"../a.svg": making.SVG}),
        making.pack(members=making.files() | {"media/zero.bin": bytes(0), "media/a.svg": b""}),
    ):
        plan = read_pack(bad)
        assert plan.problems
        table.shown("native", table.of_plan(plan))


def test_the_table_can_be_read_back():
    seen = {"moodle": {"text", "lost_question", "zip_|tar_"}, "native_out": {"text"}}
    text = f"before\n{table.BEGIN}\n\n{table.written(seen)}\n\n{table.END}\nafter"
    assert table.said(text) == {table.FORMATS[name]: frozenset(features) for name, features in seen.items()}


@pytest.mark.long
def test_nothing_is_said_that_no_test_sees():
    seen = {table.FORMATS[name]: frozenset(features) for name, features in table.observed().items()}
    assert table.documented() == seen, "stale: python -m tests.courses.packs.table"
