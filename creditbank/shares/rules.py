"""What a share shows of a transcript, as plain functions over plain values."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Item:
    """A line that may be chosen. key: its name in a share; source: the transaction or outcome it rests on."""

    key: str
    kind: str
    source: str
    fields: dict[str, Any]


def items_of(content: dict[str, Any]) -> list[Item]:
    """Every line of a transcript's content that can be shared on its own, in the order of the paper."""
    courses = [
        Item(f"course:{row['transaction']}:{row['code']}", "course", row["transaction"], row)
        for row in content.get("courses", [])
        if "transaction" in row
    ]
    outcomes = [
        Item(f"outcome:{row['uuid']}", "outcome", row["uuid"], row)
        for row in content.get("outcomes", [])
        if "uuid" in row
    ]
    studies = [
        Item(f"study:{row['transaction']}", "study", row["transaction"], row)
        for row in content.get("studies", [])
    ]
    return [*courses, *outcomes, *studies]


def chosen(items: Iterable[Item], lines: Iterable[str] | None) -> list[Item]:
    """The items that a share shows: all for None, else those named. A name that no item has shows nothing."""
    if lines is None:
        return list(items)
    named = set(lines)
    return [item for item in items if item.key in named]


def network_of(address: str) -> str:
    """From where, coarsely: the first half of an IPv4 address, the first third of an IPv6 one; "" for what is no address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if isinstance(found, ipaddress.IPv4Address):
        first, second, *_rest = str(found).split(".")
        return f"{first}.{second}.*.*"
    return ":".join(found.exploded.split(":")[:2]) + ":*"


def device_of(user_agent: str) -> str:
    """phone, computer or other, from a User-Agent header; its name is not kept."""
    if any(mark in user_agent for mark in ("Mobi", "iPhone", "iPad", "Android")):
        return "phone"
    return "computer" if "Mozilla/" in user_agent else "other"
