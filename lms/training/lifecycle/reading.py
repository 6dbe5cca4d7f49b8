"""What judging a case needs to know of it and of who asks, read from the rows. Used by services under the row's lock, and by
pages without."""

from datetime import date

from django.db.models import Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from lms.accounts.api import Employment, Membership, Role, User, memberships
from lms.lib.clock import today
from lms.training.lifecycle.models import Act, Case, Delegation, Notice, Objection
from lms.training.lifecycle.rules import NoticeState, Party, Standing, state_of_notice


def party(user: User, case: Case) -> Party:
    """Who somebody is to a case, today. Three queries at most. An administrator of the platform is nobody here without a role
    of their own: they keep the rules and decide no case."""
    at: dict[int, set[str]] = {case.body_id: set(), case.authority_id: set()}
    if user.is_active:
        for organisation, role in (
            memberships(user).filter(organisation__in=list(at)).values_list("organisation", "role")
        ):
            at[organisation].add(role)
    return Party(
        person=user.pk,
        at_body=frozenset(at[case.body_id]),
        at_authority=frozenset(at[case.authority_id]),
        filed=case.applicant_id == user.pk,
        belongs=bool(at[case.body_id]) or _belongs(user, case.body_id),
    )


def _belongs(user: User, body: int) -> bool:
    """Whether they belong to a body, also while it is suspended: that takes roles from people, and no interest."""
    return people_of(body).filter(user=user).exists() or employed_by(body).filter(user=user).exists()


def employed_by(organisation: int) -> QuerySet[Employment]:
    """The employments there that have not ended, whether it is suspended or not."""
    return Employment.objects.filter(organisation=organisation, ended_at__isnull=True)


def people_of(organisation: int) -> QuerySet[Membership]:
    """The roles that are held in an organisation today, whether it is suspended or not."""
    day = today()
    rows = Membership.objects.filter(organisation=organisation, since__lte=day)
    return rows.filter(Q(until__isnull=True) | Q(until__gte=day))


def _judgements(case: Case) -> QuerySet[Act]:
    """The acts by which somebody judged in the matter at hand: since it began anew, else since the case began."""
    rows = case.declared.transitions
    found = case.acts.filter(name__in=[row.name for row in rows if row.judges], person__isnull=False)
    if begins := [row.name for row in rows if row.anew]:
        last = case.acts.filter(name__in=begins).order_by("-number").values("number")[:1]
        found = found.filter(number__gt=Coalesce(Subquery(last), 0))
    return found


def standing(case: Case, day: date) -> Standing:
    """Where a case stands on a day. Six queries."""
    judged = _judgements(case)
    notice = case.notices.order_by("-pk").first()
    # A notice that was given anew answers nobody who objected to the one before.
    objections = list(Objection.objects.filter(notice__case=case).values_list("notice", "state"))
    return Standing(
        state=case.state,
        due_on=case.due_on,
        escalated=case.escalated_on is not None,
        handler=_handler(case),
        deputies=deputies(case, day),
        judged=frozenset(judged.values_list("person", flat=True)),
        evidence=kinds_of(case),
        notice_last=notice.last_day if notice else None,
        objections=sum(state == Objection.State.OPEN for _notice, state in objections),
        upheld=objections.count((notice.pk, Objection.State.UPHELD)) if notice else 0,
    )


def notice_state(notice: Notice, day: date, *, newest: bool | None = None) -> NoticeState:
    """What a public notice is on a day. newest: whether its case has none after it, where that is known; else a query."""
    case = notice.case
    if newest is None:
        newest = not Notice.objects.filter(case=case, pk__gt=notice.pk).exists()
    return state_of_notice(
        noticed=newest and case.state in case.declared.noticing,
        first=notice.first_day,
        last=notice.last_day,
        day=day,
    )


def kinds_of(case: Case) -> frozenset[str]:
    """The kinds of evidence that are there."""
    return frozenset(case.evidence.order_by().values_list("kind", flat=True).distinct())


def deputies(case: Case, day: date) -> frozenset[int]:
    """To whom the present handler, or a superior, has handed the case for the day; what somebody else handed over, before
    the case was taken out of their hands, has ended with that."""
    above = people_of(case.authority_id).filter(role=case.declared.superior).values("user")
    found = Delegation.objects.filter(
        Q(giver=case.handler_id) | Q(giver__in=above), case=case, first_day__lte=day, last_day__gte=day
    )
    return frozenset(found.values_list("to", flat=True))


def _handler(case: Case) -> int | None:
    """Who has it in hand; nobody, where they have left the authority meanwhile: then any officer may go on."""
    if case.handler is None:
        return None
    roles = {role for row in case.declared.transitions for role in row.roles} | {case.declared.superior}
    held = memberships(case.handler).filter(Q(role__in=roles), organisation=case.authority_id)
    return case.handler_id if case.handler.is_active and held.exists() else None


def role_of(party: Party, roles: set[str], *, at_body: bool) -> str:
    """The role in which they act: the first that is asked for and held."""
    held = party.at_body if at_body else party.at_authority
    return next((str(role) for role in Role.values if role in held & roles), "")
