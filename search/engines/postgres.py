"""PostgreSQL without Elasticsearch: our tokens as a tsvector written by hand, so no dictionary of the
server's own.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from search.analysis import FIELDS, WEIGHTS, Clause
from search.engines.base import Entry, Plan
from search.engines.sql import Match, SqlEngine

# tsvector knows four weights; keywords and summary share one, and so do pairs of characters and pinyin.
_LABELS = {"title": "A", "keywords": "B", "summary": "B", "body": "D", "grams": "C", "pinyin": "C"}
_HIGHEST = max(WEIGHTS.values())
_RANK = ", ".join(
    str(max(WEIGHTS[name] for name in FIELDS if _LABELS[name] == label) / _HIGHEST) for label in "DCBA"
)
MAX_POSITION = 16_383
# ts_rank's own sum converges; more places of one word cost room and change nothing.
MAX_PLACES = 30


class PostgresEngine(SqlEngine):
    name = "postgres"
    id_order = 'e.type COLLATE "C", e.doc_id COLLATE "C"'

    def tokens_value(self, entry: Entry) -> str | None:
        places: dict[str, list[str]] = defaultdict(list)
        position = 0
        for name in FIELDS:
            for token in getattr(entry.tokens, name):
                position += 1
                if len(places[token]) < MAX_PLACES:
                    places[token].append(f"{min(position, MAX_POSITION)}{_LABELS[name]}")
        return " ".join(f"{_quote(token)}:{','.join(where)}" for token, where in places.items())

    def match(self, plan: Plan) -> Match:
        labels = "".join(sorted({_LABELS[name] for name in plan.fields or ()}))
        clauses = [_clause(clause, labels) for clause in plan.clauses]
        whole = (" & " if plan.need == "all" else " | ").join(f"({clause})" for clause in clauses)
        ranked = list(clauses)
        if plan.exact:
            exact = _lexeme(plan.exact, labels, prefix=False)
            whole = f"({whole}) | {exact}"
            ranked.append(exact)
        # Summed clause by clause: an AND ranked as a whole is judged by how near its words are together.
        return Match(
            where="e.tokens @@ %s::tsquery",
            where_params=(whole,),
            score=" + ".join([f"ts_rank('{{{_RANK}}}', e.tokens, %s::tsquery)"] * len(ranked)),
            score_params=tuple(ranked),
        )


def _clause(clause: Clause, labels: str) -> str:
    return " | ".join(_all_of(tokens, labels, clause.prefix) for tokens in clause.any_of)


def _all_of(tokens: Sequence[str], labels: str, prefix: bool) -> str:
    last = len(tokens) - 1
    parts: Iterable[str] = (
        _lexeme(token, labels, prefix=prefix and place == last) for place, token in enumerate(tokens)
    )
    return f"({' & '.join(parts)})"


def _lexeme(token: str, labels: str, *, prefix: bool) -> str:
    ending = ("*" if prefix else "") + labels
    return _quote(token) + (f":{ending}" if ending else "")


def _quote(token: str) -> str:
    return "'" + token.replace("\\", "\\\\").replace("'", "''") + "'"
