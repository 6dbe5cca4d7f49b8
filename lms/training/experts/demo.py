"""Experts of the demo's authorities: invented people who agreed, from before the year that is shown. Loaded again, nothing is doubled."""

from datetime import date

from lms.accounts.api import Organisation, User
from lms.lib.actor import Actor
from lms.training.experts.models import Expert
from lms.training.experts.services import NewExpert, answer, enter

DEMO = Actor.system("demo")
SINCE = date(2022, 12, 2)
BASIS = "演示：正高级工程师，由行业协会推荐"


def registered(authority: Organisation, *people: User) -> None:
    """Who is not there yet is entered, and agrees."""
    there = Expert.objects.filter(authority=authority, person__in=people)
    known = set(there.values_list("person", flat=True))
    for person in people:
        if person.pk not in known:
            entry = enter(DEMO, NewExpert(authority, person, ["industry", "science"], BASIS, SINCE))
            answer(person, entry, agree=True)
