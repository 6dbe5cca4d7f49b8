"""What changes organisations and who does what in them.

Registering and suspending is the authority's; giving and ending roles is the administrator's of that
organisation. Nobody gives or ends a role of their own. Superusers pass, under the same rows and the same
"never oneself".
"""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lms.accounts.organisations import rules, sectors
from lms.accounts.organisations.models import Membership, Organisation, Role
from lms.accounts.organisations.queries import actor as acting
from lms.accounts.organisations.queries import forget, require_role
from lms.accounts.organisations.wagtail_access import keep_in_step
from lms.accounts.people.models import User
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.lib.ids import uuid7
from lms.lib.outbox.services import emit

TARGET = "accounts.Organisation"


def _by(by: User | Actor, *roles: str, organisation: Organisation | None = None) -> Actor:
    """Someone's Actor after the check; the platform itself (demo, commands) passes."""
    if isinstance(by, Actor):
        if by.is_platform:
            return by
        user = User.objects.filter(pk=by.user_id).first() if by.user_id else None
        if user is None:
            raise NotAllowed
        by = user
    if by.is_superuser and by.is_active:
        # Also in a suspended organisation: somebody must be able to end its roles.
        return acting(by, roles[0], organisation)
    return require_role(by, *roles, organisation=organisation)


def register_organisation(
    by: User | Actor,
    *,
    code: str,
    name: str,
    kind: str,
    uscc: str = "",
    uscc_proof: str = "",
    sector: str = "",
) -> Organisation:
    """A new organisation. A USCC that fails its check is taken and stays unchecked until `prove_uscc`. sector: one of `sectors`, "" for
    none.

    Raises NotAllowed (needs officer or superuser), Invalid, Conflict (code taken).
    """
    actor = _by(by, Role.OFFICER)
    code, name = code.strip().lower(), " ".join(name.split())
    if not name or kind not in Organisation.Kind.values:
        raise Invalid(_("请填写机构名称和类别。"), details={"field": "name" if not name else "kind"})
    _known_sector(sector)
    organisation = Organisation(
        code=code, name=name, kind=kind, uscc=rules.normalise_uscc(uscc)[:18], sector=sector
    )
    try:
        organisation.clean_fields(exclude=["uscc", "status"])
    except ValidationError as error:
        raise Invalid(
            _("机构代码只能用小写字母、数字和连字符，最多 40 个字。"), details={"field": "code"}
        ) from error
    organisation.uscc_checked = bool(uscc) and rules.uscc_fault(organisation.uscc) is None
    organisation.uscc_proof = uscc_proof.strip()[:200]
    try:
        with transaction.atomic():
            organisation.save()
            record(
                actor,
                action="organisation.register",
                target_type=TARGET,
                target=organisation.uuid,
                data={"code": code, "kind": kind, "uscc_checked": organisation.uscc_checked},
            )
            _tell(organisation, "registered")
    except IntegrityError:
        raise Conflict(_("这个机构代码已经有了，请换一个。"), details={"field": "code"}) from None
    return organisation


@transaction.atomic
def set_sector(organisation: Organisation, by: User | Actor, sector: str) -> Organisation:
    """Its sector, "" for none: courses of it come a little earlier in what the people who work there find, and say why.

    Raises NotAllowed (needs officer or superuser), Invalid (field sector: no such sector).
    """
    actor = _by(by, Role.OFFICER)
    _known_sector(sector)
    row = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if row.sector == sector:
        return row
    was, row.sector = row.sector, sector
    row.save(update_fields=["sector"])
    record(
        actor,
        action="organisation.set_sector",
        target_type=TARGET,
        target=row.uuid,
        data={"was": was, "sector": sector},
    )
    _tell(row, "sector")
    organisation.sector = sector
    return row


def _known_sector(sector: str) -> None:
    if not sectors.known(sector):
        raise Invalid(_("没有这个行业，请从列表里选。"), details={"field": "sector"})


def uscc_warning(organisation: Organisation) -> str:
    """The sentence staff see beside a code that does not check, "" when there is nothing to say."""
    if not organisation.uscc:
        return str(_("没有填写统一社会信用代码。"))
    if organisation.uscc_checked or organisation.uscc_proof:
        return ""
    return str(_("统一社会信用代码校验不上。有些真实机构的代码也是这样，请核对营业执照或法人证书后写明。"))


@transaction.atomic
def prove_uscc(organisation: Organisation, by: User | Actor, proof: str) -> Organisation:
    """Someone looked at the licence; `proof` says which paper and where its copy is kept."""
    actor = _by(by, Role.OFFICER)
    text = " ".join(proof.split())
    if len(text) < 4:
        raise Invalid(_("请写明看过的证照和存档位置。"), details={"field": "proof"})
    organisation.uscc_proof = text[:200]
    organisation.save(update_fields=["uscc_proof"])
    record(actor, action="organisation.prove_uscc", target_type=TARGET, target=organisation.uuid, reason=text)
    return organisation


@transaction.atomic
def set_uscc(organisation: Organisation, by: User | Actor, uscc: str, proof: str) -> Organisation:
    """The code of an organisation that was registered without one. `proof` says which licence somebody looked at and where its copy is
    kept. A code that is there stays: grants and registers rest on it.

    Raises NotAllowed (needs an officer who has no role in the organisation, or superuser), Invalid (field uscc or proof), Conflict (it
    has one; another organisation has this one).
    """
    actor = _by(by, Role.OFFICER)
    code, text = rules.normalise_uscc(uscc), " ".join(proof.split())
    if rules.uscc_fault(code) in ("length", "characters"):
        raise Invalid(_("统一社会信用代码是 18 位数字和大写字母，请再数一遍。"), details={"field": "uscc"})
    if len(text) < 4:
        raise Invalid(_("请写明看过的证照和存档位置。"), details={"field": "proof"})
    # Codes are given one after the other, whichever the organisation: the second sees whose the first was.
    Organisation.objects.select_for_update().order_by("pk").values_list("pk").first()
    row = Organisation.objects.select_for_update().get(pk=organisation.pk)
    people = Membership.objects.filter(organisation=row, user__uuid=actor.person) if actor.person else None
    if people is not None and people.exists():
        raise NotAllowed(_("你在这家机构任职，它的代码要由没有关系的人登记。"), code="own_case")
    if row.uscc:
        raise Conflict(
            _("这家机构已经登记了代码 %(uscc)s，不能改成另一个。") % {"uscc": row.uscc},
            code="uscc_there",
            details={"field": "uscc"},
        )
    other = Organisation.objects.filter(uscc=code).order_by("pk").first()
    if other is not None:
        raise Conflict(
            _("这个代码已经登记在 %(name)s 名下。") % {"name": other.name},
            code="uscc_taken",
            details={"field": "uscc"},
        )
    row.uscc, row.uscc_checked = code, rules.uscc_fault(code) is None
    row.uscc_proof = text[:200]
    row.save(update_fields=["uscc", "uscc_checked", "uscc_proof"])
    record(
        actor,
        action="organisation.set_uscc",
        target_type=TARGET,
        target=row.uuid,
        reason=text,
        data={"uscc": code, "uscc_checked": row.uscc_checked},
    )
    _tell(row, "uscc")
    organisation.uscc, organisation.uscc_checked = row.uscc, row.uscc_checked
    organisation.uscc_proof = row.uscc_proof
    return organisation


def suspend_organisation(organisation: Organisation, by: User | Actor, reason: str) -> Organisation:
    """Its roles stop counting at once; nothing is deleted."""
    return _set_status(organisation, by, Organisation.Status.SUSPENDED, reason)


def resume_organisation(organisation: Organisation, by: User | Actor, reason: str) -> Organisation:
    return _set_status(organisation, by, Organisation.Status.ACTIVE, reason)


@transaction.atomic
def _set_status(organisation: Organisation, by: User | Actor, status: str, reason: str) -> Organisation:
    actor = _by(by, Role.OFFICER)
    text = " ".join(reason.split())
    if len(text) < 4:
        raise Invalid(_("请写明理由（至少 4 个字）。"), details={"field": "reason"})
    row = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if row.status == status:
        return row
    row.status, row.status_since, row.status_reason = status, now(), text[:500]
    row.save(update_fields=["status", "status_since", "status_reason"])
    forget()
    verb = "suspend" if status == Organisation.Status.SUSPENDED else "resume"
    record(actor, action=f"organisation.{verb}", target_type=TARGET, target=row.uuid, reason=text)
    for user in User.objects.filter(memberships__organisation=row).distinct():
        keep_in_step(user)
    _tell(row, verb)
    organisation.status, organisation.status_since = status, row.status_since
    organisation.status_reason = row.status_reason
    return row


def _tell(organisation: Organisation, what: str) -> None:
    payload = {
        "organisation": str(organisation.uuid),
        "code": organisation.code,
        "status": organisation.status,
    }
    emit("organisation.changed", payload | {"what": what}, key=f"organisation.changed:{uuid7()}")


@transaction.atomic
def grant_role(
    user: User,
    organisation: Organisation,
    role: str,
    by: User | Actor,
    *,
    since: date | None = None,
    until: date | None = None,
) -> Membership:
    """A role from `since` (today) to `until` (open). One already in force then goes on: to its own last day, or to a later
    `until`; it is never made shorter.

    Raises NotAllowed (not its administrator; oneself), Invalid (no such role in this kind; dates), Conflict
    (suspended organisation).
    """
    actor = _by(by, Role.ADMIN, organisation=organisation)
    _never_oneself(actor, user)
    if role not in Role.values or not rules.role_fits(organisation.kind, role):
        raise Invalid(
            _("%(kind)s没有这个角色。") % {"kind": organisation.get_kind_display()}, details={"field": "role"}
        )
    if organisation.status != Organisation.Status.ACTIVE:
        raise Conflict(_("机构已暂停，不能增加人员。"))
    since = since or today()
    if until and until < since:
        raise Invalid(_("结束日期不能早于开始日期。"), details={"field": "until"})
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    open_rows = Membership.objects.filter(user=user, organisation=organisation, role=role)
    # What begins later than asked for is no answer to it.
    in_force = open_rows.filter(Q(until__isnull=True) | Q(until__gte=today()), since__lte=max(since, today()))
    held = in_force.order_by(F("until").desc(nulls_first=True)).first()
    if held:
        if held.until is not None and (until is None or until > held.until):
            held.until = until
            held.save(update_fields=["until"])
            _note(actor, "grant", held)
        return held
    # Ended and given again on one day: the same row goes on, since one day can't begin twice.
    membership = open_rows.filter(since=since).first() or Membership(
        user=user, organisation=organisation, role=role, since=since
    )
    membership.until = until
    membership.save()
    _note(actor, "grant", membership)
    return membership


@transaction.atomic
def end_role(membership: Membership, by: User | Actor, *, reason: str = "") -> Membership:
    """The role ends now: yesterday was its last day (today, when it began today, still ends at once)."""
    actor = _by(by, Role.ADMIN, organisation=membership.organisation)
    _never_oneself(actor, membership.user)
    row = Membership.objects.select_for_update().select_related("user", "organisation").get(pk=membership.pk)
    day = today()
    if row.until and row.until < day:
        return row
    row.until = day - timedelta(days=1)
    row.save(update_fields=["until"])
    _note(actor, "end", row, reason)
    return row


def _never_oneself(actor: Actor, user: User) -> None:
    if actor.person == user.uuid:
        raise NotAllowed(_("不能给自己增加或结束角色，请另一位管理员来做。"), code="oneself")


def _note(actor: Actor, verb: str, membership: Membership, reason: str = "") -> None:
    forget()
    keep_in_step(membership.user)
    data = {"organisation": membership.organisation.code, "role": membership.role}
    row = record(
        actor,
        action=f"role.{verb}",
        target_type="accounts.User",
        target=membership.user.uuid,
        reason=reason,
        data=data,
    )
    emit(
        "membership.changed",
        data | {"person": str(membership.user.uuid), "what": verb},
        key=f"membership.changed:{row.uuid}",
    )
