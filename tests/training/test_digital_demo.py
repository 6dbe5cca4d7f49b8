"""The demo's digital items: one of each track, a published contest, levels, money and a model; loaded again, nothing is doubled."""

import pytest

from lms.accounts.demo import load_demo_people
from lms.learning.declarations.models import HoursDeclaration
from lms.lib.outbox.services import deliver_pending
from lms.training.digital import money
from lms.training.digital.demo import ASSESSORS, CONTEST, HOST, NATIONAL, load_demo_digital
from lms.training.digital.models import DigitalAchievement, DigitalItem, LevelList, ResultSheet, SkillModel
from lms.training.merits.demo import load_demo_merits
from lms.training.merits.models import MeritStatement
from tests.factories.courses import released_course
from tests.training.digitals import right


@pytest.mark.long
@pytest.mark.django_db
def test_the_demos_digital_items(clock):
    people, organisations = load_demo_people()
    for _n in range(4):
        released_course(provider=organisations[HOST], kind="specialty", sector="industry")
    right(organisations[ASSESSORS])
    for _again in range(2):
        load_demo_digital(people, organisations)
        load_demo_merits(people, organisations)
        while deliver_pending():
            pass
    assert sorted(DigitalItem.objects.values_list("track", flat=True)) == [
        *("contest", "leaders", "national", "school_firm", "standards")
    ]
    assert set(ResultSheet.objects.values_list("state", flat=True)) == {"published"}
    assert LevelList.objects.get().state == "published"
    assert sorted(DigitalAchievement.objects.values_list("result", flat=True)) == [
        *("first", "first", "junior", "second")
    ]
    assert not DigitalAchievement.objects.filter(hours__isnull=True).exists()
    assert HoursDeclaration.objects.filter(activity__in=("competition", "project")).count() == 4
    item = DigitalItem.objects.get(title=NATIONAL)
    sums = money.totals([item])[item.pk]
    assert (sums.promised, sums.held, sums.spent) == (8_000_000, 4_000_000, 4_000_000)
    assert SkillModel.objects.count() == 1
    assert DigitalItem.objects.get(title=CONTEST).entries.count() == 2
    assert MeritStatement.objects.get().state == "confirmed"
