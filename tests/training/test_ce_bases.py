"""A11: standards, experts' reviews, the dynamic list with its history, national nomination, and the way out."""

from datetime import date, timedelta

import pytest
from django.utils.functional import Promise

from lms.lib.audit.models import AuditRow
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.verify import services as verify
from lms.training.board.data import dataset
from lms.training.board.models import Posting
from lms.training.ce_bases import queries, reviews, rules, services
from lms.training.ce_bases.models import BaseReview, BaseStandard, EducationBase
from lms.training.ce_bases.papers import CERTIFICATE
from lms.training.ce_bases.queries import standing
from lms.training.ce_bases.reviews import Mark, NewStandard
from lms.training.ce_bases.rules import Criterion, Grade, Terms, TermsFault
from lms.training.lifecycle import queries as case_queries
from lms.training.lifecycle import services as cases
from lms.training.lifecycle.services import Said
from lms.training.papers.models import Paper
from tests.factories.accounts import MembershipFactory, OrganisationFactory, UserFactory, member
from tests.training.cases import after, at
from tests.training.ce import TERMS, Region, base_of, office

pytestmark = pytest.mark.django_db


@pytest.fixture
def region(clock):
    return Region()


def seat_of(region, case, expert):
    return reviews.appoint(region.officer, region.review(case), expert)


def full(mark=80):
    return {item.code: Mark(mark, "材料和现场相符") for item in TERMS.criteria}


# --- the way to a base -----------------------------------------------------------------------------------


def test_a11_application_review_notice_and_naming(region, clock):
    base = region.named(clock, 80, 90)
    assert base.number.endswith("-JJ2026-001")
    found = standing(region.college.pk, base.named_on)
    assert found is not None
    assert (found.name, found.level, found.since) == ("青溪技师学院", "city", base.named_on)
    assert (found.score, found.grade, found.in_exit) == (8500, "良好", False)
    assert found.evaluated_on == date(2026, 3, 2)
    assert standing(region.college.pk, base.named_on - timedelta(days=1)) is None
    # By when it is to be evaluated again, the standard says.
    assert base.case.due_on == date(base.named_on.year + 1, base.named_on.month, base.named_on.day)
    paper = Paper.objects.get(case=base.case, kind=CERTIFICATE)
    assert base.number in paper.content
    assert Posting.objects.filter(subject=f"ce-base:{base.uuid}", kind="named").exists()


def test_a11_each_thing_that_is_missing_is_said_at_once(region):
    case = region.draft(specialty="", industry="nonsense")
    with pytest.raises(Invalid) as refused:
        region.by(region.clerk, case, "submit")
    assert {"specialty", "industry", "evidence_status", "evidence_capacity", "evidence_record"} <= set(
        refused.value.details["missing"]
    )
    assert "372号" in str(refused.value.message)


def test_a11_without_a_standard_nothing_is_reviewed(clock):
    region = Region(terms=None)
    case = region.submitted()
    with pytest.raises(Conflict) as refused:
        region.by(region.officer, case, "accept")
    assert refused.value.code == "no_standard"
    assert "三(四)" in str(refused.value.message)
    case.refresh_from_db()
    assert case.state == "submitted"


def test_a11_no_naming_without_experts_passing_score(region):
    case = region.by(region.officer, region.submitted(), "accept")
    with pytest.raises(Conflict) as refused:
        region.by(region.officer, case, "pass")
    assert refused.value.code == "no_score"
    region.marked(case, 59, 60)
    region.by(region.officer, case, "score")
    with pytest.raises(Conflict) as failed:
        region.by(region.officer, case, "pass")
    assert failed.value.code == "failed"
    assert "59.50" in str(failed.value.message) or "59.5" in str(failed.value.message)


def test_a11_where_the_rule_asks_for_a_notice_nobody_is_named_past_it(region):
    case = region.reviewed(80, 80)
    with pytest.raises(Conflict) as refused:
        region.by(region.officer, case, "name_unnoticed")
    assert refused.value.code == "notice_asked"
    case = region.by(region.officer, case, "pass")
    with pytest.raises(Conflict) as early:
        region.by(region.officer, case, "name")
    assert early.value.code == "notice_runs"


def test_a11_where_the_rule_asks_for_none_it_is_named_at_once(clock):
    region = Region(notice_days=None)
    case = region.by(region.officer, region.reviewed(80, 80), "name_unnoticed")
    assert standing(region.college.pk, base_of(case).named_on) is not None


def test_a11_an_upheld_objection_stops_the_naming(region, clock):
    case = region.by(region.officer, region.reviewed(80, 80), "pass")
    objection = cases.object_to(UserFactory(), case.notices.get(), "业绩里的期数与事实不符。")
    cases.answer(region.officer, objection, upheld=True, text="核查属实。")
    after(clock, case.due_on)
    with pytest.raises(Conflict) as refused:
        region.by(region.officer, case, "name")
    assert refused.value.code == "objection_upheld"
    case = region.by(region.officer, case, "again")
    assert region.review(case).number == 2
    assert region.review(case).closed_on is None


def test_a11_a_body_is_one_base(region, clock):
    region.named(clock)
    with pytest.raises(Conflict):
        region.draft()


# --- experts ---------------------------------------------------------------------------------------------


def test_a11_an_expert_with_a_tie_is_found_and_refused(region):
    case = region.by(region.officer, region.submitted(), "accept")
    review = region.review(case)
    inside = member("assessor", region.college)
    for tied in (inside, region.clerk):
        with pytest.raises(Invalid) as refused:
            reviews.appoint(region.officer, review, tied)
        assert "回避" in str(refused.value.message)
        assert not reviews.experts_for(review).filter(pk=tied.pk).exists()
    # Whoever decides for the authority does not review.
    with pytest.raises(Invalid):
        reviews.appoint(region.officer, review, region.second)


def test_a11_a_tie_that_comes_later_bars_the_word_and_the_marks(region):
    case = region.by(region.officer, region.submitted(), "accept")
    expert, other = region.experts[:2]
    seat = seat_of(region, case, expert)
    MembershipFactory(user=expert, organisation=region.college, role="teacher")
    with pytest.raises(NotAllowed) as refused:
        reviews.declare(expert, seat, independent=True)
    assert refused.value.code == "conflict_found"
    late = seat_of(region, case, other)
    reviews.declare(other, late, independent=True)
    MembershipFactory(user=other, organisation=region.college, role="teacher")
    with pytest.raises(NotAllowed):
        reviews.hand_in(other, late, full())


def test_a11_a_declared_conflict_does_not_mark(region):
    case = region.by(region.officer, region.submitted(), "accept")
    expert = region.experts[0]
    seat = seat_of(region, case, expert)
    with pytest.raises(Conflict) as early:
        reviews.hand_in(expert, seat, full())
    assert early.value.code == "not_declared"
    reviews.declare(expert, seat, independent=False, conflict="与该院有合作课题")
    with pytest.raises(NotAllowed) as refused:
        reviews.hand_in(expert, seat, full())
    assert refused.value.code == "conflict"
    assert queries.evidence_for(expert, queries.seat_for(expert, seat.uuid)) == []
    with pytest.raises(Conflict) as kept:
        reviews.release(region.officer, seat, "另有安排")
    assert kept.value.code == "conflict_declared"
    with pytest.raises(Conflict) as again:
        seat_of(region, case, expert)
    assert again.value.code == "asked_already"


def test_a11_the_score_waits_for_all_and_for_enough(region):
    case = region.by(region.officer, region.submitted(), "accept")
    region.marked(case, 80)
    with pytest.raises(Conflict) as few:
        region.by(region.officer, case, "score")
    assert few.value.code == "few_experts"
    seat = seat_of(region, case, region.experts[1])
    with pytest.raises(Conflict) as waiting:
        region.by(region.officer, case, "score")
    assert waiting.value.code == "marks_missing"
    reviews.release(region.officer, seat, "出差")
    region.marked(case, 70, experts=region.experts[2:])
    region.by(region.officer, case, "score")
    assert region.review(case).centimarks == 7500


def test_a11_nobody_marks_what_is_being_changed_and_marks_keep_it_as_it_is(region):
    case = region.by(region.officer, region.submitted(), "accept")
    expert, other = region.experts[:2]
    seat = seat_of(region, case, expert)
    reviews.declare(expert, seat, independent=True)
    region.by(region.officer, case, "ask", reason="请补充师资材料")
    with pytest.raises(Conflict) as marked:
        reviews.hand_in(expert, seat, full())
    with pytest.raises(Conflict) as asked:
        seat_of(region, case, other)
    assert {marked.value.code, asked.value.code} == {"not_reviewed"}
    assert queries.evidence_for(expert, queries.seat_for(expert, seat.uuid)) == []
    assert queries.open_reviews([region.authority]) == []
    region.by(region.clerk, case, "resubmit")
    region.by(region.officer, case, "accept")
    reviews.hand_in(expert, seat, full())
    with pytest.raises(Conflict) as changed:
        region.by(region.officer, case, "ask", reason="再补充业绩材料")
    assert changed.value.code == "marked_already"
    region.by(region.clerk, case, "withdraw")
    with pytest.raises(Conflict):
        seat_of(region, case, other)


def test_a11_marks_are_whole_said_with_reasons_and_once(region):
    case = region.by(region.officer, region.submitted(), "accept")
    expert = region.experts[0]
    seat = seat_of(region, case, expert)
    reviews.declare(expert, seat, independent=True)
    for wrong in (
        full() | {"c1": Mark(101, "理由")},
        full() | {"c1": Mark(80, " ")},
        {code: mark for code, mark in full().items() if code != "c2"},
    ):
        with pytest.raises(Invalid):
            reviews.hand_in(expert, seat, wrong)
    reviews.hand_in(expert, seat, full())
    with pytest.raises(Conflict):
        reviews.hand_in(expert, seat, full(10))
    with pytest.raises(NotFound):
        reviews.hand_in(region.experts[1], seat, full())


# --- evaluation, and the way out ---------------------------------------------------------------------------


def test_a11_a_failing_score_opens_the_exit_and_a_passing_one_closes_it(region, clock):
    base = region.named(clock)
    case = region.evaluated(base, 50, 60)
    today = region.review(case).closed_on
    found = standing(region.college.pk, today)
    assert (found.in_exit, found.score, found.grade) == (True, 5500, None)
    with pytest.raises(Conflict) as refused:
        region.by(region.officer, case, "keep")
    assert refused.value.code == "score_differs"
    with pytest.raises(Conflict) as early:
        region.by(region.officer, case, "remove")
    assert early.value.code == "way_out"
    case = region.by(region.officer, case, "fail")
    assert (case.state, case.waits) == ("correcting", "applicant")
    assert case.due_on is not None
    case = region.by(region.clerk, case, "correct")
    region.marked(case, 70, 80)
    case = region.by(region.officer, case, "tally", "keep")
    assert not standing(region.college.pk, region.review(case).closed_on).in_exit
    assert case.state == "named"


def test_a11_who_fails_again_leaves_the_list_and_history_stays(region, clock):
    base = region.named(clock)
    case = region.by(region.officer, region.evaluated(base, 50, 50), "fail")
    case = region.by(region.clerk, case, "correct")
    region.marked(case, 55, 55)
    case = region.by(region.officer, case, "tally")
    with pytest.raises(Conflict) as used_up:
        region.by(region.officer, case, "fail")
    assert used_up.value.code == "way_out"
    with pytest.raises(NotAllowed):
        region.by(region.officer, case, "remove", reason="整改后仍不合格")
    region.by(region.second, case, "remove", reason="整改后仍不合格")
    base.refresh_from_db()
    day = base.removed_on
    assert day is not None
    assert standing(region.college.pk, day) is None
    clock.move_to(at(day + timedelta(days=30)))
    if day > base.named_on:
        assert standing(region.college.pk, day - timedelta(days=1)) is not None
    _code, found = verify.check(queries.certificate_code(base))
    assert found.status == "revoked"
    assert Posting.objects.filter(subject=f"ce-base:{base.uuid}", kind="removed").exists()
    # It may apply again.
    assert cases.begin(region.clerk, "ce-base", region.college, region.authority)


def test_a11_no_report_in_time_is_the_way_out(region, clock):
    base = region.named(clock)
    case = region.by(region.officer, region.evaluated(base, 50, 50), "fail")
    with pytest.raises(Conflict):
        region.by(region.chief, case, "expire")
    after(clock, case.due_on)
    with pytest.raises(Conflict) as late:
        region.by(region.clerk, case, "correct")
    assert late.value.code == "late"
    assert region.by(region.chief, case, "expire").state == "removed"


def test_a11_a_standard_without_correction_removes_at_once(clock):
    region = Region(terms=Terms(TERMS.criteria, (), 60, 1, 0))
    base = region.named(clock, 80)
    # No interval is set: then nothing is late.
    assert base.case.due_on is None
    case = region.evaluated(base, 59)
    with pytest.raises(Conflict):
        region.by(region.officer, case, "fail")
    assert region.by(region.officer, case, "remove").state == "removed"


def test_a11_a_review_keeps_the_standard_of_its_day(region, clock):
    base = region.named(clock)
    case = region.by(region.officer, base.case, "evaluate")
    harder = Terms(TERMS.criteria, TERMS.grades, 75, 2, 1, 20, 12)
    new = NewStandard(region.authority, "新标准", base.named_on, "测试", harder)
    reviews.publish_standard(region.officer, new)
    region.marked(case, 70, 70)
    case = region.by(region.officer, case, "tally", "keep")
    clock.move_to(at(base.named_on + timedelta(days=40)))
    case = region.evaluated(base, 70, 70)
    assert region.review(case).standard.version == 2
    assert region.review(case).passed is False


# --- national ----------------------------------------------------------------------------------------------


def test_a11_a_national_base_is_nominated_first_each_with_its_document(region, clock):
    base = region.named(clock)
    day = base.named_on
    with pytest.raises(Conflict) as early:
        region.by(region.officer, base.case, "elevate", document="人社部公告（测试）", since=day)
    assert early.value.code == "not_nominated"
    with pytest.raises(Invalid):
        region.by(region.officer, base.case, "nominate", document="")
    with pytest.raises(Invalid):
        cases.act(
            region.officer, base.case, "nominate", Said("业绩突出", (), {"document": "申人社专函 1 号"})
        )
    region.by(region.officer, base.case, "nominate", document="申人社专函〔2026〕1 号（测试）")
    assert standing(region.college.pk, day).level == "city"
    with pytest.raises(Invalid):
        region.by(region.officer, base.case, "elevate", document="公告", since=day + timedelta(days=9))
    region.by(region.officer, base.case, "elevate", document="公告〔2026〕1 号（测试）", since=day)
    assert standing(region.college.pk, day).level == "national"
    assert Paper.objects.filter(case=base.case, kind=CERTIFICATE).count() == 2
    with pytest.raises(Conflict):
        region.by(region.officer, base.case, "nominate", document="再推荐一次（测试）")


# --- by role -----------------------------------------------------------------------------------------------


def test_a11_nobody_acts_on_a_base_of_their_own(region):
    both = member("officer", region.authority)
    MembershipFactory(user=both, organisation=region.college, role="teacher")
    case = region.submitted()
    with pytest.raises(NotAllowed) as refused:
        region.by(both, case, "accept")
    assert refused.value.code == "own_case"
    region.by(region.officer, case, "accept")
    with pytest.raises(NotAllowed):
        reviews.appoint(both, region.review(case), region.experts[0])


@pytest.mark.parametrize("who", ["clerk", "teacher", "chief", "expert", "stranger", "superuser"])
def test_a11_only_officers_move_it_and_publish_the_standard(region, who):
    people = {
        "clerk": region.clerk,
        "teacher": region.teacher,
        "chief": region.chief,
        "expert": region.experts[0],
        "stranger": UserFactory(),
        "superuser": UserFactory(is_superuser=True),
    }
    user = people[who]
    case = region.submitted()
    with pytest.raises((NotAllowed, NotFound)):
        region.by(user, case, "accept")
    new = NewStandard(region.authority, "标准", date(2026, 3, 2), "测试", TERMS)
    if who != "superuser":
        with pytest.raises(NotAllowed):
            reviews.publish_standard(user, new)
    region.by(region.officer, case, "accept")
    if who not in ("superuser",):
        with pytest.raises(NotAllowed):
            reviews.appoint(user, region.review(case), region.experts[1])


# --- the standard ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "changes"),
    [
        (TermsFault.CRITERIA, {"criteria": ()}),
        (TermsFault.CRITERIA, {"criteria": (Criterion("a", "同", 50), Criterion("b", "同", 50))}),
        (TermsFault.WEIGHTS, {"criteria": (Criterion("a", "一", 50), Criterion("b", "二", 49))}),
        (TermsFault.WEIGHTS, {"criteria": (Criterion("a", "一", 100), Criterion("b", "二", 0))}),
        (TermsFault.GRADES, {"grades": (Grade("良好", 75), Grade("优秀", 90))}),
        (TermsFault.GRADES, {"grades": (Grade("差", 10),)}),
        (TermsFault.LINE, {"pass_mark": 0}),
        (TermsFault.EXPERTS, {"least_experts": 0}),
        (TermsFault.CORRECTIONS, {"corrections": 6}),
        (TermsFault.CORRECTION_DAYS, {"correction_days": None}),
        (TermsFault.INTERVAL, {"interval_months": 0}),
    ],
    ids=str,
)
def test_a11_what_cannot_be_a_standard_is_refused(region, fault, changes):
    terms = Terms(**{name: getattr(TERMS, name) for name in Terms.__dataclass_fields__} | changes)
    assert fault in rules.terms_faults(terms)
    with pytest.raises(Invalid):
        reviews.publish_standard(
            region.officer, NewStandard(region.authority, "标准", date(2026, 3, 2), "测试", terms)
        )
    assert BaseStandard.objects.count() == 1


def test_a11_a_standard_is_not_dated_back(region):
    with pytest.raises(Invalid) as refused:
        reviews.publish_standard(
            region.officer, NewStandard(region.authority, "标准", date(2026, 3, 1), "测试", TERMS)
        )
    assert refused.value.details["field"] == "valid_from"


# --- the public list ------------------------------------------------------------------------------------------


def test_a11_the_list_goes_by_level_and_score_and_knows_every_day(region, clock, client):
    base = region.named(clock, 70, 70)
    other = OrganisationFactory(name="海西研究院", kind="provider")
    clerk = member("hr", other)
    # Named later, and higher.
    second = region.named(clock, 90, 90, body=other, clerk=clerk)
    rows = list(queries.directory(second.named_on))
    assert [row.pk for row in rows] == [second.pk, base.pk]
    assert [row.pk for row in queries.directory(base.named_on)] == [base.pk]
    region.by(region.officer, base.case, "nominate", document="推荐函（测试）")
    region.by(region.officer, base.case, "elevate", document="公告（测试）", since=second.named_on)
    assert [row.pk for row in queries.directory(second.named_on)] == [base.pk, second.pk]
    assert not queries.directory(second.named_on, industry="finance").exists()
    assert [row.pk for row in queries.directory(second.named_on, level="city")] == [second.pk]
    page = client.get("/ce-bases/", {"day": base.named_on.isoformat()})
    assert "青溪技师学院" in page.content.decode()
    assert "海西研究院" not in page.content.decode()
    assert client.get("/ce-bases/", {"day": "nonsense", "industry": "x"}).status_code == 200


def test_a11_the_public_page_reckons_the_score(region, clock, client):
    base = region.named(clock, 80, 90)
    body = client.get(f"/ce-bases/{base.uuid}/").content.decode()
    assert "85 × 30% + 85 × 40% + 85 × 30% = 85 分" in body
    # Who marked stays with the authority.
    assert "孙技" not in body
    review = BaseReview.objects.get(case=base.case)
    assert client.get(f"/ce-bases/standards/{review.standard.uuid}/").status_code == 200


def test_a11_marks_are_hidden_until_the_score(region, client):
    case = region.by(region.officer, region.submitted(), "accept")
    region.marked(case, 73)
    review = region.review(case)
    office(client, region.officer)
    body = client.get(f"/admin/training/ce-bases/reviews/{review.uuid}/").content.decode()
    assert "孙技" in body
    # As marks are shown; the seat's number may hold a 73 of its own.
    assert "73 ·" not in body
    client.force_login(region.experts[1])
    assert client.get(f"/ce-bases/reviews/{review.seats.get().uuid}/").status_code == 404


def test_a11_an_expert_reads_the_papers_after_the_word_and_the_look_is_logged(region, client):
    case = region.by(region.officer, region.submitted(), "accept")
    expert = region.experts[0]
    seat = seat_of(region, case, expert)
    file = case.evidence.first()
    client.force_login(expert)
    address = f"/ce-bases/reviews/{seat.uuid}/files/{file.uuid}/"
    assert client.get(address).status_code == 404
    client.post(f"/ce-bases/reviews/{seat.uuid}/", {"act": "declare", "independent": "yes"})
    assert client.get(address).status_code == 200
    assert AuditRow.objects.filter(action="ce_review.view_file").count() == 1
    marks = {f"mark_{item.code}": "88" for item in TERMS.criteria}
    marks |= {f"reason_{item.code}": "有案例支撑" for item in TERMS.criteria}
    refused = client.post(f"/ce-bases/reviews/{seat.uuid}/", marks | {"mark_c1": "101"})
    assert refused.status_code == 422
    assert client.post(f"/ce-bases/reviews/{seat.uuid}/", marks).status_code == 302
    seat.refresh_from_db()
    assert seat.marks["c1"] == {"mark": 88, "reason": "有案例支撑"}


def test_a11_the_officers_page_publishes_a_standard(region, client):
    office(client, region.officer)
    values = {
        "authority": region.authority.pk,
        "title": "评估标准第二版",
        "valid_from": "2026-03-02",
        "source": "申人社专〔2026〕5 号（测试）",
        "criteria": "师资队伍，40，专兼职结构\n解决实际问题的效果 60%",
        "grades": "优秀，90",
        "pass_mark": "65",
        "least_experts": "3",
        "interval_months": "",
        "corrections": "1",
        "correction_days": "15",
    }
    page = "/admin/training/ce-bases/standards/"
    assert client.post(page, values | {"criteria": "没有数字的一行"}).status_code == 422
    assert client.post(page, values | {"criteria": "师资队伍，40"}).status_code == 422
    assert client.post(page, values).status_code == 302
    row = BaseStandard.objects.get(version=2)
    assert [(item["label"], item["weight"], item["about"]) for item in row.criteria] == [
        ("师资队伍", 40, "专兼职结构"),
        ("解决实际问题的效果", 60, ""),
    ]
    assert row.interval_months is None
    for address in ("/admin/training/ce-bases/", page):
        assert client.get(address).status_code == 200
    client.force_login(region.clerk)
    assert client.get(page).status_code in (302, 403)


def test_a11_the_case_page_says_what_the_score_leads_to(region, clock):
    base = region.named(clock)
    case = region.evaluated(base, 50, 50)
    sheet = case_queries.sheet(region.officer, case_queries.case_for(region.officer, case.uuid))
    assert any("整改" in text for text in sheet.warnings)
    assert services.way_out_of(case) == rules.WayOut.CORRECT
    assert EducationBase.objects.get(case=case).active


def test_a11_open_data_has_the_list(region, clock, client):
    base = region.named(clock)
    text = client.get("/board/data/ce-bases.csv").content.decode()
    assert base.number in text
    # Said when it is read, in the reader's language: not once, when the application started.
    assert all(isinstance(said, Promise) for said in dataset("ce-bases").columns.values())
