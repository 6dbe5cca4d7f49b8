"""Points and reasons, without an engine."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis import parse
from search.ranking import Viewer, awards, described, merit, satisfied, standing
from search.reasons import Filed, reasons

TODAY = date(2026, 11, 22)


def worth(query, **given):
    """What each field gives for the first step."""
    return [(award.steps[0].field, award.steps[0].points) for award in awards(parse(query), **given)]


def test_a_title_counts_more_than_keywords_and_these_more_than_a_summary():
    points = dict(reversed(worth("叉车")))
    assert points["keywords"] < worth("叉车")[0][1]
    assert points["summary"] < dict(worth("叉车"))["keywords"] + points["summary"]
    assert [field for field, _ in worth("叉车")][:3] == ["title", "keywords", "summary"]


def test_words_typed_together_share_what_a_word_alone_is_worth():
    alone = next(points for field, points in worth("叉车") if field == "title")
    together = [steps for steps in worth("叉车焊工") if steps[0] == "title"]
    assert max(points for _, points in together[:1]) < alone


def test_a_year_says_less_than_a_subject():
    by_clause = [points for field, points in worth("叉车 2026") if field == "summary"]
    assert by_clause[0] > by_clause[1]


def test_a_synonym_is_worth_less_than_the_word():
    (award,) = [
        one for one in awards(parse("塔吊", {"塔吊": ("塔式起重机",)})) if one.steps[0].field == "summary"
    ]
    own, other = award.steps
    assert own.points > other.points > 0


def test_steps_stand_in_the_order_of_falling_points():
    viewer = Viewer(occupations=("电工",), sectors=("industry",), lacking={"public": 100})
    query = parse("电工 anquan 2026", {"电工": ("维修电工",)})
    for need in ("all", "any"):
        for award in awards(query, need=need, today=TODAY, viewer=viewer):
            points = [step.points for step in award.steps]
            assert points == sorted(points, reverse=True)
            assert all(isinstance(one, int) and one > 0 for one in points)


def test_a_viewer_who_lacks_nothing_moves_nothing():
    query = parse("电工")
    assert awards(query, viewer=Viewer(lacking={"public": 0})) == awards(query)


def test_what_learners_think_counts_by_how_many_they_are():
    liked = {"completion": 1.0, "satisfaction": 5.0}
    assert merit({}) == merit(liked) == 0
    few, many = merit({**liked, "learners": 5}), merit({**liked, "learners": 500})
    assert 0 < few < many <= 16


@given(
    st.floats(allow_nan=False),
    st.dictionaries(
        st.sampled_from(["completion", "satisfaction", "learners"]), st.floats(-1e6, 1e6, allow_nan=False)
    ),
    st.integers(0, 10_000),
)
def test_nobody_stands_below_nothing_or_beyond_a_bound(boost, signals, unexplained):
    table = described()
    most = 2 * table["standing"] + table["completion"] + table["satisfaction"] + table["focus"]
    assert 0 <= standing(boost, signals, unexplained) <= most


def test_reasons_are_sentences_for_the_reader():
    viewer = Viewer(occupations=("电工",), sectors=("industry",), lacking={"public": 1250})
    given_reasons = reasons(
        {"title": ["电工"]},
        [Filed("年度", ("2026",))],
        facets={"kind": ["public"], "occupation": ["电工"], "sector": ["trade"]},
        published_at=datetime(2026, 11, 1, tzinfo=UTC),
        signals={"completion": 0.9, "satisfaction": 4.8, "learners": 300},
        today=TODAY,
        viewer=viewer,
    )
    assert [one.code for one in given_reasons] == [
        "title",
        "label",
        "occupation",
        "lacking",
        "completion",
        "satisfaction",
        "fresh",
    ]
    assert given_reasons[0].text == "标题里有「电工」"
    assert given_reasons[1].text == "年度里有「2026」"
    assert "12.5" in given_reasons[3].text


def test_no_reason_is_given_that_does_not_hold():
    old = datetime(2026, 11, 22, tzinfo=UTC) - timedelta(days=400)
    assert reasons({}, facets={}, published_at=old, signals={}, today=TODAY, viewer=Viewer()) == ()


@given(st.floats(1, 5), st.floats(1, 5), st.integers(0, 5000), st.integers(0, 5000))
def test_satisfaction_grows_with_the_mean_and_few_never_beat_many_of_the_same(mean, other, ratings, more):
    found = satisfied(mean, ratings)
    assert 0 <= found <= 1
    assert found <= satisfied(mean, ratings + more)
    assert satisfied(min(mean, other), ratings) <= satisfied(max(mean, other), ratings)


@pytest.mark.parametrize(
    ("signals", "said"),
    [
        ({"completion": 0.92, "learners": 120.0}, ["学过的约 120 人里 92% 学完"]),
        ({"satisfaction": 4.6, "ratings": 23.0}, ["23 人评价 4.6 分"]),
        (
            {"completion": 0.92, "learners": 120.0, "satisfaction": 4.6, "ratings": 23.0},
            ["学过的约 120 人里 92% 学完", "23 人评价 4.6 分"],
        ),
        # Too little to move anything: a few learners, a middling mean.
        ({"completion": 1.0, "learners": 5.0, "satisfaction": 3.2, "ratings": 300.0}, []),
    ],
)
def test_completion_and_satisfaction_are_said_each_with_its_figures(signals, said):
    found = reasons({}, facets={}, published_at=None, signals=signals, today=TODAY)
    assert [one.text for one in found] == said
