"""Questions as xAPI's interactions: xAPI 1.0.3, part 2, appendix C."""

import pytest
from hypothesis import given

from lms.learning.assessment.rules import is_right
from lms.learning.assessment.xapi import definition, patterns, response
from tests.learning.assessment.test_rules import (
    FILL,
    MATCHING,
    MULTIPLE,
    NUMERIC,
    ORDERING,
    SINGLE,
    TRUE_FALSE,
    pairings,
)


@pytest.mark.parametrize(
    ("question", "kind", "right", "given_", "said"),
    [
        (SINGLE, "choice", ["b"], ["a"], "a"),
        (MULTIPLE, "choice", ["a[,]c"], ["a", "b"], "a[,]b"),
        (TRUE_FALSE, "true-false", ["true"], ["false"], "false"),
        (
            FILL,
            "fill-in",
            ["安全生产[,]GB 32100", "work safety[,]GB 32100"],
            ["安全", "GB"],
            "安全[,]GB",
        ),
        (NUMERIC, "numeric", ["215[:]225", "0.1"], ["2"], "2"),
        (MATCHING, "matching", ["1[.]b[,]2[.]a[,]3[.]b"], ["c", "", "b"], "1[.]c[,]3[.]b"),
        (ORDERING, "sequencing", ["c[,]a[,]d[,]b"], ["c", "", "b", "d"], "c[,]b[,]d"),
    ],
)
def test_each_kind_is_an_interaction(question, kind, right, given_, said):
    made = definition(question | {"stem": "问"}, "zh-Hans")
    assert (made["interactionType"], made["correctResponsesPattern"]) == (kind, right)
    assert made["type"] == "http://adlnet.gov/expapi/activities/cmi.interaction"
    assert response(question, given_) == said


def test_a_matching_question_names_its_source_and_target():
    made = definition(MATCHING | {"stem": "问"}, "zh-Hans")
    assert made["source"][0] == {"id": "1", "description": {"zh-Hans": "第 1 步"}}
    assert [part["id"] for part in made["target"]] == ["a", "b", "c", "d"]


@given(pairings())
def test_the_response_is_the_pattern_where_every_pair_is_right(drawn):
    question, given_ = drawn
    assert (response(question, given_) == patterns(question)[0]) == is_right(question, given_)


def test_an_order_names_what_is_put_in_order():
    made = definition(ORDERING | {"stem": "问"}, "zh-Hans")
    assert [part["id"] for part in made["choices"]] == ["a", "b", "c", "d"]
