"""What each kind must say, in plain values: needed fields, choices, days, what makes two the same one."""

from dataclasses import replace
from datetime import date

import pytest

from creditbank.outcomes import rules
from creditbank.outcomes.models import AssessorType, Level, OutcomeKind
from creditbank.outcomes.words import CHOICE_LABELS, LABELS, fault_sentence, label_of
from creditbank.rules.facts import LEVELS_LOW_TO_HIGH, Kind, rank

TODAY = date(2026, 11, 21)
ALL = {
    "title": "电工",
    "occupation_code": "6-31-01-03",
    "level": 3,
    "issuer_name": "申江职业技能评价中心",
    "number": "S000131000123243000456",
    "issued_on": date(2024, 6, 1),
    "expires_on": date(2027, 6, 1),
    "starts_on": date(2024, 3, 1),
    "assessor_type": "social",
    "course_code": "EL101",
    "score": 8550,
    "centicredits": 400,
    "centihours": 2400,
    "unit": "continuing",
    "award_level": "city",
    "award_rank": "2",
    "sort": "invention",
    "stage": "used",
    "project": "智能产线改造",
    "authors": "李明、王芳",
    "reviewer": "赵工",
    "about": "",
}


def said(kind, **changes):
    number = {OutcomeKind.QUALIFICATION: "1234567890123456", OutcomeKind.SKILL: ALL["number"]}.get(
        kind, "X-0001"
    )
    return rules.Deposit(kind=kind, **ALL | {"number": number} | changes)


def codes(deposit):
    return {fault.field: fault.code for fault in rules.check(deposit, TODAY)}


def test_words_and_numbers_are_those_of_the_engine():
    assert OutcomeKind.values == [kind.value for kind in Kind] == list(rules.KINDS)
    assert sorted(Level.values, key=rank) == list(LEVELS_LOW_TO_HIGH)
    assert tuple(AssessorType.values) == rules.ASSESSORS
    for name, choices in rules.CHOICES.items():
        assert name == "level" or set(CHOICE_LABELS[name]) == set(choices)


@pytest.mark.parametrize("kind", OutcomeKind.values)
def test_a_whole_one_is_taken_and_each_needed_field_is_asked_for(kind):
    assert codes(said(kind)) == {}
    spec = rules.KINDS[kind]
    for name in spec.fields:
        assert name in LABELS
        empty = None if name in {"level", "issued_on", "starts_on", "expires_on", *rules.BOUNDS} else " "
        found = rules.check(replace(said(kind), **{name: empty}), TODAY)
        assert [fault.field for fault in found] == ([name] if name in spec.needed else []), name
        for fault in found:
            assert fault_sentence(kind, fault)


def test_fields_of_other_kinds_are_not_judged():
    assert codes(said(OutcomeKind.COURSE, level=99, occupation_code="x", unit="?")) == {}


@pytest.mark.parametrize(
    ("kind", "change", "field", "code"),
    [
        (OutcomeKind.COURSE, {"course_code": "数学 一"}, "course_code", "course_form"),
        (OutcomeKind.COURSE, {"centicredits": 0}, "centicredits", "range"),
        (OutcomeKind.COURSE, {"score": -1}, "score", "range"),
        (OutcomeKind.HOURS, {"unit": "days"}, "unit", "choice"),
        (OutcomeKind.HOURS, {"starts_on": date(2024, 7, 1)}, "starts_on", "after_end"),
        (OutcomeKind.AWARD, {"award_rank": "9"}, "award_rank", "choice"),
        (OutcomeKind.FIVE_SMALL, {"stage": "won"}, "stage", "choice"),
        (OutcomeKind.PAPER, {"authors": "李" * 201}, "authors", "too_long"),
        (OutcomeKind.PAPER, {"issued_on": date(2027, 1, 1)}, "issued_on", "future"),
        (OutcomeKind.SKILL, {"issued_on": date(1900, 1, 1)}, "issued_on", "long_ago"),
        (OutcomeKind.SKILL, {"expires_on": date(2024, 5, 1)}, "expires_on", "before_issue"),
        (OutcomeKind.ABILITY, {"number": "?"}, "number", "free_form"),
    ],
)
def test_what_cannot_be_right(kind, change, field, code):
    deposit = said(kind, **change)
    assert codes(deposit)[field] == code
    sentence = fault_sentence(kind, rules.check(deposit, TODAY)[0])
    assert "%" not in sentence


def test_zero_is_a_score():
    assert codes(said(OutcomeKind.COURSE, score=0)) == {}


def test_a_senior_number_and_both_series_of_levels():
    chief = said(OutcomeKind.SKILL, number="AB00131000123243000456", level=8)
    assert codes(chief) == {}
    assert rank(8) > rank(7) > rank(1) > rank(5) > rank(6)


def test_a_number_names_one_paper_whoever_has_it_and_other_outcomes_are_their_holders():
    for kind in (OutcomeKind.SKILL, OutcomeKind.X, OutcomeKind.AWARD):
        assert rules.identity(said(kind), "a") == rules.identity(said(kind, title="别的名称"), "b")
    course = said(OutcomeKind.COURSE)
    assert rules.identity(course, "a") != rules.identity(course, "b")
    again = replace(
        course, number="成绩单-2", title="电工技术", issuer_name=" 申江职业技能评价中心 ", course_code="el101"
    )
    assert rules.identity(course, "a") == rules.identity(again, "a")
    assert rules.identity(course, "a") != rules.identity(replace(course, course_code="EL102"), "a")


def test_who_assessed_comes_from_the_number_then_from_what_was_said_then_from_the_issuer():
    skill = said(OutcomeKind.SKILL, assessor_type="")
    assert rules.assessor_of(skill, "employer22") == "employer"
    assert rules.assessor_of(replace(skill, assessor_type="social"), "employer22") == "employer"
    assert rules.assessor_of(replace(skill, assessor_type="government"), "senior22") == "government"
    assert rules.assessor_of(skill, "senior22", "enterprise") == "employer"
    assert rules.assessor_of(skill, "free") == ""
    assert rules.assessor_of(said(OutcomeKind.COURSE), "none", "enterprise") == ""


def test_what_rules_compare_of_an_award():
    assert said(OutcomeKind.AWARD).award == "city-2"
    assert said(OutcomeKind.FIVE_SMALL).award == "invention-used"
    assert said(OutcomeKind.SKILL).award == ""


def test_months_later():
    assert rules.months_later(date(2024, 8, 31), 6) == date(2025, 2, 28)
    assert rules.months_later(date(2024, 12, 15), 36) == date(2027, 12, 15)


def test_fields_are_called_as_their_kind_calls_them():
    assert label_of(OutcomeKind.COURSE, "issuer_name") == "学校"
    assert label_of(OutcomeKind.SKILL, "issuer_name") == "发证机构"
