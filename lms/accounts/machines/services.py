"""Making and revoking an organisation's machines, and answering who a token is.

Owns: who may (the organisation's administrators), the client behind a machine, the actor that its acts are recorded
under. Refuses: showing a secret twice; a token of a revoked machine, of a suspended organisation, or without the scope.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_urlsafe
from uuid import UUID

from allauth.idp.oidc.models import Client, Token
from django.db import transaction
from django.utils.translation import gettext as _

from lms.accounts.machines.models import Machine, Scope
from lms.accounts.organisations.models import Organisation, Role
from lms.accounts.organisations.queries import require_role
from lms.accounts.people.models import User
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed

TARGET = "accounts.Machine"
# What an organisation needs is one or two; many are forgotten ones.
MOST = 20


@dataclass(frozen=True)
class Credentials:
    """secret: shown now and never again."""

    machine: Machine
    secret: str


def actor_of(machine: Machine) -> Actor:
    """The machine as the one who acts: no person, its own name in the role (40 characters, as wide as the column)."""
    return Actor(person=None, role=f"machine:{machine.uuid.hex}", body=machine.organisation.code)


def make_machine(user: User, organisation: Organisation, *, name: str, scopes: Sequence[str]) -> Credentials:
    """A new machine with its secret. Raises NotAllowed (administrators of the organisation only), Invalid, Conflict."""
    who = require_role(user, Role.ADMIN, organisation=organisation)
    said = " ".join(name.split())
    if not said or len(said) > 60:
        raise Invalid(_("请填写名称，不超过 60 个字。"), details={"field": "name"})
    if not scopes or any(scope not in Scope.values for scope in scopes):
        raise Invalid(_("请选择权限。"), details={"field": "scopes"})
    secret = token_urlsafe(32)
    with transaction.atomic():
        # Two at once are counted one after the other.
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        if Machine.objects.filter(organisation=organisation, revoked_at__isnull=True).count() >= MOST:
            raise Conflict(_("接口凭据太多，请先停用不再使用的。"), code="too_many_machines")
        client = Client(name=f"{organisation.code}: {said}"[:100], type=Client.Type.CONFIDENTIAL)
        client.set_grant_types([Client.GrantType.CLIENT_CREDENTIALS])
        client.set_response_types([])
        client.set_scopes(list(scopes))
        client.set_default_scopes(list(scopes))
        client.set_secret(secret)
        client.save()
        machine = Machine.objects.create(
            organisation=organisation,
            name=said,
            client_id=client.id,
            scopes=list(scopes),
            made_by=user,
            made_at=now(),
        )
        record(
            who,
            action="machine.make",
            target_type=TARGET,
            target=machine.uuid,
            data={"name": said, "scopes": list(scopes)},
        )
    return Credentials(machine, secret)


def revoke_machine(user: User, machine: Machine, *, reason: str) -> Machine:
    """From now on neither secret nor token is worth anything. Revoked already, nothing happens. Raises NotAllowed,
    Invalid (no reason).
    """
    who = require_role(user, Role.ADMIN, organisation=machine.organisation)
    said = " ".join(reason.split())[:200]
    if not said:
        raise Invalid(_("请写明停用的原因。"), code="reason_missing", details={"field": "reason"})
    with transaction.atomic():
        row = Machine.objects.select_for_update(of=("self",)).get(pk=machine.pk)
        if row.revoked_at is not None:
            return row
        row.revoked_at, row.revoked_by = now(), user
        row.save(update_fields=["revoked_at", "revoked_by"])
        Client.objects.filter(pk=row.client_id).delete()
        record(who, action="machine.revoke", target_type=TARGET, target=row.uuid, reason=said)
    return row


def machine_of(token: str, scope: str) -> Machine:
    """Whose token this is. Raises NotAllowed: 401 for a token that is none or over, 403 without the scope or while the
    organisation is suspended.
    """
    found = Token.objects.lookup(Token.Type.ACCESS_TOKEN, token) if token else None
    if found is None or found.client_id is None or found.user_id is not None:
        raise NotAllowed(_("接口令牌无效或已过期，请重新获取。"), code="bad_token", status=401)
    machine = (
        Machine.objects.filter(client_id=found.client_id, revoked_at__isnull=True)
        .select_related("organisation")
        .first()
    )
    if machine is None:
        raise NotAllowed(_("接口令牌无效或已过期，请重新获取。"), code="bad_token", status=401)
    if scope not in found.get_scopes() or scope not in machine.scopes:
        raise NotAllowed(_("这个接口凭据没有需要的权限。"), code="scope_missing")
    if machine.organisation.status != Organisation.Status.ACTIVE:
        raise NotAllowed(_("机构已暂停，接口不可用。"), code="organisation_suspended")
    if machine.used_on != today():
        Machine.objects.filter(pk=machine.pk).update(used_on=today())
    return machine


def clear_tokens() -> int:
    """Tokens that were over a day ago are deleted; returns how many."""
    old = Token.objects.filter(expires_at__lt=now() - timedelta(days=1))
    number, _rows = old.delete()
    return number


def machine_names(uuids: Sequence[UUID]) -> dict[UUID, str]:
    """What the machines are called, for a list of what they did."""
    return dict(Machine.objects.filter(uuid__in=uuids).values_list("uuid", "name"))
