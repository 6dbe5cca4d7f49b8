"""Relevance on every engine: the held-out queries, and the same order as the plainest engine there can be."""

import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import time_machine
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from search import api, cutting, documents, engines, queries
from search.analysis import runs
from search.api import SearchRequest, Viewer
from search.documents import PUBLIC, Document
from tests.examples import examples
from tests.search.relevance import judged
from tests.search.relevance.corpus import JudgedCatalogue, courses
from tests.search.relevance.reference import ReferenceEngine

# The grades were written before anything was tuned. Another digest is another measure: say so where it is recorded.
GRADES = "49b89b9a7d39c469"
# What the held-out third gave when the points were last changed (docs/search.md); age counts, so the day is fixed.
DAY = "2026-11-22 12:00+08:00"
RECORDED = 0.922
OLD, NEW, FRESH = (datetime(year, month, 1, tzinfo=UTC) for year, month in ((2024, 3), (2026, 3), (2026, 11)))


@pytest.fixture
def _only_courses(monkeypatch):
    monkeypatch.setattr(documents, "_sources", {})
    api.register(JudgedCatalogue())


def found(query, viewer=None, **given):
    results = api.search(SearchRequest(query=query, facets=(), **given), viewer)
    return [hit.id for hit in (*results.hits, *results.near)]


def test_the_set_is_what_it_was():
    assert judged.digest() == GRADES
    queries = judged.queries()
    assert len(queries) >= 200
    assert len(courses()) >= 2000
    assert 0.25 < sum(query.held_out for query in queries) / len(queries) < 0.4
    assert all(3 in judged.grades(query).values() for query in queries if query.text != "万用表使用")


def test_measures_of_a_ranking():
    graded = {"a": 3, "b": 2, "c": 1}
    assert judged.ndcg(["a", "b", "c"], graded) == 1
    assert judged.ndcg(["x", "y"], graded) == 0
    assert 0 < judged.ndcg(["c", "b", "a"], graded) < 1
    assert judged.reciprocal_rank(["x", "a"], graded) == 1 / 2


@pytest.mark.usefixtures("_only_courses")
def test_held_out_queries_are_answered_well(engine):
    with time_machine.travel(DAY, tick=True):
        api.rebuild()
        engines.current().settle()
        measured = judged.measure(found, held_out=True)
    print(
        f"{engines.current().name}: nDCG@10 {measured.ndcg:.4f}, MRR {measured.mrr:.4f}, {measured.queries} queries"
    )
    assert measured.ndcg >= 0.90
    # Two engines that are both this near to the record are within 0.02 of each other.
    assert abs(measured.ndcg - RECORDED) <= 0.01, sorted(measured.by_query.items(), key=lambda one: one[1])[
        :5
    ]


@pytest.fixture
def beside(engine, monkeypatch):
    """A function that puts documents into the engine and into the plainest one, and gives both."""
    # PostgreSQL's short ways are for many results.
    monkeypatch.setattr("search.engines.postgres.MANY", 5)
    monkeypatch.setattr("search.engines.postgres.WEIGHED", 12)

    def put(some):
        source = JudgedCatalogue()
        source.documents = lambda ids=None: (one for one in some if ids is None or one.id in set(ids))
        monkeypatch.setattr(documents, "_sources", {})
        api.register(source)
        api.rebuild()
        engines.current().settle()
        return engines.current(), ReferenceEngine(cutting.cut(one) for one in cutting.named("course", some))

    with time_machine.travel(DAY, tick=True):
        yield put


@pytest.fixture
def few(beside, monkeypatch):
    """An eighth of the corpus in the engine, and in the plainest one: a function that gives both answers."""
    readers = beside([course.document for course in courses()[::8]])

    def both(query, viewer=None, **given):
        answers = []
        for one in readers:
            monkeypatch.setattr(engines, "current", lambda one=one: one)
            results = api.search(SearchRequest(query=query, facets=(), **given), viewer)
            answers.append([(hit.id, hit.score) for hit in (*results.hits, *results.near)])
        return answers

    both.readers = readers
    return both


VIEWER = Viewer(occupations=("电工", "焊工"), sectors=("industry",), lacking={"public": 1200, "specialty": 0})


def test_every_engine_gives_the_same_points_and_order(few):
    for query in judged.queries()[::5]:
        real, plain = few(query.text)
        assert real == plain, query.text
    for query in ("安全", "数控 2026", "gongxu", ""):
        real, plain = few(query, VIEWER)
        assert real == plain, query
    real, plain = few("管理", VIEWER, page=3, per_page=7)
    assert real == plain


def test_what_is_best_by_far_comes_alone_and_as_by_looking_at_everything(few):
    """The database weighs what its index says may be the best first, and the others only where these might stand higher."""
    for query in judged.queries()[::3]:
        real, plain = few(query.text, per_page=2)
        assert real == plain, query.text


def offered(readers, text, limit=queries.SUGGESTIONS):
    """What is offered for these letters, by each of the two."""
    plan = queries.suggestion_plan(text, ("course",), limit=limit)
    return [[(one.id, one.score) for one in reader.suggest(plan)] if plan else [] for reader in readers]


def test_the_first_letters_are_answered_as_by_looking_at_every_title(few):
    """The database looks at titles that begin with them first, and at the others only where these might stand higher."""
    typed = dict.fromkeys(query.text[:length] for query in judged.queries() for length in (1, 2, 4))
    letters = [one for one in typed if one.isascii()]
    for text in letters[:60] + [one for one in typed if not one.isascii()][:60]:
        real, plain = offered(few.readers, text)
        assert real == plain, text


FORMS = (
    "叉车{}",
    "学叉车{}",
    "操作、叉车{}",
    "小叉车、叉车{}",
    "叉车、叉车{}",
    "CC{}",
    "学CC{}",
    "差错、CC{}",
    "超差{}",
    "长城、CC{}",
)


@pytest.mark.parametrize(("spread", "lift"), [(0, 0), (10, 0), (20, 0), (50, 0), (5, 25), (10, 60), (20, 90)])
def test_letters_and_standing_weigh_as_by_looking_at_every_title(beside, monkeypatch, spread, lift):
    """Titles that begin, go on or sound so, nearly level by themselves: what little more one earns decides."""
    monkeypatch.setattr("search.engines.postgres.WEIGHED", 3)
    for seed in range(12):
        draw = random.Random(seed)
        forms = draw.choices(FORMS, k=24)
        some = [
            Document(
                "course",
                f"{number:02}",
                form.format(number),
                boost=(90 + draw.randint(-spread, spread) + lift * (form[0] in "学超")) / 100,
                published_at=draw.choice((None, NEW, OLD)),
                audience=(PUBLIC,),
            )
            for number, form in enumerate(forms)
        ]
        readers = beside(some)
        for text in ("叉", "叉车", "c", "cc", "cha", "chac"):
            for per_page in (1, 2, 3, 5):
                real, plain = offered(readers, text, per_page)
                assert real == plain, (seed, text, per_page)


def like(readers, word, per_page):
    """The titles like a word that may be misspelt, by each of the two."""
    (plan,) = queries.titles_plans(SearchRequest(query=word, types=("course",)), list(runs(word)))
    plan = replace(plan, per_page=per_page)
    return ([(one.id, one.score) for one in reader.suggest(plan)] for reader in readers)


def test_titles_like_a_misspelt_word_are_those_of_looking_at_every_title(few):
    """The database looks at titles with something of each stretch of the word first, and at all where others might stand higher."""
    words = dict.fromkeys(run.text for query in judged.queries() for run in runs(query.text) if run.chinese)
    tried = [word for word in words if len(word) > 3]
    misspelt = [
        word[:place] + "误" + word[place + 1 :] for word in tried[:40] for place in (1, len(word) // 2)
    ]
    for word in (*tried[:40], *misspelt):
        for per_page in (1, 4, 30):
            real, plain = like(few.readers, word, per_page)
            assert real == plain, (word, per_page)


@pytest.mark.parametrize(
    ("half", "whole"),
    [
        pytest.param("安全作业", "叉车安与作业", id="begins-with-a-pair"),
        pytest.param("安全作业、作业", "新叉车与安全作业和其他的事", id="two-pieces-begin-with-a-pair"),
    ],
)
def test_a_title_like_half_a_misspelt_word_is_not_forgotten(beside, half, whole):
    """It has nothing of the word's first stretch, and what it begins with makes it the better one, by little."""
    titles = {"half": half, **{f"whole{number}": f"{whole}{number}" for number in range(3)}}
    some = [
        Document("course", id_, title, published_at=FRESH, audience=(PUBLIC,))
        for id_, title in titles.items()
    ]
    real, plain = like(beside(some), "叉车安全作业", 2)
    assert real == plain
    assert plain[0][0] == "half"


ANYTHING = st.one_of(
    st.text(max_size=1000),
    st.text(alphabet="\"'*?~^:()[]{}\\/|&!<>-+=%_;,.#@$`", max_size=60),
    st.lists(
        st.sampled_from(
            [
                *(
                    "叉车",
                    "电工",
                    "chache",
                    "2026",
                    "plc",
                    "公需",
                    "AND",
                    "OR",
                    "NOT",
                    "NEAR(",
                    "title:",
                    '"',
                    "*",
                    "--",
                    "';",
                ),
                *(
                    "\x00",
                    "\ud800",
                    "\udfff",
                    "\u202e",
                    "\u200d",
                    "😀",
                    "ﬁ",
                    "İ",
                    "電",
                    "Ａ",
                    "\n",
                    "/*",
                    "%s",
                    "{}",
                    "\\",
                    "::tsquery",
                ),
            ]
        ),
        max_size=30,
    ).map("".join),
    st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x4FFF), max_size=1000),
)


def test_any_text_gets_results_or_nothing_found(few):
    """Any string up to a thousand characters, as a query and while it is typed: an answer, never an error."""

    @settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))
    @given(ANYTHING)
    @example("\"'; DROP TABLE search_entry; -- \\")
    @example("title:叉车 AND (NOT *) NEAR(a b, 3) ~2 ^9 [a TO b]")
    @example("\ud83d" + "叉" * 999)
    @example("h:叉车 t:电工 k:五级 g:叉 p:cha i:cc")
    @example("pyhtno chahce " * 60)
    def ask(text):
        results = api.search(SearchRequest(query=text, facets=()))
        assert results.total >= len(results.hits) - len(results.near) >= 0 or results.total >= 0
        assert all("<script" not in hit.title_html for hit in results.hits)
        api.suggest(text)

    ask()
