"""The data models of SCORM as values: times, claims, what a SCO is given."""

import pytest
from hypothesis import given, strategies

from lms.learning.scorm import rules


@pytest.mark.parametrize(
    ("kind", "text", "ms"),
    [
        ("scorm12", "0000:05:00.00", 300_000),
        ("scorm12", "00:00:01.5", 1500),
        ("scorm12", "5 minutes", 0),
        ("scorm2004", "PT5M", 300_000),
        ("scorm2004", "P1DT2H3M4.05S", 93_784_050),
        ("scorm2004", "00:05:00", 0),
        ("scorm2004", None, 0),
    ],
)
def test_times(kind, text, ms):
    assert rules.duration_ms(kind, text) == ms


@given(strategies.sampled_from(["scorm12", "scorm2004"]), strategies.integers(0, 9999 * 3600 * 100 - 1))
def test_a_time_written_is_the_time_read(kind, hundredths):
    assert rules.duration_ms(kind, rules.duration_text(kind, hundredths * 10)) == hundredths * 10


@pytest.mark.parametrize(
    ("status", "completion", "success"),
    [
        ("passed", "completed", "passed"),
        ("failed", "completed", "failed"),
        ("completed", "completed", ""),
        ("incomplete", "incomplete", ""),
        ("", "", ""),
    ],
)
def test_one_status_of_1_2_claims_two_things(status, completion, success):
    found = rules.claim("scorm12", {"core": {"lesson_status": status, "score": {"raw": "90"}}})
    assert (found.completion, found.success, found.scaled) == (completion, success, 0.9)


@pytest.mark.parametrize("score", ["x", "", None, "2", True, "1e99", [], {}])
def test_a_score_that_is_none(score):
    assert rules.claim("scorm2004", {"score": {"scaled": score}}).scaled is None


@pytest.mark.parametrize(
    ("kind", "cmi", "name"),
    [
        ("scorm12", {"core": {"lesson_status": "passed"}}, ""),
        ("scorm12", {"core": {"secret": "x"}}, "core.secret"),
        ("scorm12", {"completion_status": "completed"}, "completion_status"),
        ("scorm2004", {"interactions": {"0": {"correct_responses": {"11": {"pattern": "a"}}}}}, ""),
        ("scorm2004", {"interactions": [{"id": "a"}]}, ""),
        ("scorm2004", {"interactions": {"x": {"id": "a"}}}, "interactions.x.id"),
        ("scorm2004", {"suspend_data": "x" * (rules.MAX_VALUE + 1)}, "suspend_data"),
    ],
)
def test_elements_that_no_data_model_has(kind, cmi, name):
    assert rules.unknown(kind, cmi) == name


def test_what_is_ours_is_never_the_contents():
    cmi = {
        "core": {
            "student_id": "somebody",
            "total_time": "99:00:00",
            "lesson_location": "p2",
            "exit": "suspend",
        }
    }
    item = {"mastery": "80", "data": "x"}
    found = rules.given("scorm12", cmi, item, learner=("me", "我"), total_ms=60_000, resume=True)
    core = found["core"]
    assert (core["student_id"], core["total_time"], core["entry"]) == ("me", "0000:01:00.00", "resume")
    assert (core["lesson_location"], "exit" in core) == ("p2", False)
    assert (found["student_data"], found["launch_data"]) == ({"mastery_score": "80"}, "x")


def test_a_first_launch_brings_the_manifests_words():
    item = {"passing": "0.8", "objectives": ["o1", "o2"]}
    found = rules.given("scorm2004", None, item, learner=("me", "我"), total_ms=0, resume=False)
    assert (found["entry"], found["total_time"], found["scaled_passing_score"]) == (
        "ab-initio",
        "PT0S",
        "0.8",
    )
    assert found["objectives"] == {"0": {"id": "o1"}, "1": {"id": "o2"}}
