"""PostgreSQL without Elasticsearch: our tokens as a tsvector written by hand, so no dictionary of the
server's own.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from search.analysis import FIELDS
from search.engines.base import Entry, Plan, places
from search.engines.sql import RANKED, Match, SqlEngine
from search.ranking import Step

# tsvector knows four weights: summary, pairs of characters and pinyin share one, and a token's own sign tells them apart.
_LABELS = {"title": "A", "keywords": "B", "summary": "C", "body": "D", "grams": "C", "pinyin": "C"}
# Tokens that stand in one field alone.
_SIGNED = {"h:": "title", "t:": "title", "k:": "keywords", "g:": "grams"}


class PostgresEngine(SqlEngine):
    name = "postgres"
    # Entries written before they had such a line have the values only.
    line = (
        "COALESCE(e.counted, (SELECT string_agg(v.name || '=' || v.value, E'\\x1f') FROM search_entryfacet v "
        "WHERE v.entry_id = e.id AND v.name <> '@audience'))"
    )
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

    def weighed(self, plan: Plan, rows: str) -> str:
        # Of each entry its tokens are fetched and unpacked once, and not for every award again; those of its text are left out.
        asked = {step.field for award in plan.awards for step in award.steps}
        labels = sorted({_LABELS[name].lower() for name in asked if name in _LABELS})
        if not labels:
            return rows
        few = f"ts_filter(e.tokens, '{{{','.join(labels)}}}') AS tokens"
        # OFFSET 0 keeps it from being put into each award's place.
        return f"(SELECT {RANKED}, e.boost, {few} FROM {rows} OFFSET 0) e"  # noqa: S608  names only

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
    # What the sign says already need not be asked: of a weight the index knows nothing, each entry would be looked into.
    said = _SIGNED.get(token[:2])
    labels = "" if said in fields else "".join(sorted({_LABELS[name] for name in places(token, fields)}))
    ending = ("*" if prefix else "") + labels
    return _quote(token) + (f":{ending}" if ending else "")


def _quote(token: str) -> str:
    return "'" + token.replace("\\", "\\\\").replace("'", "''") + "'"
