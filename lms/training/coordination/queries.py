"""Reading the coordination group: who sits in it on a day, what waits for a member, and what the opinions on a case come to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, Role, User, actor, organisations_for
from lms.lib.audit.services import record
from lms.lib.clock import local_day, today
from lms.lib.errors import NotFound
from lms.training.coordination import rules
from lms.training.coordination.models import GroupMember, GroupOpinion
from lms.training.coordination.rules import Count
from lms.training.lifecycle.conduct import conduct_of
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.reading import employed_by, people_of

# In which states which processes wait for the group; rooms say so when the application is ready.
_waits: dict[str, str] = {}


def register_waits(process: str, state: str) -> None:
    """From now on cases of this process wait for the authority's group in this state."""
    _waits[process] = state


def waits_for_group(case: Case) -> bool:
    return _waits.get(case.process) == case.state


def heading(case: Case) -> str:
    return conduct_of(case).heading(case)


# --- who sits there ---------------------------------------------------------------------------------------


def sitting(authority: int, day: date) -> QuerySet[GroupMember]:
    """Who sits in an authority's group on a day."""
    rows = GroupMember.objects.filter(authority=authority, since__lte=day, person__is_active=True)
    return rows.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=day))


def seat(user: User, authority: int, at: datetime) -> GroupMember | None:
    """A user's seat at a moment."""
    return sitting(authority, local_day(at)).filter(person=user).first()


def must_stand_aside(case: Case, members: Collection[GroupMember]) -> set[int]:
    """Of these members, by their keys, whoever sits there for the case's body, or belongs to it or works there. Two queries."""
    people = [row.person_id for row in members]
    theirs = set(people_of(case.body_id).filter(user__in=people).values_list("user", flat=True))
    theirs |= set(employed_by(case.body_id).filter(user__in=people).values_list("user", flat=True))
    return {row.pk for row in members if row.body_id == case.body_id or row.person_id in theirs}


# --- what it comes to -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Voice:
    """A member with their last opinion; aside: they must stand aside."""

    member: GroupMember
    opinion: GroupOpinion | None
    aside: bool

    @property
    def stand(self) -> str:
        if self.aside:
            return str(dict(GroupOpinion.STANDS)[rules.Stand.RECUSED.value])
        return str(self.opinion.get_stand_display()) if self.opinion else ""  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Decision:
    members: Sequence[Voice]
    count: Count

    @property
    def said(self) -> str:
        """The count in words."""
        found = self.count
        return _(
            "成员 %(members)s 位，同意 %(agree)s，不同意 %(against)s，弃权 %(abstain)s，回避 %(recused)s，未表态 %(waiting)s"
        ) % {
            "members": found.members,
            "agree": found.agree,
            "against": found.against,
            "abstain": found.abstain,
            "recused": found.recused,
            "waiting": found.waiting,
        }

    @property
    def names(self) -> list[str]:
        """Who took part, as it stands on papers: name, body and stand."""
        return [
            _("%(who)s（%(body)s）：%(stand)s")
            % {"who": voice.member.person, "body": voice.member.body.name, "stand": voice.stand}
            for voice in self.members
            if voice.stand
        ]


def decision(case: Case, day: date) -> Decision:
    """What those who sit there on the day have said of a case. Four queries."""
    members = list(sitting(case.authority_id, day).select_related("person", "body").order_by("pk"))
    members.sort(key=lambda row: (row.position != GroupMember.Position.LEAD, row.pk))
    aside = must_stand_aside(case, members)
    last: dict[int, GroupOpinion] = {}
    for row in GroupOpinion.objects.filter(case=case).order_by("pk"):
        last[row.member_id] = row
    over = (case.rule.values if case.rule else {}).get(rules.OVER) or rules.OVER_PERCENT
    count = rules.count(
        [row.pk for row in members], {key: row.stand for key, row in last.items()}, aside, int(over)
    )
    return Decision([Voice(row, last.get(row.pk), row.pk in aside) for row in members], count)


# --- one's own --------------------------------------------------------------------------------------------


def seats(user: User) -> QuerySet[GroupMember]:
    """The user's seats, the open ones first."""
    rows = GroupMember.objects.filter(person=user).select_related("authority", "body")
    return rows.order_by(F("ended_on").asc(nulls_first=True), "-pk")


def _cases(user: User) -> QuerySet[Case]:
    """Every case that waits for a group the user sits in today."""
    where = Q(pk__in=[])
    for process, state in _waits.items():
        where |= Q(process=process, state=state)
    mine = sitting_of(user).values("authority")
    return Case.objects.filter(where, authority__in=mine).select_related("authority", "body", "rule")


def sitting_of(user: User) -> QuerySet[GroupMember]:
    day = today()
    rows = GroupMember.objects.filter(person=user, since__lte=day)
    return rows.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=day))


def waiting(user: User) -> QuerySet[Case]:
    """What waits for a group of the user's, with whether they have said something, the oldest first."""
    said = GroupOpinion.objects.filter(case=OuterRef("pk"), member__person=user)
    return _cases(user).annotate(said=Exists(said)).order_by("said", "pk")


def opinions_of(user: User) -> QuerySet[GroupOpinion]:
    """Everything the user has said, the newest first."""
    rows = GroupOpinion.objects.filter(member__person=user)
    return rows.select_related("case__authority", "case__body").order_by("-pk")


def last_word(case: Case, members: Collection[GroupMember]) -> GroupOpinion | None:
    """The last of what these members said of a case."""
    return GroupOpinion.objects.filter(case=case, member__in=members).order_by("-pk").first()


def case_for(user: User, uuid: UUID) -> Case:
    """A case that waits for a group the user sits in; the look is logged. Raises NotFound."""
    found = _cases(user).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    record(
        actor(user),
        action="case.view",
        target_type="training.Case",
        target=found.uuid,
        data={"group": found.authority.code},
    )
    return found


def reads(user: User, case: Case) -> bool:
    """Whether a member may open the files of a case: while it waits for their group, and it is not their own body's."""
    if not waits_for_group(case):
        return False
    member = sitting(case.authority_id, today()).filter(person=user).select_related("person", "body").first()
    return member is not None and not must_stand_aside(case, [member])


# --- administrators and officers --------------------------------------------------------------------------


def authorities(user: User) -> QuerySet[Organisation]:
    """Those whose groups the user looks at."""
    found: QuerySet[Organisation] = organisations_for(user, Role.OFFICER, Role.ADMIN)
    return found.filter(kind=Organisation.Kind.AUTHORITY).order_by("name")


def members_for(user: User, state: str = "") -> QuerySet[GroupMember]:
    """The members of the groups of the user's authorities. state: "open", "ended", or all."""
    rows = GroupMember.objects.filter(authority__in=authorities(user)).select_related(
        "authority", "person", "body"
    )
    if state in ("open", "ended"):
        rows = rows.filter(ended_on__isnull=state == "open")
    return rows.order_by("authority__name", F("ended_on").asc(nulls_first=True), "position", "pk")


def member_for(user: User, uuid: UUID) -> GroupMember:
    """Raises NotFound."""
    found = members_for(user).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found
