"""The four modes as plain rules: what passes, who is a candidate, how large the fused share is."""

from hypothesis import given
from hypothesis import strategies as st

from creditbank.dual.rules import (
    FUSED,
    MODES,
    Audience,
    Course,
    CourseState,
    Fault,
    Gives,
    Part,
    Result,
    course_states,
    is_candidate,
    overall,
    passes,
    score_fault,
    share_holds,
    share_permille,
)
from creditbank.rules.facts import Mode

PARTS = (
    Part("theory", "理论知识", 6000),
    Part("operation", "操作技能", 6000),
    Part("competence", "综合素养", 6000),
)
COURSES = (Course("RB101", "操作与编程", 600), Course("RB102", "系统集成", 500))
GOOD = {"theory": 8250, "operation": 6000, "competence": 9000}


def test_two_modes_are_for_students_and_two_for_trainees():
    for mode in (Mode.COURSE_RECOMBINATION, Mode.CREDIT_RECOGNITION):
        assert MODES[mode].audience == Audience.STUDENT
    for mode in (Mode.THROUGH_TRAIN, Mode.CERTIFICATE_RECOGNITION):
        assert MODES[mode].audience == Audience.TRAINEE


def test_only_the_through_train_may_claim_the_subsidies():
    assert [mode for mode, spec in MODES.items() if spec.subsidy] == [Mode.THROUGH_TRAIN]


def test_every_mode_says_when_its_credits_are_posted():
    assert {spec.gives for spec in MODES.values()} == set(Gives)
    assert {Mode.COURSE_RECOMBINATION, Mode.THROUGH_TRAIN} == FUSED


def test_each_part_is_passed_by_itself():
    assert passes(PARTS, GOOD)
    assert not passes(PARTS, GOOD | {"operation": 5999, "theory": 10_000, "competence": 10_000})


def test_one_grade_is_the_mean_rounded_down():
    assert overall(PARTS, {"theory": 8250, "operation": 6000, "competence": 9000}) == 7750
    assert overall(PARTS, {"theory": 10, "operation": 10, "competence": 9}) == 9


def test_what_is_wrong_with_scores_names_the_part():
    assert score_fault(PARTS, GOOD) is None
    assert score_fault(PARTS, {"theory": 8000, "operation": 7000}) == ("competence", Fault.MISSING)
    assert score_fault(PARTS, GOOD | {"speed": 100}) == ("speed", Fault.UNKNOWN)
    assert score_fault(PARTS, GOOD | {"theory": 10_001}) == ("theory", Fault.RANGE)
    assert score_fault(PARTS, GOOD | {"theory": -1}) == ("theory", Fault.RANGE)
    assert score_fault(PARTS, GOOD | {"theory": True}) == ("theory", Fault.RANGE)


def test_a_candidate_has_passed_every_course():
    some = course_states(COURSES, [Result("RB101", 1, True, credited=True), Result("RB102", 1, False)])
    assert some == {"RB101": CourseState.CREDITED, "RB102": CourseState.FAILED}
    assert not is_candidate(some)
    every = course_states(COURSES, [Result("RB101", 1, True), Result("RB102", 2, True)])
    assert is_candidate(every)
    assert not is_candidate({})


def test_the_share_of_a_degree_is_compared_without_rounding():
    # 1,100 of 2,750 hundredths is exactly 40 %.
    assert share_permille(COURSES, 2750) == 400
    assert share_holds(COURSES, 2750, 400, 600) is True
    assert share_holds(COURSES, 2751, 400, 600) is False
    assert share_permille(COURSES, 2751) == 399


def test_a_share_that_nobody_can_reckon_is_neither_right_nor_wrong():
    assert share_permille(COURSES, None) is None
    assert share_holds(COURSES, None, 400, None) is None
    assert share_holds(COURSES, None, None, None) is True


results = st.lists(
    st.builds(
        Result, st.sampled_from(["RB101", "RB102", "OLD"]), st.integers(1, 9), st.booleans(), st.booleans()
    )
)


@given(results, results)
def test_a_passed_course_stays_passed_whatever_comes_later(before, later):
    states = course_states(COURSES, before)
    after = course_states(COURSES, [*before, *later])
    for code, state in states.items():
        if state == CourseState.PASSED:
            assert after[code] in (CourseState.PASSED, CourseState.CREDITED)
    assert is_candidate(after) >= is_candidate(states)


@given(results)
def test_a_corrected_record_counts_for_nothing(rows):
    from dataclasses import replace

    assert set(course_states(COURSES, [replace(row, void=True) for row in rows]).values()) == {
        CourseState.OPEN
    }
