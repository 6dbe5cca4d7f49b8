"""What if, on plain values: what is missing, and the fewest further outcomes, then the least hours, that fill it."""

from dataclasses import replace
from datetime import date
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from creditbank.planner.offers import Offer
from creditbank.planner.rules import Hypothesis, what_if
from creditbank.rules.engine import allocate
from creditbank.rules.facts import CourseFact, Kind, OutcomeFact, ProgrammeFact, Rate, RuleFact, UsedFact

DAY = date(2026, 3, 2)


def rule(code, *courses, **more):
    base = RuleFact(
        code=code,
        version=1,
        programme="p",
        outcome_kind=Kind.SKILL,
        occupation_code="6-31-01-03",
        level=3,
        or_higher=True,
        courses=tuple(CourseFact(name, name, amount) for name, amount in courses),
        valid_from=date(2025, 1, 1),
        valid_until=None,
        source="文件",
    )
    return replace(base, **more)


HOURS = rule(
    "hours",
    outcome_kind=Kind.HOURS,
    occupation_code="",
    level=None,
    rate=Rate(1600, 100, step=50, unit="training"),
    cap_per_rule=300,
)
WELDER = rule("welder", ("W1", 400), ("W2", 200), occupation_code="6-18-02-04")
SENIOR = rule("senior", ("E1", 300), ("E2", 300))
MASTER = rule("master", ("E3", 500), level=2)
HELD = OutcomeFact("o1", "a1", Kind.SKILL, "6-31-01-03", 3, date(2025, 5, 1), None, "verified")


def steps(found):
    return [(step.outcome.id, step.centicredits, step.centihours) for step in found.way.steps]


def test_what_is_missing_and_the_least_hours_to_it():
    found = what_if([HELD], [SENIOR, HOURS], ProgrammeFact("p", 850), DAY)
    assert (found.allocation.centicredits, found.missing) == (600, 250)
    # 2.5 credits at 16 hours each, in halves.
    assert steps(found) == [("new:hours", 250, 4000)]
    assert found.way.left == 0


def test_the_fewest_outcomes_come_before_the_least_hours():
    found = what_if([HELD], [SENIOR, HOURS, WELDER], ProgrammeFact("p", 1200), DAY)
    assert steps(found) == [("new:welder", 600, None)]


def test_offers_of_the_platform_take_the_place_of_nameless_hours():
    offers = [
        Offer("c1", "焊工安全", 1600, "training", "/c1/"),
        Offer("c2", "电工基础", 3200, "training", "/c2/"),
        Offer("c3", "公需", 8000, "continuing", "/c3/"),
    ]
    found = what_if([HELD], [SENIOR, HOURS], ProgrammeFact("p", 750), DAY, (), offers)
    assert [(step.offer.id, step.centicredits, step.centihours) for step in found.way.steps] == [
        ("c2", 200, 3200)
    ]
    more = what_if([HELD], [SENIOR, HOURS], ProgrammeFact("p", 900), DAY, (), offers)
    assert ([step.offer.id for step in more.way.steps], more.way.left) == (["c2", "c1"], 0)


def test_what_recognition_cannot_bring_is_said():
    found = what_if([HELD], [SENIOR, HOURS], ProgrammeFact("p", 5000), DAY)
    assert (found.missing, found.way.left) == (4400, 4100)


def test_nothing_is_missing_or_nobody_has_said_how_much():
    assert what_if([HELD], [SENIOR], ProgrammeFact("p", 600), DAY).way is None
    unset = what_if([HELD], [SENIOR], ProgrammeFact("p", None), DAY)
    assert (unset.missing, unset.way) == (None, None)
    used = [UsedFact("z", "p", "E1", 300)]
    assert what_if([], [SENIOR], ProgrammeFact("p", 300), DAY, used).missing == 0


def test_an_outcome_that_is_only_typed_in():
    typed = Hypothesis(Kind.SKILL, "6-31-01-03", 2).fact(1, DAY)
    found = what_if([typed], [SENIOR, MASTER], ProgrammeFact("p", 600), DAY)
    assert found.allocation.centicredits == 600
    assert found.allocation.giving[0].reason == "needs_verification"
    # The same certificate once more would bring nothing; the higher rule wants another one.
    assert found.way is None


some_rules = st.lists(
    st.builds(
        lambda courses, level, field, cap: rule(
            "",
            *((code, 100 * amount) for code, amount in courses.items()),
            level=level,
            occupation_code=f"6-31-01-0{field}",
            cap=cap,
        ),
        st.dictionaries(st.sampled_from("ABCDE"), st.integers(1, 3), min_size=1, max_size=2),
        st.sampled_from([2, 3]),
        st.sampled_from([1, 3]),
        st.sampled_from([None, None, 500]),
    ),
    max_size=4,
).map(lambda found: [replace(one, code=f"r{n}") for n, one in enumerate(found)])


@settings(max_examples=40, deadline=None)
@given(some_rules, st.integers(1, 9))
def test_no_shorter_way_there_is(some, target):
    """Beside every set of the certificates that any rule asks for, by the engine's own count."""
    programme = ProgrammeFact("p", target * 100)
    found = what_if([HELD], some, programme, DAY)
    wanted = sorted({(one.occupation_code, one.level) for one in some})
    possible = [Hypothesis(Kind.SKILL, *asked).fact(n, DAY) for n, asked in enumerate(wanted)]
    reached = {
        count: max(
            allocate([HELD, *more], some, programme, DAY).centicredits
            for more in combinations(possible, count)
        )
        for count in range(len(possible) + 1)
    }
    best = min(max(reached.values()), target * 100)
    fewest = min(count for count, amount in reached.items() if min(amount, target * 100) == best)
    if found.way is None:
        assert found.missing == fewest == 0
    else:
        assert (len(found.way.steps), found.way.left) == (fewest, target * 100 - best)
