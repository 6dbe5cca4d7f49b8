"""A11, A12: an interest of a base's reviewer that comes to light after they declared that there is none; and what reviewers are told when a
review ends before it is closed."""

from datetime import date

import pytest
from django.urls import reverse

from lms.lib.audit.models import AuditRow
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.outbox.services import deliver_pending
from lms.training.board.models import Posting
from lms.training.ce_bases import queries, reviews
from lms.training.ce_bases.models import BaseReview, ReviewSeat
from lms.training.ce_bases.people import contributions, erase, latest_contributions, part
from lms.training.experts import services as register
from lms.training.lifecycle import services as cases
from lms.training.lifecycle.services import Said
from tests.factories.accounts import MembershipFactory
from tests.training.cases import after
from tests.training.ce import Region, asked_experts, office

pytestmark = pytest.mark.django_db
HOW = ("disclosed", "found", "role", "register")


@pytest.fixture
def region(clock):
    return Region()


def seat_of(region, case, number=0):
    return ReviewSeat.objects.get(review=region.review(case), expert=region.experts[number])


def comes_to_light(region, seat, how):
    if how == "disclosed":
        reviews.disclose(seat.expert, seat, "刚得知配偶入职")
    elif how == "found":
        reviews.find_tie(region.officer, seat, "工商登记显示持股，已核实")
    elif how == "role":
        MembershipFactory(
            user=seat.expert, organisation=region.college, role="teacher", since=date(2026, 3, 2)
        )
    else:
        register.declare(seat.expert, region.college, "担任顾问")


def accepted(region):
    return region.by(region.officer, region.submitted(), "accept")


def reads(client, seat):
    client.force_login(seat.expert)
    page = client.get(reverse("ce_bases:seat", args=[seat.uuid]))
    return "申报的内容" in page.content.decode(), len(queries.evidence_for(seat.expert, seat))


@pytest.mark.parametrize("how", HOW)
def test_a11_marks_of_whom_something_ties_do_not_count_and_the_papers_are_closed(region, client, how):
    case = accepted(region)
    region.marked(case, 90, 70)
    seat = seat_of(region, case)
    assert reads(client, seat) == (True, 3)
    comes_to_light(region, seat, how)
    seat.refresh_from_db()
    assert reads(client, seat) == (False, 0)
    # One alone is too few; a third takes the place.
    with pytest.raises(Conflict, match="至少 2 位"):
        region.by(region.officer, case, "score")
    region.marked(case, 60, experts=[region.experts[2]])
    region.by(region.officer, case, "score")
    review = region.review(case)
    assert review.centimarks == 6500
    assert set(review.seats.filter(counted=True).values_list("expert", flat=True)) == {
        region.experts[1].pk,
        region.experts[2].pk,
    }
    region.by(region.officer, case, "pass")


@pytest.mark.parametrize("how", HOW)
def test_a11_a_score_that_a_tied_expert_gave_is_not_used_but_marked_anew(region, how):
    case = region.reviewed(90, 70)
    before = BaseReview.objects.get(case=case)
    seat = seat_of(region, case)
    comes_to_light(region, seat, how)
    with pytest.raises(Conflict) as refused:
        region.by(region.officer, case, "pass")
    assert refused.value.code in ("tainted", "no_score")
    if how in ("role", "register"):
        assert str(seat.expert) in str(refused.value)
        reviews.find_tie(region.officer, seat, "查实任职")
    before.refresh_from_db()
    assert (before.centimarks, before.voided_on) == (8000, date(2026, 3, 2))
    after_it = region.review(case)
    assert (after_it.number, after_it.closed_on, after_it.standard, after_it.purpose) == (
        2,
        None,
        before.standard,
        before.purpose,
    )
    region.marked(case, 70, 60, experts=region.experts[1:])
    region.by(region.officer, case, "score", "pass")
    assert region.review(case).centimarks == 6500


def test_a11_in_the_notice_it_goes_back_and_the_old_score_is_void(region, clock):
    case = region.by(region.officer, region.reviewed(90, 70), "pass")
    comes_to_light(region, seat_of(region, case), "found")
    assert BaseReview.objects.get(case=case).voided_on is None
    after(clock, case.due_on)
    cases.tend()
    with pytest.raises(Conflict, match="重新评审"):
        region.by(region.officer, case, "name")
    region.by(region.officer, case, "again")
    assert [row.voided_on is not None for row in BaseReview.objects.filter(case=case)] == [True, False]


def test_a11_a_base_keeps_its_last_score_that_counts_and_the_board_ends_the_void_one(region, clock, client):
    base = region.named(clock, 80, 80)
    case = region.evaluated(base, 95, 95)
    assert queries.standing(region.college.pk, case.opened_on) is None
    comes_to_light(region, seat_of(region, case), "found")
    with pytest.raises(Conflict, match="汇总"):
        region.by(region.officer, case, "keep")
    day = BaseReview.objects.filter(case=case).latest("number").opened_on
    assert queries.standing(region.college.pk, day).score == 8000
    result = Posting.objects.get(kind="result")
    assert result.withdrawal.ended
    page = client.get(reverse("ce_bases:base", args=[base.uuid])).content.decode()
    assert f"{day.isoformat()} 作废，重新评审" in page


def test_a11_what_was_decided_by_a_score_stays_decided(region, clock):
    base = region.named(clock, 80, 80)
    comes_to_light(region, seat_of(region, base.case), "role")
    region.by(region.officer, base.case, "evaluate")
    assert list(BaseReview.objects.order_by("number").values_list("voided_on", flat=True)) == [None, None]
    # Who has a post there is not asked anew.
    assert region.experts[0] not in reviews.experts_for(region.review(base.case))


@pytest.mark.parametrize("how", ["disclosed", "found"])
def test_a11_it_is_kept_once_with_its_words_and_not_taken_back(region, how):
    case = accepted(region)
    region.marked(case, 90, 70)
    seat = seat_of(region, case)
    for text in ("", "x" * 301):
        with pytest.raises(Invalid):
            reviews.find_tie(region.officer, seat, text)
    for user in (region.chief, region.clerk, region.experts[1]):
        with pytest.raises(NotAllowed):
            reviews.find_tie(user, seat, "查实持股")
    with pytest.raises(NotFound):
        reviews.disclose(region.experts[1], seat, "不是我的")
    assert not AuditRow.objects.filter(action__in=("ce_review.find_tie", "ce_review.disclose")).exists()
    comes_to_light(region, seat, how)
    assert AuditRow.objects.filter(action__in=("ce_review.find_tie", "ce_review.disclose")).count() == 1
    with pytest.raises(Conflict):
        reviews.find_tie(region.officer, seat, "又一次")
    with pytest.raises(Conflict):
        reviews.disclose(seat.expert, seat, "又一次")


def test_a11_nothing_is_found_of_who_declared_nothing_or_of_a_decided_case(region, clock):
    case = accepted(region)
    seat = reviews.appoint(region.officer, region.review(case), region.experts[0])
    with pytest.raises(Conflict, match="没有声明过"):
        reviews.find_tie(region.officer, seat, "查实持股")
    reviews.declare(region.experts[0], seat, independent=True)
    region.by(region.clerk, case, "withdraw")
    with pytest.raises(Conflict, match="已经作出"):
        reviews.disclose(region.experts[0], seat, "配偶入职")


def test_a11_both_say_it_on_their_pages(region, client):
    case = region.reviewed(90, 70)
    seat, other = seat_of(region, case), seat_of(region, case, 1)
    office(client, region.officer)
    page = reverse("training_ce_review", args=[seat.review.uuid])
    assert client.post(page, {"act": "tie", "row": seat.uuid, "reason": ""}).status_code == 422
    sent = client.post(page, {"act": "tie", "row": seat.uuid, "reason": "查实持股"})
    assert (sent.status_code, sent.url) == (
        302,
        reverse("training_ce_review", args=[region.review(case).uuid]),
    )
    body = client.get(page).content.decode()
    assert "查实持股" in body
    assert "主管部门查实" in body
    region.marked(case, 70, experts=[region.experts[1]])
    client.force_login(region.experts[1])
    new = seat_of(region, case, 1)
    # The review before has had its day.
    page = reverse("ce_bases:seat", args=[other.uuid])
    assert client.post(page, {"act": "disclose", "reason": "配偶入职"}).status_code == 409
    page = reverse("ce_bases:seat", args=[new.uuid])
    assert "后来发现有利害关系" in client.get(page).content.decode()
    assert client.post(page, {"act": "disclose", "reason": "配偶入职"}).status_code == 302
    new.refresh_from_db()
    assert (new.tie, new.tie_found_by, new.independent) == ("配偶入职", None, True)
    body = client.get(page).content.decode()
    assert "配偶入职" in body
    assert "后来发现有利害关系" not in body


def test_a11_erasure_takes_the_words_and_the_fact_stays(region):
    case = accepted(region)
    region.marked(case, 90, 70)
    seat = seat_of(region, case)
    comes_to_light(region, seat, "disclosed")
    assert part(seat.expert)["reviews"][0]["tie"] == "刚得知配偶入职"
    assert erase(seat.expert) == [seat.uuid]
    seat.refresh_from_db()
    assert (seat.tie, seat.tied_at is not None) == ("", True)


# --- letters ------------------------------------------------------------------------------------------------------


@pytest.fixture
def letters(mailoutbox):
    """Which experts were written to since the last time it was asked, with the subject."""

    def sent():
        while deliver_pending():
            pass
        found = [
            (message.to[0], message.subject) for message in mailoutbox if message.to[0] in asked_experts()
        ]
        mailoutbox.clear()
        return found

    return sent


@pytest.mark.parametrize("way", ["withdraw", "lapse", "refuse"])
def test_a11_who_has_not_marked_hears_that_they_need_not(region, clock, letters, way):
    case = accepted(region)
    review = region.review(case)
    for expert in region.experts:
        reviews.appoint(region.officer, review, expert)
    conflicted = seat_of(region, case, 2)
    reviews.declare(region.experts[2], conflicted, independent=False, conflict="兼职教授")
    letters()
    if way == "withdraw":
        region.by(region.clerk, case, "withdraw")
    elif way == "refuse":
        region.by(region.officer, case, "refuse", reason="没有施教条件")
    else:
        region.by(region.officer, case, "ask", reason="请补充师资证明")
        assert letters() == []
        case.refresh_from_db()
        after(clock, case.due_on)
        cases.tend()
    told = letters()
    assert sorted(to for to, _subject in told) == sorted(row.email for row in region.experts[:2])
    assert all("不用评审了" in subject for _to, subject in told)
    assert letters() == []


def test_a11_who_was_asked_hears_when_the_review_goes_on(region, letters):
    case = accepted(region)
    reviews.appoint(region.officer, region.review(case), region.experts[0])
    letters()
    region.by(region.officer, case, "ask", reason="请补充师资证明")
    region.by(region.clerk, case, "resubmit")
    assert letters() == []
    region.by(region.officer, case, "accept")
    ((to, subject),) = letters()
    assert (to, "请你评审" in subject) == (region.experts[0].email, True)


def test_a11_a_base_that_leaves_during_its_evaluation_and_a_finding_are_told(region, clock, letters):
    base = region.named(clock, 80, 80)
    case = base.case
    case.refresh_from_db()
    region.by(region.officer, case, "evaluate")
    review = region.review(case)
    seats = [reviews.appoint(region.officer, review, expert) for expert in region.experts[:2]]
    reviews.declare(region.experts[0], seats[0], independent=True)
    letters()
    reviews.find_tie(region.officer, seats[0], "查实持股")
    ((to, subject),) = letters()
    assert (to, "请回避" in subject) == (region.experts[0].email, True)
    cases.act(region.clerk, case, "resign", Said("不再办班"))
    ((to, subject),) = letters()
    assert (to, "不用评审了" in subject) == (region.experts[1].email, True)


def test_a11_what_was_over_when_it_was_entered_is_news_to_nobody(region, letters):
    case = region.reviewed(90, 70)
    letters()
    region.by(region.clerk, case, "withdraw")
    assert letters() == []


def test_a23_the_latest_reviews_are_cut_by_the_database_and_counted_by_year(region, clock):
    base = region.named(clock, 80, 80)
    region.evaluated(base, 90, 90)
    expert = region.experts[0]
    every = contributions(expert)
    part = latest_contributions(expert, None, None, 1)
    assert (len(every), len(part.lines), dict(part.years)) == (2, 1, {2026: 2})
    assert part.lines[0].day == max(line.day for line in every)
    day = min(line.day for line in every)
    assert [line.day for line in latest_contributions(expert, day, day, 9).lines] == [day]
