"""From documents to entries: facet values get their names, texts are cut, and what was given is condensed to a digest.

Owns: what an entry is made of, and the recipe, a hash of how. Refuses: knowing where entries go.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import translation

from search import documents
from search.analysis import analyse, clean, unexplained
from search.documents import Document
from search.engines.base import MAX_BODY_KEPT, Entry
from search.ranking import standing

MAX_ID_CHARS = 100
MAX_VALUE_CHARS = 200
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Named:
    """A document with the words it is to be found by beside its texts, and the digest of all that. sought: those of which who types
    one looks for it: none of what only stands beside others (boost below 1).
    """

    document: Document
    keywords: tuple[str, ...]
    digest: str
    sought: tuple[str, ...] = ()


@cache
def recipe() -> str:
    """A hash of everything that decides how documents are cut; an index of another recipe wants to be made anew."""
    hashed = blake2b(digest_size=16)
    code = [_HERE / f"{name}.py" for name in ("analysis", "words", "ranking", "cutting")]
    for path in sorted([*code, *(_HERE / "data").iterdir()]):
        if path.is_file():
            hashed.update(path.name.encode() + b"\0" + path.read_bytes())
    return hashed.hexdigest()


def named(document_type: str, batch: Sequence[Document]) -> list[Named]:
    """Look up what the facet values of a batch are called. Raises ValueError for a document that is not of this type
    or whose id no engine can carry.
    """
    for document in batch:
        if document.type != document_type or not 0 < len(document.id) <= MAX_ID_CHARS:
            raise ValueError(f"the source of {document_type!r} made {document.type!r} {document.id!r}")
    labels = _labels(document_type, batch)
    kinds = _kind_labels(document_type)
    wanted = {name for name, facet in documents.facets([document_type]).items() if facet.sought}
    found = []
    for document in batch:
        called = [
            label
            for name, values in document.facets.items()
            for value in values
            for label in labels[name, value]
        ]
        keywords = tuple(clean(word) for word in sorted({*document.keywords, *called, *kinds}))
        filed = {
            clean(label)
            for name, values in document.facets.items()
            for value in values
            for label in (labels[name, value] if name in wanted and document.boost >= 1 else ())
        }
        found.append(Named(document, keywords, _digest(document, keywords), tuple(sorted(filed))))
    return found


def cut(one: Named) -> Entry:
    """The entry of a document."""
    document = one.document
    title, summary, body = clean(document.title), clean(document.summary), clean(document.body)
    facets: dict[str, Any] = {documents.TYPE: [document.type]} | {
        name: [clean(value)[:MAX_VALUE_CHARS] for value in dict.fromkeys(values)]
        for name, values in document.facets.items()
    }
    return Entry(
        type=document.type,
        id=document.id,
        title=title,
        summary=summary,
        body=body[:MAX_BODY_KEPT],
        url=document.url,
        language=document.language,
        facets={name: values for name, values in facets.items() if values},
        extra={**document.extra, **({"signals": dict(document.signals)} if document.signals else {})},
        boost=float(standing(document.boost, document.signals, unexplained(title, one.keywords))),
        published_at=document.published_at,
        audience=list(dict.fromkeys(document.audience)),
        centihours=document.centihours,
        tokens=analyse(title, one.keywords, summary, f"{body} {clean(document.unseen)}".strip(), one.sought),
        expires_at=document.expires_at,
        digest=one.digest,
    )


def _digest(document: Document, keywords: Iterable[str]) -> str:
    # Every field there is: one that is added later is compared too.
    given = {field.name: getattr(document, field.name) for field in fields(document)}
    text = json.dumps([given, list(keywords)], sort_keys=True, default=_plain, ensure_ascii=True)
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, set | frozenset):
        return sorted(value)
    return dict(value) if hasattr(value, "keys") else str(value)


def _kind_labels(document_type: str) -> set[str]:
    """What this kind of thing is called, in every language of the site: 「公告」 finds notices."""
    found = set()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found.add(str(documents.source(document_type).label))
    return found


def _labels(document_type: str, batch: Sequence[Document]) -> dict[tuple[str, str], set[str]]:
    """What facet values are called, in every language of the site: 「公需」 finds a course by its kind."""
    used: dict[str, set[str]] = {}
    for document in batch:
        for name, values in document.facets.items():
            used.setdefault(name, set()).update(values)
    found: dict[tuple[str, str], set[str]] = {(name, value): set() for name in used for value in used[name]}
    facets = documents.facets([document_type])
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for name, wanted in used.items():
                known = facets[name].labels(wanted) if name in facets else {value: value for value in wanted}
                for value, label in known.items():
                    found[name, value].add(label)
    return found
