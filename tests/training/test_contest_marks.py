"""A10: the results of a contest are the means of what its jury gave, each juror by themselves; the rule says how many are needed."""

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from lms.lib.audit.models import AuditRow
from lms.lib.errors import Conflict, Invalid, NotFound
from lms.training.digital import contest, marking
from lms.training.digital.models import JurorMark
from lms.training.digital.rules import ADVANCE, OUT, Mean, SheetLine, jury_fault, means
from tests.factories.accounts import UserFactory
from tests.training.digitals import HELD, Lab, fresh, later

pytestmark = pytest.mark.django_db


# --- the mean -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_", "wanted"),
    [
        ([(1, "a", 8000), (2, "a", 9001)], Mean(2, 8501)),
        ([(1, "a", 8000), (2, "a", 8000), (3, "a", 8001)], Mean(3, 8000)),
        # The last of a juror counts.
        ([(1, "a", 8000), (1, "a", 6000)], Mean(1, 6000)),
        # Who stands aside gives none.
        ([(1, "a", 8000), (2, "a", None)], Mean(1, 8000)),
        ([(1, "a", 8000), (1, "a", None)], Mean()),
    ],
    ids=str,
)
def test_a10_the_mean_of_those_who_marked_halves_up(given_, wanted):
    assert means(given_).get("a", Mean()) == wanted


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from("ab"), st.integers(0, 10_000)), max_size=20))
def test_a10_a_mean_lies_between_the_marks_and_takes_each_juror_once(rows):
    found = means(rows)
    for entry in "ab":
        last = {juror: mark for juror, of, mark in rows if of == entry}
        mean = found.get(entry, Mean())
        assert mean.marks == len(last)
        if last:
            assert min(last.values()) <= mean.centimarks <= max(last.values())


def test_a10_a_sheet_says_what_the_jury_gave():
    lines = [SheetLine("a", 8000, ADVANCE), SheetLine("b", None, OUT)]
    assert jury_fault(lines, {}, 0) == ""
    assert jury_fault(lines, {"a": Mean(2, 8000)}, 0) == ""
    assert jury_fault(lines, {"a": Mean(2, 8001)}, 0) == "mean"
    assert jury_fault(lines, {"a": Mean(2, 8000)}, 1) == "few"
    assert jury_fault(lines, {"a": Mean(2, 8000), "b": Mean(2, 5000)}, 2) == "mean"


# --- marking --------------------------------------------------------------------------------------------------------


@pytest.fixture
def lab(clock):
    return Lab()


def judged(lab, clock, jurors=2, **rule):
    """A contest of two entries on the day after the last one to enter, with jurors who took it on."""
    item = lab.opened("contest", stages=("初赛", "决赛"), people=10, **rule)
    entries = [contest.enter(UserFactory(), item, name) for name in ("星火", "远航")]
    seats = []
    for _number in range(jurors):
        person = UserFactory(email=f"juror{_number}@example.com")
        contest.ask_juror(lab.teacher, item, person.email)
        contest.answer_jury(person, item, accept=True)
        seats.append(person)
    later(clock)
    return fresh(item), entries, seats


def of(entries, *marks):
    return {str(entry.uuid): mark for entry, mark in zip(entries, marks, strict=True)}


def lines(entries, *marks):
    outcomes = (ADVANCE, OUT)
    return [
        SheetLine(str(entry.uuid), mark, outcome)
        for entry, mark, outcome in zip(entries, marks, outcomes, strict=True)
    ]


def test_a10_results_are_the_means_and_nothing_else(lab, clock):
    item, entries, (one, two) = judged(lab, clock)
    assert marking.mark(one, item, 0, of(entries, 9000, 7000)) == 2
    assert marking.mark(two, item, 0, of(entries, 8001, 7500)) == 2
    with pytest.raises(Invalid, match="平均") as refused:
        contest.enter_results(lab.teacher, item, 0, HELD, lines(entries, 9000, 7000))
    assert refused.value.code == "sheet_mean"
    sheet = contest.enter_results(lab.teacher, item, 0, HELD, lines(entries, 8501, 7250))
    with pytest.raises(Conflict):
        marking.mark(one, item, 0, of(entries, 1, 1))
    contest.return_results(lab.dean, sheet, "录错")
    assert marking.mark(one, item, 0, of(entries, 9000, 7001)) == 1
    assert JurorMark.objects.count() == 5
    assert AuditRow.objects.filter(action="contest.mark").count() == 3


def test_a10_the_rule_says_how_many_have_to_mark(lab, clock):
    item, entries, (one, two) = judged(lab, clock)
    values = item.case.rule.values | {"jury_least": 2}
    item.case.rule.values = values
    marking.mark(one, item, 0, of(entries, 9000, 7000))
    assert marking.fault(item, 0, lines(entries, 9000, 7000)) == "few"
    marking.mark(two, item, 0, of(entries, 9000, 7000))
    assert marking.fault(item, 0, lines(entries, 9000, 7000)) == ""


def test_a10_only_jurors_mark_the_stage_that_is_on(lab, clock):
    item, entries, (one, _two) = judged(lab, clock)
    for user in (lab.teacher, lab.officer, UserFactory()):
        with pytest.raises(NotFound):
            marking.mark(user, item, 0, of(entries, 9000, 7000))
    with pytest.raises(Conflict):
        marking.mark(one, item, 1, of(entries, 9000, 7000))
    for wrong in ({"x": 1}, {str(entries[0].uuid): 10_001}, {str(entries[0].uuid): -1}):
        with pytest.raises(Invalid):
            marking.mark(one, item, 0, wrong)
    assert not JurorMark.objects.exists()


def test_a10_nobody_marks_before_the_last_day_to_enter(lab):
    item = lab.opened("contest", stages=("初赛", "决赛"), people=10)
    entries = [contest.enter(UserFactory(), item, "星火")]
    person = UserFactory(email="juror@example.com")
    contest.ask_juror(lab.teacher, item, person.email)
    contest.answer_jury(person, item, accept=True)
    with pytest.raises(Conflict, match="不能打分"):
        marking.mark(person, fresh(item), 0, of(entries, 1))


def test_a10_a_juror_marks_on_their_page_and_sees_their_own_alone(lab, clock, client):
    item, entries, (one, two) = judged(lab, clock)
    marking.mark(two, item, 0, of(entries, 6543, None))
    client.force_login(one)
    page = reverse("digital:marks", args=[item.uuid])
    assert page in client.get(reverse("digital:item", args=[item.uuid])).content.decode()
    assert "65.43" not in client.get(page).content.decode()
    numbers = [entry.number for entry in entries]
    sent = {f"mark-{numbers[0]}": "88.5", f"aside-{numbers[1]}": "on"}
    assert client.post(page, sent).status_code == 302
    assert marking.own(marking.juror(one, item), 0) == of(entries, 8850, None)
    assert client.post(page, {f"mark-{numbers[0]}": "101"}).status_code == 422
    client.force_login(lab.teacher)
    assert client.get(page).status_code == 404
    host = client.get(reverse("digital:host", args=[item.uuid])).content.decode()
    assert "2 位评委的平均分" in host
    assert "76.97" in host, "the mean of 88.50 and 65.43, halves up"
