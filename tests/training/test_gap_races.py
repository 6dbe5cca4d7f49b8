"""Real connections at the same moment: two corrections of one sheet, a correction and the hours it takes back, two officers who ask one
expert."""

import pytest

from creditbank.api import audit
from lms.learning.declarations.models import HoursDeclaration, State
from lms.lib.clock import today
from lms.lib.outbox.services import deliver_pending
from lms.training.digital import contest, results
from lms.training.digital.models import DigitalAchievement, ResultSheet
from lms.training.digital.rules import SheetLine
from lms.training.experts import services as experts
from lms.training.experts.models import Expert
from tests.factories.accounts import UserFactory
from tests.races import at_once, won
from tests.training.digitals import Lab, fresh, ruled
from tests.training.tendering import Market

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_a10_of_two_corrections_one_is_taken_and_hours_given_meanwhile_are_reversed(clock):
    ruled("市级一等奖", centihours=2000)
    ruled("市级二等奖", centihours=1000)
    lab = Lab()
    item = lab.opened()
    one, two = UserFactory(), UserFactory()
    first, second = lab.entered(item, one, name="甲队"), lab.entered(item, two, name="乙队")
    sheet = lab.final(clock, item, {first: "first", second: "second"})
    lines = [SheetLine(str(first.uuid), None, "second"), SheetLine(str(second.uuid), None, "first")]
    item = fresh(item)
    found = at_once(
        *[
            lambda user=user: contest.correct_results(user, sheet, lines, "两队名次录反")
            for user in (lab.teacher, lab.dean)
        ]
    )
    assert len(won(found)) == 1
    new = ResultSheet.objects.get(corrects=sheet)
    contest.check_results(lab.dean if new.entered_by == lab.teacher else lab.teacher, new)
    # The first result's hours are on their way while the correction is published by two.
    at_once(
        lambda: contest.publish_results(lab.officer, new),
        lambda: contest.publish_results(lab.second, new),
        lambda: results.give(item),
        lambda: results.give(item),
    )
    while deliver_pending():
        pass
    results.give(item)
    while deliver_pending():
        pass
    standing = DigitalAchievement.objects.filter(ended_at__isnull=True)
    assert {(row.person_id, row.result) for row in standing} == {(one.pk, "second"), (two.pk, "first")}
    accepted = HoursDeclaration.objects.filter(state=State.ACCEPTED)
    assert {(row.person_id, row.counted_centihours) for row in accepted} == {(one.pk, 1000), (two.pk, 2000)}
    assert audit().broken == 0


def test_a12_two_officers_ask_one_expert_once(clock):
    market = Market()
    person = UserFactory()
    new = experts.NewExpert(market.authority, person, ["industry"], "推荐函", today())
    found = at_once(*[lambda user=user: experts.enter(user, new) for user in (market.officer, market.second)])
    assert len(won(found)) == 1
    entry = Expert.objects.get(person=person)
    answered = at_once(
        lambda: experts.answer(person, entry, agree=True), lambda: experts.answer(person, entry, agree=False)
    )
    assert len(won(answered)) == 1
