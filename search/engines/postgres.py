"""PostgreSQL without Elasticsearch: our tokens as a tsvector written by hand, so no dictionary of the
server's own.

To weigh an entry its tokens have to be fetched and unpacked, which takes longer than all else. Where many are found, those are
weighed first that the index alone says may be the best; the others only if one of them might stand higher.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import combinations, pairwise

from django.db import connection

from search.analysis import FIELDS, TITLE_FIELDS, Clause, is_chinese
from search.engines.base import Entry, Found, Plan, places
from search.engines.sql import RANKED, Match, SqlEngine, elsewhere, surely_best
from search.ranking import Award, Step

# Fewer results than this are weighed at once.
MANY = 500
# So many titles that begin with what is typed are weighed, those with the most points of their own.
WEIGHED = 200
# So many pairs of a misspelt word make a stretch: one wrong character spoils two.
STRETCH = 3

# tsvector knows four weights: summary, pairs of characters and pinyin share one, and a token's own sign tells them apart.
_LABELS = {"title": "A", "keywords": "B", "summary": "C", "body": "D", "grams": "C", "pinyin": "C"}
# Tokens that stand in one field alone.
_SIGNED = {"h:": "title", "t:": "title", "k:": "keywords", "o:": "keywords", "g:": "grams"}
_OF_KEYWORDS = {sign for sign, name in _SIGNED.items() if name == "keywords"}


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

    def page(
        self, plan: Plan, match: Match, offset: int, anchor: Found | None, total: int
    ) -> Iterable[Found]:
        # What sounds so in a title has the same tokens in keywords: of letters the index would leave out nothing.
        written = plan.clauses and all(clause.chinese for clause in plan.clauses)
        many = written and total > MANY and plan.sort == "relevance"
        told = [award for award in plan.awards if _told_by_index(award)] if many else []
        if told:
            where = f"{match.where} AND e.tokens @@ %s::tsquery"
            some = replace(match, where=where, where_params=(*match.where_params, _either(told)))
            best = list(self.rows(plan, some, plan.per_page, offset, anchor))
            others = self.most_standing(plan) + _points(one for one in plan.awards if not _told_by_index(one))
            if surely_best(plan, best, others):
                return best
        return super().page(plan, match, offset, anchor, total)

    def suggest(self, plan: Plan) -> list[Found]:
        for found in (self._begun, self._nearly_whole):
            best = found(plan)
            if best is not None:
                return best
        return super().suggest(plan)

    def _nearly_whole(self, plan: Plan) -> list[Found] | None:
        """The best titles for a word of which each pair of characters is asked for by itself (what a misspelt one may have been):
        those with something of each of its stretches, shorter ones first, then of both halves, or with pieces that begin with two
        of the pairs. None where a title that has nothing of a whole stretch might be better.
        """
        asked = len(plan.clauses)
        if plan.fields != TITLE_FIELDS or plan.filters or plan.need != "any" or asked < STRETCH:
            return None
        begun, pairs, rest = _sorted_out(plan)
        begins = [_either(awards) for awards in begun.values()]
        twice = [f"({left}) & ({right})" for left, right in combinations(begins, 2)]
        # Of what is outside: its own points, what no clause gives, and the beginning of one pair at the most.
        others = self.most_standing(plan) + _points(rest) + max(map(_points, begun.values()), default=0)
        worth = [_points(awards) for awards in pairs]
        match = self.match(plan)
        # As a list of ids, for the index to be asked before any entry is looked into.
        match = replace(
            match,
            where=f"e.id = ANY(ARRAY(SELECT id FROM search_entry WHERE tokens @@ %s::tsquery)) AND {match.where}",  # noqa: S608  names only
        )
        for count in dict.fromkeys((max(2, asked // STRETCH), 2)):
            edges = [asked * place // count for place in range(count + 1)]
            stretches = [slice(*ends) for ends in pairwise(edges)]
            bound = others + sum(worth) - min(sum(worth[stretch]) for stretch in stretches)
            some_of_each = " & ".join(f"({_something_of(plan.clauses[stretch])})" for stretch in stretches)
            query = " | ".join(f"({one})" for one in (some_of_each, *twice))
            best = list(
                self.rows(plan, replace(match, where_params=(query, *match.where_params)), plan.per_page, 0)
            )
            if surely_best(plan, best, bound):
                return best
        return None

    def _begun(self, plan: Plan) -> list[Found] | None:
        """The best titles for a word that is being typed, of which half of all may have something that begins so: those with all
        that a title can earn by it; else those with a piece that begins so, and with a word that does; each as far as their own
        points are high. None where others might be better.
        """
        if plan.fields != TITLE_FIELDS or len(plan.clauses) != 1 or plan.filters:
            return None
        of_title = [award for award in plan.awards if award.steps[0].field == "title"]
        pieces = [award for award in of_title if _signs(award) == {"h:"}]
        words = [award for award in of_title if award not in pieces]
        if not pieces:
            return None
        everything, standing = _points(plan.awards), self.most_standing(plan)
        found = None
        if words:
            short = everything - min(award.steps[0].points for award in of_title)
            found = self._best_of(
                plan, [(" & ".join(f"({_indexed(one)})" for one in of_title), everything)], standing + short
            )
        if found is None:
            lists = [(_either(pieces), everything - _points(words)), (_either(words), everything)]
            found = self._best_of(
                plan, [one for one in lists if one[0]], standing + elsewhere(plan, ("title",))
            )
        return found

    def _best_of(self, plan: Plan, lists: Sequence[tuple[str, int]], others: float) -> list[Found] | None:
        """The best of what meets these queries, of each those that stand highest; None where others might be better. lists: each
        query with the most points that an entry earns by the plan that meets none of those after it. others: the most points of
        an entry that meets none.
        """
        ids: set[int] = set()
        # (points, day) of what is left out, at the most.
        unseen: list[tuple[float, datetime | None]] = [(others, None)]
        for query, most in lists:
            listed = self._standing_most(plan, query)
            ids.update(row_id for row_id, _boost, _day in listed)
            if len(listed) == WEIGHED:
                _row_id, boost, day = listed[-1]
                unseen.append((boost + most, day))
        if not ids:
            return None
        # OFFSET 0: these rows and no index decide which are looked into.
        those = f"(SELECT * FROM search_entry WHERE id IN ({', '.join(map(str, ids))}) OFFSET 0) e"  # noqa: S608  numbers only
        best = list(self.rows(plan, replace(self.match(plan), source=those), plan.per_page, 0))
        full = len(best) == plan.per_page
        return best if full and all(_above(best[-1], *one) for one in unseen) else None

    def _standing_most(self, plan: Plan, query: str) -> list[tuple[int, float, datetime | None]]:
        """Of what meets a query that the index alone can answer: those with the most points of their own, of equal ones the
        newest. (id, points, day published).
        """
        visible, params = self.visible(plan)
        sql = (
            f"SELECT e.id, e.boost, e.published_at FROM search_entry e {visible} AND e.tokens @@ %s::tsquery "  # noqa: S608  names only
            "ORDER BY e.boost DESC, e.published_at DESC NULLS LAST LIMIT %s"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, [*params, query, WEIGHED])
            return cursor.fetchall()

    def exists(self, rows: str) -> str:
        # Asked for any row, PostgreSQL believes that it will soon meet one, and reads them all where there is none: it shall look
        # into the index first.
        return f"EXISTS (WITH met AS MATERIALIZED (SELECT e.id FROM {rows}) SELECT 1 FROM met)"  # noqa: S608  names only

    def token_step(self, step: Step) -> tuple[str, list[str]]:
        return "e.tokens @@ %s::tsquery", [_any_of(step.any_of, (step.field,), step.prefix)]


def _above(found: Found, points: float, day: datetime | None) -> bool:
    """Whether a result stands before all that have at most these points, and were published on this day at the latest where they
    have as many.
    """
    newer = day is not None and found.published_at is not None and found.published_at > day
    return found.score > points or (found.score == points and newer)


def _sorted_out(plan: Plan) -> tuple[dict[str, list[Award]], list[list[Award]], list[Award]]:
    """The awards of a plan by what they are for: a word that a title or a piece of one begins with → those; each clause's own;
    all others.
    """
    begun: dict[str, list[Award]] = defaultdict(list)
    pairs: list[list[Award]] = [[] for _clause in plan.clauses]
    rest = []
    for award in plan.awards:
        asked = {tokens for step in award.steps for tokens in step.any_of}
        of_clause = (
            place for place, clause in enumerate(plan.clauses) if asked and asked <= {*clause.any_of}
        )
        place = next(of_clause, None)
        if place is not None:
            pairs[place].append(award)
        elif len(asked) == 1 and _signs(award) <= {"h:", "t:"}:
            begun[next(iter(asked))[0][2:]].append(award)
        else:
            rest.append(award)
    return begun, pairs, rest


def _told_by_index(award: Award) -> bool:
    """Whether the index alone finds all that earn this award, and few others: titles, and what a token's own sign says of
    keywords (the occupation, kind or year that was typed).
    """
    field = award.steps[0].field
    return field in TITLE_FIELDS or (field == "keywords" and _signs(award) <= _OF_KEYWORDS)


def _either(awards: Iterable[Award]) -> str:
    return " | ".join(dict.fromkeys(map(_indexed, awards)))


def _indexed(award: Award) -> str:
    """The award's condition without its field, of which the index knows nothing: what else meets it is too much, never too little."""
    return " | ".join(
        f"({' & '.join(_in_title(token, prefix=step.prefix and place == len(tokens) - 1) for place, token in enumerate(tokens))})"
        for step in award.steps
        for tokens in step.any_of
    )


def _in_title(token: str, *, prefix: bool) -> str:
    if all(map(is_chinese, token)):
        # A title that has the word has its pairs of characters, whose sign says that they are a title's.
        pairs = [f"g:{left}{right}" for left, right in pairwise(token)] or [f"g:{token}"]
        return " & ".join(map(_quote, pairs))
    return _quote(token) + (":*" if prefix else "")


def _signs(award: Award) -> set[str]:
    return {token[:2] for step in award.steps for tokens in step.any_of for token in tokens}


def _points(awards: Iterable[Award]) -> int:
    return sum(award.steps[0].points for award in awards)


def _something_of(clauses: Iterable[Clause]) -> str:
    return " | ".join(_any_of(one.any_of, (), one.prefix) for one in clauses)


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
