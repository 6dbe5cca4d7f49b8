"""A10, A20: the tracks beside contests and the national project train people, too: places, the list of who completed, the authority's word,
and hours by rule, once."""

from datetime import timedelta

import pytest
from django.urls import reverse

from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.outbox.services import deliver_pending
from lms.training.digital import cohort, engineers, queries
from lms.training.digital.models import DigitalAchievement, LevelList
from lms.training.lifecycle import services as cases
from lms.training.lifecycle.services import Said
from tests.factories.accounts import UserFactory
from tests.training.cases import pdf
from tests.training.digitals import HELD, UNTIL, Lab, fresh, later, ruled, staff

pytestmark = pytest.mark.django_db
PLACES = {"people": 3, "centihours": 4000, "enrol_until": UNTIL.isoformat()}


@pytest.fixture
def lab(clock):
    return Lab()


def opened(lab, track="leaders", **changes):
    return lab.opened(track, **PLACES | changes)


def ready(lab, clock, people=2, **changes):
    """An item with people who signed up, on the day after the last one for it."""
    item = opened(lab, **changes)
    found = [cohort.sign_up(UserFactory(), item) for _number in range(people)]
    later(clock)
    return fresh(item), found


@pytest.mark.parametrize("track", ["leaders", "standards", "school_firm"])
def test_a10_each_track_takes_people_where_it_names_places(lab, clock, track):
    item = opened(lab, track)
    person = UserFactory()
    place = cohort.sign_up(person, item)
    assert (place.number, place.grade) == (f"{item.case.number}-0001", "")
    with pytest.raises(Conflict, match="已经报名"):
        cohort.sign_up(person, item)
    cohort.leave(person, item)
    assert cohort.sign_up(person, item).number == place.number
    for _number in range(2):
        cohort.sign_up(UserFactory(), item)
    with pytest.raises(Conflict, match="名额已满"):
        cohort.sign_up(UserFactory(), item)


def test_a10_without_places_it_takes_nobody_and_needs_no_last_day(lab):
    item = lab.opened("leaders")
    assert (item.people, item.enrol_until) == (0, None)
    with pytest.raises(NotFound):
        cohort.sign_up(UserFactory(), item)


def test_a10_places_without_hours_or_last_day_are_not_handed_in(lab):
    case = lab.complete("leaders", people=3)
    with pytest.raises(Invalid) as refused:
        cases.act(lab.teacher, case, "submit")
    assert "核定学时" in str(refused.value.message)


def test_a20_who_completed_has_the_hours_of_the_rule_once(lab, clock):
    ruled("市级", activity="project", centihours=3000)
    item, (one, two) = ready(lab, clock)
    found = cohort.hand_in(lab.teacher, item, HELD, [one.number])
    assert found.state == LevelList.State.WAITING
    assert not DigitalAchievement.objects.exists()
    engineers.publish_list(lab.officer, found)
    while deliver_pending():
        pass
    achieved = DigitalAchievement.objects.get()
    assert (achieved.person, achieved.kind, achieved.result) == (one.person, "project", "passed")
    # Approved 40, the rule 30.
    from lms.learning.declarations.models import HoursDeclaration

    claim = HoursDeclaration.objects.get()
    assert (claim.person, claim.activity, claim.counted_centihours) == (one.person, "project", 3000)
    assert (claim.grade, claim.uuid) == ("市级", achieved.hours)
    assert queries.own_results(two.person, item)[0].passed is False


def test_a20_a_correction_takes_back_and_gives_anew(lab, clock):
    ruled("市级", activity="project", centihours=3000)
    item, (one, two) = ready(lab, clock)
    found = cohort.hand_in(lab.teacher, item, HELD, [one.number])
    engineers.publish_list(lab.officer, found)
    while deliver_pending():
        pass
    found.refresh_from_db()
    with pytest.raises(Conflict, match="已经有一份结业名单"):
        cohort.hand_in(lab.teacher, item, HELD, [one.number, two.number])
    right = cohort.hand_in(lab.teacher, item, HELD, [two.number], corrects=found, why="名单录反")
    engineers.publish_list(lab.officer, right)
    while deliver_pending():
        pass
    assert DigitalAchievement.objects.get(ended_at__isnull=True).person == two.person
    assert DigitalAchievement.objects.get(ended_at__isnull=False).person == one.person


def test_a10_lists_are_the_hosts_and_published_by_the_authority(lab, clock):
    item, (one, _two) = ready(lab, clock)
    for user in (lab.officer, UserFactory(), UserFactory(is_superuser=True)):
        with pytest.raises(NotAllowed):
            cohort.hand_in(user, item, HELD, [one.number])
    with pytest.raises(Invalid, match="没有这些编号"):
        cohort.hand_in(lab.teacher, item, HELD, ["SZ-0"])
    with pytest.raises(Invalid, match="结业日期"):
        cohort.hand_in(lab.teacher, item, today() + timedelta(days=1), [])
    found = cohort.hand_in(lab.teacher, item, HELD, [one.number])
    with pytest.raises(NotAllowed):
        engineers.publish_list(lab.teacher, found)
    with pytest.raises(Conflict, match="已经有评价结果"):
        cohort.leave(one.person, item)


def test_a10_before_signing_up_is_over_there_is_no_list(lab, clock):
    item = opened(lab)
    place = cohort.sign_up(UserFactory(), item)
    with pytest.raises(Conflict, match="报名还没有截止"):
        cohort.hand_in(lab.teacher, item, today(), [place.number])


def test_a10_nobody_hands_in_a_list_they_stand_in(lab, clock):
    item = opened(lab)
    place = cohort.sign_up(lab.teacher, item)
    later(clock)
    with pytest.raises(NotAllowed, match="由别人办理"):
        cohort.hand_in(lab.teacher, fresh(item), HELD, [place.number])


def test_a10_the_summary_comes_after_the_list(lab, clock):
    item, (one, _two) = ready(lab, clock)
    with pytest.raises(Conflict, match="结业名单还没有公布"):
        cases.act(lab.teacher, item.case, "report", Said("", [pdf("总结.pdf")]))
    engineers.publish_list(lab.officer, cohort.hand_in(lab.teacher, item, HELD, [one.number]))
    item.case.refresh_from_db()
    assert cases.act(lab.teacher, item.case, "report", Said("", [pdf("总结.pdf")])).to == "reported"


def test_a10_on_the_pages_of_learner_host_and_officer(lab, clock, client):
    item = opened(lab)
    page, host = reverse("digital:item", args=[item.uuid]), reverse("digital:host", args=[item.uuid])
    person = UserFactory(display_name="林小雨")
    client.force_login(person)
    assert "报名学习" in client.get(page).content.decode()
    assert client.post(page, {"act": "join_in"}).status_code == 302
    assert f"{item.case.number}-0001" in client.get(page).content.decode()
    later(clock)
    client.force_login(lab.teacher)
    shown = client.get(host).content.decode()
    assert "提交结业名单" in shown
    assert "林小雨" in shown
    sent = {"act": "completion", "day": HELD.isoformat(), "passed": f"{item.case.number}-0001"}
    assert client.post(host, sent | {"passed": "别的编号"}).status_code == 422
    assert client.post(host, sent).status_code == 302
    client.force_login(staff(lab.officer))
    desk = reverse("training_digital_item", args=[item.uuid])
    shown = client.get(desk).content.decode()
    assert "林小雨" in shown
    found = LevelList.objects.get()
    assert client.post(desk, {"act": "publish_list", "row": found.uuid}).status_code == 302
    client.force_login(person)
    assert "结业" in client.get(page).content.decode()
