"""Real names: given by the person, proved by staff, looked at only with a reason that stays on record.

Owns: every write to Identity and every look at it in the clear. Neither names nor numbers ever enter an
audit row.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lms.accounts.identity import rules
from lms.accounts.identity.grounds import ground_for
from lms.accounts.identity.models import Identity
from lms.accounts.organisations.models import Membership, Role
from lms.accounts.organisations.queries import memberships
from lms.accounts.people.models import User
from lms.lib.actor import Actor
from lms.lib.audit.models import AuditRow
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.crypto import lookup_hash
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound, TooMany
from lms.lib.outbox.services import emit

TARGET = "accounts.User"
# Who may say "I saw the paper and the person".
VERIFYING_ROLES = (Role.OFFICER, Role.REVIEWER, Role.ASSESSOR, Role.HR, Role.ADMIN)
# A taken number is the one thing this form can be made to tell; nobody mistypes their own more often than
# this.
MAX_REFUSED_PER_HOUR = 5
MIN_REASON = 4
# Bumped when the text of the notice changes; the audit row says which one a person agreed to.
NOTICE_VERSION = "2026-11"

SENTENCES: dict[str, Promise] = {
    "name": _("姓名要和证件上一样：汉字、间隔号“·”，或护照上的拼写，至少两个字。"),
    "length": _("居民身份证号码是 18 位，请再数一遍。"),
    "digits": _("居民身份证号码由数字组成，只有最后一位可以是 X。"),
    "checksum": _("这个号码有一位不对：最后一位校验不上，请对照证件再看一遍。"),
    "birth": _("号码第 7 到 14 位是出生日期，这里写的不是一个日期。"),
    "future": _("号码里的出生日期还没有到。"),
    "kind": _("请选择证件类型。"),
    "passport": _("护照号码是 6 到 9 位字母和数字。"),
    "hk_macao": _("港澳居民来往内地通行证号码是 H 或 M 加 8 位（旧证 10 位）数字。"),
    "taiwan": _("台湾居民来往大陆通行证号码是 8 位数字（旧证 10 位）。"),
    "is_permit": _("这是港澳台居民居住证的号码。请把证件类型改为“港澳台居民居住证”。"),
    "is_card": _("9 开头的是外国人永久居留身份证的号码。请改选证件类型，再对照证件看一遍。"),
    "residence_permit": _("港澳台居民居住证号码是 18 位，以 810000、820000 或 830000 开头。"),
    "permanent_residence": _("外国人永久居留身份证号码是 9 开头的 18 位，旧证是 3 个字母加 12 位数字。"),
}


@dataclass(frozen=True)
class RevealedIdentity:
    """A real name and number in the clear, for as long as a page shows it."""

    kind: str
    legal_name: str
    number: str
    status: str


def number_hash(kind: str, number: str) -> str:
    """What a paper is found by; `number` normalised."""
    return lookup_hash(rules.lookup_text(kind, number), "identity")


def _user_of(actor: Actor) -> User | None:
    return User.objects.filter(pk=actor.user_id, is_active=True).first() if actor.user_id else None


def _require_verifier(actor: Actor, person: User) -> None:
    """Staff in a verifying role, with a ground to deal with this person, and not the person themselves."""
    user = _user_of(actor)
    if actor.person is None and actor.role.startswith("system:"):
        return
    if user is None or user.pk == person.pk or actor.role not in VERIFYING_ROLES:
        raise NotAllowed
    if user.is_superuser:
        return
    if not memberships(user).filter(role=actor.role).exists() or ground_for(user, person) is None:
        raise NotAllowed(_("你只能处理本机构人员或你正在办理的人员的实名信息。"))


def _too_many_refusals(user: User) -> bool:
    since = now() - timedelta(hours=1)
    rows = AuditRow.objects.filter(action="identity.refused", target=user.uuid, at__gte=since)
    return rows.count() >= MAX_REFUSED_PER_HOUR


def find_faults(kind: str, legal_name: str, number: str) -> list[rules.Fault]:
    """What is wrong with values as they were typed; SENTENCES says it in words."""
    return rules.faults(kind, rules.normalise_name(legal_name), rules.normalise_number(number), today())


def set_identity(user: User, kind: str, legal_name: str, number: str, actor: Actor) -> Identity:
    """Give or correct a real name. Comes out "checked": the form is right, nobody has seen the paper.

    The person may correct their own until it is verified; after that only staff may. Raises Invalid
    (details: field → sentence), Conflict (the paper is registered to another account), NotAllowed,
    TooMany.
    """
    own = actor.person == user.uuid
    if not own:
        _require_verifier(actor, user)
    elif _too_many_refusals(user):
        raise TooMany(_("号码多次没有通过核对。请一小时后再试，或联系工作人员人工核实。"))
    faults = find_faults(kind, legal_name, number)
    name, number = rules.normalise_name(legal_name), rules.normalise_number(number)
    if faults:
        fields = {fault.field: str(SENTENCES[fault.code]) for fault in faults}
        raise Invalid(next(iter(fields.values())), code="identity_invalid", details={"fields": fields})
    try:
        return _store(user, kind, name, number, actor, own=own)
    except IntegrityError:
        record(actor, action="identity.refused", target_type=TARGET, target=user.uuid, reason="taken")
        raise Conflict(
            _("这个证件号码不能用于这个账号：它已在别处登记。如果证件是你本人的，请带证件找工作人员核实。"),
            code="identity_taken",
            details={"fields": {"number": str(_("这个证件号码不能用于这个账号。"))}},
        ) from None


@transaction.atomic
def _store(user: User, kind: str, name: str, number: str, actor: Actor, *, own: bool) -> Identity:
    User.objects.select_for_update().get(pk=user.pk)
    identity = Identity.objects.filter(user=user).first()
    if identity and own and identity.status == Identity.Status.VERIFIED:
        raise NotAllowed(
            _("实名信息已经核实，不能自己修改。姓名或证件有变化，请联系工作人员。"), code="verified"
        )
    before = identity and (identity.kind, identity.legal_name, identity.number)
    if identity and before == (kind, name, number):
        return identity
    identity = identity or Identity(user=user)
    identity.kind, identity.legal_name, identity.number = kind, name, number
    identity.number_hash = number_hash(kind, number)
    identity.status, identity.checked_at = Identity.Status.CHECKED, now()
    with transaction.atomic():
        identity.save()
    changed = [
        field
        for field, old, new in zip(
            ("kind", "legal_name", "number"), before or ("", "", ""), (kind, name, number), strict=True
        )
        if old != new
    ]
    row = record(
        actor,
        action="identity.correct" if before else "identity.set",
        target_type=TARGET,
        target=user.uuid,
        data={"kind": kind, "changed": changed, "notice": NOTICE_VERSION},
    )
    emit(
        "identity.changed",
        {"person": str(user.uuid), "status": identity.status},
        key=f"identity.changed:{row.uuid}",
    )
    return identity


@transaction.atomic
def verify_identity(person: User, actor: Actor, *, reason: str) -> Identity:
    """Staff saw the paper. `reason` says how ("窗口核对原件"). Again on a verified one changes nothing."""
    _require_verifier(actor, person)
    reason = _reason(reason)
    User.objects.select_for_update().get(pk=person.pk)
    identity = Identity.objects.filter(user=person).first()
    if identity is None:
        raise NotFound(_("这个人还没有填写实名信息。"), code="no_identity")
    if identity.status == Identity.Status.VERIFIED:
        return identity
    identity.status, identity.checked_at = Identity.Status.VERIFIED, now()
    identity.save(update_fields=["status", "checked_at"])
    row = record(actor, action="identity.verify", target_type=TARGET, target=person.uuid, reason=reason)
    emit(
        "identity.changed",
        {"person": str(person.uuid), "status": identity.status},
        key=f"identity.changed:{row.uuid}",
    )
    return identity


def name_fault(legal_name: str) -> str:
    """What is wrong with a name as it was typed, in words; "" when nothing is."""
    # The number stands for none: only what is said of the name is asked for.
    faults = rules.faults("", rules.normalise_name(legal_name), "", today())
    return next((str(SENTENCES[fault.code]) for fault in faults if fault.field == "legal_name"), "")


@transaction.atomic
def correct_name(person: User, legal_name: str, actor: Actor, *, reason: str) -> Identity:
    """Staff saw the paper with the right name: kind and number stay, and the name counts as verified.

    Raises NotAllowed, Invalid (name, reason), NotFound (no real name was given yet).
    """
    _require_verifier(actor, person)
    reason = _reason(reason)
    fault = name_fault(legal_name)
    if fault:
        raise Invalid(fault, code="identity_invalid", details={"fields": {"legal_name": fault}})
    User.objects.select_for_update().get(pk=person.pk)
    identity = Identity.objects.filter(user=person).first()
    if identity is None:
        raise NotFound(_("这个人还没有填写实名信息。"), code="no_identity")
    identity.legal_name = rules.normalise_name(legal_name)
    identity.status, identity.checked_at = Identity.Status.VERIFIED, now()
    identity.save(update_fields=["legal_name", "status", "checked_at"])
    row = record(
        actor,
        action="identity.correct",
        target_type=TARGET,
        target=person.uuid,
        reason=reason,
        data={"kind": identity.kind, "changed": ["legal_name"]},
    )
    emit(
        "identity.changed",
        {"person": str(person.uuid), "status": identity.status},
        key=f"identity.changed:{row.uuid}",
    )
    return identity


@transaction.atomic
def reveal_identity(viewer: User, person: User, reason: str) -> RevealedIdentity:
    """Name and number in the clear, and a row that the person can read.

    Raises NotAllowed, Invalid, NotFound.
    """
    ground = ground_for(viewer, person)
    if ground is None:
        raise NotAllowed(_("你只能查看本机构人员或你正在办理的人员的实名信息。"))
    if ground != "self":
        reason = _reason(reason)
    identity = Identity.objects.filter(user=person).first()
    if identity is None:
        raise NotFound(_("这个人还没有填写实名信息。"), code="no_identity")
    if ground != "self":
        record(
            _acting(viewer),
            action="identity.reveal",
            target_type=TARGET,
            target=person.uuid,
            reason=reason,
            data={"ground": ground},
        )
    return RevealedIdentity(identity.kind, identity.legal_name, identity.number, identity.status)


def _acting(viewer: User) -> Actor:
    """The viewer in the most fitting of their roles, for the record."""
    if viewer.is_superuser:
        return Actor(person=viewer.uuid, role="superuser", user_id=viewer.pk)
    held: list[Membership] = list(memberships(viewer))
    held.sort(
        key=lambda m: VERIFYING_ROLES.index(m.role) if m.role in VERIFYING_ROLES else len(VERIFYING_ROLES)
    )
    if not held:
        return Actor(person=viewer.uuid, role="staff", user_id=viewer.pk)
    return Actor(person=viewer.uuid, role=held[0].role, body=held[0].organisation.code, user_id=viewer.pk)


def _reason(reason: str) -> str:
    text = " ".join(reason.split())
    if len(text) < MIN_REASON:
        raise Invalid(
            _("请写明理由（至少 4 个字），本人可以看到。"), code="reason_missing", details={"field": "reason"}
        )
    return text[:500]
