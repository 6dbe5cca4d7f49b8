"""The arithmetic of roots and proofs: a Merkle tree as RFC 6962 section 2.1 has it, over SHA-256; no database.

A leaf's hash is SHA-256(0x00 ‖ data), a node's SHA-256(0x01 ‖ left ‖ right), and a list of n > 1 leaves is split at the
largest power of two below n. Hashes are bytes in here and hex outside. What a leaf's data and a root's own hash are
made of is canonical JSON (ledger/rules.py); docs/credit-proofs.md says it for those who write a verifier of their own.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from creditbank.ledger.rules import canonical, digest, moment_text

# Leaves of one part. A power of two, so that the tree over the parts' hashes is the tree over all leaves.
PART = 1024
# Leaves of one twig inside a part, a power of two as well: what is read again for one path.
TWIG = 32
EMPTY = hashlib.sha256(b"").digest()


def leaf_data(account: str, seq: int, entry_hash: str) -> bytes:
    """What a leaf commits to. account: uuid, lower case; seq and entry_hash: of the account's last entry by then."""
    return canonical(["head", account, seq, entry_hash])


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """The largest power of two below size (> 1)."""
    return int(1 << (size - 1).bit_length() - 1)


class Tree:
    """A root from leaves as they come: keeps one hash for each level, however many leaves there are."""

    def __init__(self) -> None:
        self.size = 0
        self._stack: list[bytes] = []

    def add(self, hashed: bytes) -> None:
        """hashed: of a leaf, or of a whole part of them."""
        self.size += 1
        place = self.size
        while not place & 1:
            hashed = node_hash(self._stack.pop(), hashed)
            place >>= 1
        self._stack.append(hashed)

    def root(self) -> bytes:
        if not self._stack:
            return EMPTY
        *rest, found = self._stack
        for left in reversed(rest):
            found = node_hash(left, found)
        return found


def root_of(hashes: Iterable[bytes]) -> bytes:
    tree = Tree()
    for hashed in hashes:
        tree.add(hashed)
    return tree.root()


def path_of(hashes: Sequence[bytes], index: int) -> list[dict[str, str]]:
    """The neighbours from leaf `index` up to the root: {"side": "left" | "right", "hash": hex}, lowest first."""
    size = len(hashes)
    if size <= 1:
        return []
    middle = _split(size)
    if index < middle:
        return [*path_of(hashes[:middle], index), _step("right", root_of(hashes[middle:]))]
    return [*path_of(hashes[middle:], index - middle), _step("left", root_of(hashes[:middle]))]


def _step(side: str, hashed: bytes) -> dict[str, str]:
    return {"side": side, "hash": hashed.hex()}


def verifies(leaf: Sequence[Any], path: Sequence[dict[str, str]], root: str) -> bool:
    """Whether the leaf ["head", account, seq, hash] stands under the root. Needs nothing but these three values."""
    found = leaf_hash(canonical(list(leaf)))
    for step in path:
        other = bytes.fromhex(step["hash"])
        found = node_hash(other, found) if step["side"] == "left" else node_hash(found, other)
    return found.hex() == root


def follows(first: str, links: Iterable[Sequence[Any]]) -> str:
    """The hash at the end of a stretch of an account's chain. first: an entry's hash; links: [seq, amount, the
    transaction's hash] of each entry after it."""
    for seq, amount, transaction in links:
        first = digest([first, seq, amount, transaction])
    return first


def row_hash(
    *,
    day: date,
    accounts: int,
    entries: int,
    root: str,
    parts: list[Any],
    transactions: int,
    books: str,
    previous: str,
    made_at: datetime,
) -> str:
    """A daily root's own hash, which the next day's root names: the chain of roots."""
    return digest(
        [
            *("root", day.isoformat(), accounts, entries, root, digest(parts)),
            *(transactions, books, previous, moment_text(made_at)),
        ]
    )


class DayBooks:
    """One day's postings in one hash, a posting at a time, in the order of their uuids."""

    def __init__(self) -> None:
        self.transactions = 0
        self._rows = hashlib.sha256()
        self._units: dict[str, list[Any]] = {}

    def add(self, uuid: str, own_hash: str, legs: Sequence[Sequence[Any]]) -> None:
        """legs: [entry id, account id, the account's opening or None] of each entry, by entry id. The opening is named
        by an account's first entry, and by every one of an account that is not chained."""
        self.transactions += 1
        self._rows.update(canonical([uuid, own_hash, legs]) + b"\n")

    def unit(self, code: str, row: Sequence[Any]) -> None:
        """A unit in which something was posted that day: [id, code, label, scale]."""
        self._units[code] = list(row)

    def hash(self) -> str:
        return digest([self._rows.hexdigest(), [self._units[code] for code in sorted(self._units)]])
