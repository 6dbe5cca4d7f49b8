"""The one text that is hashed: the same bytes as ever, whichever encoder writes it; no database."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank.ledger.rules import canonical

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(-(2**70), 2**70) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=20,
)


def standard(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@given(PLAIN)
def test_the_text_is_that_of_the_standard_encoder(value):
    assert canonical(value) == standard(value)


def test_control_characters_large_numbers_and_deep_values():
    deep: list = []
    for _ in range(400):
        deep = [deep]
    for value in ("".join(map(chr, range(0x100))), "\u2028\uffff\U00010000", 2**64, -(2**63) - 1, deep):
        assert canonical(value) == standard(value)


@pytest.mark.parametrize("value", [datetime(2026, 3, 2, tzinfo=UTC), {1, 2}, b"x"])
def test_what_is_no_json_has_no_text(value):
    with pytest.raises(TypeError):
        canonical({"a": value})
