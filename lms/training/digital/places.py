"""Places in a digital item: whoever signs up by themselves has one, under a number that lists of results name them by.

Owns: DigitalTrainee. Refuses: signing up before the notice or after the last day, more people than there are places, and leaving with
results. Shared by the national project (engineers) and the tracks that train people (cohort).
"""

from django.utils.translation import gettext as _

from lms.accounts.api import User, actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Conflict, NotFound
from lms.training.digital import services
from lms.training.digital.models import DigitalItem, DigitalTrainee, LevelList
from lms.training.digital.process import DIGITAL
from lms.training.lifecycle.words import cite

STANDING = (LevelList.State.WAITING, LevelList.State.PUBLISHED)


def take_place(user: User, row: DigitalItem, grade: str) -> DigitalTrainee:
    """One's own place in an item that is locked; whoever left comes back under the same number. grade: the level they sign up for, "" of
    an item without levels. Raises Conflict (full, or there already)."""
    if row.trainees.filter(left=False).exclude(person=user).count() >= row.people:
        raise Conflict(cite(_("名额已满。"), DIGITAL), code="full")
    found = row.trainees.filter(person=user).first()
    if found is not None and not found.left:
        raise Conflict(_("你已经报名。"), code="signed_up_already")
    if found is None:
        found = DigitalTrainee(
            item=row, person=user, number=f"{row.case.number}-{row.trainees.count() + 1:04d}", at=now()
        )
    found.grade, found.left = grade, False
    found.save()
    record(
        actor(user),
        action="digital.sign_up",
        target_type=services.TARGET,
        target=row.uuid,
        data={"trainee": str(found.uuid), "grade": grade},
    )
    return found


def give_up(user: User, row: DigitalItem) -> DigitalTrainee:
    """Give one's place in an item that is locked up. Raises NotFound, Conflict (there are results already)."""
    found = row.trainees.filter(person=user, left=False).first()
    if found is None:
        raise NotFound
    if found.results.filter(batch__state__in=STANDING).exists():
        raise Conflict(_("已经有评价结果，不能退出。"), code="has_results")
    found.left = True
    found.save(update_fields=["left"])
    record(actor(user), action="digital.leave", target_type=services.TARGET, target=row.uuid)
    return found
