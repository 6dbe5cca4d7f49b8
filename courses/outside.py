"""Programs of an organisation's that a lesson opens (LTI): who knows them registers here; courses itself knows none.

Owns: the question whether a lesson's tool is its provider's. Refuses: knowing what a tool is.
"""

from typing import Protocol
from uuid import UUID


class Tools(Protocol):
    def __call__(self, tools: set[UUID], provider: int) -> set[UUID]:
        """Those among `tools` that lessons of the organisation (its number) may open now."""


_tools: list[Tools] = []


def register_lti_tools(tools: Tools) -> None:
    """Called once, by the package that knows the tools."""
    if tools not in _tools:
        _tools.append(tools)


def known_tools(tools: set[UUID], provider: int) -> set[UUID]:
    """Where nobody registered, none is known."""
    return set().union(*(ask(tools, provider) for ask in _tools)) if tools else set()
