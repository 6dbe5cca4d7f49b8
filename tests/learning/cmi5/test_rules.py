"""cmi5's rules by properties: whatever order content sends its verbs in, what is kept obeys the specification."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lms.learning.cmi5 import rules
from lms.learning.cmi5.structure import Au, Block

AT = datetime(2026, 3, 2, 4, tzinfo=UTC)
PUBLISHER, ACTIVITY, REGISTRATION = "https://p.example.com/au", "https://rt.example.com/au", "r-1"
LAUNCH = rules.Launch(ACTIVITY, REGISTRATION, PUBLISHER, timedelta(seconds=60))
RESULTS = {
    "completed": {"completion": True, "duration": "PT1S"},
    "passed": {"success": True, "duration": "PT1S"},
    "failed": {"success": False, "duration": "PT1S"},
    "terminated": {"duration": "PT1S"},
}
VERBS = ("initialized", "completed", "passed", "failed", "terminated", "experienced")


def statement(verb, second, session="s"):
    result = RESULTS.get(verb)
    context = rules.template(session, PUBLISHER) | {"registration": REGISTRATION}
    if verb in rules.OF_AU:
        counts = result and ("success" in result or "completion" in result)
        context["contextActivities"]["category"] = [
            {"id": rules.CATEGORY},
            *([{"id": rules.MOVE_ON}] if counts else []),
        ]
    return {
        "id": "x",
        "actor": {"account": {"homePage": "https://rt.example.com", "name": "1"}},
        "verb": {"id": rules.VERBS.get(verb, f"https://v.example.com/{verb}")},
        "object": {"id": ACTIVITY},
        "context": context,
        "timestamp": (AT + timedelta(seconds=second)).isoformat(),
        **({"result": result} if result else {}),
    }


sent = st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 30)), max_size=25)
sessions = st.lists(sent, max_size=4)


def played(sessions):
    """What of each session's statements is kept, and the standing after all of them."""
    standing, kept = rules.Standing(), []
    for number, said in enumerate(sessions):
        session, mine = rules.Session(f"s{number}", "Normal"), []
        for verb, second in said:
            one = statement(verb, 100 * number + second, f"s{number}")
            try:
                session, standing = rules.judge([one], session, standing, LAUNCH, at=AT)
            except rules.Broken:
                continue
            mine.append((verb, 100 * number + second))
        kept.append(mine)
    return kept, standing


@given(sessions)
def test_9_3_what_is_kept_of_a_session_obeys_the_order(sessions):
    for mine in played(sessions)[0]:
        verbs = [verb for verb, _second in mine if verb != "experienced"]
        assert len(set(verbs)) == len(verbs)
        assert not {"passed", "failed"} <= set(verbs)
        if not mine:
            continue
        first = min(second for _verb, second in mine)
        assert mine[0] == ("initialized", first)
        if "terminated" in verbs:
            assert dict(mine)["terminated"] == max(second for _verb, second in mine)


@given(sessions)
def test_9_3_what_is_kept_of_a_registration_obeys_the_order(sessions):
    kept, standing = played(sessions)
    everything = [one for mine in kept for one in mine]
    verbs = [verb for verb, _second in everything]
    assert verbs.count("completed") <= 1
    assert verbs.count("passed") <= 1
    if "passed" in verbs:
        passed = dict(everything)["passed"]
        assert all(second < passed for verb, second in everything if verb == "failed")
    assert (standing.completed_at is not None) == ("completed" in verbs)
    assert (standing.passed_at is not None) == ("passed" in verbs)


@given(st.permutations(["initialized", "passed", "completed", "experienced", "terminated"]))
def test_a_batch_in_any_order_says_the_same(order):
    seconds = {"initialized": 0, "passed": 1, "completed": 2, "experienced": 3, "terminated": 4}
    said = [statement(verb, seconds[verb]) for verb in order]
    session, standing = rules.judge(said, rules.Session("s", "Normal"), rules.Standing(), LAUNCH, at=AT)
    assert session.used == rules.OF_AU - {"failed"}
    assert standing.completed_at == AT + timedelta(seconds=2)


def unit(key, move_on="Completed"):
    return Au(key, f"https://p.example.com/{key}", {}, {}, "x", "AnyWindow", move_on, None, "", "", "")


trees = st.recursive(st.just("au"), lambda inner: st.lists(inner, min_size=1, max_size=4), max_leaves=12).map(
    lambda tree: tree if isinstance(tree, list) else [tree]
)


def planted(tree, path="0"):
    children = [
        unit(f"{path}.{n}") if child == "au" else planted(child, f"{path}.{n}")
        for n, child in enumerate(tree)
    ]
    return Block("course" if path == "0" else path, path, {}, {}, tuple(children))


@given(trees, st.randoms())
def test_9_3_9_each_block_is_satisfied_once_when_the_last_of_its_aus_is(tree, random):
    course = planted(tree)
    order = [au.key for au in course.aus]
    random.shuffle(order)
    met, known = set(), []
    for key in order:
        met.add(key)
        for block in rules.newly_satisfied(course, met, known):
            assert {au.key for au in block.aus} <= met
            assert key in {au.key for au in block.aus}
            known.append(block.key)
    assert sorted(known) == sorted(block.key for block in (*course.blocks, course))
    assert known[-1] == "course"


@given(st.timedeltas(timedelta(0), timedelta(days=40)))
def test_9_5_4_a_duration_is_told_to_the_hundredth(span):
    said = rules.duration(span)
    hours, _, rest = said.removeprefix("PT").rpartition("H")
    minutes, _, seconds = rest.rpartition("M")
    told = int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(seconds.removesuffix("S"))
    assert abs(told - span.total_seconds()) < 0.01
