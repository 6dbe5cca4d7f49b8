"""The Merkle tree against RFC 6962's own test vectors and against itself; no database."""

import re
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank.proofs import rules

# The reference leaves and roots of certificate-transparency's Merkle tree tests (roots of the first n leaves).
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def heads(number):
    return [(f"{place:08x}-0000-7000-8000-000000000000", place + 1, "ab" * 32) for place in range(number)]


def hashes(number):
    return [rules.leaf_hash(rules.leaf_data(*head)) for head in heads(number)]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_certificate_transparency(size):
    assert rules.root_of(rules.leaf_hash(leaf) for leaf in LEAVES[:size]).hex() == ROOTS[size - 1]


def test_no_leaf_is_the_hash_of_nothing():
    assert rules.root_of([]) == sha256(b"").digest()


@given(st.integers(1, 200), st.data())
def test_every_leaf_has_a_path_and_no_other_leaf_fits_it(size, data):
    index = data.draw(st.integers(0, size - 1))
    path, root = rules.path_of(hashes(size), index), rules.root_of(hashes(size)).hex()
    assert rules.verifies(["head", *heads(size)[index]], path, root)
    other = ["head", heads(size)[index][0], 10_000, "ab" * 32]
    assert not rules.verifies(other, path, root)


@given(st.integers(1, 40), st.sampled_from([1, 2, 4, 8]), st.data())
def test_parts_of_a_power_of_two_make_the_same_tree(size, part, data):
    leaves = hashes(size)
    parts = [leaves[start : start + part] for start in range(0, size, part)]
    kept = [rules.root_of(one) for one in parts]
    assert rules.root_of(kept) == rules.root_of(leaves)
    index = data.draw(st.integers(0, size - 1))
    path = rules.path_of(parts[index // part], index % part) + rules.path_of(kept, index // part)
    assert path == rules.path_of(leaves, index)


def documented_verifier():
    """The verifier that docs/credit-proofs.md shows, as whoever copies it would run it."""
    text = (Path(__file__).parents[3] / "docs" / "credit-proofs.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.S)
    names = {}
    exec(code, names)
    return names


def test_the_documented_verifier_says_the_same():
    documented = documented_verifier()
    path, root = rules.path_of(hashes(13), 9), rules.root_of(hashes(13)).hex()
    leaf = ["head", *heads(13)[9]]
    assert documented["stands"](leaf, path, root)
    assert not documented["stands"](leaf, path[:-1], root)
    assert not documented["stands"]([*leaf[:2], 99, leaf[3]], path, root)
    assert documented["follows"]("ab" * 32, [[2, -5, "cd" * 32]]) == rules.follows(
        "ab" * 32, [[2, -5, "cd" * 32]]
    )
