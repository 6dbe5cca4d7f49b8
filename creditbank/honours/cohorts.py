"""Cohorts that study for a degree (A66): made by an authority or a union, joined by people who say yes. One function per
mutation.

Refuses: a member who was not asked; a degree without a verified result of a day after joining and within the three years;
acts about oneself. The body sees a person's name and degree only from their yes on, and until they leave.
"""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from creditbank.applications.steps import hold, reason_of
from creditbank.holders.queries import find_by_number, person_ids
from creditbank.honours import cohort_queries, queries
from creditbank.honours.models import Cohort, CohortMember
from creditbank.outcomes.catalogue import wrong
from lms.accounts.api import Organisation, User, actor, require_role, require_role_or_platform
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.outbox.services import emit

TARGET = "creditbank.CohortMember"
State = CohortMember.State
FIRST, LAST = 2000, 2100
MOST_PEOPLE = 1_000_000
LONGEST = {"name": 60, "college": 120, "programme": 120}


def open_cohort(
    by: User | Actor, organisation: Organisation, *, name: str, first_year: int, target: int, source: str
) -> Cohort:
    """A cohort of three years. Raises NotAllowed (officers of an authority, personnel officers of a union), Invalid, Conflict
    (the body has one of that name and year).
    """
    if organisation.kind not in cohort_queries.KINDS:
        raise NotAllowed(_("只有主管部门和工会可以建立学历提升计划。"), code="no_cohorts")
    who = require_role_or_platform(by, queries.role_of(organisation), organisation=organisation)
    if not FIRST <= first_year <= LAST:
        raise wrong("first_year", _("起始年份应在 2000 到 2100 之间。"))
    if not 0 < target <= MOST_PEOPLE:
        raise wrong("target", _("目标人数应大于 0，不超过 100 万。"))
    if not source.strip():
        raise wrong("source", _("请写明依据的文件。"))
    name = _text("name", name, _("请写明名称，不超过 60 个字。"))
    try:
        with transaction.atomic():
            row = Cohort.objects.create(
                organisation=organisation,
                name=name,
                first_year=first_year,
                target=target,
                source=source.strip(),
                made_at=now(),
            )
            data = {"first_year": first_year, "target": target}
            record(who, action="cohort.open", target_type="creditbank.Cohort", target=row.uuid, data=data)
    except IntegrityError as error:
        raise Conflict(_("本单位已有同名同年的计划。"), code="cohort_exists") from error
    return row


def invite(by: User | Actor, cohort: Cohort, *, number: str, college: str, programme: str) -> CohortMember:
    """Ask somebody by their learner number. Raises NotAllowed (role, oneself), Invalid (no such number, a text), Conflict
    (over; invited or a member already).
    """
    body = cohort.organisation
    who = require_role_or_platform(by, queries.role_of(body), organisation=body)
    _running(cohort)
    college = _text("college", college, _("请写明学校，不超过 120 个字。"))
    programme = _text("programme", programme, _("请写明专业，不超过 120 个字。"))
    person = find_by_number(number)
    if person is None or not person.is_active:
        raise Invalid(
            _("没有这个学习账号，请向本人核对。"), code="unknown_number", details={"field": "number"}
        )
    if not isinstance(by, Actor) and person.pk in person_ids(by):
        raise NotAllowed(_("不能办理自己的事项，请交给其他人员。"), code="own_case")
    taken = Conflict(_("这个人已经在邀请或成员名单里。"), code="invited_already")
    if CohortMember.objects.filter(
        cohort=cohort, person__in=person_ids(person), state__in=[State.INVITED, State.JOINED]
    ).exists():
        raise taken
    try:
        with transaction.atomic():
            row = CohortMember.objects.create(
                cohort=cohort,
                person=person,
                number=number.strip(),
                college=college,
                programme=programme,
                invited_at=now(),
            )
            _note(who, row, "invited")
    except IntegrityError as error:
        raise taken from error
    return row


def answer(user: User, member: CohortMember, *, accept: bool) -> CohortMember:
    """The person's own yes or no. Raises NotFound (not theirs), Conflict (answered already; over)."""
    with transaction.atomic():
        row = _own(user, member)
        if row.state != State.INVITED:
            raise _moved_on()
        if accept:
            _running(row.cohort)
        row.state = State.JOINED if accept else State.DECLINED
        row.answered_at, row.joined_on = now(), today() if accept else None
        row.save(update_fields=["state", "answered_at", "joined_on"])
        _note(actor(user), row, row.state)
    return row


def leave(user: User, member: CohortMember) -> CohortMember:
    """From today on the body sees nothing of the person any more. Raises as answer."""
    with transaction.atomic():
        row = _own(user, member)
        if row.state != State.JOINED:
            raise _moved_on()
        row.state, row.left_on = State.LEFT, today()
        row.save(update_fields=["state", "left_on"])
        _note(actor(user), row, row.state)
    return row


def record_degree(user: User, member: CohortMember, outcome: UUID) -> CohortMember:
    """Note the verified course result with which the degree was obtained. Raises NotAllowed (role, one's own case), NotFound
    (none of the member's results that may prove it), Conflict (no member any more, noted already).
    """
    who = _decider(user, member)
    try:
        with transaction.atomic():
            row = _locked(member)
            if row.state != State.JOINED or row.degree_id is not None:
                raise _moved_on()
            found = cohort_queries.proofs(row).filter(uuid=outcome).first()
            if found is None:
                raise NotFound
            row.degree = found
            row.save(update_fields=["degree"])
            _note(who, row, "degree", data={"outcome": str(found.uuid)})
    except IntegrityError as error:
        raise Conflict(_("这项成果已用来证明另一名成员取得学历。"), code="degree_used") from error
    return row


def withdraw_degree(user: User, member: CohortMember, *, reason: str) -> CohortMember:
    """It was noted by mistake. Raises NotAllowed, Invalid (reason), Conflict (nothing is noted)."""
    who = _decider(user, member)
    said = reason_of(reason, _("请写明理由，本人会看到，不超过 1000 个字。"))
    with transaction.atomic():
        row = _locked(member)
        if row.state != State.JOINED or row.degree is None:
            raise _moved_on()
        data = {"outcome": str(row.degree.uuid)}
        row.degree = None
        row.save(update_fields=["degree"])
        _note(who, row, "degree_withdrawn", reason=said, data=data)
    return row


def _decider(user: User, member: CohortMember) -> Actor:
    body = member.cohort.organisation
    who = require_role(user, queries.role_of(body), organisation=body)
    if member.person_id in person_ids(user):
        raise NotAllowed(_("不能办理自己的事项，请交给其他人员。"), code="own_case")
    return who


def _own(user: User, member: CohortMember) -> CohortMember:
    if member.person_id not in person_ids(user):
        raise NotFound
    return _locked(member)


def _locked(member: CohortMember) -> CohortMember:
    """Held for the rest of the transaction."""
    hold(CohortMember, member.pk)
    return cohort_queries.full().get(pk=member.pk)


def _running(cohort: Cohort) -> None:
    if today().year > cohort.last_year:
        raise Conflict(_("这个计划已经结束，不再加入新的成员。"), code="cohort_over")


def _text(field: str, said: str, sentence: str) -> str:
    text = said.strip()
    if not 0 < len(text) <= LONGEST[field]:
        raise wrong(field, sentence)
    return text


def _moved_on() -> Conflict:
    return Conflict(_("这一步已经办过，请刷新查看。"), code="moved_on")


def _note(
    who: Actor, row: CohortMember, what: str, *, reason: str = "", data: dict[str, str] | None = None
) -> None:
    """The audit row and the event, under the member's own key."""
    about = {"cohort": str(row.cohort.uuid), **(data or {})}
    made = record(
        who, action=f"cohort.{what}", target_type=TARGET, target=row.uuid, reason=reason, data=about
    )
    payload = {"person": str(row.person.uuid), "member": str(row.uuid), **about}
    emit(f"cohort.{what}", payload, key=f"cohort.{what}:{made.uuid}")
