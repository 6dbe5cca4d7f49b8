"""PostgreSQL without Elasticsearch: our tokens as a tsvector written by hand, so no dictionary of the
server's own.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from search.analysis import FIELDS
from search.engines.base import Entry, Plan, places
from search.engines.sql import Match, SqlEngine
from search.ranking import Step

# tsvector knows four weights: summary, pairs of characters and pinyin share one, and a token's own sign tells them apart.
_LABELS = {"title": "A", "keywords": "B", "summary": "C", "body": "D", "grams": "C", "pinyin": "C"}


class PostgresEngine(SqlEngine):
    name = "postgres"
    id_order = 'e.type COLLATE "C", e.doc_id COLLATE "C"'

    def tokens_value(self, entry: Entry) -> str | None:
        # A place for each weight is all that is ever asked for.
        places: dict[str, set[str]] = defaultdict(set)
        for name in FIELDS:
            for token in getattr(entry.tokens, name):
                places[token].add(_LABELS[name])
        return " ".join(
            f"{_quote(token)}:{','.join(f'{place}{label}' for place, label in enumerate(sorted(labels), 1))}"
            for token, labels in places.items()
        )

    def match(self, plan: Plan) -> Match:
        clauses = [_any_of(clause.any_of, plan.fields or (), clause.prefix) for clause in plan.clauses]
        whole = (" & " if plan.need == "all" else " | ").join(f"({clause})" for clause in clauses)
        if plan.exact:
            whole = f"({whole}) | {_lexeme(plan.exact, ('title',), prefix=False)}"
        return Match(where="e.tokens @@ %s::tsquery", where_params=(whole,))

    def token_step(self, step: Step) -> tuple[str, list[str]]:
        return "e.tokens @@ %s::tsquery", [_any_of(step.any_of, (step.field,), step.prefix)]


def _any_of(alternatives: Iterable[Sequence[str]], fields: Sequence[str], prefix: bool) -> str:
    return " | ".join(_all_of(tokens, fields, prefix) for tokens in alternatives)


def _all_of(tokens: Sequence[str], fields: Sequence[str], prefix: bool) -> str:
    last = len(tokens) - 1
    parts: Iterable[str] = (
        _lexeme(token, fields, prefix=prefix and place == last) for place, token in enumerate(tokens)
    )
    return f"({' & '.join(parts)})"


def _lexeme(token: str, fields: Sequence[str], *, prefix: bool) -> str:
    """A token in one of these fields, or in any if none are named."""
    labels = "".join(sorted({_LABELS[name] for name in places(token, fields)}))
    ending = ("*" if prefix else "") + labels
    return _quote(token) + (f":{ending}" if ending else "")


def _quote(token: str) -> str:
    return "'" + token.replace("\\", "\\\\").replace("'", "''") + "'"
