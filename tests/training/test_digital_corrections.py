"""A10, A89: what was published of a contest or a list of levels is corrected by a further act with its reason: the first stays, hours of what
changed are reversed and posted anew, and the notice board shows both."""

from collections import Counter

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creditbank.api import audit
from creditbank.ledger.models import Transaction
from lms.learning.declarations.models import HoursDeclaration, State, WorkCredit
from lms.learning.declarations.queries import counted_in_all
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.outbox.services import deliver_pending
from lms.training.board.models import Posting
from lms.training.digital import contest, engineers, marking, queries
from lms.training.digital.models import DigitalAchievement, LevelList, ResultSheet
from lms.training.digital.rules import ADVANCE, OUT, SheetLine
from tests.factories.accounts import UserFactory, member
from tests.training.ce import office
from tests.training.digitals import Lab, csv_of, fresh, later, line, ruled

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(clock):
    return Lab()


def delivered():
    while deliver_pending():
        pass


def hours_of(user):
    """What the books hold of contests and levels, in hundredths of a 学时: postings less reversals."""
    delivered()
    assert audit().broken == 0
    return counted_in_all(user)


def reversals():
    delivered()
    return Transaction.objects.filter(reverses__isnull=False).count()


def lines(outcomes):
    return [SheetLine(str(entry.uuid), None, outcome) for entry, outcome in outcomes.items()]


def corrected(lab, item, sheet, outcomes, why="核对原始评分表，两队名次录反"):
    found = contest.correct_results(lab.teacher, sheet, lines(outcomes), why)
    contest.check_results(lab.dean, found)
    return contest.publish_results(lab.officer, found)


@pytest.fixture
def final(lab, clock):
    """Two entries of one person each, first and second, with hours by rule."""
    ruled("市级一等奖", centihours=2000)
    ruled("市级二等奖", centihours=1000)
    item = lab.opened()
    one, two = UserFactory(), UserFactory()
    first, second = lab.entered(item, one, name="甲队"), lab.entered(item, two, name="乙队")
    sheet = lab.final(clock, item, {first: "first", second: "second"})
    return fresh(item), sheet, (one, first), (two, second)


def test_a10_a_corrected_final_reverses_hours_and_posts_them_anew(lab, final):
    item, sheet, (one, first), (two, second) = final
    assert (hours_of(one), hours_of(two)) == (2000, 1000)
    posted = Transaction.objects.count()
    new = corrected(lab, item, sheet, {first: "second", second: "first"})
    assert (hours_of(one), hours_of(two)) == (1000, 2000)
    # The ledger only grows: two reversals, two further postings; the old rows stand.
    assert Transaction.objects.count() == posted + 4
    assert reversals() == 2
    sheet.refresh_from_db()
    assert (sheet.state, new.state, new.corrects) == ("superseded", "published", sheet)
    assert [row.result for row in queries.winners(item)] == ["first", "second"]
    assert [row.name for row in queries.winners(item)] == ["乙队", "甲队"]
    ended = DigitalAchievement.objects.filter(item=item, ended_at__isnull=False)
    assert ended.count() == 2
    assert {row.state for row in HoursDeclaration.objects.filter(person=one)} == {
        State.ACCEPTED,
        State.WITHDRAWN,
    }
    step = HoursDeclaration.objects.get(person=one, state=State.WITHDRAWN).steps.last()
    assert "名次录反" in step.reason
    # Delivered again, nothing moves.
    contest_hours = (hours_of(one), hours_of(two))
    from lms.training.digital.results import give

    give(item)
    assert (hours_of(one), hours_of(two)) == contest_hours


def test_a10_what_a_correction_leaves_as_it_was_is_not_touched(lab, final):
    item, sheet, (one, first), (two, second) = final
    kept = DigitalAchievement.objects.get(person=one)
    before = hours_of(one)
    corrected(lab, item, sheet, {first: "first", second: OUT}, "乙队抄袭查实，取消名次")
    assert DigitalAchievement.objects.get(person=one, ended_at__isnull=True) == kept
    assert (hours_of(one), hours_of(two)) == (before, 0)
    assert reversals() == 1
    # And once more: it may have been wrong itself.
    again = ResultSheet.objects.get(item=item, stage=1, state="published")
    corrected(lab, item, again, {first: "first", second: "second"}, "复查后恢复乙队名次")
    assert (hours_of(one), hours_of(two)) == (before, 1000)
    numbers = [
        *WorkCredit.objects.filter(person=two).order_by("number").values_list("number", "before_centihours")
    ]
    assert numbers == [(1, 0), (2, 0)]


def test_a10_the_board_shows_both_with_the_reason(lab, final, client):
    item, sheet, (_one, first), (_two, second) = final
    before = Posting.objects.get(key=f"{item.subject}:stage:1")
    corrected(lab, item, sheet, {first: "second", second: "first"})
    now = Posting.objects.get(replaces=before)
    assert "名次录反" in now.reason
    old = client.get(reverse("board:posting", args=[before.uuid])).content.decode()
    assert "更正" in old
    assert reverse("board:posting", args=[now.uuid]) in old
    new = client.get(reverse("board:posting", args=[now.uuid])).content.decode()
    assert before.number in new
    page = client.get(reverse("digital:item", args=[item.uuid])).content.decode()
    assert "更正：核对原始评分表" in page


@pytest.mark.parametrize(
    ("change", "why", "error"),
    [
        ({"first": "first", "second": "second"}, "没有变化的更正", Invalid),
        ({"first": "second", "second": "first"}, " ", Invalid),
        ({"first": "second"}, "少了一队的更正", Invalid),
        ({"first": "nonsense", "second": "first"}, "结果不对的更正", Invalid),
    ],
    ids=["unchanged", "no-reason", "entry-missing", "outcome"],
)
def test_a10_what_is_no_correction_is_refused_and_nothing_is_written(lab, final, change, why, error):
    item, sheet, (_one, first), (_two, second) = final
    entries = {"first": first, "second": second}
    with pytest.raises(error):
        contest.correct_results(
            lab.teacher, sheet, lines({entries[name]: rank for name, rank in change.items()}), why
        )
    assert ResultSheet.objects.filter(item=item, stage=1).count() == 1


def test_a10_a_correction_is_made_checked_and_published_by_three(lab, final):
    item, sheet, (one, first), (_two, second) = final
    swapped = lines({first: "second", second: "first"})
    for user in (lab.officer, lab.assessor, one, UserFactory()):
        with pytest.raises((NotAllowed, NotFound)):
            contest.correct_results(user, sheet, swapped, "不是我的事情")
    found = contest.correct_results(lab.teacher, sheet, swapped, "两队名次录反")
    with pytest.raises(Conflict):
        contest.correct_results(lab.dean, sheet, swapped, "同时又一份")
    with pytest.raises(NotAllowed):
        contest.check_results(lab.teacher, found)
    with pytest.raises(Conflict):
        contest.publish_results(lab.officer, found)
    # Until it is public the first one stands.
    assert [row.name for row in queries.winners(item)] == ["甲队", "乙队"]
    contest.check_results(lab.dean, found)
    with pytest.raises(NotAllowed):
        contest.publish_results(lab.dean, found)
    contest.return_results(lab.officer, found, "请附原始评分表")
    again = contest.correct_results(lab.teacher, sheet, swapped, "两队名次录反，附表")
    contest.check_results(lab.dean, again)
    contest.publish_results(lab.officer, again)
    with pytest.raises(Conflict):
        contest.correct_results(lab.teacher, sheet, swapped, "已被更正的再更正")


def test_a10_who_advanced_stays_once_the_next_stage_rests_on_it(lab, clock):
    item = lab.opened()
    one, two = lab.entered(item, UserFactory(), name="甲队"), lab.entered(item, UserFactory(), name="乙队")
    later(clock)
    first = lab.published(item, 0, {one: ADVANCE, two: OUT})
    changed = corrected(lab, item, first, {one: OUT, two: ADVANCE}, "两队成绩录反")
    assert marking.stage_entries(fresh(item), 1) == [two]
    lab.published(item, 1, {two: "first"})
    with pytest.raises(Conflict, match="晋级名单"):
        contest.correct_results(lab.teacher, changed, lines({one: ADVANCE, two: ADVANCE}), "再改晋级名单")
    # Marks alone may be corrected.
    marks = [SheetLine(str(one.uuid), 5000, OUT), SheetLine(str(two.uuid), 8000, ADVANCE)]
    assert contest.correct_results(lab.teacher, changed, marks, "补录两队分数").pk


def test_a10_the_host_corrects_on_its_page_and_the_officer_publishes(lab, final, client):
    item, sheet, (_one, first), (_two, second) = final
    client.force_login(lab.teacher)
    address = reverse("digital:correct", args=[item.uuid, sheet.uuid])
    assert address in client.get(reverse("digital:host", args=[item.uuid])).content.decode()
    sent = {f"outcome-{first.number}": "second", f"outcome-{second.number}": "first"}
    assert client.post(address, sent).status_code == 422
    assert client.post(address, sent | {"why": "两队名次录反"}).status_code == 302
    client.force_login(lab.dean)
    found = ResultSheet.objects.get(corrects=sheet)
    host = reverse("digital:host", args=[item.uuid])
    assert "两队名次录反" in client.get(host).content.decode()
    assert client.post(host, {"act": "check", "sheet": found.uuid}).status_code == 302
    office(client, lab.officer)
    staff = reverse("training_digital_item", args=[item.uuid])
    assert "更正已公布的成绩" in client.get(staff).content.decode()
    assert client.post(staff, {"act": "publish_sheet", "row": found.uuid}).status_code == 302
    client.force_login(UserFactory())
    assert client.get(address).status_code == 404


# --- lists of levels -----------------------------------------------------------------------------------------


@pytest.fixture
def levels(lab, clock):
    ruled("数字技术工程师初级", activity="project", centihours=3000)
    ruled("数字技术工程师中级", activity="project", centihours=4000)
    item = lab.opened("national", centihours=6000)
    people = [lab.trainee(item), lab.trainee(item), lab.trainee(item)]
    later(clock)
    found = lab.handed_in(item, *[line(row) for row in people])
    engineers.publish_list(lab.officer, found)
    return fresh(item), found, people


def test_a89_a_corrected_list_reverses_and_posts_anew(lab, levels, client):
    item, found, (one, two, three) = levels
    assert [hours_of(row.person) for row in (one, two, three)] == [3000, 3000, 3000]
    # The second failed, the third reached the next level; the first stays.
    right = csv_of(line(one), line(two, passed="不合格", mark="50"), line(three, grade="中级"))
    for other in (UserFactory(), lab.teacher, lab.officer):
        with pytest.raises(NotAllowed):
            engineers.upload(other, item, lab.assessors, right, corrects=found, why="登分错误")
    right.seek(0)
    with pytest.raises(Invalid):
        engineers.upload(lab.assessor, item, lab.assessors, right, corrects=found, why=" ")
    right.seek(0)
    new = engineers.upload(lab.assessor, item, lab.assessors, right, corrects=found, why="第二批阅卷登分错误")
    assert new.faults == []
    with pytest.raises(Conflict):
        again = csv_of(line(one), line(two, passed="不合格", mark="51"))
        engineers.upload(lab.assessor, item, lab.assessors, again, corrects=found, why="又一份更正")
    kept = DigitalAchievement.objects.get(person=one.person)
    engineers.publish_list(lab.officer, new)
    found.refresh_from_db()
    assert found.state == LevelList.State.SUPERSEDED
    assert [hours_of(row.person) for row in (one, two, three)] == [3000, 0, 4000]
    assert reversals() == 2
    kept.refresh_from_db()
    assert kept.ended_at is None
    assert not queries.own_results(two.person, item)[0].passed
    assert Posting.objects.get(key=f"{item.subject}:levels:{new.uuid}").replaces.key.endswith(str(found.uuid))
    # A correction of the correction knows what stems from the first.
    third = csv_of(line(one, passed="不合格", mark="40"), line(two), line(three, grade="中级"))
    last = engineers.upload(lab.assessor, item, lab.assessors, third, corrects=new, why="再次核对原卷")
    engineers.publish_list(lab.officer, last)
    assert [hours_of(row.person) for row in (one, two, three)] == [0, 3000, 4000]


def test_a89_another_bodys_list_and_a_waiting_one_are_not_corrected(lab, levels):
    item, found, (one, _two, _three) = levels
    other = member("assessor", lab.assessors)
    waiting = lab.handed_in(item, line(one, grade="高级"))
    with pytest.raises(Conflict):
        engineers.upload(other, item, lab.assessors, csv_of(line(one)), corrects=waiting, why="还没有公布")
    foreign = lab.listed("national", title="另一个项目")
    with pytest.raises(NotFound):
        engineers.upload(
            other, foreign, lab.assessors, csv_of(line(one)), corrects=found, why="不是这个项目的"
        )


def test_a89_the_assessor_corrects_on_the_lists_page(lab, levels, client):
    item, found, people = levels
    client.force_login(lab.assessor)
    address = reverse("digital:level_list", args=[item.uuid, found.uuid])
    assert "更正这份名单" in client.get(address).content.decode()
    wrong = csv_of("没有这个编号,谁,初级,合格,80,2026-03-12,")
    assert client.post(address, {"file": wrong, "why": "登分错误"}).status_code == 302
    assert LevelList.objects.get(corrects=found).state == "faulty"
    right = csv_of(*[line(row, mark="86") for row in people])
    assert client.post(address, {"file": right, "why": "分数登错"}).status_code == 302
    office(client, lab.officer)
    new = LevelList.objects.get(corrects=found, state="waiting")
    staff = reverse("training_digital_item", args=[item.uuid])
    assert client.post(staff, {"act": "publish_list", "row": new.uuid}).status_code == 302
    assert reversals() == 0
    client.force_login(lab.assessor)
    assert "已被更正" in client.get(address).content.decode()
    assert client.post(address, {"file": csv_of(line(people[0])), "why": "再来一次"}).status_code == 409


# --- as an algebra ---------------------------------------------------------------------------------------------

RANKS = st.sampled_from(["first", "second", OUT])
WORTH = {"first": 2000, "second": 1000, OUT: 0}


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.tuples(RANKS, RANKS), min_size=1, max_size=3))
def test_a10_after_any_corrections_everybody_has_the_hours_of_the_last_result(lab, final, turns):
    item, _sheet, (one, first), (two, second) = final
    for ranks in turns:
        sheet = ResultSheet.objects.get(item=item, stage=1, state="published")
        try:
            corrected(lab, item, sheet, {first: ranks[0], second: ranks[1]}, "按复核结论更正")
        except Invalid:
            # It says what is public already.
            continue
        assert (hours_of(one), hours_of(two)) == (WORTH[ranks[0]], WORTH[ranks[1]])
    standing = DigitalAchievement.objects.filter(item=item, ended_at__isnull=True)
    assert max(Counter(standing.values_list("person", flat=True)).values(), default=0) <= 1
