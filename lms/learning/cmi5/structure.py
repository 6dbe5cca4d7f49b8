"""What of a cmi5 package's manifest the LMS works with: its course as a tree of AUs and blocks.

Plain values, made once from the manifest that courses.packs.foreign.cmi5 judged. Owns the ids the LMS gives (8.1.5, 9.4):
each follows from the package and the publisher's id, so that it is the same for every registration and never the
publisher's own. Refuses to judge the manifest again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

Json = dict[str, Any]


@dataclass(frozen=True)
class Au:
    """An assignable unit. key: what the platform's rows and addresses name it by."""

    key: str
    publisher_id: str
    title: dict[str, str]
    description: dict[str, str]
    url: str
    launch_method: str
    move_on: str
    mastery_score: Decimal | None
    activity_type: str
    launch_parameters: str
    entitlement_key: str


@dataclass(frozen=True)
class Block:
    """A block, or (key "course") the course itself."""

    key: str
    publisher_id: str
    title: dict[str, str]
    description: dict[str, str]
    children: tuple[Au | Block, ...] = field(default=())

    @cached_property
    def aus(self) -> tuple[Au, ...]:
        """All AUs below, in order."""
        return tuple(_aus(self))

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """All blocks below, the inner ones first."""
        return tuple(_blocks(self))

    @cached_property
    def by_key(self) -> dict[str, Au]:
        return {au.key: au for au in self.aus}


def course_of(manifest: Json) -> Block:
    """The course of a package's manifest."""
    return Block(
        "course",
        manifest["id"],
        dict(manifest["title"]),
        dict(manifest["description"]),
        tuple(_child(one) for one in manifest["children"]),
    )


def activity_id(home: str, package: UUID, key: str) -> str:
    """The id of an AU's, a block's or the course's activity (8.1.5, 9.4). home: the platform's address."""
    return f"{home}/cmi5/{package}/{key}"


def text_in(texts: dict[str, str], language: str = "") -> str:
    """A title in a language, else in Chinese, else the first there is."""
    for wanted in (language, "zh"):
        for tag, text in texts.items():
            if wanted and tag.lower().split("-")[0] == wanted.lower().split("-")[0]:
                return text
    return next(iter(texts.values()), "")


def _child(said: Json) -> Au | Block:
    if said["type"] == "block":
        children = tuple(_child(one) for one in said["children"])
        return Block(said["key"], said["id"], dict(said["title"]), dict(said["description"]), children)
    return Au(
        key=said["key"],
        publisher_id=said["id"],
        title=dict(said["title"]),
        description=dict(said["description"]),
        url=said["url"],
        launch_method=said["launchMethod"],
        move_on=said["moveOn"],
        mastery_score=Decimal(said["masteryScore"]) if said["masteryScore"] else None,
        activity_type=said["activityType"],
        launch_parameters=said["launchParameters"],
        entitlement_key=said["entitlementKey"],
    )


def _aus(block: Block) -> Iterator[Au]:
    for child in block.children:
        if isinstance(child, Au):
            yield child
        else:
            yield from _aus(child)


def _blocks(block: Block) -> Iterator[Block]:
    for child in block.children:
        if isinstance(child, Block):
            yield from _blocks(child)
            yield child
