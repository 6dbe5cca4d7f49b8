"""Pages in a tree of any depth → units with pages in a row, which is all that our courses have.

Owns the one rule for it: what stands at the top and has pages below it is a unit; what stands there alone is gathered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from courses.packs.foreign.outline import Page, Unit


@dataclass
class Node:
    """A heading of a table of contents, with its own page where it has one."""

    title: str
    page: Page | None = None
    below: list[Node] = field(default_factory=list)


def units_of(nodes: list[Node], title: str) -> list[Unit]:
    """The tree's units in order. `title` is the course's, for pages that belong to no unit."""
    root = None
    if len(nodes) == 1 and nodes[0].below:
        # One root above everything is the course itself.
        root = Node(nodes[0].title, nodes[0].page)
        nodes = [root, *nodes[0].below]
    for node in nodes:
        # A heading with nothing of its own under it is the unit's title, and that is all it was.
        if node.page is not None and not node.page.pieces and (node.below or node is root):
            node.page = None
    made: list[Unit] = []
    alone: Unit | None = None
    for node in nodes:
        pages = list(_pages(node))
        if not pages:
            continue
        if node.below:
            alone = None
            made.append(Unit(node.title or title, pages))
        elif alone is not None:
            alone.pages += pages
        else:
            alone = Unit(title or node.title, pages)
            made.append(alone)
    return made


def _pages(node: Node) -> Iterator[Page]:
    """All pages of a node, its own first; without recursion, since a file says how deep it goes."""
    rest = [node]
    while rest:
        one = rest.pop()
        if one.page is not None:
            yield one.page
        rest += reversed(one.below)
