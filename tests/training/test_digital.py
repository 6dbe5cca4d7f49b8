"""Digital technology items (沪人社专〔2022〕372号 三(三)): A10 with its contests and models, A89 with trainees, levels and money."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import Workbook

from creditbank.api import money_of, posted_in_all
from lms.accounts.models import User
from lms.learning.declarations.models import HoursDeclaration
from lms.learning.erasure import erase
from lms.learning.models import Enrolment
from lms.lib.appendonly import AppendOnlyError
from lms.lib.audit.models import AuditRow
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.outbox.models import OutboxEvent
from lms.lib.outbox.services import deliver_pending
from lms.training.board import api as board
from lms.training.board import printed
from lms.training.board.models import Posting
from lms.training.digital import contest, engineers, money, people, queries, results, rules, skills
from lms.training.digital.models import (
    TRACKS,
    ContestEntry,
    DigitalAchievement,
    DigitalItem,
    DigitalTrainee,
    EntryMember,
    ItemMovement,
    LevelList,
    LevelResult,
    ResultSheet,
    SkillCourse,
    SkillModel,
)
from lms.training.digital.money import Kind, Moved
from lms.training.digital.process import AGREEMENT, PROCESS
from lms.training.digital.rules import ADVANCE, OUT, SheetLine
from lms.training.digital.skills import About, NewRung
from lms.training.grants import services as grants
from lms.training.lifecycle import services as cases
from lms.training.lifecycle.models import Act, Case
from tests.factories.accounts import MembershipFactory, OrganisationFactory, UserFactory, member
from tests.factories.courses import released_course
from tests.factories.learning import enrolment
from tests.learning.clients import signed_in
from tests.training.cases import pdf
from tests.training.digitals import DIRECTION, HELD, Lab, csv_of, fresh, later, line, right, ruled, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(clock):
    return Lab()


def delivered():
    while deliver_pending():
        pass


def written():
    models = (
        Act,
        AuditRow,
        OutboxEvent,
        Posting,
        ContestEntry,
        EntryMember,
        ResultSheet,
        LevelList,
        LevelResult,
    )
    more = (DigitalTrainee, DigitalAchievement, ItemMovement, HoursDeclaration, SkillModel)
    return [model.objects.count() for model in (*models, *more)]


# --- A10: items of tracks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("track", [code for code, _label in TRACKS])
def test_a10_an_item_of_every_track_is_taken_into_the_years_list_and_public(lab, client, track):
    item = lab.listed(track)
    assert (item.track, item.year, item.host) == (track, 2026, lab.host)
    posting = board.standing_on(item.subject, board.Kind.HOST)
    assert posting is not None
    assert lab.host.name in posting.body
    page = client.get(reverse("digital:list") + f"?state={track}&year=2026").content.decode()
    assert item.title in page
    assert client.get(reverse("digital:item", args=[item.uuid])).status_code == 200


def test_a10_the_tracks_are_those_of_the_document():
    """三(三): leaders, contests, international standards, school and firm; and the national project (A89)."""
    assert {code for code, _label in TRACKS} == {"leaders", "contest", "standards", "school_firm", "national"}


@pytest.mark.parametrize(
    ("track", "change", "code"),
    [
        ("national", {"level": "city"}, "national_level"),
        ("national", {"direction": ""}, "direction"),
        ("contest", {"stages": ()}, "stages"),
        ("contest", {"stages": ("决赛", "决赛")}, "stages"),
        ("contest", {"people": 0}, "people"),
        ("contest", {"centihours": 0}, "hours"),
        ("school_firm", {"agreement": ""}, "agreement"),
        ("school_firm", {"partner": ""}, "partner"),
        ("standards", {"standard_version": ""}, "standard"),
        ("leaders", {"fund": "district"}, "fund_mismatch"),
    ],
)
def test_a10_an_item_that_says_too_little_of_its_track_is_not_handed_in(lab, track, change, code):
    case = lab.complete(track, **change)
    before = written()
    with pytest.raises(Invalid) as refusal:
        lab.by(lab.teacher, case, "submit")
    assert code in refusal.value.details["missing"]
    assert written() == before


def test_a10_school_and_firm_without_the_agreement_itself_is_not_handed_in(lab):
    case = lab.draft("school_firm")
    cases.attach(lab.teacher, case, "plan", [pdf("plan.pdf")])
    with pytest.raises(Invalid) as refusal:
        lab.by(lab.teacher, case, "submit")
    assert refusal.value.details["missing"] == [f"evidence_{AGREEMENT}"]


@pytest.mark.parametrize("who", ["teacher", "dean", "assessor", "stranger"])
def test_a10_only_the_authoritys_officer_takes_an_item_in(lab, who):
    case = lab.by(lab.teacher, lab.complete(), "submit")
    user = getattr(lab, who, None) or UserFactory()
    with pytest.raises((NotAllowed, NotFound)):
        lab.by(user, case, "approve")
    assert not DigitalItem.objects.exists()


def test_a10_an_officer_of_the_host_does_not_decide_on_it(lab):
    MembershipFactory(user=lab.officer, organisation=lab.host, role="teacher")
    with pytest.raises(NotAllowed, match="所在单位"):
        lab.listed()


def test_a10_every_act_cites_the_document():
    assert all(PROCESS.cited(row).number for row in PROCESS.transitions)


def test_a10_items_are_open_data_without_names(lab, client):
    item = lab.listed("standards")
    lab.by(lab.officer, lab.listed("leaders").case, "cancel")
    found = client.get("/board/data/digital-items.json").json()["rows"]
    assert [(row["id"], row["track"], row["host"]) for row in found] == [
        (str(item.uuid), "standards", lab.host.name)
    ]


def test_a10_a_cancelled_item_leaves_the_list_and_its_page_stays(lab, client):
    item = lab.listed()
    lab.by(lab.officer, item.case, "cancel")
    assert item.title not in client.get(reverse("digital:list")).content.decode()
    assert client.get(reverse("digital:item", args=[item.uuid])).status_code == 200


# --- A10: the contest ---------------------------------------------------------------------------------------------


def test_a10_nobody_enters_before_the_notice_or_after_the_last_day(lab, clock):
    item = lab.listed()
    with pytest.raises(Conflict, match="招收通知"):
        contest.enter(UserFactory(), item, "云上队")
    lab.by(lab.teacher, item.case, "announce")
    contest.enter(UserFactory(), fresh(item), "云上队")
    later(clock, date(2026, 3, 11))
    with pytest.raises(Conflict, match="截止"):
        contest.enter(UserFactory(), fresh(item), "晚到队")


def test_a10_a_team_joins_by_its_code_and_nobody_is_in_two(lab):
    item = lab.opened()
    first, second = UserFactory(), UserFactory()
    entry = lab.entered(item, first, second)
    assert entry.members.count() == 2
    with pytest.raises(Conflict) as refusal:
        contest.enter(second, item, "另一队")
    assert refusal.value.code == "entered_already"
    contest.join(UserFactory(), item, entry.code)
    with pytest.raises(Conflict) as refusal:
        contest.join(UserFactory(), item, entry.code)
    assert refusal.value.code == "team_full"
    with pytest.raises(Invalid, match="没有这个队伍码"):
        contest.join(UserFactory(), item, "WRONG")
    assert ContestEntry.objects.count() == 1


def test_a10_places_of_a_contest_are_counted_and_given_back(lab):
    item = lab.opened(people=1)
    captain = UserFactory()
    lab.entered(item, captain)
    with pytest.raises(Conflict) as refusal:
        contest.enter(UserFactory(), item, "第二队")
    assert refusal.value.code == "full"
    contest.leave(captain, item)
    assert lab.entered(item, captain).number == 2


def test_a10_a_juror_takes_no_part_and_declares_it(lab):
    item = lab.opened()
    expert = UserFactory()
    contest.ask_juror(lab.teacher, item, expert.email)
    with pytest.raises(NotAllowed, match="评委"):
        contest.enter(expert, item, "评委队")
    player = UserFactory()
    lab.entered(item, player)
    with pytest.raises(Conflict) as refusal:
        contest.ask_juror(lab.teacher, item, player.email)
    assert refusal.value.code == "takes_part"
    assert contest.answer_jury(expert, item, accept=True).accepted_at is not None
    with pytest.raises(Conflict):
        contest.answer_jury(expert, item, accept=False)


def test_a10_a_result_is_entered_checked_and_published_by_three_people(lab, clock):
    item = lab.opened()
    entry = lab.entered(item)
    later(clock)
    sheet = lab.sheet(item, 0, {entry: ADVANCE})
    with pytest.raises(NotAllowed, match="自己录入"):
        contest.check_results(lab.teacher, sheet)
    with pytest.raises(Conflict):
        contest.publish_results(lab.officer, sheet)
    contest.check_results(lab.dean, sheet)
    for user in (lab.teacher, lab.dean, member("officer"), UserFactory()):
        with pytest.raises(NotAllowed):
            contest.publish_results(user, sheet)
    assert contest.publish_results(lab.officer, sheet).state == "published"
    with pytest.raises(Conflict):
        contest.publish_results(lab.second, sheet)
    assert Posting.objects.filter(subject=item.subject, kind=board.Kind.RESULT).count() == 1


def test_a10_nobody_publishes_a_contest_they_take_part_in(lab, clock):
    item = lab.opened()
    entry = lab.entered(item, lab.officer)
    later(clock)
    sheet = lab.checked(item, 0, {entry: ADVANCE})
    with pytest.raises(NotAllowed, match="参加了这个比赛"):
        contest.publish_results(lab.officer, sheet)
    assert contest.publish_results(lab.second, sheet).state == "published"


def test_a10_an_officer_of_the_host_publishes_nothing(lab, clock):
    item = lab.opened()
    entry = lab.entered(item)
    later(clock)
    sheet = lab.checked(item, 0, {entry: ADVANCE})
    MembershipFactory(user=lab.officer, organisation=lab.host, role="hr")
    with pytest.raises(NotAllowed, match="所在单位"):
        contest.publish_results(lab.officer, sheet)


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [({0: ADVANCE}, "sheet_missing"), ({0: ADVANCE, 1: "first"}, "sheet_outcome")],
)
def test_a10_a_sheet_that_is_not_right_is_refused_whole(lab, clock, outcomes, code):
    item = lab.opened()
    entries = [lab.entered(item, name=f"第 {n} 队") for n in range(2)]
    later(clock)
    before = written()
    with pytest.raises(Invalid) as refusal:
        lab.sheet(item, 0, {entries[at]: outcome for at, outcome in outcomes.items()})
    assert refusal.value.code == code
    assert written() == before


def test_a10_only_who_advanced_stands_in_the_next_stage(lab, clock):
    item = lab.opened()
    on, out = lab.entered(item, name="晋级队"), lab.entered(item, name="淘汰队")
    later(clock)
    with pytest.raises(Conflict):
        lab.sheet(item, 1, {on: "first"})
    lab.published(item, 0, {on: ADVANCE, out: OUT})
    with pytest.raises(Invalid) as refusal:
        lab.sheet(item, 1, {on: "first", out: "second"})
    assert refusal.value.code == "sheet_stranger"
    lab.published(item, 1, {on: "first"})


def test_a10_a_returned_sheet_is_entered_anew(lab, clock):
    item = lab.opened()
    entry = lab.entered(item)
    later(clock)
    sheet = lab.checked(item, 0, {entry: OUT})
    contest.return_results(lab.officer, sheet, "分数加错了")
    assert lab.published(item, 0, {entry: ADVANCE}).number == 2


def test_a10_a_contest_result_posts_hours_by_rule_once_though_it_is_sent_twice(lab, clock):
    ruled("市级一等奖", centihours=2000)
    item = lab.opened()
    captain, mate, other = UserFactory(), UserFactory(), UserFactory()
    team, third = lab.entered(item, captain, mate), lab.entered(item, other, name="三等奖队")
    lab.final(clock, item, {team: "first", third: "third"})
    delivered()
    assert results.give(item) == results.Given(3, 0, 1)
    delivered()
    rows = HoursDeclaration.objects.filter(state="accepted")
    assert {row.person for row in rows} == {captain, mate}
    assert {(row.activity, row.grade, row.identifier) for row in rows} == {
        ("competition", "市级一等奖", item.case.number)
    }
    assert [posted_in_all(user.uuid) for user in (captain, mate, other)] == [2000, 2000, 0]


def test_a10_without_a_rule_nothing_is_given_and_the_page_says_so_and_later_it_is(lab, clock, client):
    item = lab.opened()
    captain = UserFactory()
    lab.final(clock, item, {lab.entered(item, captain): "second"})
    delivered()
    client.force_login(captain)
    page = client.get(reverse("digital:item", args=[item.uuid])).content.decode()
    assert "没有学时规则" in page
    assert not HoursDeclaration.objects.exists()
    ruled("市级二等奖")
    assert results.give_again(lab.teacher, fresh(item)) == results.Given(1, 1, 0)
    assert "学时已记入" in client.get(reverse("digital:item", args=[item.uuid])).content.decode()


def test_a10_the_rule_of_the_finals_day_holds_and_the_item_is_the_ceiling(lab, clock):
    ruled("市级一等奖", centihours=5000)
    ruled("市级一等奖", centihours=100, since=HELD + timedelta(days=1))
    item = lab.opened()
    captain = UserFactory()
    lab.final(clock, item, {lab.entered(item, captain): "first"})
    delivered()
    assert HoursDeclaration.objects.get().counted_centihours == 2400


def test_a10_hours_are_given_again_by_the_host_and_the_officer_alone(lab, clock):
    item = lab.opened()
    for user in (UserFactory(), lab.assessor, member("officer")):
        with pytest.raises(NotAllowed):
            results.give_again(user, item)


def test_a10_a_contest_ends_after_its_final_only(lab, clock):
    item = lab.opened()
    entry = lab.entered(item)
    with pytest.raises(Conflict) as refusal:
        lab.by(lab.teacher, item.case, "report")
    assert refusal.value.code == "no_final"
    lab.final(clock, item, {entry: "finished"})
    lab.by(lab.teacher, item.case, "report")
    with pytest.raises(Conflict):
        lab.by(lab.officer, item.case, "cancel")
    assert lab.by(lab.officer, item.case, "close").state == "closed"


def test_a10_winners_stand_on_the_page_masked_and_go_with_the_person(lab, clock, client):
    item = lab.opened()
    captain = UserFactory(display_name="林小雨")
    lab.final(clock, item, {lab.entered(item, captain, name="云上队"): "first"})
    address = reverse("digital:item", args=[item.uuid])
    page = client.get(address).content.decode()
    assert "云上队" in page
    assert "林＊＊" in page
    assert "林小雨" not in page
    assert people.part(captain)["achievements"][0]["result"] == "first"
    people.erase(captain)
    User.objects.filter(pk=captain.pk).update(erased_at=now())
    page = client.get(address).content.decode()
    assert "云上队" not in page
    assert "林＊＊" not in page
    assert "一等奖" in page


def test_a10_somebody_who_was_erased_gets_nothing_later(lab, clock):
    item = lab.opened()
    captain = UserFactory()
    lab.final(clock, item, {lab.entered(item, captain): "first"})
    delivered()
    erase(captain)
    User.objects.filter(pk=captain.pk).update(erased_at=now())
    ruled("市级一等奖")
    assert results.give(item) == results.Given(1, 0, 0)


# --- A10: the competency model ----------------------------------------------------------------------------------------


@pytest.fixture
def model_of(lab):
    def make(courses=2, **options):
        found = [released_course(kind="specialty", sector="industry").course for _n in range(courses)]
        draft = skills.begin(
            lab.officer,
            lab.authority,
            About("人工智能能力素质模型", DIRECTION, "申江市编制组 2026 年（测试）"),
        )
        rungs = [
            NewRung("junior", "会用工具做标注", [found[0].code]),
            NewRung(
                "middle", "会训练和评估模型", [row.code for row in found], options.get("occupations", ())
            ),
        ]
        draft = skills.set_skill(lab.officer, draft, "算法", "模型训练", rungs)
        return draft, found

    return make


def test_a10_a_model_links_skill_course_and_level(lab, model_of, client):
    draft, courses = model_of()
    published = skills.publish(lab.officer, draft)
    assert set(SkillCourse.objects.values_list("skill", "grade", "course__code")) == {
        ("S1", "junior", courses[0].code),
        ("S1", "middle", courses[0].code),
        ("S1", "middle", courses[1].code),
    }
    page = client.get(reverse("digital:model", args=[published.uuid])).content.decode()
    assert all(text in page for text in ("模型训练", "会训练和评估模型", courses[1].title, courses[1].url))
    # Whole on the board: a paper of its own form, with a code.
    posting = board.standing_on(f"skill-model:{published.series}", board.Kind.MODEL)
    assert all(
        text in posting.body for text in ("模型训练", "会训练和评估模型", courses[1].title, published.sha256)
    )
    shown = client.get(reverse("board:posting", args=[posting.uuid])).content.decode()
    assert "G13" in shown
    assert "valid" in {printed.verdict(posting.uuid).status}
    data = client.get(reverse("digital:model_json", args=[published.uuid])).json()
    assert data["domains"][0]["skills"][0]["rungs"][0]["courses"] == [str(courses[0].uuid)]


def test_a10_a_published_version_never_changes_and_the_next_holds_from_its_day(lab, model_of, clock):
    draft, courses = model_of()
    first = skills.publish(lab.officer, draft)
    with pytest.raises(AppendOnlyError):
        first.save()
    with pytest.raises(Conflict) as refusal:
        skills.publish(lab.officer, draft)
    assert refusal.value.code == "nothing_new"
    rungs = [NewRung("junior", "会用工具做标注和清洗", [courses[1].code])]
    draft = skills.set_skill(lab.officer, draft, "数据", "数据处理", rungs)
    second = skills.publish(lab.officer, draft, today() + timedelta(days=10))
    assert (first.version, second.version) == (1, 2)
    assert SkillModel.objects.get(pk=first.pk).sha256 == first.sha256
    assert list(queries.models_in_force()) == [first]
    assert list(queries.models_in_force(today() + timedelta(days=10))) == [second]


def test_a10_a_model_whose_courses_are_gone_or_unknown_is_not_published(lab, model_of):
    draft, courses = model_of()
    with pytest.raises(Invalid, match="没有公开的课程"):
        skills.set_skill(
            lab.officer, draft, "算法", "调参", [NewRung("junior", "会调参数", ["no-such-course"])]
        )
    courses[0].unpublish()
    with pytest.raises(Invalid) as refusal:
        skills.publish(lab.officer, draft)
    assert refusal.value.code == "course_gone"
    empty = skills.begin(lab.officer, lab.authority, About("空模型", DIRECTION, "申江市编制组"))
    with pytest.raises(Invalid) as refusal:
        skills.publish(lab.officer, empty)
    assert refusal.value.code == "model_incomplete"


def test_a10_two_officers_at_one_draft_one_is_told(lab, model_of):
    draft, _courses = model_of()
    seen = queries.draft_for(lab.second, draft.uuid)
    skills.drop_skill(lab.officer, draft, "S1")
    with pytest.raises(Conflict) as refusal:
        skills.describe(lab.second, seen, About("另一个名字", DIRECTION, "申江市编制组"))
    assert refusal.value.code == "moved_on"


@pytest.mark.parametrize("who", ["teacher", "assessor", "stranger"])
def test_a10_models_are_the_authoritys(lab, model_of, who):
    draft, _courses = model_of()
    user = getattr(lab, who, None) or member("officer")
    with pytest.raises(NotAllowed):
        skills.publish(user, draft)
    with pytest.raises(NotFound):
        queries.draft_for(user, draft.uuid)


def test_a10_a_learner_sees_what_is_shown_and_what_is_missing(lab, model_of, client, clock):
    draft, courses = model_of()
    published = skills.publish(lab.officer, draft)
    learner = UserFactory()
    client.force_login(learner)
    address = reverse("digital:model", args=[published.uuid])
    assert "还缺 2 门课程" in client.get(address).content.decode()
    found = enrolment(learner, courses[0].releases.get())
    Enrolment.objects.filter(pk=found.pk).update(state="completed")
    page = client.get(address).content.decode()
    assert "课程已全部学完" in page
    assert "还缺 1 门课程" in page
    assert queries.proven(published, queries.held(learner, published)) == (1, 2)


def test_a10_a_level_shows_its_own_rung_and_those_below(lab, model_of, clock):
    draft, _courses = model_of()
    published = skills.publish(lab.officer, draft)
    item = lab.opened("national")
    trainee = lab.trainee(item, "middle")
    later(clock)
    engineers.publish_list(lab.officer, lab.handed_in(item, line(trainee, "中级")))
    assert queries.proven(published, queries.held(trainee.person, published)) == (2, 2)


# --- A89: the national project --------------------------------------------------------------------------------------------


def test_a89_only_registered_assessors_hand_results_in(lab, clock):
    item = lab.opened("national")
    trainee = lab.trainee(item)
    later(clock)
    other = OrganisationFactory(name="没有登记的机构", kind="assessor")
    stranger = member("assessor", other)
    before = written()
    with pytest.raises(NotAllowed, match="没有登记"):
        engineers.upload(stranger, item, other, csv_of(line(trainee)))
    for user in (lab.teacher, lab.officer, stranger, UserFactory()):
        with pytest.raises(NotAllowed):
            engineers.upload(user, item, lab.assessors, csv_of(line(trainee)))
    assert written() == before
    right(lab.assessors, since=today(), allowed=False)
    with pytest.raises(NotAllowed, match="没有登记"):
        lab.handed_in(item, line(trainee))
    assert not LevelList.objects.exists()


def test_a89_a_list_with_faults_is_not_taken_and_says_where(lab, clock):
    item = lab.opened("national")
    good, other = lab.trainee(item), lab.trainee(item)
    later(clock)
    found = lab.handed_in(
        item,
        line(good),
        line(other, "特级", "通过", "101"),
        f"SZ-0,无此人,初级,合格,,{HELD},",
        line(good),
        line(other, day=date(2027, 1, 1)),
        f"{other.number},写错的名字,初级,合格,,{HELD},",
    )
    assert found.state == "faulty"
    assert not LevelResult.objects.exists()
    assert {(row, column) for row, column, _text in found.faults} == {
        *((3, "等级"), (3, "结论"), (3, "成绩"), (4, "学员编号"), (5, "学员编号"), (6, "评价日期")),
        *((7, "学员编号"), (7, "学员编号")),
    }


def test_a89_lists_are_read_as_workbooks_too(lab, clock):
    item = lab.opened("national")
    trainee = lab.trainee(item)
    later(clock)
    book = Workbook()
    book.active.append(["学员编号", "姓名", "等级", "结论", "成绩", "评价日期", "证书编号"])
    book.active.append([trainee.number, str(trainee.person), "初级", "合格", 91.5, HELD, "C-1"])
    content = BytesIO()
    book.save(content)
    content.seek(0)
    content.name = "levels.xlsx"
    found = engineers.upload(lab.assessor, item, lab.assessors, content)
    result = LevelResult.objects.get(batch=found)
    assert (result.centimarks, result.day, result.certificate) == (9150, HELD, "C-1")


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01", b"a,b\n1,2", "学员编号,姓名\n".encode(), b"PK\x03\x04nothing"]
)
def test_a89_what_is_no_list_is_refused_with_a_sentence(lab, clock, content):
    item = lab.opened("national")
    later(clock)
    file = csv_of()
    file.file = BytesIO(content)
    before = written()
    with pytest.raises(Invalid):
        engineers.upload(lab.assessor, item, lab.assessors, file)
    assert written() == before


def test_a89_a_level_counts_when_somebody_else_has_published_it(lab, clock):
    ruled("数字技术工程师初级", activity="project", centihours=3000)
    item = lab.opened("national")
    passed, failed = lab.trainee(item), lab.trainee(item)
    later(clock)
    found = lab.handed_in(item, line(passed), line(failed, passed="不合格", mark="40"))
    assert not DigitalAchievement.objects.exists()
    for user in (lab.assessor, lab.teacher, UserFactory(), member("officer")):
        with pytest.raises(NotAllowed):
            engineers.publish_list(user, found)
    engineers.publish_list(lab.officer, found)
    with pytest.raises(Conflict):
        engineers.publish_list(lab.second, found)
    delivered()
    results.give(item)
    row = HoursDeclaration.objects.get()
    assert (row.person, row.activity, row.counted_centihours) == (passed.person, "project", 2400)
    assert posted_in_all(passed.person.uuid) == 2400


def test_a89_nobody_publishes_a_list_they_stand_in_or_whose_body_they_work_for(lab, clock):
    item = lab.opened("national")
    own = engineers.sign_up(lab.officer, item, "junior")
    later(clock)
    found = lab.handed_in(item, line(own))
    with pytest.raises(NotAllowed, match="你自己"):
        engineers.publish_list(lab.officer, found)
    MembershipFactory(user=lab.second, organisation=lab.assessors, role="hr")
    with pytest.raises(NotAllowed, match="所在单位"):
        engineers.publish_list(lab.second, found)


def test_a89_the_same_level_is_there_once_whichever_list_brings_it(lab, clock):
    item = lab.opened("national")
    trainee = lab.trainee(item)
    later(clock)
    first = lab.handed_in(item, line(trainee))
    second = lab.handed_in(item, line(trainee, mark="86", day=HELD - timedelta(days=1)))
    with pytest.raises(Conflict) as refusal:
        lab.handed_in(item, line(trainee))
    assert refusal.value.code == "list_already"
    engineers.publish_list(lab.officer, first)
    with pytest.raises(Conflict) as refusal:
        engineers.publish_list(lab.officer, second)
    assert refusal.value.code == "has_level"
    engineers.return_list(lab.officer, second, "重复")
    assert lab.handed_in(item, line(trainee, mark="87")).faults[0][1] == "等级"
    with pytest.raises(Conflict):
        engineers.sign_up(trainee.person, lab.opened("national", title="又一期"), "junior")


def test_a89_places_are_counted_and_nobody_leaves_with_results(lab, clock):
    item = lab.opened("national", people=1)
    trainee = lab.trainee(item)
    with pytest.raises(Conflict) as refusal:
        lab.trainee(item)
    assert refusal.value.code == "full"
    engineers.leave(trainee.person, item)
    again = engineers.sign_up(trainee.person, item, "middle")
    assert (again.number, again.grade) == (trainee.number, "middle")
    later(clock)
    lab.handed_in(item, line(again, "中级"))
    with pytest.raises(Conflict):
        engineers.leave(trainee.person, item)


def test_a89_somebody_in_a_waiting_list_is_not_erased_before_it_is_decided(lab, clock):
    item = lab.opened("national")
    trainee = lab.trainee(item)
    later(clock)
    found = lab.handed_in(item, line(trainee, number="C-9"))
    assert people.obstacles(trainee.person)
    engineers.publish_list(lab.officer, found)
    assert not people.obstacles(trainee.person)
    assert people.part(trainee.person)["level_results"][0]["certificate"] == "C-9"
    people.erase(trainee.person)
    assert LevelResult.objects.get().certificate == ""


# --- A89, A24: money and the one view --------------------------------------------------------------------------------------


@pytest.fixture
def funds(lab):
    chief = member("admin", lab.authority)

    def make(kind, name):
        new = grants.NewFund(lab.authority, kind, name, "申财〔2026〕1 号（测试）", date(2026, 1, 1))
        return grants.set_fund(chief, new)

    return make


def moved(kind, fen, voucher, fund=None):
    return Moved(kind, fen, voucher, today(), fund)


def test_a89_money_is_promised_paid_used_and_returned_in_the_books(lab, funds):
    item, city = lab.opened("national"), funds("city", "市级专项")
    money.move(lab.officer, item, moved(Kind.COMMIT, 900_000, "决〔1〕号", city))
    with pytest.raises(NotAllowed, match="另一个人拨付"):
        money.move(lab.officer, item, moved(Kind.PAY, 900_000, "付-1"))
    money.move(lab.second, item, moved(Kind.PAY, 900_000, "付-1"))
    money.move(lab.teacher, item, moved(Kind.USE, 700_000, "票-1"))
    with pytest.raises(Conflict) as refusal:
        lab.by(lab.teacher, item.case, "report")
        lab.by(lab.officer, item.case, "close")
    assert refusal.value.code == "money_left"
    money.move(lab.second, fresh(item), moved(Kind.RETURN, 200_000, "退-1"))
    sums = money.totals([item])[item.pk]
    assert (sums.committed, sums.held, sums.spent, sums.returned) == (0, 0, 700_000, 200_000)
    assert money_of([city.uuid])[city.uuid] == -900_000
    assert lab.by(lab.officer, item.case, "close").state == "closed"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"fen": 1_000_001}, "above_budget"),
        ({"fund": "district"}, "fund_mismatch"),
        ({"kind": Kind.PAY}, "no_money"),
        ({"fen": 0}, "invalid_digital"),
        ({"fund": None}, "invalid_digital"),
        ({"user": "teacher"}, "not_allowed"),
    ],
)
def test_a89_money_that_may_not_be_moved_is_refused_and_nothing_written(lab, funds, change, code):
    item = lab.opened("national")
    known = {"city": funds("city", "市级专项"), "district": funds("district", "区级资金"), None: None}
    user = getattr(lab, change.get("user", "officer"))
    new = moved(
        change.get("kind", Kind.COMMIT),
        change.get("fen", 1000),
        "决〔1〕号",
        known[change.get("fund", "city")],
    )
    before = written()
    with pytest.raises((Conflict, Invalid, NotAllowed)) as refusal:
        money.move(user, item, new)
    assert refusal.value.code == code
    assert written() == before


def test_a89_a_voucher_counts_once_and_no_more_is_used_than_is_there(lab, funds):
    item, city = lab.opened("national"), funds("city", "市级专项")
    money.move(lab.officer, item, moved(Kind.COMMIT, 1000, "决〔1〕号", city))
    with pytest.raises(Conflict) as refusal:
        money.move(lab.officer, item, moved(Kind.COMMIT, 500, "决(1) 号", city))
    assert refusal.value.code == "voucher_again"
    with pytest.raises(Conflict) as refusal:
        money.move(lab.second, item, moved(Kind.PAY, 1001, "付-1"))
    assert refusal.value.code == "too_little"


def test_a89_trainees_levels_hours_policy_and_money_stand_in_one_view(lab, clock, funds, client):
    ruled("数字技术工程师初级", activity="project")
    item = lab.opened("national")
    trainees = [lab.trainee(item) for _n in range(3)]
    lab.trainee(item, "senior")
    money.move(lab.officer, item, moved(Kind.COMMIT, 120_000, "决〔1〕号", funds("city", "市级专项")))
    later(clock)
    engineers.publish_list(
        lab.officer, lab.handed_in(item, line(trainees[0]), line(trainees[1], passed="不合格", mark="30"))
    )
    delivered()
    found = queries.view([item])
    junior = found.grades[0]
    assert (junior.trainees, junior.assessed, junior.passed, junior.with_hours) == (3, 2, 1, 1)
    assert (found.trainees, found.money.promised) == (4, 120_000)
    client.force_login(staff(lab.officer))
    page = client.get(reverse("training_digital")).content.decode()
    assert item.title in page
    assert "1,200" in page
    assert "沪人社专〔2022〕372号" in page


def test_a89_the_public_figures_name_nobody(lab, client):
    item = lab.opened("national")
    for _n in range(4):
        lab.trainee(item)
    page = client.get(reverse("digital:engineers")).content.decode()
    assert "少于 5 人" in page
    lab.trainee(item)
    assert '<td class="num">5</td>' in client.get(reverse("digital:engineers")).content.decode()


def test_a89_the_view_reads_in_the_same_queries_whatever_its_size(lab, funds, django_assert_max_num_queries):
    items = [lab.opened("national", title=f"第 {n} 期") for n in range(3)]
    for item in items:
        lab.trainee(item)
    with django_assert_max_num_queries(10):
        found = queries.view(items)
    assert queries.view(queries.national()) == found
    assert found.trainees == 3


def test_a89_the_years_of_the_list_are_those_with_items_that_stand(lab):
    assert queries.years() == []
    late, early = (lab.opened("national", title=f"第 {n} 期") for n in range(2))
    DigitalItem.objects.filter(pk=early.pk).update(year=late.year - 3)
    assert queries.years() == [late.year, late.year - 3]
    Case.objects.filter(pk=early.case_id).update(state="cancelled")
    assert queries.years() == [late.year]


# --- pages by role -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("teacher", {"host": 200, "levels": 404, "staff": 403}),
        ("assessor", {"host": 404, "levels": 200, "staff": 403}),
        ("officer", {"host": 404, "levels": 404, "staff": 200}),
        ("stranger", {"host": 404, "levels": 404, "staff": 403}),
    ],
)
def test_pages_are_for_whom_they_are(lab, client, who, expected):
    item = lab.opened("national")
    user = getattr(lab, who, None) or UserFactory()
    client.force_login(staff(user))
    addresses = {
        "host": reverse("digital:host", args=[item.uuid]),
        "levels": reverse("digital:levels", args=[item.uuid]),
        "staff": reverse("training_digital_item", args=[item.uuid]),
    }
    found = {name: client.get(address).status_code for name, address in addresses.items()}
    assert {
        name: 403 if name == "staff" and code == 302 else code for name, code in found.items()
    } == expected


def test_an_assessor_reads_their_own_bodys_lists_alone(lab, clock, client):
    item = lab.opened("national")
    trainee = lab.trainee(item)
    later(clock)
    found = lab.handed_in(item, line(trainee, "特级"))
    client.force_login(lab.assessor)
    address = reverse("digital:level_list", args=[item.uuid, found.uuid])
    assert "等级" in client.get(address).content.decode()
    assert client.get(reverse("digital:report", args=[item.uuid, found.uuid])).status_code == 200
    other = OrganisationFactory(kind="assessor")
    right(other)
    client.force_login(member("assessor", other))
    assert client.get(address).status_code == 404


def test_pages_take_what_is_posted(lab, client):
    item = lab.opened()
    address = reverse("digital:item", args=[item.uuid])
    assert client.post(address, {"act": "enter", "name": "云上队"}).status_code == 302
    user = UserFactory()
    client.force_login(user)
    assert client.post(address, {"act": "enter", "name": ""}).status_code == 422
    assert client.post(address, {"act": "enter", "name": "云上队"}).status_code == 302
    assert client.post(address, {"act": "join", "code": "WRONG"}).status_code == 422
    assert client.post(address, {"act": "nonsense"}).status_code == 422
    assert client.post(address, {"act": "leave"}).status_code == 302
    assert not EntryMember.objects.filter(left=False).exists()


# --- rules ---------------------------------------------------------------------------------------------------------------------


def test_sheet_line_is_a_plain_value():
    assert (
        rules.sheet_fault(
            [SheetLine("a", 9000, "second"), SheetLine("b", 8000, "first")], {"a", "b"}, final=True
        )
        == "order"
    )


def test_a89_the_years_figures_are_at_most_half_a_minute_old(lab, client, clock):
    office = staff(lab.officer)
    client.force_login(office)

    def asked(**more):
        with CaptureQueriesContext(connection) as found:
            page = client.get(reverse("training_digital"), more)
        return page.context["tracks"], page.context["at"], len(found)

    before, at, first = asked()
    lab.listed("leaders")
    again, same, second = asked(page="2")
    assert (again, same) == (before, at)
    assert second < first
    clock.shift(31)
    after_it, later, _third = asked()
    assert later > at
    assert sum(row["count"] for row in after_it) == sum(row["count"] for row in before) + 1


def test_lists_of_cases_say_what_each_is_about(lab, client):
    case = lab.by(lab.teacher, lab.complete("leaders", title="智能制造领军研修"), "submit")
    client.force_login(lab.teacher)
    assert "智能制造领军研修" in client.get(reverse("cases:own")).content.decode()
    queue = signed_in(lab.officer, staff=True).get(reverse("training_cases", args=[case.process]))
    assert "智能制造领军研修" in queue.content.decode()
