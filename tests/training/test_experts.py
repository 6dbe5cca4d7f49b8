"""A11, A12: panels are chosen from the authority's register of experts, into which people agree by themselves; what ties them to bodies
bars them, also when it comes to light later, and they may refuse."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse

from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.training.ce_bases import reviews
from lms.training.ce_bases.models import ReviewSeat
from lms.training.experts import people, queries, services
from lms.training.experts.models import Expert, ExpertInterest, ExpertRefusal
from lms.training.tenders import panel
from lms.training.tenders import queries as tenders
from lms.training.tenders.models import InterestDeclaration, PanelExpert, TenderAward, TenderBid, TenderResult
from tests.conftest import guards_aside
from tests.factories.accounts import MembershipFactory, OrganisationFactory, UserFactory, member
from tests.training.cases import after, registered
from tests.training.ce import Region, office
from tests.training.tendering import Market, fresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def market(clock):
    return Market()


def new(market, person, **more):
    values = {"fields": ["industry", "science"], "basis": "正高级工程师", "since": today()} | more
    return services.NewExpert(market.authority, person, **values)


# --- the register ------------------------------------------------------------------------------------------


def test_a12_nobody_stands_in_a_register_before_they_agree(market):
    person = UserFactory()
    entry = services.enter(market.officer, new(market, person))
    assert not queries.on_register(market.authority, person, today())
    with pytest.raises(Conflict, match="等本人同意"):
        services.enter(market.second, new(market, person))
    with pytest.raises(NotFound):
        services.answer(market.expert, entry, agree=True)
    services.answer(person, entry, agree=True)
    assert queries.on_register(market.authority, person, today())
    with pytest.raises(Conflict):
        services.answer(person, entry, agree=False)
    services.leave(person, entry, "调离原岗位")
    assert not queries.on_register(market.authority, person, today())
    # Asked anew, a further entry; the first stays.
    services.answer(
        person, services.enter(market.officer, new(market, person)), agree=False, reason="没有时间"
    )
    assert [row.state for row in queries.own(person)] == ["declined", "left"]
    assert AuditRow.objects.filter(action__startswith="expert.", target=entry.uuid).count() == 3


def test_a12_an_entry_counts_on_its_days_and_never_for_who_decides_there(market):
    person = UserFactory()
    day = today()
    later = services.enter(
        market.officer, new(market, person, since=day + timedelta(days=2), until=day + timedelta(days=4))
    )
    services.answer(person, later, agree=True)
    there = [queries.on_register(market.authority, person, day + timedelta(days=n)) for n in range(6)]
    assert there == [False, False, True, True, True, False]
    MembershipFactory(user=person, organisation=market.authority, role="officer", since=day)
    assert not queries.on_register(market.authority, person, day + timedelta(days=3))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"fields": []}, "fields_chosen"),
        ({"fields": ["magic"]}, "fields_chosen"),
        ({"basis": " "}, "basis"),
        ({"since": date(2026, 3, 1)}, "since"),
        ({"until": date(2026, 3, 1)}, "until"),
        ({"specialty": "长" * 121}, "specialty"),
    ],
    ids=["no-field", "unknown-field", "no-basis", "dated-back", "ends-first", "long"],
)
def test_a12_what_cannot_be_an_entry_is_refused_with_its_field(market, change, field):
    with pytest.raises(Invalid) as refused:
        services.enter(market.officer, new(market, UserFactory(), **change))
    assert refused.value.details["field"] == field
    assert Expert.objects.count() == 2


def test_a12_who_decides_and_who_is_not_there_are_no_experts(market):
    for person in (market.second, market.chief, None, UserFactory(is_active=False)):
        with pytest.raises(Invalid):
            services.enter(market.officer, new(market, person))
    with pytest.raises(NotAllowed):
        services.enter(market.officer, new(market, market.officer))
    assert Expert.objects.count() == 2


@pytest.mark.parametrize("who", ["drafter", "chief", "auditor", "one_hr", "expert", "stranger"])
def test_a12_only_officers_of_the_authority_keep_its_register(market, who, client):
    user = UserFactory() if who == "stranger" else getattr(market, who)
    entry = Expert.objects.get(person=market.other_expert)
    with pytest.raises(NotAllowed):
        services.enter(user, new(market, UserFactory()))
    with pytest.raises(NotAllowed):
        services.leave(user, entry, "不是我的事")
    office(client, user)
    page = client.get(reverse("training_expert", args=[entry.uuid]))
    assert page.status_code in (403, 404)
    if who != "drafter":
        assert client.get(reverse("training_experts")).status_code == 403


def test_a12_the_officer_enters_and_the_person_answers_on_their_pages(market, client):
    person = UserFactory(display_name="崔专家")
    office(client, market.officer)
    sent = {
        "authority": market.authority.pk,
        "login": person.email or person.phone,
        "fields_chosen": ["industry"],
        "basis": "推荐函 3 号",
        "since": today().isoformat(),
    }
    page = reverse("training_experts")
    assert client.post(page, sent | {"login": "nobody@nowhere.invalid"}).status_code == 422
    assert client.post(page, sent).status_code == 302
    assert "崔专家" in client.get(f"{page}?state=asked&field=industry").content.decode()
    assert "崔专家" not in client.get(f"{page}?field=finance").content.decode()
    client.force_login(person)
    own = reverse("experts:own")
    entry = Expert.objects.get(person=person)
    assert "待本人同意" in client.get(own).content.decode()
    assert client.post(own, {"act": "agree", "row": entry.uuid}).status_code == 302
    assert client.post(own, {"act": "declare", "body": "没有这家", "text": "合作"}).status_code == 422
    assert (
        client.post(own, {"act": "declare", "body": market.one.name, "text": "合作三年"}).status_code == 302
    )
    interest = ExpertInterest.objects.get(person=person)
    assert client.post(own, {"act": "over", "row": interest.uuid}).status_code == 302
    assert client.post(own, {"act": "over", "row": interest.uuid}).status_code == 409
    assert client.post(own, {"act": "agree", "row": "nonsense"}).status_code == 404
    office(client, market.officer)
    detail = client.get(reverse("training_expert", args=[entry.uuid])).content.decode()
    assert "合作三年" in detail
    assert "声明终止" in detail


def test_a12_what_ties_somebody_is_shown_to_no_authority_they_have_not_agreed_with(market, client):
    person = UserFactory()
    services.declare(person, market.one, "配偶在该公司任职")
    entry = services.enter(market.officer, new(market, person))
    office(client, market.officer)

    def shown():
        page = client.get(reverse("training_expert", args=[entry.uuid]))
        assert page.status_code == 200
        row = queries.register_for(market.officer).get(pk=entry.pk)
        return "配偶在该公司任职" in page.content.decode(), row.tied

    assert shown() == (False, 0)
    services.answer(person, entry, agree=True)
    assert shown() == (True, 1)
    services.leave(person, entry, "调离原岗位")
    assert shown() == (False, 0)
    other = services.enter(market.officer, new(market, person))
    services.answer(person, other, agree=False)
    page = client.get(reverse("training_expert", args=[other.uuid])).content.decode()
    assert "配偶在该公司任职" not in page


# --- panels --------------------------------------------------------------------------------------------------


def test_a12_a_panel_is_named_from_the_register_alone(market):
    tender = market.published()
    outside = UserFactory()
    with pytest.raises(Invalid, match=r"不在.*专家库"):
        panel.name_expert(market.officer, tender, outside)
    assert not PanelExpert.objects.exists()
    assert set(panel.candidates(tender)) == {market.expert, market.other_expert}
    registered(market.authority, outside)
    panel.name_expert(market.officer, tender, outside)
    assert outside not in panel.candidates(tender)


def test_a12_an_expert_refuses_before_scoring_and_the_register_keeps_it(market, clock):
    tender = market.published()
    market.bid(market.part(tender), market.one, market.one_hr)
    review = market.reviewing(clock, tender, market.expert, market.other_expert)
    with pytest.raises(Invalid):
        panel.refuse(market.expert, review, " ")
    panel.refuse(market.expert, review, "出国讲学")
    with pytest.raises(NotFound):
        panel.seat(market.expert, review)
    assert ExpertRefusal.objects.get().about == review.case.number
    market.scored(review, market.other_expert, market.one, 80, 80)
    with pytest.raises(Conflict):
        panel.refuse(market.other_expert, fresh(review), "不想评了")
    market.by(market.officer, review.case, "announce")


def test_a11_reviews_of_bases_are_asked_of_the_register_without_who_is_tied(clock):
    region = Region()
    review = region.review(region.by(region.officer, region.submitted(), "accept"))
    outside = member("assessor", region.assessors)
    with pytest.raises(Invalid, match="专家库"):
        reviews.appoint(region.officer, review, outside)
    services.declare(region.experts[0], region.college, "联合申报课题")
    assert region.experts[0] not in reviews.experts_for(review)
    with pytest.raises(Invalid, match="利害关系"):
        reviews.appoint(region.officer, review, region.experts[0])
    seat = reviews.appoint(region.officer, review, region.experts[1])
    # Declared in the register after being asked: the word and the marks are barred all the same.
    services.declare(region.experts[1], region.college, "兼职教授")
    with pytest.raises(NotAllowed, match="回避"):
        reviews.declare(region.experts[1], seat, independent=True)
    reviews.refuse(region.experts[1], seat, "有利害关系，不便评审")
    assert not ReviewSeat.objects.exists()
    assert ExpertRefusal.objects.get().person == region.experts[1]
    other = reviews.appoint(region.officer, review, region.experts[2])
    with pytest.raises(NotFound):
        reviews.refuse(region.experts[0], other, "不是我的")


# --- what comes to light later ---------------------------------------------------------------------------------


@pytest.fixture
def scored(market, clock):
    """Two bids, two experts; the first has declared no interest and scored both."""
    tender = market.published()
    part = market.part(tender)
    market.bid(part, market.one, market.one_hr, 48_000_000)
    market.bid(part, market.two, market.two_hr, 45_000_000)
    review = market.reviewing(clock, tender, market.expert, market.other_expert)
    for bidder in (market.one, market.two):
        market.scored(review, market.expert, bidder, 90, 70)
    return review


def sees(client, market, tender, bidder):
    """Whether the first expert reads the bid and its price."""
    bid = TenderBid.objects.get(part__tender=tender, bidder=bidder)
    client.force_login(market.expert)
    file = client.get(reverse("tenders:opened", args=[bid.uuid])).status_code
    page = client.get(reverse("tenders:seat", args=[tender.uuid])).content.decode()
    return file == 200, any(price in page for price in ("480,000 元", "450,000 元"))


def comes_to_light(market, tender, how):
    if how == "declared":
        panel.declare(market.expert, tender, market.one, conflict=True, text="刚得知配偶入职")
    elif how == "found":
        row = PanelExpert.objects.get(tender=tender, person=market.expert)
        panel.find_interest(market.officer, row, market.one, "工商登记显示持股，已核实")
    elif how == "role":
        MembershipFactory(user=market.expert, organisation=market.one, role="teacher", since=today())
    else:
        services.declare(market.expert, market.one, "担任顾问")


@pytest.mark.parametrize("how", ["declared", "found", "role", "register"])
def test_a12_access_ends_when_an_interest_comes_to_light(market, scored, client, how):
    assert sees(client, market, scored, market.two) == (True, True)
    comes_to_light(market, scored, how)
    # Her own bidder's and its rival's: neither file nor price.
    for bidder in (market.one, market.two):
        assert sees(client, market, scored, bidder) == (False, False)
    # Her scores count no more, the other's alone.
    for bidder in (market.one, market.two):
        market.scored(scored, market.other_expert, bidder, 60, 60)
    market.by(market.officer, scored.case, "announce")
    result = tenders.results(fresh(scored))[0]
    assert {tuple(line["experts"]) for line in result.lines} == {(2,)}


def test_a12_a_result_from_before_experts_were_kept_with_it_says_the_same(market, scored):
    market.scored(scored, market.other_expert, market.two, 60, 60)
    panel.declare(market.other_expert, scored, market.one, conflict=True, text="配偶任职")
    market.by(market.officer, scored.case, "announce")
    tender = fresh(scored)
    before = tenders.published_reasons(tender)
    assert {len(rows) for rows in before.values()} == {1}
    with guards_aside(connection):
        for row in tenders.results(tender):
            lines = [{key: said for key, said in line.items() if key != "experts"} for line in row.lines]
            QuerySet(TenderResult).filter(pk=row.pk).update(lines=lines)
    assert tenders.published_reasons(tender) == before
    assert tenders.tainted(tender) == []
    comes_to_light(market, tender, "register")
    assert tenders.tainted(tender) == [1]
    assert tenders.published_reasons(tender) == before


@pytest.mark.parametrize("how", ["declared", "found", "role", "register"])
def test_a12_a_result_that_counts_a_tied_expert_is_not_awarded_but_scored_anew(market, scored, clock, how):
    for bidder in (market.one, market.two):
        market.scored(scored, market.other_expert, bidder, 60, 60)
    market.by(market.officer, scored.case, "announce")
    tender = fresh(scored)
    before = tenders.published_reasons(tender)
    comes_to_light(market, tender, how)
    # What was made public stays as it was.
    assert tenders.published_reasons(tender) == before
    assert tenders.tainted(tender) == [1]
    after(clock, tender.case.due_on)
    with pytest.raises(Conflict, match=r"利害关系.*重新评审"):
        market.by(market.second, tender.case, "award")
    assert not TenderAward.objects.exists()
    market.by(market.officer, tender.case, "again")
    tender = fresh(tender)
    for bidder in (market.one, market.two):
        market.scored(tender, market.other_expert, bidder, 60, 60)
    market.by(market.officer, tender.case, "announce")
    after(clock, fresh(tender).case.due_on)
    market.by(market.second, tender.case, "award")
    assert TenderAward.objects.count() == 1


def test_a12_a_finding_is_an_officers_with_its_ground_and_once(market, scored):
    row = PanelExpert.objects.get(tender=scored, person=market.expert)
    for user in (market.chief, market.auditor, market.drafter, market.one_hr, market.other_expert):
        with pytest.raises(NotAllowed):
            panel.find_interest(user, row, market.one, "查实持股")
    with pytest.raises(Invalid):
        panel.find_interest(market.officer, row, market.one, " ")
    with pytest.raises(NotFound):
        panel.find_interest(market.officer, row, OrganisationFactory(), "查实持股")
    panel.find_interest(market.officer, row, market.one, "查实持股")
    with pytest.raises(Conflict):
        panel.find_interest(market.officer, row, market.one, "又一次")
    # It cannot be talked away.
    with pytest.raises(Conflict):
        panel.declare(market.expert, scored, market.one, conflict=False)
    assert InterestDeclaration.objects.filter(found_by=market.officer).count() == 1


def test_a12_the_officer_records_a_finding_and_the_expert_a_late_interest_on_their_pages(
    market, scored, client
):
    office(client, market.officer)
    page = reverse("training_tender", args=[scored.uuid])
    assert "登记查实的利害关系" in client.get(page).content.decode()
    sent = {"act": "find", "number": "1", "bidder": market.one.pk, "text": "查实持股"}
    assert client.post(page, sent | {"text": ""}).status_code == 422
    assert client.post(page, sent | {"number": "9"}).status_code == 422
    assert client.post(page, sent).status_code == 302
    assert "查实专家" in client.get(page).content.decode()
    client.force_login(market.other_expert)
    seat = reverse("tenders:seat", args=[scored.uuid])
    bid = TenderBid.objects.get(bidder=market.two)
    assert client.post(seat, {"act": "refuse", "reason": ""}).status_code == 422
    late = {"act": "declare", "bid": bid.uuid, "conflict": "yes", "text": "刚得知合作"}
    assert client.post(seat, late).status_code == 302
    assert InterestDeclaration.objects.filter(expert__person=market.other_expert, conflict=True).exists()


def test_a12_erasure_takes_the_words_and_the_entry_out_of_the_register(market):
    person = UserFactory()
    registered(market.authority, person)
    services.declare(person, market.one, "亲属任职")
    services.refused(person, market.authority, "XQ-1", "出国")
    assert people.part(person)["interests"][0]["text"] == "亲属任职"
    assert people.erase(person)
    assert not queries.on_register(market.authority, person, today())
    kept = [*Expert.objects.filter(person=person).values_list("basis", "specialty", "reason")]
    assert kept == [("", "", "")]
    assert [*ExpertInterest.objects.values_list("text", flat=True)] == [""]
    assert [*ExpertRefusal.objects.values_list("reason", flat=True)] == [""]
