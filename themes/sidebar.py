"""Wagtail's side bar, its entries put into JSON once for all who see the same ones.

Owns: what is kept of it in the process, named by everything it was made of. Refuses: deciding what is shown; each entry is
asked on every request, by Wagtail, whether it is for this person.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from telepath import Adapter, ObjectNode, ValueNode  # type: ignore[import-untyped]
from wagtail.admin.telepath import JSContext
from wagtail.admin.ui.sidebar import MainMenuModule

# As many different side bars as there are languages times mixtures of roles, and numbers of what waits.
KEPT = 256


@dataclass(frozen=True)
class Entries:
    """The entries of a menu; two are the same when everything that is said of them is."""

    said: tuple[Any, ...]
    items: Sequence[Any] = field(compare=False)


def _said(item: Any) -> tuple[Any, ...]:
    """An entry by its kind and all that stands in it, in the words of the request's language."""
    return (type(item), *[value if value.__class__ is str else _of(value) for value in vars(item).values()])


def _of(value: Any) -> Any:
    if value.__class__ is list:
        return tuple(map(_said, value))
    # Words are lazy, and most entries have no attributes.
    return str(value) if value else None


@lru_cache(KEPT)
def _packed(entries: Entries) -> Any:
    return JSContext().pack(entries.items)


class MenuAdapter(Adapter):
    """As Wagtail's of the menu: entries, the account's entries, who it is."""

    js_constructor = "wagtail.sidebar.MainMenuModule"

    def build_node(self, obj: MainMenuModule, context: Any) -> ObjectNode:
        items, *others = obj.js_args()
        kept = ValueNode(_packed(Entries(tuple(map(_said, items)), items)))
        return ObjectNode(self.js_constructor, [kept, *map(context.build_node, others)])
