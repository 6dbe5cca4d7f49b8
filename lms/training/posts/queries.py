"""Reading posts: those that run, for everybody, without names in full; one's base's own with what was paid; and where a base stands
with assessing skill levels (A33)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from creditbank.api import LevelRight, level_right
from lms.accounts.api import Organisation, Role, User, employments_in_force, holds, masked_names
from lms.lib.clock import today
from lms.lib.errors import NotAllowed, NotFound
from lms.training.bases.models import Base
from lms.training.bases.process import DOCUMENT
from lms.training.lifecycle.declaration import Source
from lms.training.lifecycle.words import cite
from lms.training.posts.models import PostPayment, SkillAward, SkillPost

MOST_PUBLIC = 50
ASSESSING = Source(DOCUMENT, "三(三)")


@dataclass(frozen=True)
class Shown:
    """A post as anybody may see it."""

    post: SkillPost
    name: str
    awards: list[SkillAward]


def running(base: Base, day: date) -> list[Shown]:
    """The posts whose term holds on the day; what has ended is not there. Three queries."""
    rows = SkillPost.objects.filter(base=base, first_day__lte=day, last_day__gte=day).select_related("person")
    rows = rows.prefetch_related(Prefetch("awards", SkillAward.objects.order_by("-day", "-pk")))
    found = [row for row in rows[:MOST_PUBLIC] if row.term.runs(day)]
    names = masked_names(row.person for row in found)
    return [Shown(row, names[row.person_id], list(row.awards.all())) for row in found]


def posts_of(base: Base) -> QuerySet[SkillPost]:
    """All of a base's, with what was paid in all; what was struck does not count."""
    rows = SkillPost.objects.filter(base=base).select_related("person")
    counts = Q(payments__strike__isnull=True)
    paid = Coalesce(Sum("payments__allowance_fen", filter=counts), 0)
    return rows.annotate(paid_fen=paid, months=Count("payments", filter=counts)).order_by("-first_day", "-pk")


def post_of(base: Base, uuid: UUID) -> SkillPost:
    """Raises NotFound."""
    found = SkillPost.objects.filter(base=base, uuid=uuid).select_related("person", "base__body").first()
    if found is None:
        raise NotFound
    return found


def payments(post: SkillPost) -> QuerySet[PostPayment]:
    """All, also what was struck, with the strike."""
    return post.payments.select_related("strike").order_by("-month", "-again")


def counted(post: SkillPost) -> QuerySet[PostPayment]:
    """Those that count."""
    return post.payments.filter(strike__isnull=True).order_by("-month")


def staff_of(body: Organisation) -> QuerySet[User]:
    """Who has confirmed to work there: who can be given a post. listed: the name on the body's own list; the legal name of
    an account is nobody's to read without a look that the person sees."""
    there = employments_in_force().filter(organisation=body)
    name = there.filter(user=OuterRef("pk")).values("line__name")[:1]
    found = User.objects.filter(pk__in=there.values("user"), is_active=True)
    return found.annotate(listed=Subquery(name)).order_by("pk")


def listed_name(post: SkillPost) -> str:
    """The name on the body's own list; of who has left it, what they call themselves."""
    there = employments_in_force().filter(organisation=post.base.body, user=post.person)
    row = there.select_related("line").first()
    return row.line.name if row else str(post.person)


def keeps(user: User, base: Base) -> bool:
    return holds(user, Role.HR, Role.ADMIN, organisation=base.body) and not user.is_superuser


# --- assessing skill levels ------------------------------------------------------------------------------------


def assessing(base: Base, day: date | None = None) -> LevelRight | None:
    """What the credit bank's register says of the base's body and skill levels; None: nothing."""
    return level_right(base.body, day or today())


def require_assessing(user: User, base: Base) -> LevelRight:
    """What lets a base record levels: its body is registered to assess them. Raises NotFound (not of its own people),
    NotAllowed (not registered, or not any more), with the rule."""
    if not holds(user, Role.ASSESSOR, Role.HR, Role.ADMIN, organisation=base.body) or user.is_superuser:
        raise NotFound
    right = assessing(base)
    if right is None:
        raise NotAllowed(
            cite(
                _("%(name)s还没有登记为职业技能等级认定机构，不能登记等级。先向主管部门申报，登记以后再来。")
                % {"name": base.body.name},
                ASSESSING,
            ),
            code="not_assessor",
        )
    if not right.allowed:
        raise NotAllowed(
            _("%(name)s从 %(day)s 起不再是职业技能等级认定机构，不能登记等级（依据：%(source)s）。")
            % {"name": base.body.name, "day": right.since.isoformat(), "source": right.source},
            code="not_assessor",
        )
    return right
