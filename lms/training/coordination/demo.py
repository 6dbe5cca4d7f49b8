"""The group of a demo's authority: invented people of three bodies. Loaded again, nothing is doubled."""

from collections.abc import Sequence
from datetime import date

from lms.accounts.api import Organisation, User
from lms.lib.actor import Actor
from lms.training.coordination.models import GroupMember
from lms.training.coordination.services import NewMember, name_member

DEMO = Actor.system("demo")
SINCE = date(2022, 12, 2)
BASIS = "演示：区企业职工职业培训工作协调小组名单"
Position = GroupMember.Position


def group_of(authority: Organisation, people: Sequence[tuple[User, Organisation]]) -> None:
    """The first of them leads. Who sits there already is left alone."""
    there = set(GroupMember.objects.filter(authority=authority).values_list("person", flat=True))
    for number, (person, body) in enumerate(people):
        if person.pk not in there:
            position = Position.MEMBER if number or there else Position.LEAD
            name_member(DEMO, NewMember(authority, person, body, position, BASIS, SINCE))
