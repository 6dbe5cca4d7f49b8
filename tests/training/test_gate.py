"""A03: only courses of a published yearly plan earn hours of public subjects; what waited for a plan is given once."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from creditbank.api import audit, posted_hours
from lms.learning.certificates.queries import content, paper_in_force, verdict
from lms.learning.certificates.services import issue
from lms.learning.completion.models import Completion
from lms.learning.completion.queries import faults
from lms.learning.completion.rules import at_completion
from lms.learning.completion.services import settle, settle_recent
from lms.learning.evidence.agreeing import _earned_right
from lms.learning.hours import queries as hours
from lms.learning.offers import offers
from lms.learning.permits.services import give
from lms.lib.clock import local_day
from lms.lib.outbox.services import deliver_pending
from tests.factories.courses import PARAGRAPH, permit, released_course, text
from tests.factories.learning import MINUTE, blocks, enrolment, opened, send

pytestmark = pytest.mark.django_db


def delivered():
    while deliver_pending():
        pass


def study(item, clock, start, end, seq=1):
    """Read so many minutes of the first lesson at its own speed and leave."""
    page = opened(item)
    clock.shift((end - start) * 60)
    send(
        page.session,
        seq,
        until=(end - start) * MINUTE,
        coverage={blocks(item)[0]["id"]: [[start * MINUTE, end * MINUTE]]},
        state="leaving",
    )


@pytest.fixture
def item(clock):
    """A course of public subjects in no plan, that the first report completes."""
    release = released_course(
        [[text(PARAGRAPH * 20)]],
        kind="public",
        theme="ethics",
        centihours=60,
        min_coverage_percent=0,
        planned=False,
    )
    return enrolment(release=release)


@pytest.fixture
def done(item, clock):
    """Completed outside any plan after 5 minutes: 0.11 学时 by the formula."""
    study(item, clock, 0, 5)
    return Completion.objects.get(enrolment=item)


def today_of(completion):
    return local_day(completion.completed_at)


def plan(completion, first=0, last=0, **more):
    """The course stands in a plan from so many days after the completion to so many."""
    day = today_of(completion)
    return permit(
        completion.release.course,
        day + timedelta(days=first),
        day + timedelta(days=last),
        year=day.year,
        **more,
    )


def test_a03_a_course_in_a_plan_earns_and_names_the_plan(item, clock):
    found = permit(item.course)
    study(item, clock, 0, 5)
    completion = Completion.objects.get(enrolment=item)
    assert completion.centihours == 11
    assert completion.rule["plan"]["title"] == found.title
    assert any(found.title in sentence for sentence in hours.explanation(completion))
    assert list(faults(completion)) == []


def test_a03_outside_a_plan_nothing_is_earned_and_everything_is_counted(done):
    delivered()
    assert (done.centihours, done.counted_ms, done.rule["plan"]) == (0, 5 * MINUTE, None)
    assert posted_hours(done.person.uuid)["public"] == 0
    assert list(faults(done)) == []
    assert settle(done.enrolment_id) is None
    assert any("不产生公需科目学时（372号 三(一)）" in sentence for sentence in hours.explanation(done))


def test_other_kinds_ask_for_no_plan(clock):
    item = enrolment(release=released_course([[text(PARAGRAPH * 20)]], centihours=60, min_coverage_percent=0))
    study(item, clock, 0, 5)
    completion = Completion.objects.get(enrolment=item)
    assert completion.centihours == 11
    assert "plan" not in completion.rule


def test_what_waited_is_given_once_when_a_plan_has_its_day(done):
    found = plan(done)
    assert give(found.source)["completions"] == 1
    assert give(found.source)["completions"] == 0
    assert settle(done.enrolment_id) is None
    delivered()
    fresh = Completion.objects.get(pk=done.pk)
    (entered,) = fresh.top_ups.all()
    assert (entered.centihours, entered.day, entered.plan["plan"]) == (11, today_of(done), str(found.plan))
    assert (fresh.total_centihours, fresh.own_centihours, fresh.waits_for_plan) == (11, 11, False)
    assert posted_hours(done.person.uuid)["public"] == 11
    assert list(faults(fresh)) == []
    assert not audit().broken
    said = hours.explanation(fresh)
    assert any("列入后补记 0.11 学时" in sentence for sentence in said)
    assert not any("不产生" in sentence for sentence in said)


@pytest.mark.parametrize(("first", "last", "given"), [(-3, -1, 0), (1, 9, 0), (0, 0, 1), (-1, 1, 1)])
def test_the_day_of_completion_decides(done, first, last, given):
    found = plan(done, first, last)
    assert give(found.source)["completions"] == given


@pytest.mark.long
def test_study_after_completion_follows_the_completion(done, clock):
    """Its own hours go to its own day; study afterwards to the day of that study, whenever the plan comes."""
    clock.shift(40 * 24 * 3600)
    study(done.enrolment, clock, 5, 9)
    assert Completion.objects.get(pk=done.pk).total_centihours == 0
    found = plan(done)
    give(found.source)
    fresh = Completion.objects.get(pk=done.pk)
    first, second = fresh.top_ups.all()
    assert (first.day, first.centihours) == (today_of(done), 11)
    assert (second.day, second.centihours) == (today_of(done) + timedelta(days=40), 9)
    assert fresh.own_centihours == 11
    assert list(faults(fresh)) == []
    study(done.enrolment, clock, 9, 12)
    assert Completion.objects.get(pk=done.pk).total_centihours == 26


def test_the_regular_job_gives_what_a_plan_missed_while_the_course_was_being_completed(done):
    plan(done)
    assert settle_recent(timedelta(days=1)) == 1


def test_a_recount_from_the_records_follows_the_rule(done):
    line = {
        "rule": done.rule,
        "centihours": 0,
        "counted_ms": done.counted_ms,
        "top_ups": [],
        "corrections": [],
    }
    assert _earned_right(line, done.counted_ms)
    assert not _earned_right(line | {"centihours": 11}, done.counted_ms)
    entered = {"number": 1, "counted_ms": done.counted_ms, "centihours": 11}
    assert _earned_right(line | {"top_ups": [entered]}, done.counted_ms)
    assert not _earned_right(line | {"top_ups": [entered | {"centihours": 12}]}, done.counted_ms)


@pytest.mark.long
def test_the_certificate_says_why_there_are_no_hours_and_then_has_them(done):
    paper = paper_in_force(issue(done.uuid))
    assert content(paper)["hours"] == "0"
    assert "不产生公需科目学时" in content(paper)["note"]
    assert "不产生公需科目学时" in str(verdict(paper.uuid).note)
    give(plan(done).source)
    paper = paper_in_force(issue(done.uuid))
    assert (content(paper)["hours"], content(paper)["note"]) == ("0.11", "")
    assert "公需" not in str(verdict(paper.uuid).note)


@pytest.mark.long
def test_pages_say_it_plainly(item, clock, client):
    """Course page, player, my hours and the course's own page; with the rule, and with a plan where there is one."""
    course = f"/courses/{item.course.slug}/"
    player = reverse("learning:player", args=[item.uuid, item.release.lessons.first().uuid])
    pages = [course, player, reverse("learning:course", args=[item.uuid])]
    assert "年度公需科目培训实施计划：尚未发布" in client.get(course).content.decode()
    client.force_login(item.person)
    for address in pages:
        html = client.get(address).content.decode()
        assert "年度公需科目培训实施计划：尚未发布" in html
        assert "372号 三(一)" in html
    day = local_day(item.started_at)
    permit(released_course(kind="public", planned=False).course, year=day.year)
    for address in pages:
        assert f"不在已发布的 {day.year} 年度公需科目培训实施计划里" in client.get(address).content.decode()
    far = permit(item.course, day + timedelta(days=3), day + timedelta(days=5), year=day.year)
    assert "在这以外学完的，不产生公需科目学时" in client.get(course).content.decode()
    far.first_day = day
    far.save()
    assert "学完，记公需科目学时" in client.get(course).content.decode()
    assert "不产生" not in client.get(player).content.decode()


@pytest.mark.long
def test_my_hours_say_it_of_courses_under_way_and_completed(item, clock, client):
    client.force_login(item.person)
    study(item, clock, 0, 5)
    year = local_day(Completion.objects.get(enrolment=item).completed_at).year
    html = client.get(reverse("hours:year") + f"?year={year}").content.decode()
    assert "不产生公需科目学时（372号 三(一)）" in html
    assert "不产生公需科目学时" in client.get(f"/courses/{item.course.slug}/").content.decode()
    begun = enrolment(user=item.person, release=released_course(kind="public", theme="ethics", planned=False))
    study(begun, clock, 0, 1)
    assert "尚未发布" in client.get(reverse("hours:year")).content.decode()


@pytest.mark.long
def test_the_planner_proposes_no_course_that_earns_nothing(item):
    day = date(2026, 5, 1)
    codes = {offer.id for offer in offers(None, day)}
    assert str(item.course.uuid) not in codes
    permit(item.course, day, day)
    assert str(item.course.uuid) in {offer.id for offer in offers(None, day)}
    assert str(item.course.uuid) not in {offer.id for offer in offers(None, day + timedelta(days=1))}


@pytest.mark.parametrize(
    ("rule", "worth"),
    [({}, 11), ({"plan": {"plan": "…"}}, 11), ({"plan": None}, 0)],
)
def test_copies_of_the_rule_from_before_plans_are_not_gated(rule, worth):
    assert at_completion(5 * MINUTE, rule | {"approved_centihours": 60, "ms_per_hour": 45 * MINUTE}) == worth
