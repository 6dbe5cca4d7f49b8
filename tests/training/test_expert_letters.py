"""A11, A12: experts are told by letter when an authority asks them into its register or onto a panel, with the days and the page where they
declare and refuse; and who judged before there was a register is asked into it one by one."""

from datetime import date, timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from lms.lib.clock import today
from lms.lib.errors import NotAllowed
from lms.lib.outbox.services import deliver_pending
from lms.training.ce_bases import reviews
from lms.training.experts import former, services
from lms.training.experts.models import Expert
from lms.training.tenders import panel
from lms.training.tenders.bidding import Past
from lms.training.tenders.models import PanelExpert
from tests.factories.accounts import OrganisationFactory, UserFactory
from tests.training.cases import SYSTEM
from tests.training.ce import Region, asked_experts, office
from tests.training.tendering import Market, fresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def market(clock):
    return Market()


@pytest.fixture
def letters(mailoutbox):
    """What came to experts since the last time it was asked: (to, subject, text). Those whose case it is hear by other letters."""

    def fetch():
        while deliver_pending():
            pass
        found = [
            (mail.to[0], mail.subject, mail.body) for mail in mailoutbox if mail.to[0] in asked_experts()
        ]
        mailoutbox.clear()
        return found

    return fetch


def asked(market, person=None, **more):
    new = services.NewExpert(
        market.authority, person or UserFactory(), ["industry", "science"], "正高级工程师", today(), **more
    )
    return services.enter(market.officer, new)


# --- the register --------------------------------------------------------------------------------------------


def test_a12_who_is_asked_into_a_register_is_told_where_to_answer(market, letters):
    entry = asked(market)
    ((to, subject, text),) = letters()
    assert to == entry.person.email
    assert market.authority.name in subject
    assert "、" in text
    assert settings.PUBLIC_URL + reverse("experts:own") in text
    assert letters() == []


def test_a12_an_invitation_that_was_answered_or_taken_back_is_not_sent_any_more(market, letters):
    services.answer((entry := asked(market)).person, entry, agree=True)
    services.leave(market.officer, asked(market), "请错了人")
    person = UserFactory()
    asked(market, person)
    person.is_active = False
    person.save()
    assert letters() == []


def test_a12_what_the_platform_enters_of_before_is_news_to_nobody(market, letters):
    services.enter(
        SYSTEM,
        services.NewExpert(market.authority, UserFactory(), ["industry"], "推荐函", date(2024, 1, 1)),
    )
    tender = market.published()
    panel.name_expert(market.officer, tender, market.expert, Past(timezone.now(), SYSTEM))
    assert letters() == []


# --- panels --------------------------------------------------------------------------------------------------


def test_a12_an_expert_named_to_a_panel_hears_of_it_with_days_and_the_page(market, letters, client):
    tender = market.published()
    panel.name_expert(market.officer, tender, market.expert)
    ((to, subject, text),) = letters()
    assert to == market.expert.email
    assert tender.title in subject
    page = reverse("tenders:seat", args=[tender.uuid])
    for part in (
        market.authority.name,
        tender.case.number,
        tender.closes_on.isoformat(),
        tender.opens_until.isoformat(),
        settings.PUBLIC_URL + page,
    ):
        assert part in text
    client.force_login(market.expert)
    assert "谢绝" in client.get(page).content.decode()


def test_a12_the_panel_hears_that_bids_are_open_without_who_bid_and_by_when(market, letters, clock):
    tender = market.published()
    market.bid(market.part(tender), market.one, market.one_hr)
    market.bid(market.part(tender), market.two, market.two_hr)
    market.reviewing(clock, tender, market.expert, market.other_expert)
    found = letters()
    opened = {to: text for to, subject, text in found if "可以评审了" in subject}
    # Each once, though their naming had not been told before.
    assert sorted(to for to, _subject, _text in found) == sorted(opened)
    assert set(opened) == {market.expert.email, market.other_expert.email}
    for text in opened.values():
        assert "利害关系" in text
        assert market.one.name not in text
        assert market.two.name not in text


def test_a12_who_is_named_during_the_review_hears_that_bids_are_open(market, letters, clock):
    tender = market.published()
    market.bid(market.part(tender), market.one, market.one_hr)
    market.reviewing(clock, tender, market.expert)
    letters()
    late = in_register(market)
    letters()
    panel.name_expert(market.officer, fresh(tender), late)
    ((to, subject, _text),) = letters()
    assert (to, "可以评审了" in subject) == (late.email, True)


def test_a12_who_refused_or_was_released_is_not_asked_for_scores(market, letters, clock):
    tender = market.published()
    market.bid(market.part(tender), market.one, market.one_hr)
    for person in (market.expert, market.other_expert):
        panel.name_expert(market.officer, tender, person)
    letters()
    panel.refuse(market.expert, tender, "出国讲学")
    panel.release(market.officer, PanelExpert.objects.get(person=market.other_expert), "日程冲突")
    ((to, subject, text),) = letters()
    assert (to, "不用评审了" in subject) == (market.other_expert.email, True)
    assert "日程冲突" not in text
    market.reviewing(clock, tender, in_register(market))
    assert {to for to, subject, _ in letters() if "可以评审了" in subject}.isdisjoint(
        {market.expert.email, market.other_expert.email}
    )


def test_a12_a_cancelled_package_tells_its_panel_once(market, letters):
    tender = market.published()
    panel.name_expert(market.officer, tender, market.expert)
    market.by(market.officer, tender.case, "cancel", reason="需求有变")
    # The first letter would say what is not true any more.
    ((to, subject, _text),) = letters()
    assert (to, subject.split("：")[0]) == (market.expert.email, "不用评审了")
    assert letters() == []
    assert fresh(tender).case.state == "cancelled"


def test_a11_an_expert_asked_to_review_a_base_hears_of_it_and_of_being_released(clock, letters):
    region = Region()
    review = region.review(region.by(region.officer, region.submitted(), "accept"))
    seat = reviews.appoint(region.officer, review, region.experts[0])
    ((to, subject, text),) = letters()
    assert to == region.experts[0].email
    assert region.college.name in subject
    assert review.case.number in text
    assert settings.PUBLIC_URL + reverse("ce_bases:seat", args=[seat.uuid]) in text
    reviews.release(region.officer, seat, "日程冲突")
    ((to, subject, _text),) = letters()
    assert (to, "不用评审了" in subject) == (region.experts[0].email, True)
    # Asked anew, told anew.
    reviews.appoint(region.officer, review, region.experts[0])
    assert len(letters()) == 1


# --- who judged before there was a register --------------------------------------------------------------------


def test_a12_who_judged_before_the_register_can_be_asked_into_it(market, client, letters):
    tender = market.published()
    known, other = PanelExpert.objects.create, UserFactory(display_name="黎教授")
    known(tender=tender, person=other, number=1, named_by=market.officer, named_at=timezone.now())
    known(tender=tender, person=market.expert, number=2, named_by=market.officer, named_at=timezone.now())
    known(tender=tender, person=market.second, number=3, named_by=market.officer, named_at=timezone.now())
    # Not who is in it, nor who decides there.
    (row,) = former.served([market.authority])
    assert (row.person, row.last) == (other, today())
    office(client, market.officer)
    page = reverse("training_experts")
    assert "黎教授" in client.get(page).content.decode()
    sent = {"act": "take_over", "who": f"{market.authority.pk}-{other.pk}", "fields_chosen": ["science"]}
    for wrong in ({"fields_chosen": []}, {"who": f"{market.authority.pk}-{market.second.pk}"}, {"who": "x"}):
        assert client.post(page, sent | wrong).status_code == 422
    assert client.post(page, sent).status_code == 302
    entry = Expert.objects.get(person=other)
    assert (entry.state, entry.fields, entry.since) == ("asked", ["science"], today())
    assert today().isoformat() in entry.basis
    assert [to for to, _subject, _text in letters()] == [other.email]
    assert former.served([market.authority]) == []
    # Who said no is not listed again.
    services.answer(other, entry, agree=False)
    assert former.served([market.authority]) == []
    assert client.post(page, sent).status_code == 422


def test_a12_who_refused_a_panel_or_was_released_did_not_judge(market):
    tender = market.published()
    refused, released = UserFactory(), UserFactory()
    for number, person in enumerate((refused, released), start=1):
        tender.experts.create(person=person, number=number, named_by=market.officer, named_at=timezone.now())
    assert {row.person for row in former.served([market.authority])} == {refused, released}
    panel.refuse(refused, tender, "出国讲学")
    panel.release(market.officer, tender.experts.get(person=released), "与投标单位有利害关系")
    assert former.served([market.authority]) == []


def test_a11_reviewers_of_bases_from_before_are_listed_for_their_authority_alone(clock):
    region = Region()
    review = region.review(region.by(region.officer, region.submitted(), "accept"))
    person, gone = UserFactory(), UserFactory(is_active=False)
    for expert in (person, gone):
        review.seats.create(expert=expert, appointed_at=timezone.now() - timedelta(days=400))
    (row,) = former.served([region.authority])
    assert (row.person, row.authority) == (person, region.authority)
    assert former.served([Market().authority]) == []
    with pytest.raises(NotAllowed):
        services.enter(
            Market().officer,
            services.NewExpert(region.authority, person, ["industry"], "以前请过", today()),
        )


def test_a12_the_list_of_who_judged_before_asks_as_often_for_many_authorities(market):
    tender = market.published()
    for number in range(4):
        tender.experts.create(
            person=UserFactory(), number=number + 1, named_by=market.officer, named_at=timezone.now()
        )
    others = [OrganisationFactory(kind="authority") for _ in range(5)]

    def asked(*authorities):
        with CaptureQueriesContext(connection) as found:
            rows = former.served(authorities)
        return len(rows), len(found)

    assert asked(market.authority) == (4, 5)
    assert asked(market.authority, *others) == (4, 5)


def in_register(market):
    person = UserFactory()
    services.answer(person, asked(market, person), agree=True)
    return person
