"""Papers of programmes; postings as papers; directories and lists of a day; plans of any length; and what a summary that was sent back does
to its evaluation."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.lib.verify import services as verify
from lms.training import directories
from lms.training.board import api as board
from lms.training.board import printed, services
from lms.training.board.models import LONGEST_BODY, Posting
from lms.training.papers import queries as papers
from lms.training.programmes import enrolment, results
from lms.training.programmes import services as programmes
from lms.training.programmes.models import Evaluation
from tests.factories.accounts import member
from tests.learning.clients import signed_in
from tests.training.advanced import GOOD, City, fresh
from tests.training.cases import SYSTEM, Bureau

pytestmark = pytest.mark.django_db
BAD = dict.fromkeys(GOOD, 20)


@pytest.fixture
def city(clock):
    return City()


def kinds(case):
    return list(case.papers.values_list("kind", flat=True))


def lines(case, kind):
    return dict(papers.content_of(case.papers.get(kind=kind))["lines"])


def status(paper):
    return verify.check(papers.code_of(paper))[1].status


# --- papers of a programme -------------------------------------------------------------------------------------


def test_a05_each_act_on_a_programme_brings_its_paper(city, clock):
    programme = city.enrolling()
    done = city.settled(clock, programme, city.admitted(programme))
    assert kinds(done.case) == [
        "application",
        "receipt",
        "programme_approval",
        "programme_enrolment",
        "programme_evaluation",
        "programme_settlement",
    ]
    assert lines(done.case, "programme_approval")["承办单位"] == "青溪技师学院 · 市级继续教育基地"
    sheet = lines(done.case, "programme_evaluation")
    assert (sheet["解决实际问题的效果"], sheet["评估得分"], sheet["结论"]) == ("80 分 × 40%", "80 分", "合格")
    paid = lines(done.case, "programme_settlement")
    assert (paid["决算合计"], paid["核拨金额"]) == ("28,000 元", "28,000 元")
    for paper in done.case.papers.all():
        assert status(paper) == "valid"
        assert paper.number.startswith(f"YX-{paper.template}-2026-")
    assert papers.pdf(done.case.papers.last()).startswith(b"%PDF")


def test_a15_the_enrolment_notice_says_the_same_on_paper_and_on_the_board(city):
    programme = city.enrolling()
    said = lines(programme.case, "programme_enrolment")
    posting = Posting.objects.get(key=programme.notice_key)
    assert posting.body.splitlines() == [f"{label}：{value}" for label, value in said.items()]


def test_a05_what_is_asked_for_and_a_refusal_are_papers_too(city):
    case = city.by(city.officer, city.submitted(), "ask", reason="补充需求调研")
    city.by(city.proposer, case, "resubmit")
    city.by(city.officer, case, "refuse", reason="与另一选题重复")
    assert kinds(case) == ["application", "receipt", "missing", "application", "receipt", "refusal"]
    assert lines(case, "refusal")["理由"] == "与另一选题重复"


def test_a05_papers_of_a_programme_that_is_cancelled_hold_no_more(city):
    programme = city.enrolling()
    enrolment_paper = programme.case.papers.get(kind="programme_enrolment")
    city.by(city.officer, programme.case, "cancel", reason="报名不足")
    assert {status(enrolment_paper), status(programme.case.papers.get(kind="programme_approval"))} == {
        "revoked"
    }


# --- the call, the notice, the evaluation ------------------------------------------------------------------------


def test_a05_no_officer_dates_a_call_back(city):
    yesterday = date(2026, 3, 1)
    new = programmes.NewCall(
        city.authority, 2026, "urgent", "急需紧缺选题征集", "说明", yesterday, date(2026, 3, 31)
    )
    with pytest.raises(Invalid, match=r"不能早于今天.*沪人社专") as refused:
        programmes.call(city.officer, new)
    assert refused.value.details == {"field": "first_day"}
    assert programmes.call(SYSTEM, new).first_day == yesterday


def test_a15_another_notice_of_the_programme_opens_no_door(city):
    programme = city.enrolling()
    board.withdraw(city.officer, Posting.objects.get(key=programme.notice_key), "时间写错")
    board.post(
        SYSTEM,
        kind=board.Kind.ENROLMENT,
        title="另一则通知",
        authority=city.authority,
        subject=programme.subject,
    )
    assert board.announced(programme.subject, board.Kind.ENROLMENT) is not None
    assert not enrolment.is_announced(programme)
    with pytest.raises(Conflict, match="通知还没有发布"):
        city.applied(programme)


@pytest.mark.parametrize("change", [{"kind": board.Kind.OTHER}, {"subject": "programme:other"}], ids=str)
def test_a15_a_correction_stays_with_what_it_corrects(city, change):
    programme = city.enrolling()
    posting = Posting.objects.get(key=programme.notice_key)
    said = {"kind": board.Kind.ENROLMENT, "subject": programme.subject} | change
    with pytest.raises(Invalid, match="同一事项"):
        board.post(city.officer, title="改", authority=city.authority, replaces=posting, reason="改", **said)
    assert enrolment.is_announced(programme)


def test_a15_a_notice_corrected_by_hand_keeps_the_door_open(city):
    programme = city.enrolling()
    posting = Posting.objects.get(key=programme.notice_key)
    client = signed_in(city.officer, staff=True)
    page = reverse("training_posting", args=[posting.uuid])
    assert 'name="kind"' not in client.get(page).content.decode()
    said = {"act": "correct", "title": posting.title, "body": "改了地点", "reason": "地点变更"}
    assert client.post(page, said).status_code == 302
    assert Posting.objects.filter(replaces=posting, body="改了地点").exists()
    assert enrolment.is_announced(programme)
    assert city.applied(programme)


def test_a05_a_summary_that_was_sent_back_is_evaluated_anew(city, clock):
    programme = city.enrolling()
    done = city.reported(clock, programme, city.admitted(programme))
    results.evaluate(city.officer, done, GOOD, "先前的总结")
    clock.shift(timedelta(minutes=1))
    city.by(city.officer, done.case, "return", reason="缺学员名册")
    city.by(city.proposer, done.case, "report")
    with pytest.raises(Conflict, match=r"退回以前的评估不再算数.*沪人社专") as refused:
        city.by(city.officer, done.case, "evaluate")
    assert refused.value.code == "evaluation_stale"
    clock.shift(timedelta(minutes=1))
    results.evaluate(city.officer, fresh(done), BAD, "补充以后看清了")
    with pytest.raises(Conflict, match="结论与这一步不一致"):
        city.by(city.officer, done.case, "evaluate")
    assert city.by(city.officer, done.case, "fail").state == "failed"
    assert Evaluation.objects.count() == 2


# --- lists of any length, and lists of a day ------------------------------------------------------------------------


def listed(city, *said, key="plan:1"):
    found = board.Listed(
        kind=board.Kind.PLAN,
        title="年度项目计划",
        authority=city.authority,
        subject="plan:x",
        lines=said,
        key=key,
        reason="增加",
    )
    return board.post_list(city.officer, found)


def test_a16_a_long_plan_stands_in_parts_with_every_line_whole(city):
    rows = [f"YX-2026-{number:05d} {'研修' * 40}" for number in range(600)]
    first = listed(city, *rows)
    assert len(first) == 3
    assert [line for part in first for line in part.body.splitlines()] == rows
    assert all(len(part.body) <= LONGEST_BODY for part in first)
    assert [part.title[-15:] for part in first] == [
        f"（第 {number} 部分，共 3 部分）" for number in (1, 2, 3)
    ]
    again = listed(city, *rows[:10], key="plan:2")
    assert [part.replaces for part in again] == [first[0]]
    assert [hasattr(Posting.objects.get(pk=part.pk), "withdrawal") for part in first] == [False, True, True]


def test_a16_a_line_that_is_longer_than_a_posting_goes_on_in_the_next(city, monkeypatch):
    long = "课程：" + "、".join(f"第 {number} 门课程" for number in range(4000))
    monkeypatch.setitem(
        directories._directories,
        "bundles",
        directories.Directory("bundles", "课程包", "/bundles/", lambda _body: ["先说一句", long, "后说一句"]),
    )
    parts = directories.publish(city.officer, city.authority, "bundles")
    assert len(parts) > 1
    assert all(len(part.body) <= LONGEST_BODY for part in parts)
    said = [line for part in parts for line in part.body.splitlines()]
    assert (said[0], said[-1]) == ("先说一句", "后说一句")
    # Nothing is left out, and no name is cut in two.
    assert "".join(said[1:-1]) == long
    assert all(line.endswith("、") for line in said[1:-2])
    # It is known again as what stands there already.
    with pytest.raises(Conflict) as refused:
        directories.publish(city.officer, city.authority, "bundles")
    assert refused.value.code == "nothing_new"


def test_a16_one_programme_more_than_a_posting_holds_is_published_too(city):
    for number in range(3):
        city.approved(title="长" * 110 + str(number))
    programmes.publish_plan(city.officer, city.call, "计划", "测〔1〕号")
    assert Posting.objects.get(kind=board.Kind.PLAN).body.count("\n") == 2


def test_a36_the_directory_of_bases_is_a_numbered_list_of_a_day(bureau, clock, client):
    with pytest.raises(Conflict, match="还没有内容"):
        directories.publish(bureau.officer, bureau.authority, "skills-bases")
    bureau.named(clock)
    [first] = directories.publish(bureau.officer, bureau.authority, "skills-bases")
    assert "青申精机" in first.body
    assert (first.kind, first.subject) == (
        "directory",
        f"directory:skills-bases:{bureau.authority.uuid}",
    )
    with pytest.raises(Conflict, match="没有要更新的") as refused:
        directories.publish(bureau.officer, bureau.authority, "skills-bases")
    assert refused.value.code == "nothing_new"
    firm, clerk = bureau.other()
    bureau.named(clock, body=firm, clerk=clerk)
    [second] = directories.publish(bureau.officer, bureau.authority, "skills-bases")
    assert second.replaces == first
    assert len(second.body.splitlines()) == 2


def test_a16_hosts_and_programmes_are_lists_too_and_only_what_is_public_stands_in_them(city):
    city.planned()
    city.approved(title="还没有公布的选题")
    [hosts] = directories.publish(city.officer, city.authority, "hosts")
    assert hosts.body == "青溪技师学院 · 市级继续教育基地 · 承办 1 项"
    [projects] = directories.publish(city.officer, city.authority, "programmes")
    assert "智能制造系统集成" in projects.body
    assert "还没有公布" not in projects.body


def test_a16_by_role_who_publishes_a_directory(city):
    city.planned()
    page = reverse("training_board")
    said = {
        "act": "directory",
        "directory-directory": "hosts",
        "directory-authority": city.authority.pk,
    }
    for who, answer in ((city.chief, 403), (city.teacher, 403), (city.proposer, 422), (city.officer, 302)):
        assert signed_in(who, staff=True).post(page, said).status_code == answer, who
    with pytest.raises(NotAllowed):
        directories.publish(city.chief, city.authority, "hosts")
    with pytest.raises(Invalid, match="从列出的"):
        directories.publish(city.officer, city.authority, "no-such")
    assert Posting.objects.filter(kind="directory").count() == 1


# --- a posting as a paper ------------------------------------------------------------------------------------------------


def test_a16_a_posting_has_number_form_and_a_code_that_says_what_became_of_it(city, client):
    [first] = listed(city, "YX-2026-00001 智能制造")
    found = client.get(reverse("board:posting_pdf", args=[first.uuid]))
    assert found["Content-Type"] == "application/pdf"
    assert found.content == printed.pdf(first), "the same posting, the same bytes"
    code = printed.code_of(first)
    page = client.get(reverse("board:posting", args=[first.uuid])).content.decode()
    assert printed.fingerprint(first) in page
    said = client.get(reverse("verify:code", args=[code])).content.decode()
    assert all(text in said for text in (first.number, "G01 第 1 版", printed.fingerprint(first)))
    [second] = listed(city, "YX-2026-00001 智能制造", "YX-2026-00002 工业软件", key="plan:2")
    verdict = verify.check(code)[1]
    assert verdict.status == "replaced"
    assert second.number in verdict.note
    services.withdraw(city.officer, second, "文号写错")
    assert verify.check(printed.code_of(second))[1].status == "revoked"
    assert printed.fingerprint(first) != printed.fingerprint(second)


def test_every_kind_of_posting_has_its_form(city):
    assert {template.kind for template in printed.TEMPLATES} == {f"board_{kind}" for kind in board.Kind}


@pytest.mark.parametrize("kind", list(board.Kind))
def test_a16_a_posting_of_every_kind_is_a_page_a_pdf_and_a_code(city, client, kind):
    row = board.post(SYSTEM, kind=kind, title="测试公告", authority=city.authority, body="一\n二")
    form = printed.form_of(row)
    page = client.get(reverse("board:posting", args=[row.uuid])).content.decode()
    assert all(text in page for text in (row.number, form.number, printed.fingerprint(row)))
    assert client.get(reverse("board:posting_pdf", args=[row.uuid])).content.startswith(b"%PDF-")
    said = client.get(reverse("verify:code", args=[printed.code_of(row)])).content.decode()
    assert all(text in said for text in (row.number, form.number, printed.fingerprint(row)))


def test_a_directory_of_another_authority_is_none_of_theirs(city, clock):
    Bureau().named(clock)
    with pytest.raises(Conflict, match="还没有内容"):
        directories.publish(city.officer, city.authority, "skills-bases")
    assert member("officer", city.authority) != city.officer
