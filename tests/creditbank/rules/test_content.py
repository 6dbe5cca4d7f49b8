"""What may stand in a rule, its form as JSON, its words, and the draft's state machine: plain values, no database."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank.rules import content as contents
from creditbank.rules.content import NewVersion
from creditbank.rules.drafts.rules import WAYS, Act, moved, outcome
from creditbank.rules.facts import Rate
from creditbank.rules.words import asks_text, changes, facts_of, folded, gives_text
from lms.lib.errors import Invalid
from tests.creditbank.rules.house import ELECTRICIAN, EXEMPTION, HOURS, TRANSFER

WHOLE = [
    (ELECTRICIAN, "certificate_to_credits"),
    (HOURS, "hours_to_credits"),
    (EXEMPTION, "credits_to_exemption"),
    (TRANSFER, "credits_to_credits"),
]


@pytest.mark.parametrize(("content", "direction"), WHOLE)
def test_a_rule_of_each_direction_is_complete(content, direction):
    contents.check(content, direction)
    assert contents.load(contents.dump(content)) == content


@pytest.mark.parametrize(
    ("base", "direction", "change", "field"),
    [
        (ELECTRICIAN, "certificate_to_credits", {"occupation_code": ""}, "occupation_code"),
        (ELECTRICIAN, "certificate_to_credits", {"occupation_code": "9-1"}, "occupation_code"),
        (ELECTRICIAN, "certificate_to_credits", {"level": None}, "level"),
        (ELECTRICIAN, "certificate_to_credits", {"level": 9}, "level"),
        (ELECTRICIAN, "certificate_to_credits", {"outcome_kind": "degree_course"}, "outcome_kind"),
        (ELECTRICIAN, "certificate_to_credits", {"outcome_kind": "diploma"}, "outcome_kind"),
        (ELECTRICIAN, "certificate_to_credits", {"courses": []}, "courses"),
        (ELECTRICIAN, "certificate_to_credits", {"courses": ELECTRICIAN.courses * 2}, "courses"),
        (ELECTRICIAN, "certificate_to_credits", {"source_document": " "}, "source_document"),
        (ELECTRICIAN, "certificate_to_credits", {"max_age_days": 0}, "max_age_days"),
        (ELECTRICIAN, "certificate_to_credits", {"cap_permille": 1001}, "cap_permille"),
        (ELECTRICIAN, "certificate_to_credits", {"cap_per_year": 0}, "cap_per_year"),
        (ELECTRICIAN, "certificate_to_credits", {"min_score": -1}, "min_score"),
        (ELECTRICIAN, "certificate_to_credits", {"issuers": []}, "issuers"),
        (ELECTRICIAN, "certificate_to_credits", {"issuers": [{"code": "a"}]}, "issuers"),
        (ELECTRICIAN, "certificate_to_credits", {"awards": [" "]}, "awards"),
        (ELECTRICIAN, "certificate_to_credits", {"group": "组" * 41}, "group"),
        (ELECTRICIAN, "certificate_to_credits", {"free": -1}, "free"),
        (ELECTRICIAN, "certificate_to_credits", {"rate": Rate(1600, 100)}, "rate"),
        (ELECTRICIAN, "certificate_to_credits", {"exemptions": EXEMPTION.exemptions}, "exemptions"),
        (HOURS, "hours_to_credits", {"rate": Rate(0, 100)}, "rate"),
        (HOURS, "hours_to_credits", {"rate": Rate(1600, 100, of="minutes")}, "rate"),
        (HOURS, "hours_to_credits", {"rate": None}, "courses"),
        (EXEMPTION, "credits_to_exemption", {"exemptions": []}, "exemptions"),
        (EXEMPTION, "credits_to_exemption", {"exemptions": EXEMPTION.exemptions * 2}, "exemptions"),
        (EXEMPTION, "credits_to_exemption", {"free": 100}, "courses"),
    ],
)
def test_what_cannot_be_right_names_its_field(base, direction, change, field):
    with pytest.raises(Invalid) as refusal:
        contents.check(replace(base, **change), direction)
    assert refusal.value.details == {"field": field}


@pytest.mark.parametrize(
    ("title", "direction", "mode", "field"),
    [
        (" ", "hours_to_credits", "", "title"),
        ("规则", "sideways", "", "direction"),
        ("规则", "hours_to_credits", "magic", "mode"),
        ("规则", "hours_to_credits", "certificate_recognition", "mode"),
        ("规则", "certificate_to_credits", "credit_recognition", "mode"),
    ],
)
def test_headings_that_cannot_be_right(title, direction, mode, field):
    with pytest.raises(Invalid) as refusal:
        contents.check_heading(title, direction, mode)
    assert refusal.value.details == {"field": field}


def test_an_unfinished_draft_is_within_bounds_and_not_complete():
    unfinished = replace(ELECTRICIAN, level=None, courses=[], source_document="")
    contents.check_bounds(unfinished)
    with pytest.raises(Invalid):
        contents.check(unfinished, "certificate_to_credits")


def test_days():
    contents.check_days(date(2026, 3, 1), None)
    for days in ((None, None), (date(2026, 3, 2), date(2026, 3, 1))):
        with pytest.raises(Invalid):
            contents.check_days(*days)


def test_a_draft_of_before_a_field_was_added_loads():
    kept = contents.dump(ELECTRICIAN)
    del kept["shares_outcome"]
    assert contents.load(kept | {"no_such_field": 1}) == ELECTRICIAN


def words_of(content, direction):
    return {fact.key: fact.text for fact in facts_of(content, direction)}


def test_a_rule_in_words():
    said = words_of(replace(ELECTRICIAN, cap_permille=605, group="电工"), "certificate_to_credits")
    assert said["level"] == "三级/高级工及以上"
    assert said["courses"] == "电工技术基础 · EL101 · 5 学分"
    assert said["cap"] == "30 学分"
    assert said["cap_permille"] == "毕业总学分的 60.5%"
    assert said["cap_year"] == "未设定"
    assert "电工" in said["group"]
    assert asks_text(ELECTRICIAN) == "职业技能等级证书 · 电工 · 三级/高级工及以上"
    assert gives_text(ELECTRICIAN) == "5 学分"
    assert gives_text(HOURS) == "每 16 学时折 1 学分，以 0.5 学分为一档向下取整"
    assert gives_text(EXEMPTION) == "免考 1 科"
    assert gives_text(replace(ELECTRICIAN, ends=True)) == "停止"
    assert words_of(EXEMPTION, "credits_to_exemption")["score"] == "70 分"
    assert words_of(TRANSFER, "credits_to_credits")["issuers"] == "青溪技师学院"
    award = NewVersion(outcome_kind="competition_award", awards=["city-2", "odd"], free=100)
    assert words_of(award, "certificate_to_credits")["awards"] == "地市级 二等奖；odd"


def test_caps_that_nothing_sets_stand_in_one_line():
    short = folded(facts_of(replace(ELECTRICIAN, cap_per_year=600), "certificate_to_credits"))
    said = {fact.key: fact for fact in short}
    assert "cap_rule" not in said
    assert (said["cap"].text, said["cap_year"].text) == ("30 学分", "6 学分")
    assert said["caps_unset"].label == "未设定"
    assert "按本规则认定的上限" in said["caps_unset"].text
    keys = list(said)
    assert keys.index("cap_year") < keys.index("caps_unset") < keys.index("group")


def test_what_a_version_changed_in_words():
    newer = replace(
        ELECTRICIAN,
        courses=[*ELECTRICIAN.courses, {"code": "EL102", "name": "电气控制实训", "centicredits": 300}],
        max_age_days=None,
    )
    both = [facts_of(content, "certificate_to_credits") for content in (ELECTRICIAN, newer)]
    assert [(item.label, item.gone, item.come) for item in changes(*both)] == [
        ("证明的年限", ("颁发后 1825 天内",), ("未设定",)),
        ("课程与学分", (), ("电气控制实训 · EL102 · 3 学分",)),
    ]
    assert changes(both[0], both[0]) == []


@given(
    st.sampled_from(["draft", "review", "returned", "approved", "published", "discarded"]),
    st.sampled_from(Act),
)
def test_nothing_leaves_the_ends_and_only_the_panel_leads_to_publication(state, act):
    after = moved(state, act)
    if state in ("published", "discarded"):
        assert after is None
    if after == "published":
        assert (state, act) == ("approved", Act.PUBLISH)
    if after == "approved":
        assert (state, act) == ("review", Act.APPROVE)
    assert after == WAYS.get((state, act))


@given(st.lists(st.booleans(), max_size=8), st.integers(2, 6))
def test_a_panel_agrees_by_number_and_one_no_returns(votes, needed):
    came_to = outcome(votes, needed)
    assert (came_to == Act.RETURN) == (False in votes)
    assert (came_to == Act.APPROVE) == (False not in votes and len(votes) >= needed)
