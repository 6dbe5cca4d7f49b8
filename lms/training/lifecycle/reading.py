"""What judging a case needs to know of it and of who asks, read from the rows. Used by services under the row's lock, and by
pages without."""

from datetime import date

from django.db.models import Q

from lms.accounts.api import Role, User, memberships
from lms.training.lifecycle.models import Case, Delegation
from lms.training.lifecycle.rules import Party, Standing


def party(user: User, case: Case) -> Party:
    """Who somebody is to a case, today. One query. An administrator of the platform is nobody here without a role of their
    own: they keep the rules and decide no case."""
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
    )


def standing(case: Case, day: date) -> Standing:
    """Where a case stands on a day. Six queries."""
    judging = [row.name for row in case.declared.transitions if row.judges]
    notice = case.notices.order_by("-pk").first()
    states = list(notice.objections.values_list("state", flat=True)) if notice else []
    return Standing(
        state=case.state,
        due_on=case.due_on,
        escalated=case.escalated_on is not None,
        handler=_handler(case),
        deputies=deputies(case, day),
        judged=frozenset(
            case.acts.filter(name__in=judging, person__isnull=False).values_list("person", flat=True)
        ),
        evidence=kinds_of(case),
        notice_last=notice.last_day if notice else None,
        objections=states.count("open"),
        upheld=states.count("upheld"),
    )


def kinds_of(case: Case) -> frozenset[str]:
    """The kinds of evidence that are there."""
    return frozenset(case.evidence.order_by().values_list("kind", flat=True).distinct())


def deputies(case: Case, day: date) -> frozenset[int]:
    """To whom the present handler, or a superior, has handed the case for the day."""
    found = Delegation.objects.filter(case=case, first_day__lte=day, last_day__gte=day)
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
