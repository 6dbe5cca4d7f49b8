"""H5P events made into statements: the learner is ours, the score is checked, the rest is bounded."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from courses.h5p.xapi import VERBS, is_whole, named, statement, verb_of

ID, PERSON, REGISTRATION = (UUID(int=number) for number in (1, 2, 3))
AT = datetime(2026, 8, 1, 8, 0, 0, 123456, tzinfo=UTC)
ACTIVITY = "https://rongtong.example/h5p/content/0190"
SUB = "http://h5p.org/x-api/h5p-subContentId"


def event(verb="completed", *, part=None, result=None, **definition):
    extensions = {"http://h5p.org/x-api/h5p-local-content-id": "x", **({SUB: part} if part else {})}
    return {
        "actor": {"mbox": "mailto:someone.else@example.org", "name": "Someone Else"},
        "verb": {"id": f"http://adlnet.gov/expapi/verbs/{verb}", "display": {"en-US": verb}},
        "object": {"id": "http://evil.example/", "definition": {"extensions": extensions, **definition}},
        "context": {
            "contextActivities": {"category": [{"id": "http://h5p.org/libraries/H5P.RtTrueFalse-1.0"}]}
        },
        "timestamp": "1999-01-01T00:00:00Z",
        "id": "not ours",
        "result": result
        or {"score": {"raw": 3, "min": 0, "max": 4, "scaled": 1}, "success": True, "completion": True},
    }


def made(raw, **options):
    return statement(
        raw,
        statement_id=ID,
        account_home="https://rongtong.example",
        account_name=str(PERSON),
        activity=ACTIVITY,
        title="安全帽",
        language="zh-CN",
        at=AT,
        **options,
    )


def test_the_whole():
    assert made(event(), registration=REGISTRATION, parents=("urn:lesson", "urn:course")) == {
        "id": str(ID),
        "actor": {
            "objectType": "Agent",
            "account": {"homePage": "https://rongtong.example", "name": str(PERSON)},
        },
        "verb": {
            "id": "http://adlnet.gov/expapi/verbs/completed",
            "display": {"en-US": "completed", "zh-CN": "做完了"},
        },
        "object": {
            "objectType": "Activity",
            "id": ACTIVITY,
            "definition": {
                "type": "http://adlnet.gov/expapi/activities/assessment",
                "name": {"zh-CN": "安全帽"},
            },
        },
        "context": {
            "contextActivities": {
                "parent": [{"id": "urn:lesson", "objectType": "Activity"}],
                "grouping": [{"id": "urn:course", "objectType": "Activity"}],
                "category": [
                    {"id": "http://h5p.org/libraries/H5P.RtTrueFalse-1.0", "objectType": "Activity"}
                ],
            },
            "platform": "Rongtong",
            "language": "zh-CN",
            "registration": str(REGISTRATION),
        },
        "timestamp": "2026-08-01T08:00:00.123Z",
        "version": "1.0.3",
        "result": {
            "score": {"raw": 3, "min": 0, "max": 4, "scaled": 0.75},
            "success": True,
            "completion": True,
        },
    }


def test_an_activity_has_its_names_by_language():
    names = {"en": "Hard hats", "zh-CN": "安全帽"}
    assert made(event(), titles=names)["object"]["definition"]["name"] == names
    # A part is called what the content calls it.
    part = made(event("answered", part="1", name={"en": "First"}), titles=names)
    assert part["object"]["definition"]["name"] == {"en": "First"}


def test_every_kept_verb_has_its_name_in_both_languages():
    for verb in VERBS:
        display = made(event(verb))["verb"]["display"]
        assert display["en-US"] == verb
        assert not display["zh-CN"].isascii()


def test_a_name_is_added_on_the_way_out_and_kept_nowhere():
    kept = made(event())
    assert "name" not in kept["actor"]
    assert named(kept, "陈静")["actor"] == {**kept["actor"], "name": "陈静"}
    assert "name" not in kept["actor"]
    assert named(kept, "") == kept


def test_a_part():
    raw = event(
        "answered",
        part="2/a",
        result={"response": "1", "duration": "PT3.2S", "score": {"raw": 1, "max": 1}},
        interactionType="choice",
        description={"zh-CN": "谁负责？"},
        choices=[{"id": "0", "description": {"zh-CN": "甲"}}, {"id": "0"}, {"id": "1"}, "broken"],
        correctResponsesPattern=["1", 2],
    )
    out = made(raw, parents=("urn:lesson",))
    assert not is_whole(raw)
    assert out["object"]["id"] == ACTIVITY + "#2%2Fa"
    assert out["object"]["definition"] == {
        "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
        "interactionType": "choice",
        "name": {"zh-CN": "谁负责？"},
        "description": {"zh-CN": "谁负责？"},
        "choices": [{"id": "0"}, {"id": "1"}],
        "correctResponsesPattern": ["1"],
    }
    assert out["context"]["contextActivities"]["parent"] == [{"id": ACTIVITY, "objectType": "Activity"}]
    assert out["context"]["contextActivities"]["grouping"] == [{"id": "urn:lesson", "objectType": "Activity"}]
    assert out["result"] == {
        "response": "1",
        "duration": "PT3.2S",
        "score": {"raw": 1, "min": 0, "max": 1, "scaled": 1},
    }


def test_the_frame_can_not_say_who_or_when():
    text = json.dumps(made(event()))
    assert "someone" not in text.lower()
    assert "evil" not in text
    assert "1999" not in text


@pytest.mark.parametrize(
    ("score", "kept"),
    [
        ({"raw": 0, "max": 4}, {"raw": 0, "min": 0, "max": 4, "scaled": 0}),
        ({"raw": 1, "max": 3}, {"raw": 1, "min": 0, "max": 3, "scaled": 0.3333}),
        ({"raw": 5, "max": 4}, None),
        ({"raw": -1, "max": 4}, None),
        ({"raw": 1, "max": 0}, None),
        ({"raw": True, "max": 4}, None),
        ({"raw": "1", "max": 4}, None),
        ({"raw": float("nan"), "max": 4}, None),
        ({"raw": 1, "max": float("inf")}, None),
        ({"scaled": 1}, None),
        ("all of it", None),
    ],
)
def test_scores_are_computed_not_believed(score, kept):
    assert made(event(result={"score": score})).get("result", {}).get("score") == kept


@pytest.mark.parametrize("verb", ["voided", "interacted", "accessed-embed", "", "answered "])
def test_other_verbs_are_not_kept(verb):
    assert verb_of(event(verb)) is None
    with pytest.raises(ValueError, match="not a statement"):
        made(event(verb))


def test_the_page_around_the_frame_sends_what_is_kept():
    script = (Path(settings.BASE_DIR) / "themes/src/js/h5p-host.js").read_text("utf-8")
    found = re.search(r"KEPT = /\\/\(([a-z|]+)\)\$/", script)
    assert found is not None
    assert set(found[1].split("|")) == VERBS


@pytest.mark.parametrize("raw", [None, [], "x", {}, {"verb": "answered"}, {"verb": {"id": 3}}])
def test_what_is_no_statement(raw):
    assert verb_of(raw) is None
    with pytest.raises(ValueError, match="not a statement"):
        made(raw)


@pytest.mark.parametrize(
    "duration", ["P", "PT", "3 s", "PT-1S", "P1Y", "PT1S'; DROP", "PT" + "9" * 50 + "S", 3]
)
def test_durations_of_the_wrong_form_are_left_out(duration):
    assert "duration" not in made(event(result={"duration": duration, "success": True}))["result"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.sampled_from(["object", "result", "context", "actor"]),
    JSON,
    st.sampled_from(
        ["choices", "description", "name", "interactionType", "correctResponsesPattern", "extensions"]
    ),
    JSON,
)
def test_whatever_the_frame_sends_a_statement_comes_out_or_nothing(key, value, field, inner):
    raw = event(**({field: inner} if field != "extensions" else {}))
    if field == "extensions":
        raw["object"]["definition"]["extensions"] = inner
    raw[key] = value
    out = made(raw)
    json.dumps(out, allow_nan=False)
    assert out["actor"]["account"]["name"] == str(PERSON)
    assert out["object"]["id"].startswith(ACTIVITY)
    assert set(out) <= {"id", "actor", "verb", "object", "context", "timestamp", "version", "result"}


def nested(parent, **definition):
    told = event("answered", part="q-7", **definition)
    told["context"]["contextActivities"]["parent"] = [{"id": parent, "objectType": "Activity"}]
    return told


@pytest.mark.parametrize("kind", ["H5P.QuestionSet-1.20", "H5P.InteractiveVideo-1.24"])
def test_a_question_in_a_set_or_a_film_has_the_whole_above_it(kind):
    told = nested(ACTIVITY, name={"en-US": "第一题"})
    told["context"]["contextActivities"]["category"] = [{"id": f"http://h5p.org/libraries/{kind}"}]
    context = made(told, parents=("urn:lesson", "urn:course"))["context"]["contextActivities"]
    assert context["parent"] == [{"id": ACTIVITY, "objectType": "Activity"}]
    assert [one["id"] for one in context["grouping"]] == ["urn:lesson", "urn:course"]


def test_a_question_in_a_set_on_a_slide_has_the_set_above_it_and_the_whole_above_that():
    context = made(nested("https://x.example/h5p?subContentId=set 1"), parents=("urn:lesson",))["context"]
    assert context["contextActivities"]["parent"][0]["id"] == f"{ACTIVITY}#set%201"
    assert [one["id"] for one in context["contextActivities"]["grouping"]] == [ACTIVITY, "urn:lesson"]


@pytest.mark.parametrize("odd", [None, 7, {}, "no part", "?subContentId=", "x?subContentId=q-7"])
def test_a_parent_that_says_nothing_is_the_whole(odd):
    parent = made(nested(odd))["context"]["contextActivities"]["parent"]
    assert parent == [{"id": ACTIVITY, "objectType": "Activity"}]


def test_a_question_says_what_was_asked_answered_and_earned_in_its_language():
    told = nested(
        ACTIVITY,
        name={"en-US": "安全帽的检查"},
        description={"en-US": "检查什么？"},
        interactionType="choice",
        correctResponsesPattern=["0[,]2"],
        choices=[
            {"id": "0", "description": {"en-US": "帽壳"}},
            {"id": "2", "description": {"en-US": "帽衬"}},
        ],
    )
    told["result"] = {"score": {"raw": 1, "min": 0, "max": 2}, "response": "0", "success": False}
    row = made(told, words="zh-CN")
    assert row["object"]["definition"] == {
        "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
        "name": {"zh-CN": "安全帽的检查"},
        "description": {"zh-CN": "检查什么？"},
        "interactionType": "choice",
        "correctResponsesPattern": ["0[,]2"],
        "choices": [
            {"id": "0", "description": {"zh-CN": "帽壳"}},
            {"id": "2", "description": {"zh-CN": "帽衬"}},
        ],
    }
    assert row["result"] == {
        "score": {"raw": 1, "min": 0, "max": 2, "scaled": 0.5},
        "success": False,
        "response": "0",
    }


@pytest.mark.parametrize(
    ("words", "text", "language"),
    [
        ("de", "Was prüfen Sie?", "de"),
        ("en", "What do you check?", "en-US"),
        ("en-GB", "What do you check?", "en-US"),
        ("", "检查什么？", "zh-CN"),
        ("", "What do you check?", "en-US"),
    ],
)
def test_h5p_calls_every_text_english_and_the_package_knows_better(words, text, language):
    row = made(nested(ACTIVITY, name={"en-US": text}), words=words)
    assert row["object"]["definition"]["name"] == {language: text}


def test_texts_in_languages_of_their_own_stay():
    name = {"en-US": "Helmet", "zh-CN": "安全帽"}
    assert made(nested(ACTIVITY, name=name), words="de")["object"]["definition"]["name"] == name


def test_a_question_without_a_name_is_called_what_it_asks():
    row = made(nested(ACTIVITY, description={"en-US": "检查\n 什么？" + "长" * 300}))
    assert row["object"]["definition"]["name"]["zh-CN"].startswith("检查 什么？长")
    assert len(row["object"]["definition"]["name"]["zh-CN"]) == 200
