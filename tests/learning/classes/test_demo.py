"""The demo's class: loaded twice, there once; without the course, nothing."""

import pytest

from lms.accounts.demo import load_demo_people
from lms.learning.classes.demo import COURSE, ITEMS, SOURCE, load_demo_classes
from lms.learning.classes.hours_models import ClassHoursRule
from lms.learning.classes.models import ClassFiling, ClassMeeting, ClassPlace, PracticeChecklist
from tests.factories.courses import released_course

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def test_the_demo_twice():
    people, organisations = load_demo_people()
    assert load_demo_classes(people, organisations) == 0
    released_course(code=COURSE, provider=organisations["qpjx"], mode="blended")
    assert load_demo_classes(people, organisations) == 1
    assert load_demo_classes(people, organisations) == 1
    assert ClassMeeting.objects.count() == 2
    assert list(ClassPlace.objects.values_list("state", flat=True)) == ["seated", "seated"]
    filing, rule = ClassFiling.objects.get(), ClassHoursRule.objects.get()
    assert (filing.filed, filing.centihours, filing.authority.code) == (True, 800, "sjrs")
    assert (rule.source, rule.ms_per_hour) == ("演示规则，仅用于试用", 45 * 60_000)
    checklist = PracticeChecklist.objects.get()
    assert (len(checklist.items), checklist.source) == (len(ITEMS), SOURCE)
