"""The engine against brute force over small instances: the same best choice, to the last tie, searched or solved."""

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbank.rules.engine import allocate
from creditbank.rules.facts import (
    CourseFact,
    ExemptionFact,
    OutcomeFact,
    ProgrammeFact,
    Rate,
    RuleFact,
    UsedFact,
    about,
    worth,
)
from creditbank.rules.rules import judged_alone

DAY = date(2026, 3, 2)
PROGRAMME = ProgrammeFact("mech", 1000)
WIDTHS = {"A": 100, "B": 200, "C": 300, "D": 200}
PARTS = ("theory", "practice")

outcomes = st.lists(
    st.builds(
        OutcomeFact,
        id=st.just(""),
        achievement=st.sampled_from("pqrs"),
        kind=st.sampled_from(["skill", "skill", "hours"]),
        occupation_code=st.just(""),
        level=st.sampled_from([3, 4]),
        issued_on=st.just(date(2025, 1, 1)),
        expires_on=st.none(),
        status=st.sampled_from(["verified", "verified", "submitted"]),
        issuer=st.sampled_from(["x", "y"]),
        centihours=st.sampled_from([1000, 2000, 3100]),
    ),
    min_size=1,
    max_size=4,
).map(lambda some: [replace(fact, id=f"o{n}") for n, fact in enumerate(some)])


def seldom(values):
    return st.one_of(st.none(), st.none(), values)


rules = st.lists(
    st.builds(
        RuleFact,
        code=st.just(""),
        version=st.just(1),
        programme=st.sampled_from(["mech", "mech", "mech", "other"]),
        outcome_kind=st.sampled_from(["skill", "skill", "hours"]),
        occupation_code=st.just(""),
        level=seldom(st.just(4)),
        or_higher=st.booleans(),
        courses=st.sets(st.sampled_from(sorted(WIDTHS)), max_size=2).map(
            lambda codes: tuple(CourseFact(code, code, WIDTHS[code]) for code in sorted(codes))
        ),
        valid_from=st.just(date(2025, 1, 1)),
        valid_until=st.none(),
        source=st.just("文件"),
        cap=seldom(st.sampled_from([300, 500, 650])),
        free=st.sampled_from([0, 0, 100]),
        exemptions=st.sets(st.sampled_from(PARTS), max_size=1).map(
            lambda codes: tuple(ExemptionFact(code) for code in sorted(codes))
        ),
        cap_permille=seldom(st.just(400)),
        cap_per_year=seldom(st.just(450)),
        cap_per_institution=seldom(st.sampled_from([250, 400])),
        cap_per_rule=seldom(st.sampled_from([150, 300])),
        group=st.sampled_from(["", "", "g"]),
        stackable=st.booleans(),
        shares_outcome=st.booleans(),
    ),
    min_size=2,
    max_size=4,
).map(lambda some: [_whole(replace(rule, code=f"r{n}")) for n, rule in enumerate(some)])


def _whole(rule):
    """Hours give by a rate, beside whatever else; a rule that gives nothing is none."""
    if rule.outcome_kind == "hours":
        return replace(rule, rate=Rate(per=1000, centicredits=100, step=50 if rule.stackable else 100))
    return rule if rule.centicredits or rule.exemptions else replace(rule, free=100)


used = st.lists(
    st.builds(
        UsedFact,
        achievement=st.sampled_from("pz"),
        programme=st.sampled_from(["mech", "other"]),
        course_code=st.sampled_from(["A", ""]),
        centicredits=st.just(100),
        rule_code=st.sampled_from(["r0", "old"]),
        group=st.sampled_from(["", "g"]),
        issuer=st.sampled_from(["x", ""]),
        posted_on=st.sampled_from([None, date(2026, 1, 5), date(2025, 12, 31)]),
        shares_outcome=st.booleans(),
    ),
    max_size=2,
)


def brute(outcomes, rules, used):
    """The best of all allowed choices {(rule, outcome): centicredits}, by trying every one. Nothing of the engine's."""
    here = [fact for fact in used if fact.programme == "mech"]
    pairs = [
        (rule, outcome)
        for rule in sorted(rules, key=lambda rule: rule.code)
        for outcome in sorted(outcomes, key=lambda outcome: outcome.id)
        if rule.programme == "mech" and about(outcome, rule) and judged_alone(outcome, rule, DAY) is None
    ]
    best = [None, {}]

    def allowed(chosen):
        total = sum(amount for _, _, amount in chosen)
        base = sum(fact.centicredits for fact in here)
        courses = [course.code for rule, _, _ in chosen for course in rule.courses]
        courses += {fact.course_code for fact in here if fact.course_code}
        parts = [part.code for rule, _, _ in chosen for part in rule.exemptions]
        if len(set(courses)) < len(courses) or len(set(parts)) < len(parts):
            return False
        groups = {(rule.group, rule.code) for rule, _, _ in chosen if rule.group}
        groups |= {(fact.group, fact.rule_code) for fact in here if fact.group and groups}
        mine = {rule.group for rule, _, _ in chosen}
        if any(len({code for group, code in groups if group == name}) > 1 for name in mine):
            return False
        for rule, outcome, _amount in chosen:
            by = [some for some in chosen if some[1].achievement == outcome.achievement]
            if len(by) > 1 and not all(some[0].shares_outcome for some in by):
                return False
            if len({some[0].code for some in by}) < len(by):
                return False
            for fact in here:
                if fact.achievement == outcome.achievement and not (
                    fact.shares_outcome and rule.shares_outcome and fact.rule_code != rule.code
                ):
                    return False
            of_rule = [some for some in chosen if some[0] is rule]
            was_rule = [fact for fact in here if fact.rule_code == rule.code]
            if not rule.stackable and len(of_rule) + len(was_rule) > 1:
                return False
            # What gives no credits by nature bears no cap; a rate of which nothing is left does.
            if not worth(outcome, rule):
                continue
            year = sum(fact.centicredits for fact in here if fact.posted_on and fact.posted_on.year == 2026)
            issuer = sum(some[2] for some in chosen if some[1].issuer == outcome.issuer)
            issuer += sum(fact.centicredits for fact in here if fact.issuer == outcome.issuer)
            by_rule = sum(some[2] for some in of_rule) + sum(fact.centicredits for fact in was_rule)
            ratio = None if rule.cap_permille is None else rule.cap_permille
            for cap, count in (
                (rule.cap, base + total),
                (ratio, base + total),
                (rule.cap_per_year, year + total),
                (rule.cap_per_institution, issuer),
                (rule.cap_per_rule, by_rule),
            ):
                if cap is not None and count > cap:
                    return False
        return True

    def go(index, chosen):
        if not allowed(chosen):
            return
        if index == len(pairs):
            flags, amounts = [0] * len(pairs), [0] * len(pairs)
            for place, (rule, outcome) in enumerate(pairs):
                for one, other, amount in chosen:
                    if one is rule and other is outcome:
                        flags[place], amounts[place] = 1, amount
            key = (
                sum(amounts),
                sum(len(rule.exemptions) for rule, _, _ in chosen),
                -len({outcome.achievement for _, outcome, _ in chosen}),
                -sum(outcome.status != "verified" for _, outcome, _ in chosen),
                -len(chosen),
                flags,
                amounts,
            )
            if best[0] is None or key > best[0]:
                best[0] = key
                best[1] = {(rule.code, outcome.id): amount for rule, outcome, amount in chosen}
            return
        rule, outcome = pairs[index]
        go(index + 1, chosen)
        whole = rule.centicredits
        step = rule.rate.step if rule.rate else 1
        for more in range(0, worth(outcome, rule) - whole + 1, step):
            if whole + more or rule.exemptions:
                go(index + 1, [*chosen, (rule, outcome, whole + more)])

    go(0, [])
    return best[1]


def chosen(found):
    return {(line.rule_code, line.outcome): line.centicredits for line in found.giving}


def agree(mine, some, before):
    expected = brute(mine, some, before)
    for steps in (0, 60_000):
        found = allocate(mine, some, PROGRAMME, DAY, before, steps=steps)
        assert chosen(found) == expected, steps
        assert found.centicredits == sum(expected.values())
        assert {line.outcome for line in found.lines} == {outcome.id for outcome in mine}


@settings(max_examples=30, deadline=None)
@given(outcomes, rules, used)
def test_the_best_of_all_choices(mine, some, before):
    agree(mine, some, before)


@pytest.mark.long
@settings(max_examples=600, deadline=None)
@given(outcomes, rules, used)
def test_the_best_of_very_many_choices(mine, some, before):
    agree(mine, some, before)


@settings(max_examples=25, deadline=None)
@given(outcomes, rules, used, st.randoms(use_true_random=False))
def test_the_order_handed_in_changes_nothing(mine, some, before, chance):
    found = allocate(mine, some, PROGRAMME, DAY, before)
    for things in (mine, some, before):
        chance.shuffle(things)
    assert allocate(mine, some, PROGRAMME, DAY, before) == found


@settings(max_examples=25, deadline=None)
@given(outcomes, rules, used)
def test_one_outcome_more_never_lowers_the_sum(mine, some, before):
    sums = [
        allocate(mine[:count], some, PROGRAMME, DAY, before).centicredits for count in range(len(mine) + 1)
    ]
    assert sums == sorted(sums)


def crowd(seed, outcomes=30, rules=200, courses=60):
    """As many as a learner of the issue's numbers: all of one kind, competing for courses under every cap."""
    chance = random.Random(seed)
    mine = [
        OutcomeFact(
            *(f"o{n:02}", f"a{n}", "skill", f"6-31-01-0{chance.randrange(3)}", chance.randint(1, 5)),
            *(DAY - timedelta(days=chance.randrange(3000)), None),
            *(chance.choice(["verified", "submitted"]), chance.choice("xyz")),
        )
        for n in range(outcomes)
    ]
    some = []
    for n in range(rules):
        codes = chance.sample(range(courses), chance.randint(1, 3))
        some.append(
            RuleFact(
                *(f"r{n:03}", 1, "mech", "skill", f"6-31-01-0{chance.randrange(3)}", chance.randint(1, 5)),
                or_higher=chance.random() < 0.5,
                courses=tuple(CourseFact(f"C{code}", "", 50 * (code % 7 + 2)) for code in codes),
                valid_from=date(2025, 1, 1),
                valid_until=None,
                source="文件",
                cap=chance.choice([None, 6000]) if seed % 2 else 4000,
                cap_per_institution=chance.choice([None, None, 2500]) if seed % 3 else None,
                max_age_days=chance.choice([None, 1500]),
                group=chance.choice(["", "", "", f"g{n % 9}"]),
            )
        )
    return mine, some


@pytest.mark.parametrize("seed", range(3))
def test_a_crowd_searched_and_solved_is_the_same(seed):
    mine, some = crowd(seed, outcomes=8, rules=30, courses=40)
    searched = allocate(mine, some, PROGRAMME, DAY, steps=2_000_000)
    solved = allocate(mine, some, PROGRAMME, DAY, steps=0)
    assert (searched.by_solver, solved.by_solver) == (False, True)
    assert searched == solved
