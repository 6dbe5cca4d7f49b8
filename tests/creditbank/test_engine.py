"""The engine on plain values: worked examples of what rules ask and give, of caps and of reasons; nothing gets lost."""

from dataclasses import replace
from datetime import date

import pytest

from creditbank.rules.engine import allocate, keep
from creditbank.rules.facts import (
    Cap,
    CourseFact,
    Direction,
    ExemptionFact,
    Kind,
    Measure,
    OutcomeFact,
    ProgrammeFact,
    Rate,
    Reason,
    RuleFact,
    UsedFact,
    rank,
)
from creditbank.rules.pairs import Pair, check
from creditbank.rules.rules import dump, evaluate, load_inputs, recompute

DAY = date(2026, 3, 2)
MECH = ProgrammeFact("mech", 8000, "机械")


def skill(name, **more):
    base = OutcomeFact(
        name, f"a-{name}", Kind.SKILL, "6-31-01-03", 3, date(2025, 1, 1), None, "verified", issuer="gov"
    )
    return replace(base, **more)


def hours(name, amount, **more):
    return skill(
        name, kind=Kind.HOURS, occupation_code="", level=None, centihours=amount, unit="training", **more
    )


def rule(code, *courses, **more):
    base = RuleFact(
        code=code,
        version=1,
        programme="mech",
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


def by_hours(code="h", **more):
    return rule(
        code,
        outcome_kind=Kind.HOURS,
        occupation_code="",
        level=None,
        direction=Direction.HOURS_TO_CREDITS,
        mode="",
        **{"rate": Rate(1600, 100, unit="training")} | more,
    )


def line_of(found, outcome, code=""):
    (line,) = [some for some in found.lines if some.outcome == outcome and code in ("", some.rule_code)]
    return line


def test_the_best_of_all_is_not_the_first_that_fits():
    """Taken one by one, the dear rule would take both courses of the two others."""
    mine = [skill("o1"), skill("o2", occupation_code="6-18-01-01")]
    some = [
        rule("dear", ("A", 300), ("B", 300)),
        rule("small", ("A", 250)),
        rule("other", ("B", 400), occupation_code="6-18-01-01"),
    ]
    found = allocate(mine, some, MECH, DAY)
    assert (found.centicredits, [line.rule_code for line in found.giving]) == (650, ["other", "small"])
    lost = line_of(found, "o1", "dear")
    assert (lost.reason, lost.winner, lost.winner_outcome) == (Reason.ANOTHER_RULE, "small", "o1")


def test_two_outcomes_want_one_course():
    found = allocate([skill("o1", status="submitted"), skill("o2")], [rule("r", ("A", 300))], MECH, DAY)
    assert [(line.outcome, line.reason) for line in found.giving] == [("o2", Reason.GRANTED)]
    lost = line_of(found, "o1")
    assert (lost.reason, lost.winner, lost.winner_outcome) == (Reason.BETTER_ALTERNATIVE, "r", "o2")


@pytest.mark.parametrize(
    ("outcome", "asks", "reason"),
    [
        ({"score": 5999}, {"min_score": 6000}, Reason.SCORE_TOO_LOW),
        ({}, {"min_score": 6000}, Reason.SCORE_MISSING),
        ({"score": 6000}, {"min_score": 6000}, Reason.GRANTED),
        ({}, {"issuers": ("other",)}, Reason.ISSUER_NOT_ACCEPTED),
        ({}, {"issuers": ("gov",)}, Reason.GRANTED),
        ({}, {"issuers": ()}, Reason.ISSUER_NOT_ACCEPTED),
        ({"award": "city-3"}, {"awards": ("city-1",)}, Reason.AWARD_NOT_ACCEPTED),
        ({}, {"min_amount": 100}, Reason.TOO_LITTLE),
        ({"level": 8}, {}, Reason.GRANTED),
        ({"level": 6}, {}, Reason.LEVEL_TOO_LOW),
        ({"level": 8}, {"or_higher": False}, Reason.LEVEL_TOO_LOW),
        ({"level": None}, {"level": None}, Reason.GRANTED),
        ({"occupation_code": "6-99-01-01"}, {"occupation_code": ""}, Reason.GRANTED),
        ({}, {"course_code": "X1"}, Reason.NO_RULE),
        ({"course_code": "X1"}, {"course_code": "X1"}, Reason.GRANTED),
        ({}, {"valid_until": date(2026, 3, 1)}, Reason.RULE_NOT_IN_FORCE),
        ({"issued_on": date(2024, 1, 1)}, {"max_age_days": 365}, Reason.TOO_OLD),
    ],
)
def test_what_a_rule_asks(outcome, asks, reason):
    found = allocate([skill("o", **outcome)], [rule("r", ("A", 300), **asks)], MECH, DAY)
    assert line_of(found, "o").reason == reason
    assert found.centicredits == (300 if reason == Reason.GRANTED else 0)


def test_levels_of_both_series_are_one_order():
    assert [rank(level) for level in (6, 5, 4, 3, 2, 1, 7, 8)] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert rank(9) == 0


@pytest.mark.parametrize(
    ("rate", "amount", "credits"),
    [
        (Rate(1600, 100), 4000, 250),
        (Rate(1600, 100), 1599, 99),
        (Rate(1600, 100, step=100), 4799, 200),
        (Rate(1600, 100, step=50), 4799, 250),
        (Rate(1600, 100, step=100), 1599, 0),
        (Rate(1600, 100, unit="class"), 4000, 0),
    ],
)
def test_hours_become_credits_and_never_round_up(rate, amount, credits):
    found = allocate([hours("h1", amount)], [by_hours(rate=rate)], MECH, DAY)
    assert found.centicredits == credits
    if not credits:
        assert line_of(found, "h1").reason in (Reason.TOO_LITTLE, Reason.WRONG_UNIT)


def test_a_course_at_another_college():
    taken = skill("c", kind=Kind.COURSE, level=None, course_code="X1", centicredits=400, score=7000)
    transfer = rule(
        "t",
        outcome_kind=Kind.COURSE,
        level=None,
        occupation_code="",
        direction=Direction.CREDITS_TO_CREDITS,
        rate=Rate(100, 80, of=Measure.CENTICREDITS),
    )
    assert allocate([taken], [transfer], MECH, DAY).centicredits == 320


def test_a_cap_leaves_a_part_of_hours_and_says_so():
    mine = [hours("h1", 3200), hours("h2", 3200), hours("h3", 3200)]
    found = allocate(mine, [by_hours(cap_per_rule=350)], MECH, DAY)
    assert found.centicredits == 350
    assert [(line.outcome, line.centicredits, line.uncapped) for line in found.giving] == [
        ("h1", 200, None),
        ("h2", 150, 200),
    ]
    assert (found.giving[1].cap, found.giving[1].limit) == (Cap.RULE, 350)
    lost = line_of(found, "h3")
    assert (lost.reason, lost.cap, lost.limit) == (Reason.CAP_REACHED, Cap.RULE, 350)


@pytest.mark.parametrize(
    ("caps", "used", "cap", "limit"),
    [
        ({"cap": 700}, {}, Cap.PROGRAMME, 700),
        ({"cap": 1100}, {"centicredits": 400}, Cap.PROGRAMME, 1100),
        ({"cap_permille": 90}, {}, Cap.PROGRAMME_RATIO, 720),
        ({"cap_per_year": 900}, {"centicredits": 300, "posted_on": date(2026, 1, 1)}, Cap.YEAR, 900),
        ({"cap_per_institution": 750}, {}, Cap.INSTITUTION, 750),
        ({"cap_per_institution": 999}, {"centicredits": 400, "issuer": "gov"}, Cap.INSTITUTION, 999),
    ],
)
def test_which_cap_stops_the_second_one(caps, used, cap, limit):
    mine = [skill("o1"), skill("o2", occupation_code="6-18-01-01")]
    some = [
        rule("r1", ("A", 500), **caps),
        rule("r2", ("B", 300), occupation_code="6-18-01-01", **caps),
    ]
    before = [UsedFact("z", "mech", "Z", used.pop("centicredits"), **used)] if used else []
    found = allocate(mine, some, MECH, DAY, before)
    assert [line.rule_code for line in found.giving] == ["r1"]
    lost = line_of(found, "o2")
    assert (lost.reason, lost.cap, lost.limit) == (Reason.CAP_REACHED, cap, limit)


def test_a_cap_per_year_forgets_other_years_and_one_per_institution_other_issuers():
    some = [rule("r1", ("A", 500), cap_per_year=500, cap_per_institution=500)]
    before = [UsedFact("z", "mech", "Z", 400, posted_on=date(2025, 12, 31), issuer="other")]
    assert allocate([skill("o1")], some, MECH, DAY, before).centicredits == 500


def test_a_share_of_what_nobody_has_set_cannot_be_computed():
    found = allocate(
        [skill("o1")], [rule("r", ("A", 300), cap_permille=500)], replace(MECH, centicredits=None), DAY
    )
    assert line_of(found, "o1").reason == Reason.CAP_NOT_COMPUTABLE


def test_what_is_used_is_not_given_again():
    some = [rule("r", ("A", 300), group="g")]
    for fact, reason in (
        (UsedFact("a-o1", "mech", "Z", 100), Reason.ALREADY_USED),
        (UsedFact("z", "mech", "A", 100), Reason.COURSE_CREDITED),
        (UsedFact("z", "mech", "Z", 100, rule_code="q", group="g"), Reason.EXCLUDED),
        (UsedFact("z", "other", "A", 100, rule_code="q", group="g"), Reason.GRANTED),
    ):
        assert line_of(allocate([skill("o1")], some, MECH, DAY, [fact]), "o1").reason == reason
    once = [rule("r", free=300, stackable=False)]
    before = [UsedFact("z", "mech", "", 100, rule_code="r")]
    assert line_of(allocate([skill("o1")], once, MECH, DAY, before), "o1").reason == Reason.RULE_TAKEN


def test_one_rule_of_a_group():
    mine = [skill("o1"), skill("o2", occupation_code="6-18-01-01")]
    some = [
        rule("r1", ("A", 500), group="g"),
        rule("r2", ("B", 300), occupation_code="6-18-01-01", group="g"),
    ]
    lost = line_of(allocate(mine, some, MECH, DAY), "o2")
    assert (lost.reason, lost.winner) == (Reason.EXCLUDED, "r1")


def test_exemptions_count_after_credits_and_each_once():
    mine = [skill("o1"), skill("o2")]
    theory = rule(
        "e", exemptions=(ExemptionFact("theory", "理论知识"),), direction=Direction.CREDITS_TO_EXEMPTION
    )
    found = allocate(mine, [theory], MECH, DAY)
    assert (found.centicredits, found.exemptions, len(found.giving)) == (0, ("theory",), 1)
    again = allocate(mine, [theory], MECH, DAY, [UsedFact("z", "mech", "", 0, exemption="theory")])
    assert {line.reason for line in again.lines} == {Reason.EXEMPTED}


def test_an_outcome_that_may_give_by_several_rules():
    some = [
        rule("r1", ("A", 300), shares_outcome=True),
        rule("r2", ("B", 200), shares_outcome=True),
        rule("r3", ("C", 400)),
    ]
    found = allocate([skill("o1")], some, MECH, DAY)
    assert (found.centicredits, [line.rule_code for line in found.giving]) == (500, ["r1", "r2"])
    before = [UsedFact("a-o1", "mech", "A", 300, rule_code="r1", shares_outcome=True)]
    assert [line.rule_code for line in allocate([skill("o1")], some, MECH, DAY, before).giving] == ["r2"]


def test_two_registrations_of_one_paper_give_once():
    mine = [skill("o1"), skill("o2", achievement="a-o1", status="submitted")]
    some = [rule("r1", ("A", 300)), rule("r2", ("B", 300))]
    assert allocate(mine, some, MECH, DAY).centicredits == 300


def test_what_was_kept_is_computed_again():
    mine = [skill("o1"), hours("h1", 3200)]
    some = [rule("r1", ("A", 300)), by_hours(cap_per_rule=150)]
    before = [UsedFact("z", "mech", "Z", 100, posted_on=date(2026, 1, 1), rule_code="q")]
    kept = keep(mine, MECH, before, allocate(mine, some, MECH, DAY, before))
    assert recompute(kept, [*some, rule("r1", ("A", 900), version=2, valid_from=date(2026, 4, 1))]) == kept
    assert recompute(kept, [rule("r1", ("A", 200)), some[1]]) != kept


def test_an_answer_that_breaks_something_is_noticed():
    pairs = [Pair(0, "a", "r", 300, room_all=400), Pair(1, "b", "r", 300, claims=frozenset("A"))]
    assert check(pairs, {0: 300}) is None
    assert check(pairs, {0: 300, 1: 300}) == "all"
    assert check(pairs, {0: 200}) == "amount"
    assert check([pairs[0], replace(pairs[1], achievement="a")], {0: 300, 1: 300}) == "used twice"


# As `dump` wrote it before facts had more fields; its hash stands in the ledger, so not a letter may change.
KEPT_LONG_AGO = {
    "on": "2026-03-02",
    "outcomes": [
        {
            "id": "o1",
            "achievement": "a1",
            "kind": "vocational_skill_certificate",
            "occupation_code": "6-31-01-03",
            "level": 3,
            "issued_on": "2024-06-01",
            "expires_on": None,
            "status": "verified",
        }
    ],
    "used": [{"achievement": "z", "programme": "mech", "course_code": "Z", "centicredits": 100}],
    "lines": [
        {
            "outcome": "o1",
            "reason": "granted",
            "programme": "mech",
            "rule_code": "r1",
            "rule_version": 1,
            "courses": [{"code": "A", "name": "A", "centicredits": 300}],
            "centicredits": 300,
        }
    ],
}


def test_a_decision_of_long_ago_is_computed_again_to_the_letter():
    some = [rule("r1", ("A", 300))]
    assert recompute(KEPT_LONG_AGO, some) == KEPT_LONG_AGO
    day, outcomes, used = load_inputs(KEPT_LONG_AGO)
    assert dump(day, outcomes, used, evaluate(outcomes, some, day, used)) == KEPT_LONG_AGO
