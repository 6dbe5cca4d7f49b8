"""The conversion engine on plain values: worked examples, dates, caps, one use, and that old decisions hold."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank.rules.rules import (
    CourseFact,
    OutcomeFact,
    Reason,
    RuleFact,
    UsedFact,
    bare_occupation,
    dump,
    evaluate,
    in_force,
    recompute,
)

DAY = date(2026, 3, 2)
# 高级工 (level 3) electrician, verified; the rule gives 5 + 3 credits.
ELECTRICIAN = OutcomeFact("o1", "a1", "skill", "6-31-01-03", 3, date(2024, 6, 1), None, "verified")
RULE = RuleFact(
    code="el-3",
    version=1,
    programme="mech",
    outcome_kind="skill",
    occupation_code="6-31-01-03",
    level=3,
    or_higher=False,
    courses=(CourseFact("EL101", "电工技术基础", 500), CourseFact("EL102", "电气控制实训", 300)),
    valid_from=date(2025, 1, 1),
    valid_until=None,
    source="文件",
)


def only(outcome=ELECTRICIAN, rule=RULE, day=DAY, used=()):
    lines = evaluate([outcome], [rule], day, used)
    assert len(lines) == 1
    return lines[0]


def test_a_senior_workers_certificate_gives_eight_credits():
    line = only()
    assert (line.reason, line.centicredits) == (Reason.GRANTED, 800)
    assert (line.rule_code, line.rule_version, line.programme) == ("el-3", 1, "mech")


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        ({"status": "submitted"}, Reason.NEEDS_VERIFICATION),
        ({"status": "refused"}, Reason.REFUSED),
        ({"level": 4}, Reason.LEVEL_TOO_LOW),
        ({"level": 2}, Reason.LEVEL_TOO_LOW),
        ({"level": None}, Reason.LEVEL_TOO_LOW),
        ({"expires_on": date(2026, 3, 1)}, Reason.EXPIRED),
        ({"expires_on": DAY}, Reason.GRANTED),
        ({"issued_on": date(2026, 3, 3)}, Reason.NOT_YET_ISSUED),
        ({"occupation_code": "6-31-01-03 S"}, Reason.GRANTED),
        ({"occupation_code": "6-31-01-04"}, Reason.NO_RULE),
        ({"kind": "x"}, Reason.NO_RULE),
    ],
)
def test_what_the_certificate_must_be(outcome, reason):
    line = only(replace(ELECTRICIAN, **outcome))
    assert line.reason == reason
    assert line.centicredits == (800 if line.gives else 0)


@pytest.mark.parametrize(
    ("rule", "level", "reason"),
    [
        ({"or_higher": True}, 2, Reason.GRANTED),
        ({"or_higher": True}, 4, Reason.LEVEL_TOO_LOW),
        ({"valid_until": date(2026, 3, 1)}, 3, Reason.RULE_NOT_IN_FORCE),
        ({"valid_until": DAY}, 3, Reason.GRANTED),
        ({"valid_from": date(2026, 3, 3)}, 3, Reason.RULE_NOT_IN_FORCE),
        ({"max_age_days": 638}, 3, Reason.TOO_OLD),
        ({"max_age_days": 639}, 3, Reason.GRANTED),
        ({"cap": 799}, 3, Reason.CAP_REACHED),
        ({"cap": 800}, 3, Reason.GRANTED),
    ],
)
def test_what_the_rule_asks(rule, level, reason):
    assert only(replace(ELECTRICIAN, level=level), replace(RULE, **rule)).reason == reason


def test_one_achievement_one_use_per_programme():
    used = UsedFact("a1", "mech", "XX", 100)
    assert only(used=[used]).reason == Reason.ALREADY_USED
    assert only(used=[replace(used, programme="other")]).reason == Reason.GRANTED
    assert only(used=[replace(used, achievement="a2")]).reason == Reason.GRANTED


def test_a_course_is_credited_once_and_caps_count_what_is_there():
    assert only(used=[UsedFact("a2", "mech", "EL101", 500)]).reason == Reason.COURSE_CREDITED
    assert (
        only(rule=replace(RULE, cap=899), used=[UsedFact("a2", "mech", "ZZ", 100)]).reason
        == Reason.CAP_REACHED
    )


def test_the_newest_version_in_force_counts():
    first = RULE
    second = replace(
        RULE, version=2, valid_from=date(2026, 4, 1), courses=(CourseFact("EL101", "电工技术基础", 500),)
    )
    assert in_force([first, second], DAY)["el-3"].version == 1
    assert in_force([first, second], date(2026, 4, 1))["el-3"].version == 2
    assert [line.centicredits for line in evaluate([ELECTRICIAN], [first, second], DAY)] == [800]


def test_competing_rules_the_one_that_gives_more():
    smaller = replace(RULE, code="el-3b", courses=(CourseFact("EL200", "电工", 200),))
    lines = evaluate([ELECTRICIAN], [smaller, RULE], DAY)
    assert [(line.rule_code, line.reason) for line in lines] == [
        ("el-3", Reason.GRANTED),
        ("el-3b", Reason.ANOTHER_RULE),
    ]


def test_verified_before_unverified_when_they_compete():
    unverified = replace(ELECTRICIAN, id="o0", achievement="a0", status="submitted")
    lines = evaluate([unverified, ELECTRICIAN], [RULE], DAY)
    assert [(line.outcome, line.reason) for line in lines] == [
        ("o1", Reason.GRANTED),
        ("o0", Reason.COURSE_CREDITED),
    ]


def test_occupation_codes():
    assert bare_occupation(" 6-31-01-03 L/S") == "6-31-01-03"
    assert bare_occupation("9-31-01-03") == "9-31-01-03"


outcomes = st.builds(
    OutcomeFact,
    id=st.uuids().map(str),
    achievement=st.sampled_from("abc"),
    kind=st.just("skill"),
    occupation_code=st.sampled_from(["6-31-01-03", "6-18-01-01"]),
    level=st.integers(1, 5),
    issued_on=st.dates(date(2020, 1, 1), date(2027, 1, 1)),
    expires_on=st.none() | st.dates(date(2027, 1, 1), date(2028, 1, 1)),
    status=st.sampled_from(["submitted", "verified", "refused"]),
)
rules = st.builds(
    RuleFact,
    code=st.sampled_from(["r1", "r2", "r3"]),
    version=st.integers(1, 3),
    programme=st.sampled_from(["p", "q"]),
    outcome_kind=st.just("skill"),
    occupation_code=st.sampled_from(["6-31-01-03", "6-18-01-01"]),
    level=st.integers(1, 5),
    or_higher=st.booleans(),
    courses=st.lists(
        st.builds(CourseFact, st.sampled_from("uvwx"), st.just("课"), st.integers(1, 500)),
        min_size=1,
        max_size=3,
        unique_by=lambda course: course.code,
    ).map(tuple),
    valid_from=st.dates(date(2024, 1, 1), date(2027, 1, 1)),
    valid_until=st.none() | st.dates(date(2027, 1, 1), date(2028, 1, 1)),
    source=st.just("s"),
    cap=st.none() | st.integers(1, 1000),
    max_age_days=st.none() | st.integers(0, 3000),
)


@given(st.lists(outcomes, max_size=5, unique_by=lambda o: o.id), st.lists(rules, max_size=6), st.randoms())
def test_never_twice_never_above_a_cap_and_the_same_every_time(some, register, random):
    lines = evaluate(some, register, DAY)
    by_key = {(rule.code, rule.version): rule for rule in register}
    giving = [line for line in lines if line.gives]
    achievement = {outcome.id: outcome.achievement for outcome in some}
    uses = [(achievement[line.outcome], line.programme) for line in giving]
    assert len(uses) == len(set(uses))
    courses = [(line.programme, course.code) for line in giving for course in line.courses]
    assert len(courses) == len(set(courses))
    if len(by_key) == len(register):
        total = {}
        for line in giving:
            total[line.programme] = total.get(line.programme, 0) + line.centicredits
            cap = by_key[line.rule_code, line.rule_version].cap
            assert cap is None or total[line.programme] <= cap
        shuffled = random.sample(some, len(some))
        assert sorted(map(repr, evaluate(shuffled, register, DAY))) == sorted(map(repr, lines))
    assert {line.outcome for line in lines} == {outcome.id for outcome in some}
    kept = dump(DAY, some, [], lines)
    assert recompute(kept, register) == kept


def test_later_versions_do_not_change_an_old_decision():
    kept = dump(DAY, [ELECTRICIAN], [], evaluate([ELECTRICIAN], [RULE], DAY))
    later = replace(
        RULE, version=2, valid_from=DAY + timedelta(days=1), courses=(CourseFact("Q", "新课", 1),)
    )
    assert recompute(kept, [RULE, later]) == kept
