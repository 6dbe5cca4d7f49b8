"""Opens stores and makes, checks and ends their credentials.

Owns: those rows, and who among people may make and end them (the organisation's administrators; superusers for the
platform's own store). A secret is shown once and kept as a keyed hash; it is a random number of 192 bits, which no slow
hash makes safer. Refuses: a credential of a suspended organisation, a revoked and an expired one.
"""

import base64
import binascii
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, Role, User, actor, require_role_or_platform
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import day_bounds, now, today
from lms.lib.crypto import lookup_hash
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.records.credentials.models import Credential, Scope, Store
from lms.records.faults import Fault
from lms.records.statements.rules import Json
from lms.records.values import dumps

TARGET = "records.Store"
# What a store needs is a handful; many are forgotten ones. Launches make their own, which are not counted.
MOST = 50
_READS = {Scope.READ, Scope.ALL_READ, Scope.ALL}


@dataclass(frozen=True)
class Grant:
    """What one request may do. actor: the identifier of the one person spoken of, "" for anybody."""

    store_id: int
    key: str
    name: str
    scopes: frozenset[str]
    actor: str = ""
    registration: UUID | None = None
    activity: str = ""

    @cached_property
    def authority(self) -> Json:
        """Who vouches for what is written with this (Data 2.4.9)."""
        return {
            "objectType": "Agent",
            "name": self.name,
            "account": {"homePage": settings.PUBLIC_URL, "name": self.key},
        }

    @cached_property
    def authority_json(self) -> str:
        return dumps(self.authority)

    def may(self, *scopes: str) -> bool:
        return Scope.ALL in self.scopes or any(scope in self.scopes for scope in scopes)

    def require(self, *scopes: str) -> None:
        if not self.may(*scopes):
            raise Fault(_("这份凭据没有做这件事的权限。"), status=403, code="scope")

    @property
    def reads_all(self) -> bool:
        return any(scope in self.scopes for scope in _READS)


@dataclass(frozen=True)
class Secret:
    """A new credential, with the secret that is shown this once."""

    credential: Credential
    secret: str


def store_of(organisation: Organisation | None) -> Store:
    """The organisation's store (None: the platform's own), opened where there is none."""
    name = organisation.name if organisation else "Rongtong"
    store, _made = Store.objects.get_or_create(
        organisation=organisation, defaults={"name": name, "made_at": now()}
    )
    return store


def issue(
    store: Store,
    name: str,
    scopes: Sequence[str],
    *,
    by: User | None = None,
    expires_at: datetime | None = None,
    actor: str = "",
    registration: UUID | None = None,
    activity: str = "",
) -> Secret:
    """A new credential of a store, for what is launched and for commands. The caller has asked whether `by` may; people
    make theirs with `make_credential`.
    """
    secret = secrets.token_urlsafe(24)
    credential = Credential.objects.create(
        store=store,
        key=secrets.token_hex(10),
        secret_hash=_hash(secret),
        name=name,
        scopes=[str(Scope(scope)) for scope in scopes],
        actor=actor,
        registration=registration,
        activity=activity,
        made_by=by,
        made_at=now(),
        expires_at=expires_at,
    )
    return Secret(credential, secret)


def platform_grant(store_id: int) -> Grant:
    """What the platform itself writes into a store with: no key opens it from outside."""
    return Grant(store_id, "platform", "Rongtong", frozenset((Scope.WRITE, Scope.DEFINE)))


# --- by people --------------------------------------------------------------------------------------------


def require_keeper(by: User | Actor, store: Store) -> Actor:
    """Who looks after a store: its organisation's administrators; of the platform's own, superusers. Raises NotAllowed."""
    if store.organisation is not None or isinstance(by, Actor):
        return require_role_or_platform(by, Role.ADMIN, organisation=store.organisation)
    if not (by.is_active and by.is_superuser):
        raise NotAllowed
    return actor(by, Role.ADMIN)


def make_credential(
    by: User | Actor, store: Store, *, name: str, scopes: Sequence[str], last_day: date | None = None
) -> Secret:
    """A new credential with its secret. last_day: the last on which it works (Shanghai's), None: until revoked. Raises
    NotAllowed, Invalid, Conflict (too many).
    """
    who = require_keeper(by, store)
    said = " ".join(name.split())
    if not said or len(said) > 120:
        raise Invalid(_("请填写名称，不超过 120 个字。"), details={"field": "name"})
    if not scopes or any(scope not in Scope.values for scope in scopes):
        raise Invalid(_("请选择权限。"), details={"field": "scopes"})
    if last_day is not None and last_day < today():
        raise Invalid(_("截止日期已经过去。"), details={"field": "last_day"})
    with transaction.atomic():
        # Two at once are counted one after the other.
        Store.objects.select_for_update(of=("self",), no_key=True).get(pk=store.pk)
        open_ones = Credential.objects.filter(store=store, actor="", revoked_at__isnull=True)
        if open_ones.count() >= MOST:
            raise Conflict(_("凭据太多，请先停用不再使用的。"), code="too_many_credentials")
        made = issue(
            store,
            said,
            scopes,
            by=None if isinstance(by, Actor) else by,
            expires_at=None if last_day is None else day_bounds(last_day)[1],
        )
        record(
            who,
            action="records.credential.make",
            target_type=TARGET,
            target=store.uuid,
            data={"key": made.credential.key, "name": said, "scopes": made.credential.scopes},
        )
    return made


def revoke_credential(by: User | Actor, credential: Credential, *, reason: str) -> Credential:
    """From now on its secret is worth nothing. Revoked already, nothing happens. Raises NotAllowed, Invalid (no reason)."""
    who = require_keeper(by, credential.store)
    said = " ".join(reason.split())[:200]
    if not said:
        raise Invalid(_("请写明停用的原因。"), code="reason_missing", details={"field": "reason"})
    with transaction.atomic():
        row = Credential.objects.select_for_update(of=("self",)).get(pk=credential.pk)
        if row.revoked_at is not None:
            return row
        row.revoked_at, row.revoked_by = now(), None if isinstance(by, Actor) else by
        row.save(update_fields=["revoked_at", "revoked_by"])
        record(
            who,
            action="records.credential.revoke",
            target_type=TARGET,
            target=credential.store.uuid,
            reason=said,
            data={"key": row.key, "name": row.name},
        )
    return row


def end_at(credential_id: int, moment: datetime) -> None:
    """A launch's credential works until `moment` at the latest; sooner stays sooner."""
    rows = Credential.objects.filter(pk=credential_id)
    rows.exclude(expires_at__lte=moment).update(expires_at=moment)


# --- by programs ------------------------------------------------------------------------------------------


def granted(header: str) -> Grant:
    """The grant behind an Authorization header (Basic); `Fault` 401 where there is none."""
    pair = _pair(header)
    if pair is None:
        raise _unknown()
    key, secret = pair
    found = Credential.objects.select_related("store__organisation").filter(key=key[:40]).first()
    # Compared even where there is none: how long the answer takes tells nothing.
    same = hmac.compare_digest(_hash(secret), found.secret_hash if found else "")
    if found is None or not same or found.revoked_at is not None:
        raise _unknown()
    if found.expires_at is not None and found.expires_at <= now():
        raise Fault(_("这份凭据已经过期。"), status=401, code="expired")
    organisation = found.store.organisation
    if organisation is not None and organisation.status != Organisation.Status.ACTIVE:
        raise Fault(_("这个机构已被暂停。"), status=403, code="suspended")
    if found.used_on != today():
        Credential.objects.filter(pk=found.pk).update(used_on=today())
    return Grant(
        store_id=found.store_id,
        key=found.key,
        name=found.name,
        scopes=frozenset(found.scopes),
        actor=found.actor,
        registration=found.registration,
        activity=found.activity,
    )


def named_key(header: str) -> str:
    """The key an Authorization header names, whoever's it is; "" where it names none."""
    pair = _pair(header)
    return pair[0][:40] if pair else ""


def _pair(header: str) -> tuple[str, str] | None:
    scheme, _space, rest = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        key, colon, secret = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (key, secret) if colon and "\0" not in key else None


def _hash(secret: str) -> str:
    return lookup_hash(secret, "records")


def _unknown() -> Fault:
    return Fault(_("没有凭据，或凭据不对。"), status=401, code="unauthorized")
