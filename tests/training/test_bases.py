"""技能人才培育实训基地 (青人社〔2023〕17 号), each row of the list by its number: from the draft to the plaque, the re-check and 核销."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import translation

from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.outbox.models import OutboxEvent
from lms.lib.verify import services as verify
from lms.lib.workdays import add_working_days
from lms.training.bases import queries, rules
from lms.training.bases import services as bases
from lms.training.bases.models import Base
from lms.training.bases.process import CODE
from lms.training.bases.services import Report
from lms.training.lifecycle import services
from lms.training.lifecycle.models import Act, Case, Objection
from lms.training.lifecycle.queries import queue, sheet
from lms.training.lifecycle.services import Said
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.learning.clients import signed_in
from tests.training.cases import (
    CONDITIONS,
    FACTS,
    FIRM_CODE,
    PRIORITY,
    Bureau,
    after,
    last,
    office,
    pdf,
    ruled,
)

pytestmark = pytest.mark.django_db


# --- A27: four conditions with evidence -------------------------------------------------------------------


@pytest.mark.parametrize("left_out", CONDITIONS)
def test_a27_nothing_is_handed_in_without_evidence_for_each_of_the_four(bureau, left_out):
    case = bureau.complete(*[kind for kind in CONDITIONS if kind != left_out])
    before = AuditRow.objects.count(), OutboxEvent.objects.count()
    with pytest.raises(Invalid, match="青人社〔2023〕17 号 二") as refused:
        services.act(bureau.clerk, case, "submit")
    assert refused.value.details["missing"] == [f"evidence_{left_out}"]
    case.refresh_from_db()
    assert (case.state, case.number, case.acts.count()) == ("draft", None, 0)
    assert (AuditRow.objects.count(), OutboxEvent.objects.count()) == before


def test_a27_everything_that_is_missing_is_named_at_once(bureau):
    case = services.begin(bureau.clerk, CODE, bureau.firm, bureau.authority)
    with pytest.raises(Invalid) as refused:
        services.act(bureau.clerk, case, "submit")
    missing = set(refused.value.details["missing"])
    assert {f"evidence_{kind}" for kind in CONDITIONS} < missing
    assert {"site", "department", "staff", "experts", "projects", "sources"} < missing


@pytest.mark.parametrize("kind", ["union", "authority"])
def test_a27_only_firms_colleges_and_social_bodies_apply(bureau, kind):
    body = OrganisationFactory(kind=kind)
    with pytest.raises(NotAllowed, match="可以申报的是"):
        services.begin(member("admin", body), CODE, body, bureau.authority)


def test_a27_a_body_has_one_application_at_an_authority_and_may_apply_elsewhere(bureau):
    bureau.draft()
    with pytest.raises(Conflict, match="已有一份没有办结"):
        bureau.draft()
    assert services.begin(bureau.clerk, CODE, bureau.firm, office("邻区人社局")).pk


# --- A28: priority with proof -------------------------------------------------------------------------------


def test_a28_a_flag_goes_before_others_only_with_its_proof(bureau):
    plain = bureau.filed()
    _firm, clerk = claimed = bureau.other("只说优先的厂")
    unproved = bureau.filed(body=claimed[0], clerk=clerk, flags=["scarce"])
    third, its_clerk = bureau.other("世赛基地")
    case = bureau.complete(*CONDITIONS, PRIORITY, body=third, clerk=its_clerk, flags=["city_contest"])
    proved = bureau.by(its_clerk, case, "submit")
    page = queue(bureau.officer, case.declared, bureau.authority, "todo")
    assert [row.pk for row in page.rows] == [proved.pk, plain.pk, unproved.pk]


def test_a28_the_order_and_its_reason_are_shown(bureau, client):
    case = bureau.filed(flags=["scarce"])
    client.force_login(bureau.clerk)
    said = client.get(reverse("cases:case", args=[case.uuid])).content.decode()
    assert "普通（优先的理由还没有证明）" in said
    assert "不按优先排队" in said


def test_a28_the_officers_queue_shows_the_same_order(bureau):
    plain = bureau.filed()
    body, clerk = bureau.other("世赛基地")
    case = bureau.complete(*CONDITIONS, PRIORITY, body=body, clerk=clerk, flags=["city_contest"])
    proved = bureau.by(clerk, case, "submit")
    page = signed_in(bureau.officer, staff=True).get(reverse("training_cases", args=[CODE]))
    said = page.content.decode()
    first, second = said.index(proved.number), said.index(plain.number)
    assert first < second
    assert "优先" in said[first:second]
    assert "优先" not in said[second : said.index("</tr>", second)]


# --- A29, A30, A31: projects, trainees, modes -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"kind": "other"}, "project_kind"),
        ({"occupation": "6-18"}, "occupation"),
        ({"occupation": ""}, "occupation"),
        ({"occupation": "9-18-01-01"}, "occupation"),
        ({"mode": ""}, "mode"),
        ({"people": 0}, "people"),
        ({"name": " "}, "project_name"),
    ],
)
def test_a29_each_project_has_a_kind_and_an_occupation_code(bureau, change, missing):
    project = rules.dump(FACTS)["projects"][0] | change
    case = bureau.complete(projects=[project])
    with pytest.raises(Invalid) as refused:
        services.act(bureau.clerk, case, "submit")
    assert refused.value.details["missing"] == [missing]


def test_a29_a31_kinds_and_modes_are_those_of_the_document():
    """二(二): four kinds of projects; 三(一): 自主、联合、高师带徒、以赛代训、定向."""
    assert set(rules.ProjectKind) == {"key_industry", "high_demand", "heritage", "stable_jobs"}
    assert set(rules.Mode) == {"own", "joint", "apprentice", "contest", "targeted"}
    assert set(rules.Trainees) == {"staff", "students", "chain"}


@pytest.mark.parametrize("kind", list(rules.ProjectKind))
def test_a29_the_four_kinds(kind):
    project = rules.Project("竹编", kind, "6-09-03-05", "apprentice", 3)
    facts = rules.Facts("工坊", "传承室", 1, 1, projects=(project,), sources=("staff",))
    assert rules.faults(facts, bases.code_is_wrong) == []


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"sources": []}, ["sources", "firms"]),
        ({"sources": ["chain"], "firms": []}, ["firms"]),
        ({"sources": ["staff"]}, ["firms"]),
        ({"firms": [{"name": "配套件厂", "code": "123"}]}, ["firm_code"]),
    ],
)
def test_a30_where_trainees_come_from_with_the_chains_firms_and_their_codes(bureau, change, missing):
    case = bureau.complete(**change)
    with pytest.raises(Invalid) as refused:
        services.act(bureau.clerk, case, "submit")
    assert refused.value.details["missing"] == missing


def report(**change):
    said = {
        "project": "数控车削",
        "mode": "own",
        "source": "staff",
        "people": 20,
        "first_day": date(2026, 3, 10),
        "last_day": date(2026, 3, 10),
    }
    return Report(**said | change)


@pytest.fixture
def base(bureau, clock):
    return Base.objects.select_related("body").get(case=bureau.named(clock))


def test_a30_a_report_keeps_source_and_firm(bureau, base):
    chain = {"source": "chain", "firm": "配套件厂"}
    with pytest.raises(Invalid, match="统一社会信用代码"):
        bases.report(bureau.clerk, base, report(**chain))
    row = bases.report(bureau.clerk, base, report(**chain, firm_code=FIRM_CODE.lower()))
    assert (row.source, row.firm_code, row.occupation) == ("chain", FIRM_CODE, "6-18-01-01")


def test_a31_the_mode_is_kept_and_targeted_training_says_who_has_the_job(bureau, base):
    with pytest.raises(Invalid, match="上岗"):
        bases.report(bureau.clerk, base, report(mode="targeted"))
    with pytest.raises(Invalid, match="上岗"):
        bases.report(bureau.clerk, base, report(mode="targeted", hired=21))
    row = bases.report(bureau.clerk, base, report(mode="targeted", hired=18))
    bases.report(bureau.clerk, base, report(mode="apprentice", hired=5))
    assert queries.totals(base) == {"people": 40, "targeted": 20, "hired": 18}
    fixed = bases.report(bureau.clerk, base, report(mode="targeted", hired=17), replaces=row.uuid)
    assert queries.totals(base) == {"people": 40, "targeted": 20, "hired": 17}
    assert row.uuid not in {kept.uuid for kept in queries.reports(base)}
    with pytest.raises(Conflict, match="更正过"):
        bases.report(bureau.clerk, base, report(), replaces=row.uuid)
    assert fixed.replaces_id == row.pk


@pytest.mark.parametrize(
    "change",
    [
        {"project": "没有申报的项目"},
        {"mode": "other"},
        {"people": 0},
        {"last_day": date(2026, 3, 11)},
        {"first_day": date(2026, 3, 9)},
    ],
)
def test_a31_reports_of_what_cannot_be_are_refused(bureau, base, change):
    with pytest.raises(Invalid):
        bases.report(bureau.clerk, base, report(**change))
    assert queries.totals(base)["people"] == 0


def test_a31_only_the_bases_own_people_report(bureau, base):
    for user in (bureau.officer, bureau.other()[1], UserFactory()):
        with pytest.raises(NotAllowed):
            bases.report(user, base, report())


# --- A34: intake ---------------------------------------------------------------------------------------------


def test_a34_a_receipt_number_at_once_and_what_is_missing_with_it(bureau, client):
    first, (body, clerk) = bureau.filed(flags=["scarce"]), bureau.other()
    second = bureau.filed(body=body, clerk=clerk)
    assert (first.number, second.number) == ("JD-2026-00001", "JD-2026-00002")
    client.force_login(bureau.clerk)
    said = client.get(reverse("cases:case", args=[first.uuid])).content.decode()
    assert "JD-2026-00001" in said
    assert "优先认定的证明" in said


def test_a34_without_a_rule_the_authority_takes_nothing(bureau):
    other = OrganisationFactory(kind="authority", name="没有规则的局")
    with pytest.raises(Conflict, match="尚未设定") as refused:
        services.begin(bureau.clerk, CODE, bureau.firm, other)
    assert "青人社〔2023〕17 号" in str(refused.value.message)


def test_a34_a_draft_of_before_is_not_handed_in_at_an_authority_that_is_suspended(bureau):
    """Nobody there could take it; once it is active again the draft goes in."""
    case = bureau.complete()
    bureau.authority.status = "suspended"
    bureau.authority.save()
    before = AuditRow.objects.count(), OutboxEvent.objects.count()
    with pytest.raises(Conflict, match=r"已暂停.*青人社〔2023〕17 号") as refused:
        services.act(bureau.clerk, case, "submit")
    assert refused.value.code == "authority_suspended"
    case.refresh_from_db()
    assert (case.state, case.number, case.papers.count()) == ("draft", None, 0)
    assert (AuditRow.objects.count(), OutboxEvent.objects.count()) == before
    bureau.authority.status = "active"
    bureau.authority.save()
    assert bureau.by(bureau.clerk, case, "submit").state == "submitted"


def test_a34_asked_for_more_it_comes_back_or_is_closed_by_the_day(bureau, clock):
    case = bureau.by(bureau.officer, bureau.filed(), "ask", reason="场地证明不清楚")
    assert (case.state, case.due_on) == ("supplement", date(2026, 3, 16))
    assert bureau.by(bureau.clerk, case, "resubmit").state == "submitted"
    case = bureau.by(bureau.officer, case, "ask", reason="还是不清楚")
    after(clock, case.due_on)
    with pytest.raises(Conflict, match="期限是"):
        services.act(bureau.clerk, case, "resubmit", services.Said("补了"))
    assert services.tend()["closed"] == 1
    case.refresh_from_db()
    assert (case.state, case.slot, last(case).person) == ("lapsed", None, None)
    assert services.tend() == {"closed": 0, "ended": 0, "escalated": 0}


def test_a34_what_was_asked_for_goes_in_though_as_many_files_are_there_as_may_be(bureau):
    case = bureau.complete()
    services.attach(bureau.clerk, case, "site", [pdf(f"{number}.pdf") for number in range(4)])
    case = bureau.by(bureau.officer, bureau.by(bureau.clerk, case, "submit"), "ask", reason="平面图不清楚")
    with pytest.raises(Invalid, match="最多上传"):
        services.attach(bureau.clerk, case, "site", [pdf()] * 6)
    assert services.attach(bureau.clerk, case, "site", [pdf("平面图.pdf")])
    assert bureau.by(bureau.clerk, case, "resubmit").state == "submitted"


# --- A35: review and public notice ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("published", "ends"),
    [
        (date(2026, 3, 2), date(2026, 3, 9)),
        # National Day: the holiday does not count, the worked Saturday after it does.
        (date(2026, 9, 28), date(2026, 10, 10)),
        # The Spring Festival, with the worked Saturday of 14 February.
        (date(2026, 2, 12), date(2026, 2, 26)),
    ],
)
def test_a35_the_notice_ends_on_the_fifth_working_day(bureau, clock, published, ends):
    clock.move_to(published.isoformat() + "T12:00:00+08:00")
    notice = bureau.announced().notices.get()
    assert (notice.first_day, notice.last_day, notice.working_days) == (published, ends, 5)


def test_a35_the_notice_is_in_the_platforms_language_whatever_the_officers(bureau):
    with translation.override("en"):
        notice = bureau.announced().notices.get()
    assert notice.title == "关于青申精机建立技能人才培育实训基地的公示"
    assert notice.lines[0] == ["申报单位", "青申精机"]


def test_a35_a_year_without_its_calendar_is_not_reckoned_with(bureau, clock):
    case = bureau.by(bureau.officer, bureau.filed(), "accept")
    clock.move_to("2026-12-30T12:00:00+08:00")
    before = AuditRow.objects.count()
    with pytest.raises(Conflict, match="2027 年的放假安排还没有载入") as refused:
        services.act(bureau.officer, case, "pass", services.Said("通过"))
    assert refused.value.code == "no_calendar"
    assert "四(二)" in str(refused.value.message)
    case.refresh_from_db()
    assert (case.state, case.notices.count(), AuditRow.objects.count()) == ("review", 0, before)


def test_a35_experts_are_heard_with_their_paper(bureau):
    case = bureau.by(bureau.officer, bureau.filed(), "accept")
    with pytest.raises(Invalid, match="专家评审意见"):
        services.act(bureau.officer, case, "hear", services.Said("三位专家均同意"))
    case = bureau.by(bureau.officer, case, "hear", reason="三位专家均同意")
    assert (case.state, len(last(case).papers)) == ("review", 1)


def test_a35_objections_are_logged_and_answered_and_an_upheld_one_stops_the_plaque(bureau, clock):
    case = bureau.announced()
    notice = case.notices.get()
    someone = UserFactory()
    row = services.object_to(someone, notice, "设备是借来的")
    assert row.number == f"{notice.number}-Y1"
    with pytest.raises(Conflict, match="已经提过"):
        services.object_to(someone, notice, "再说一遍")
    with pytest.raises(NotAllowed, match="不能自己"):
        services.object_to(bureau.clerk, notice, "我们很好")
    after(clock, notice.last_day)
    with pytest.raises(Conflict, match="现在不能提异议"):
        services.object_to(UserFactory(), notice, "晚了")
    case.refresh_from_db()
    with pytest.raises(Conflict, match="没有答复的异议"):
        services.act(bureau.officer, case, "name")
    services.answer(bureau.officer, row, upheld=True, text="经查属实")
    with pytest.raises(Conflict, match="已由郑明答复"):
        services.answer(bureau.officer, row, upheld=False, text="再想想")
    case.refresh_from_db()
    with pytest.raises(Conflict, match="成立的异议"):
        services.act(bureau.officer, case, "name")
    case = bureau.by(bureau.officer, case, "again", "pass")
    assert case.notices.count() == 2
    after(clock, case.due_on)
    assert bureau.by(bureau.officer, case, "name").state == "named"


# --- A36: plaque ----------------------------------------------------------------------------------------------------


def test_a36_no_plaque_before_the_notice_has_ended(bureau, clock):
    case = bureau.announced()
    clock.move_to(f"{case.due_on.isoformat()}T23:59:00+08:00")
    with pytest.raises(Conflict, match="公示到 2026-03-09 结束"):
        services.act(bureau.officer, case, "name")
    assert not Base.objects.exists()
    after(clock, case.due_on)
    assert bureau.by(bureau.officer, case, "name").base.named_on == date(2026, 3, 10)


def test_a36_an_objection_to_an_earlier_notice_waits_for_its_answer_too(bureau, clock):
    case = bureau.announced()
    row = services.object_to(UserFactory(), case.notices.get(), "设备是借来的")
    # Announced once more, as if nobody had said anything.
    case = bureau.by(bureau.officer, case, "again", "pass")
    after(clock, case.due_on)
    with pytest.raises(Conflict, match="没有答复的异议"):
        services.act(bureau.officer, case, "name")
    assert not Base.objects.exists()
    services.answer(bureau.officer, row, upheld=False, text="查过了，是自有的")
    assert bureau.by(bureau.officer, case, "name").state == "named"


def test_a36_the_plaque_has_a_number_and_anybody_checks_it(bureau, base, client):
    code = queries.plaque_code(base)
    said = client.get(reverse("verify:code", args=[code])).content.decode()
    assert "是真的，有效" in said
    assert base.number in said
    assert base.body.name in said
    assert base.number in client.get(reverse("bases:list")).content.decode()
    assert base.number in client.get(reverse("bases:base", args=[base.uuid])).content.decode()


# --- A37: yearly re-check, 核销 ------------------------------------------------------------------------------------


def test_a37_once_a_year_and_late_it_is_reported(bureau, base, clock):
    case = base.case
    assert case.due_on == date(2027, 3, 10)
    services.tend()
    assert Act.objects.filter(case=case, name="escalate").count() == 0
    after(clock, case.due_on)
    assert services.tend()["escalated"] == 1
    assert services.tend()["escalated"] == 0
    case.refresh_from_db()
    assert (case.waits, last(case).name) == ("authority", "escalate")
    late = queue(bureau.chief, case.declared, bureau.authority, "late")
    assert [row.pk for row in late.rows] == [case.pk]


def test_a37_passed_it_runs_for_another_year(bureau, base, clock):
    clock.move_to("2026-11-02T12:00:00+08:00")
    case = bureau.by(bureau.officer, base.case, "recheck", "keep")
    base.refresh_from_db()
    assert (case.state, case.due_on, base.checked_on) == ("named", date(2027, 11, 2), date(2026, 11, 2))


def test_a37_taken_back_with_a_reason_and_the_history_stays(bureau, base, clock, client):
    clock.move_to("2026-11-02T12:00:00+08:00")
    case = bureau.by(bureau.officer, base.case, "recheck")
    for name in ("keep", "intend"):
        with pytest.raises(Invalid):
            services.act(bureau.officer, case, name, Said("场地已经出租"))
    case = bureau.by(bureau.officer, case, "intend", reason="场地已经出租")
    assert (case.state, case.due_on, case.waits) == ("hearing", date(2026, 11, 9), "applicant")
    case = bureau.by(bureau.clerk, case, "defend", reason="正在另找场地")
    with pytest.raises(Invalid, match="理由"):
        services.act(bureau.second, case, "remove")
    case = bureau.by(bureau.second, case, "remove", reason="场地已经出租")
    case = bureau.by(bureau.clerk, case, "accept_removal")
    base.refresh_from_db()
    assert (case.state, case.slot, base.removed_on, base.active) == (
        "removed",
        None,
        date(2026, 11, 2),
        False,
    )
    said = client.get(reverse("bases:base", args=[base.uuid])).content.decode()
    assert "场地已经出租" in said
    assert "2026-03-10" in said
    code, verdict = verify.check(queries.plaque_code(base))
    assert (verdict.status, verdict.note) == ("revoked", "场地已经出租")
    assert code
    with pytest.raises(Conflict, match="已经核销"):
        bases.report(bureau.clerk, base, report())
    # The body may apply anew, and the old base stays what it was.
    assert bureau.draft().pk != case.pk
    assert Base.objects.filter(body=bureau.firm).count() == 1


# --- A41: how many ---------------------------------------------------------------------------------------------------


def test_a41_above_the_planned_number_it_warns_and_stops_nobody(clock, client):
    from tests.training.cases import Bureau

    bureau = Bureau(count_least=1, count_most=1)
    bureau.named(clock)
    assert (queries.count(bureau.authority).there, queries.count(bureau.authority).most) == (1, 1)
    body, clerk = bureau.other()
    case = bureau.announced(body=body, clerk=clerk)
    from lms.training.lifecycle.queries import sheet

    assert "超过计划" in sheet(bureau.officer, case).warnings[0]
    after(clock, case.due_on)
    bureau.by(bureau.officer, case, "name")
    assert queries.count(bureau.authority).there == 2


def test_a41_the_tenth_of_ten_is_no_warning_and_the_eleventh_is_one(clock):
    """The standard of the rule, as the document has it: 5-10 家."""
    bureau = Bureau()
    case = bureau.announced()
    for number in range(9):
        body, clerk = bureau.other(f"第 {number} 家厂")
        row = bureau.draft(body=body, clerk=clerk)
        Base.objects.create(
            case=row, authority=bureau.authority, body=body, number=f"T-{number}", named_on=date(2026, 1, 5)
        )
    assert sheet(bureau.officer, case).warnings == []
    after(clock, case.due_on)
    bureau.by(bureau.officer, case, "name")
    assert queries.count(bureau.authority).there == 10
    body, clerk = bureau.other("第十一家")
    (warning,) = sheet(bureau.officer, bureau.announced(body=body, clerk=clerk)).warnings
    assert "现有 10 家" in warning
    assert "青人社〔2023〕17 号 一" in warning


def test_a41_the_count_stands_on_the_public_page(bureau, base, client):
    said = client.get(reverse("bases:list")).content.decode()
    assert "计划 5 至 10 家" in said


# --- A88: the rule of its day ---------------------------------------------------------------------------------------


def test_a88_an_old_case_keeps_the_rule_of_its_day(bureau, clock):
    old = bureau.by(bureau.officer, bureau.filed(), "accept")
    ruled(bureau.authority, date(2026, 4, 1), notice_days=7)
    clock.move_to("2026-04-08T12:00:00+08:00")
    body, clerk = bureau.other()
    new = bureau.by(bureau.officer, bureau.filed(body=body, clerk=clerk), "accept")
    for case, days in ((old, 5), (new, 7)):
        assert bureau.by(bureau.officer, case, "pass").notices.get().working_days == days
    assert (old.rule.version, new.rule.version) == (1, 2)


def test_a_rule_says_what_the_document_asks_for(bureau):
    for values in ({"notice_days": None}, {"notice_days": 0}, {"review_days": 400}):
        with pytest.raises(Invalid):
            ruled(bureau.authority, date(2026, 5, 1), **values)
    with pytest.raises(NotAllowed):
        services.set_rule(
            bureau.officer,
            services.NewRule(CODE, bureau.authority, date(2026, 5, 1), {}, "文件"),
        )
    assert ruled(bureau.authority, date(2026, 5, 1), review_days=None).version == 2


def test_words_of_an_objection_go_with_the_person(bureau):
    from lms.training.lifecycle.people import erase, obstacles, part

    someone, notice = UserFactory(), bureau.announced().notices.get()
    row = services.object_to(someone, notice, "设备是借来的")
    assert part(someone)["objections"][0]["text"] == "设备是借来的"
    assert len(obstacles(someone)) == 1
    services.answer(bureau.officer, row, upheld=False, text="与张三核对过，设备是自有的")
    assert obstacles(someone) == []
    assert erase(someone) == [row.uuid]
    row.refresh_from_db()
    assert (row.text, row.answer, row.state) == ("", "", Objection.State.DISMISSED)
    assert "张三" not in str(list(AuditRow.objects.values_list("reason", "data")))
    assert Case.objects.get(pk=notice.case_id).acts.filter(reason__contains="张三").count() == 0


def test_a37_who_meant_to_take_it_back_does_not_decide_it(bureau, base):
    case = bureau.by(bureau.officer, base.case, "recheck", "intend", reason="场地已经出租")
    assert base.active
    case = bureau.by(bureau.clerk, case, "defend", reason="正在另找场地")
    for name in ("remove", "spare"):
        with pytest.raises(NotAllowed):
            bureau.by(bureau.officer, case, name)
    case = bureau.by(bureau.chief, case, "spare", reason="已经另找到场地")
    base.refresh_from_db()
    assert (case.state, base.active, base.checked_on) == ("named", True, today())


def test_a37_who_says_nothing_in_time_is_decided_about_without(bureau, base, clock):
    case = bureau.by(bureau.officer, base.case, "recheck", "intend", reason="场地已经出租")
    services.tend()
    case.refresh_from_db()
    assert case.state == "hearing"
    after(clock, case.due_on)
    services.tend()
    case.refresh_from_db()
    assert (case.state, case.waits) == ("deciding", "authority")
    with pytest.raises(Conflict):
        bureau.by(bureau.clerk, case, "defend", reason="迟到的话")


def test_a37_the_rule_may_set_the_days_for_it_else_they_are_five(clock):
    for days, wanted in ((3, 3), (None, 5)):
        bureau = Bureau(statement_days=days)
        case = bureau.by(bureau.officer, bureau.named(clock), "recheck", "intend", reason="场地已经出租")
        assert case.due_on == add_working_days(today(), wanted)


def test_a37_contested_and_restored_as_if_it_had_never_been(bureau, base, clock, client):
    code = queries.plaque_code(base)
    case = bureau.struck(base.case, "场地已经出租")
    assert verify.check(code)[1].status == "revoked"
    case = bureau.by(bureau.clerk, case, "contest", reason="出租的是另一处")
    for user in (bureau.officer, bureau.chief):
        with pytest.raises(NotAllowed):
            bureau.by(user, case, "restore")
    case = bureau.by(bureau.second, case, "restore", reason="现场核实，场地还在")
    base.refresh_from_db()
    assert (case.state, base.active, base.removed_on) == ("named", True, None)
    assert verify.check(code)[1].status == "valid"
    said = client.get(reverse("bases:base", args=[base.uuid])).content.decode()
    assert "场地已经出租" in said
    assert "现场核实，场地还在" in said
    assert bases.report(bureau.clerk, base, report()).pk
    # And the next time it ends for good.
    case = bureau.struck(case, "停止培训", by=bureau.second)
    case = bureau.by(bureau.clerk, case, "contest", reason="还在培训")
    case = bureau.by(bureau.officer, case, "affirm", reason="停止已经半年")
    base.refresh_from_db()
    assert (case.state, case.slot, base.active) == ("removed", None, False)


def test_a37_an_appeal_that_is_late_is_none(clock):
    bureau = Bureau(appeal_days=3)
    base = Base.objects.get(case=bureau.named(clock))
    case = bureau.struck(base.case, "场地已经出租")
    due = case.due_on
    after(clock, due)
    services.tend()
    case.refresh_from_db()
    assert (case.state, case.slot) == ("removed", None)
    with pytest.raises(Conflict):
        bureau.by(bureau.clerk, case, "contest", reason="太迟")


def test_a37_the_base_reports_each_year_and_whoever_checks_sees_it_beside_the_training(bureau, base, clock):
    clock.move_to("2026-10-02T12:00:00+08:00")
    bases.report(bureau.clerk, base, report(people=12))
    with pytest.raises(Invalid):
        services.act(bureau.clerk, base.case, "report", Said("", []))
    due = base.case.due_on
    case = bureau.by(bureau.officer, base.case, "recheck")
    told = sheet(bureau.officer, case).warnings
    assert told == [
        f"{base.named_on} 以来没有报送年度报告。",
        f"{base.named_on} 以来登记培训 1 批、12 人次。",
    ]
    case = bureau.by(bureau.clerk, case, "report_now")
    assert "已报送年度报告" in sheet(bureau.officer, case).warnings[0]
    assert due is not None


# --- what was found ---------------------------------------------------------------------------------------------


def test_a37_a_recheck_without_days_keeps_the_day_of_the_year_and_its_alarm(clock):
    bureau = Bureau(recheck_days=None)
    case = bureau.named(clock)
    yearly = case.due_on
    bureau.by(bureau.officer, case, "recheck")
    assert case.due_on == yearly
    after(clock, yearly)
    services.tend()
    case.refresh_from_db()
    assert (case.escalated_on, last(case).name) == (yearly + timedelta(days=1), "escalate")
    services.tend()
    assert case.acts.filter(name="escalate").count() == 1
    assert sheet(bureau.officer, case).next.late
    bureau.by(bureau.officer, case, "keep")
    assert (case.escalated_on, case.due_on > yearly) == (None, True)


def test_a37_one_begun_when_it_was_late_stays_late(clock):
    bureau = Bureau(recheck_days=None)
    case = bureau.named(clock)
    after(clock, case.due_on)
    services.tend()
    case.refresh_from_db()
    late_since = case.escalated_on
    bureau.by(bureau.officer, case, "recheck")
    assert case.escalated_on == late_since is not None


def test_a36_authorities_whose_codes_begin_alike_give_different_plaques(clock):
    numbers = set()
    for code in ("qingxi-district-hr-north", "qingxi-district-hr-south"):
        bureau = Bureau()
        bureau.authority.code = code
        bureau.authority.save()
        bureau.named(clock)
        numbers.add(Base.objects.get(authority=bureau.authority).number)
    assert numbers == {"QINGXI-DISTR-JD2026-001", "QINGXI-DISTR-JD2026-002"}


def test_a36_numbers_of_an_earlier_series_are_passed_over(bureau, clock):
    prefix = bureau.authority.code.upper()[:12]
    case = bureau.announced()
    other, clerk = bureau.other()
    Base.objects.create(
        case=bureau.draft(body=other, clerk=clerk),
        authority=bureau.authority,
        body=other,
        number=f"{prefix}-JD2026-001",
        named_on=date(2026, 1, 5),
    )
    after(clock, case.due_on)
    bureau.by(bureau.officer, case, "name")
    assert case.base.number == f"{prefix}-JD2026-002"


def test_a41_the_list_counts_all_authorities_in_the_same_queries(
    bureau, client, django_assert_max_num_queries
):
    for number in range(6):
        office(f"第{number}区人社局", count_most=number + 5)
    address = reverse("bases:list")
    client.get(address)
    with django_assert_max_num_queries(12):
        said = client.get(address).content.decode()
    assert "计划 5 至 8 家" in said
    assert said.count("现有 0 家") == 7


def test_a31_the_same_report_sent_twice_counts_once(bureau, base, clock):
    bases.report(bureau.clerk, base, report())
    with pytest.raises(Conflict, match="完全相同") as refused:
        bases.report(bureau.clerk, base, report())
    assert refused.value.code == "reported_already"
    bases.report(bureau.clerk, base, report(people=21))
    assert queries.totals(base)["people"] == 41


def test_a32_a_doubled_report_is_struck_and_the_public_totals_follow(bureau, base, client):
    bases.report(bureau.clerk, base, report())
    twice = bases.report(bureau.clerk, base, report(people=21))
    assert queries.totals(base)["people"] == 41
    for user in (bureau.officer, UserFactory()):
        with pytest.raises(NotAllowed):
            bases.strike_report(user, base, twice.uuid, "不是经办人")
    with pytest.raises(Invalid):
        bases.strike_report(bureau.clerk, base, twice.uuid, " ")
    url = reverse("bases:training", args=[base.uuid])
    client.force_login(bureau.clerk)
    assert "冲正一条" in client.get(url, {"strikes": str(twice.uuid)}).content.decode()
    said = {"strikes": str(twice.uuid), "reason": "同一批人登记了两次"}
    assert client.post(url, said | {"reason": ""}).status_code == 422
    assert queries.totals(base)["people"] == 41
    assert client.post(url, said).status_code == 302
    assert client.post(url, said).status_code == 409
    assert queries.totals(base)["people"] == 20
    assert list(queries.reports(base).values_list("people", flat=True)) == [20]
    audited = AuditRow.objects.get(action="base.report_strike")
    assert (audited.target, audited.reason) == (base.uuid, "同一批人登记了两次")
    # The row stays; struck, it is neither corrected nor in the way of the same group reported rightly.
    assert base.reports.count() == 2
    with pytest.raises(Conflict) as refused:
        bases.report(bureau.clerk, base, report(people=22), replaces=twice.uuid)
    assert refused.value.code == "struck_already"
    bases.report(bureau.clerk, base, report(people=21))
    assert queries.totals(base)["people"] == 41


def test_a32_what_was_corrected_is_not_struck_and_what_another_base_reported_is_not_there(bureau, base):
    first = bases.report(bureau.clerk, base, report())
    second = bases.report(bureau.clerk, base, report(people=18), replaces=first.uuid)
    with pytest.raises(Conflict) as refused:
        bases.strike_report(bureau.clerk, base, first.uuid, "重复")
    assert refused.value.code == "corrected_already"
    with pytest.raises(NotFound):
        bases.strike_report(bureau.clerk, base, base.uuid, "重复")
    # A base that is no more still has a page with its totals, and they can be put right.
    base.removed_on = date(2026, 11, 2)
    base.save()
    bases.strike_report(bureau.clerk, base, second.uuid, "没有办过")
    assert queries.totals(base)["people"] == 0
