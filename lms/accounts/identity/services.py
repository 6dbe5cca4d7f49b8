"""Real names: given by the person, proved by staff, looked at only with a reason that stays on record.

Owns: every write to Identity and every look at it in the clear. Neither names nor numbers ever enter an
audit row.
"""

import hmac
import json
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lms.accounts.identity import issuers, rules
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
    "country": _("请选择护照的签发国家或地区：资料页上“签发国代码”那一栏，例如 CHN。"),
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
    country: str = ""


class _Taken(Exception):
    """The paper stands under another account."""


def number_hash(kind: str, number: str) -> str:
    """What a paper is found by; `number` normalised."""
    return lookup_hash(rules.lookup_text(kind, number), "identity")


def _user_of(actor: Actor) -> User | None:
    return User.objects.filter(pk=actor.user_id, is_active=True).first() if actor.user_id else None


def _require_verifier(actor: Actor, person: User) -> None:
    """Staff in a verifying role, with a ground to deal with this person, and not the person themselves."""
    user = _user_of(actor)
    if actor.is_platform:
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


def find_faults(kind: str, legal_name: str, number: str, country: str = "") -> list[rules.Fault]:
    """What is wrong with values as they were typed; SENTENCES says it in words."""
    found = rules.faults(kind, rules.normalise_name(legal_name), rules.normalise_number(number), today())
    if kind == Identity.Kind.PASSPORT and not issuers.is_issuer(issuers.normalise(country)):
        found.append(rules.Fault("country", "country"))
    return found


def set_identity(
    user: User, kind: str, legal_name: str, number: str, actor: Actor, *, country: str = ""
) -> Identity:
    """Give or correct a real name. Comes out "checked": the form is right, nobody has seen the paper. country: of a
    passport, the code of who issued it (issuers.py); of other papers it is not kept.

    The person may correct their own until it is verified; after that only staff may. Raises Invalid
    (details: field → sentence), Conflict (the paper is registered to another account), NotAllowed,
    TooMany.
    """
    own = actor.person == user.uuid
    if not own:
        _require_verifier(actor, user)
    elif _too_many_refusals(user):
        raise TooMany(_("号码多次没有通过核对。请一小时后再试，或联系工作人员人工核实。"))
    faults = find_faults(kind, legal_name, number, country)
    name, number = rules.normalise_name(legal_name), rules.normalise_number(number)
    if faults:
        fields = {fault.field: str(SENTENCES[fault.code]) for fault in faults}
        raise Invalid(next(iter(fields.values())), code="identity_invalid", details={"fields": fields})
    issuer = issuers.normalise(country) if kind == Identity.Kind.PASSPORT else ""
    try:
        return _store(user, (kind, name, number, issuer), actor, own=own)
    except (IntegrityError, _Taken):
        record(actor, action="identity.refused", target_type=TARGET, target=user.uuid, reason="taken")
        raise Conflict(
            _("这个证件号码不能用于这个账号：它已在别处登记。如果证件是你本人的，请带证件找工作人员核实。"),
            code="identity_taken",
            details={"fields": {"number": str(_("这个证件号码不能用于这个账号。"))}},
        ) from None


@transaction.atomic
def _store(user: User, said: tuple[str, str, str, str], actor: Actor, *, own: bool) -> Identity:
    """said: kind, name, number, country."""
    User.objects.select_for_update().get(pk=user.pk)
    identity = Identity.objects.filter(user=user).first()
    if identity and own and identity.status == Identity.Status.VERIFIED:
        raise NotAllowed(
            _("实名信息已经核实，不能自己修改。姓名或证件有变化，请联系工作人员。"), code="verified"
        )
    before = identity and (identity.kind, identity.legal_name, identity.number, identity.country)
    if identity and before == said:
        return identity
    identity = identity or Identity(user=user)
    identity.kind, identity.legal_name, identity.number, identity.country = said
    identity.number_hash = number_hash(identity.kind, identity.number)
    if identity.country and _without_country(identity.number_hash, user):
        raise _Taken
    identity.status, identity.checked_at = Identity.Status.CHECKED, now()
    with transaction.atomic():
        identity.save()
    changed = [
        field
        for field, old, new in zip(
            ("kind", "legal_name", "number", "country"), before or ("", "", "", ""), said, strict=True
        )
        if old != new
    ]
    row = record(
        actor,
        action="identity.correct" if before else "identity.set",
        target_type=TARGET,
        target=user.uuid,
        data={"kind": identity.kind, "changed": changed, "notice": NOTICE_VERSION},
    )
    emit(
        "identity.changed",
        {"person": str(user.uuid), "status": identity.status},
        key=f"identity.changed:{row.uuid}",
    )
    return identity


def _without_country(number_hash: str, user: User) -> bool:
    """Whether another account has a passport of this number of before countries were asked for: it may be the same one,
    so a person looks at both. There come no more of these.
    """
    return Identity.objects.filter(number_hash=number_hash, country="").exclude(user=user).exists()


def stand_of(shown: Identity | RevealedIdentity) -> str:
    """A word for exactly what stands there, to be sent back by whoever compared it with the paper (`verify_identity`)."""
    told = (shown.kind, shown.legal_name, shown.number, shown.country)
    return lookup_hash(json.dumps(told, ensure_ascii=False), "identity.stand")


@transaction.atomic
def verify_identity(
    person: User, actor: Actor, *, reason: str, country: str = "", seen: str | None = None
) -> Identity:
    """Staff saw the paper. `reason` says how ("窗口核对原件"). country: who issued a passport that was given before this was
    asked for; needed then, and may be put beside one that was verified before. Again on a verified one changes nothing.

    seen: the `stand_of` what the paper was compared with; None: the caller compared nothing that somebody else may change.
    Raises NotAllowed, NotFound, Invalid (reason, country), Conflict (another account's paper; changed since it was seen).
    """
    _require_verifier(actor, person)
    reason = _reason(reason)
    User.objects.select_for_update().get(pk=person.pk)
    identity = Identity.objects.filter(user=person).first()
    if identity is None:
        raise NotFound(_("这个人还没有填写实名信息。"), code="no_identity")
    if seen is not None and not hmac.compare_digest(seen.encode(), stand_of(identity).encode()):
        raise Conflict(
            _("打开这一页以后，本人改过实名信息，没有记为核实。请重新显示姓名和号码，与证件原件核对。"),
            code="identity_changed",
        )
    lacks_country = identity.kind == Identity.Kind.PASSPORT and not identity.country
    if identity.status == Identity.Status.VERIFIED and not (lacks_country and country):
        return identity
    if lacks_country:
        _issued_by(identity, issuers.normalise(country))
    identity.status, identity.checked_at = Identity.Status.VERIFIED, now()
    identity.save(update_fields=["status", "checked_at", "country"])
    row = record(
        actor,
        action="identity.verify",
        target_type=TARGET,
        target=person.uuid,
        reason=reason,
        data={"changed": ["country"]} if lacks_country else None,
    )
    emit(
        "identity.changed",
        {"person": str(person.uuid), "status": identity.status},
        key=f"identity.changed:{row.uuid}",
    )
    return identity


def _issued_by(identity: Identity, country: str) -> None:
    """Put down who issued a passport of before. Raises Invalid (no code), Conflict (another account's paper)."""
    if not issuers.is_issuer(country):
        sentence = str(SENTENCES["country"])
        raise Invalid(sentence, code="identity_invalid", details={"fields": {"country": sentence}})
    alike = Identity.objects.filter(number_hash=identity.number_hash, country__in=("", country))
    if alike.exclude(pk=identity.pk).exists():
        raise Conflict(_("这本护照已在另一个账号登记，请先核对是不是同一个人。"), code="identity_taken")
    identity.country = country


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
    return RevealedIdentity(
        identity.kind, identity.legal_name, identity.number, identity.status, identity.country
    )


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
