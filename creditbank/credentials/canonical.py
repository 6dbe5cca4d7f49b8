"""RDF canonicalisation (RDFC-1.0) of our credentials, with the work it may cost bounded.

Owns: the N-Quads that are signed. Refuses: documents with words that no context defines (JSON-LD would drop them unsigned)
and graphs whose nodes cannot be told apart without trying every order (RDFC-1.0 § 7.1, "dataset poisoning").
"""

from hashlib import sha256
from typing import Any

from creditbank.credentials import contexts

# A word no context knows becomes an address under this one, and so a statement that no signature covers.
UNDEFINED = {"@vocab": "urn:rongtong:undefined#"}
# Nodes that look alike from one side, of which every order is tried, and how often the slow step may run. Every node of
# ours that could look like another has a name: ours need none of it.
MOST_ALIKE = 4
MOST_STEPS = 4000
# Objects in a document; a record of the most lines we sign has about half as many.
MOST_NODES = 6000


class NotCanonicalError(ValueError):
    """The document has no canonical form that we would compute."""


def digest(document: dict[str, Any]) -> bytes:
    """SHA-256 of the canonical N-Quads. Raises NotCanonicalError."""
    return sha256(quads(document).encode()).digest()


def quads(document: dict[str, Any]) -> str:
    """The canonical N-Quads of a JSON-LD document whose contexts are bundled. Raises NotCanonicalError."""
    from pyld import canon, jsonld

    class Bounded(canon.URDNA2015):  # type: ignore[misc]
        steps = 0

        def hash_n_degree_quads(self, id_: str, issuer: Any) -> Any:
            self.steps += 1
            if self.steps > MOST_STEPS:
                raise NotCanonicalError("too many nodes alike")
            return super().hash_n_degree_quads(id_, issuer)

        def create_hash_to_related(self, id_: str, issuer: Any) -> Any:
            found = super().create_hash_to_related(id_, issuer)
            if any(len(alike) > MOST_ALIKE for alike in found.values()):
                raise NotCanonicalError("too many nodes alike")
            return found

    try:
        if _nodes(document) > MOST_NODES:
            raise NotCanonicalError("too many objects")
        dataset = jsonld.to_rdf(_closed(document), {"documentLoader": contexts.load, "base": ""})
        text: str = Bounded().main(dataset, {"format": "application/n-quads"})
    except NotCanonicalError:
        raise
    except (
        jsonld.JsonLdError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
        ArithmeticError,
    ) as error:
        raise NotCanonicalError(str(error)) from None
    if UNDEFINED["@vocab"] in text:
        raise NotCanonicalError("a word that no context defines")
    return text


def _nodes(value: Any) -> int:
    """How many objects a document holds."""
    if isinstance(value, list):
        return sum(_nodes(item) for item in value)
    return 1 + sum(_nodes(item) for item in value.values()) if isinstance(value, dict) else 0


def _closed(value: Any) -> Any:
    """The document with a last context that catches undefined words, wherever a context stands."""
    if isinstance(value, list):
        return [_closed(item) for item in value]
    if isinstance(value, str) and value.startswith("_:"):
        # A name for a nameless node: what rings of them are made of. Ours have real names.
        raise NotCanonicalError("a blank node by name")
    if not isinstance(value, dict):
        return value
    closed = {key: _closed(item) for key, item in value.items() if key != "@context"}
    if "@context" in value:
        named = value["@context"]
        # Exactly one of ours: a list of six hundred known ones costs a minute and says nothing more.
        if named not in contexts.ALL:
            raise NotCanonicalError("a context that is not bundled")
        closed["@context"] = [*named, UNDEFINED]
    return closed
