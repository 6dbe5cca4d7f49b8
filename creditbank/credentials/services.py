"""Issuing a transcript as signed credentials, and revoking them.

Owns: sets, their places on the status lists, the bits. Refuses: credentials of a transcript that its holder took back,
of somebody else's, and any line that the transcript does not have.
"""

import json
import secrets
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from creditbank.credentials import badges, keys, proofs
from creditbank.credentials.models import CredentialSet, IssuedCredential, IssuerKey, StatusList
from creditbank.transcripts.models import TranscriptSnapshot
from lms.accounts.api import User, actor
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid, NotFound
from lms.lib.ids import uuid7
from lms.lib.units import format_centi

TARGET = "creditbank.CredentialSet"
# How long a set may hold, in days, as the holder chooses; 0: no end of its own.
LENGTHS = (0, 30, 90, 365)
Reason = IssuedCredential.Reason


def issue(user: User, snapshot: TranscriptSnapshot, *, name_form: str, days: int = 0) -> CredentialSet:
    """The transcript as signed credentials, with the name in this form, holding for so many days; the same asked for twice
    is the same set.

    Raises NotFound (not one's own), Conflict (taken back), Invalid (form, length, nothing to speak of).
    """
    if snapshot.holder_id != user.pk:
        raise NotFound
    if name_form not in CredentialSet.NameForm.values or days not in LENGTHS:
        raise Invalid(_("请选择姓名的写法和有效期。"), code="bad_choice")
    proof_key, jwt_key = keys.current(keys.Algorithm.ED25519), keys.current(keys.Algorithm.RS256)
    with transaction.atomic():
        # The paper's row is the lock: two clicks make one set, and none is made of a paper being taken back.
        snapshot = TranscriptSnapshot.objects.select_for_update().get(pk=snapshot.pk)
        if snapshot.revoked_at is not None:
            raise Conflict(_("这份清单已停用，不能再用它生成凭证。"), code="already_revoked")
        found = snapshot.credential_sets.filter(name_form=name_form, days=days).first()
        if found is not None:
            return _signed_anew(found) if _is_void(found) else found
        made = CredentialSet(
            snapshot=snapshot,
            holder=user,
            name_form=name_form,
            days=days,
            issued_at=now().replace(microsecond=0),
            proof_key=proof_key,
            jwt_key=jwt_key,
        )
        lines = badges.lines_of(json.loads(snapshot.content))
        if not lines:
            raise Invalid(_("这份清单里还没有可以写成凭证的内容。"), code="nothing_to_issue")
        made.content = "{}"
        made.save(force_insert=True)
        rows = _places(made, lines)
        _sign(made, lines, rows)
        record(
            actor(user),
            action="credential.issue",
            target_type=TARGET,
            target=made.uuid,
            data={"transcript": str(snapshot.uuid), "credentials": len(rows), "name": name_form},
        )
    return made


def _is_void(made: CredentialSet) -> bool:
    """A key that signed it was found compromised: nobody takes it any more."""
    return IssuerKey.State.COMPROMISED in (made.proof_key.state, made.jwt_key.state)


def _signed_anew(made: CredentialSet) -> CredentialSet:
    """The same credentials under the keys of today; revoked ones stay revoked, their places are the same."""
    made.proof_key, made.jwt_key = keys.current(keys.Algorithm.ED25519), keys.current(keys.Algorithm.RS256)
    rows = list(made.credentials.select_related("status_list").order_by("id"))
    _sign(made, badges.lines_of(json.loads(made.snapshot.content)), rows)
    return made


def _places(made: CredentialSet, lines: list[badges.Line]) -> list[IssuedCredential]:
    """A row for each line and one for the whole, each with a random place of a list that is at most half full."""
    wanted = len(lines) + 1
    found = StatusList.objects.select_for_update().order_by("-number").first()
    if found is None or found.taken + wanted > found.size // 2:
        found = _next_list(found)
    rows = [
        IssuedCredential(set=made, uuid=uuid7(), status_list=found, index=index, source=source, line=line)
        for index, (source, line) in zip(
            _free(found, wanted), [*((item.source, item.line) for item in lines), (None, "")], strict=True
        )
    ]
    IssuedCredential.objects.bulk_create(rows)
    StatusList.objects.filter(pk=found.pk).update(taken=F("taken") + wanted)
    return rows


def _next_list(last: StatusList | None) -> StatusList:
    number = last.number + 1 if last else 1
    try:
        with transaction.atomic():
            return StatusList.objects.create(number=number, created_at=now())
    except IntegrityError:  # somebody else's first credential, at the same moment
        return StatusList.objects.select_for_update().get(number=number)


def _free(found: StatusList, wanted: int) -> list[int]:
    """Random places nobody has. At most half are taken, so each round finds half of what it tries."""
    chosen: set[int] = set()
    while len(chosen) < wanted:
        tried = {secrets.randbelow(found.size) for _each in range(wanted - len(chosen))}
        held = IssuedCredential.objects.filter(status_list=found, index__in=tried)
        chosen |= tried - set(held.values_list("index", flat=True))
    return secrets.SystemRandom().sample(sorted(chosen), wanted)


def _sign(made: CredentialSet, lines: list[badges.Line], rows: list[IssuedCredential]) -> None:
    """Build and sign every credential of the set and keep them. rows: one for each line, then the whole's."""
    content = json.loads(made.snapshot.content)
    issuer = issuer_profile()
    subject = badges.Subject(made.subject, _name(content, made.name_form))
    chosen = ends_at(made)
    proof = cast(Ed25519PrivateKey, keys.signing(made.proof_key))
    method = keys.address(made.proof_key)
    signed = [
        proofs.signed(
            badges.badge(
                line,
                uuid=row.uuid,
                issuer=issuer,
                subject=subject,
                place=place(row),
                issued_at=made.issued_at,
                until=badges.until_of(line, chosen),
            ),
            proof,
            method,
            made.issued_at,
        )
        for line, row in zip(lines, rows, strict=False)
    ]
    whole = badges.clr(
        signed,
        uuid=rows[-1].uuid,
        issuer=issuer,
        subject=subject,
        place=place(rows[-1]),
        issued_at=made.issued_at,
        until=chosen,
        about=_sums(content),
    )
    signed.append(proofs.signed(whole, proof, method, made.issued_at))
    # External proofs go round what carries an embedded one already (Open Badges 3.0 § 8.2.4).
    private, address = cast(RSAPrivateKey, keys.signing(made.jwt_key)), keys.address(made.jwt_key)
    jwts = [proofs.jwt(item, private, address) for item in signed]
    made.content = json.dumps({"credentials": signed, "jwts": jwts}, ensure_ascii=False)
    made.save(update_fields=["content", "proof_key", "jwt_key"])


def _name(content: dict[str, Any], form: str) -> str:
    if form == CredentialSet.NameForm.NONE:
        return ""
    return str(content["name"] if form == CredentialSet.NameForm.REAL else content["masked_name"])


def _sums(content: dict[str, Any]) -> str:
    return _("学时合计 %(hours)s，学分合计 %(credits)s（清单内容指纹与纸面一致）。") % {
        "hours": format_centi(content["centihours"]),
        "credits": format_centi(content["centicredits"]),
    }


def issuer_profile() -> badges.Issuer:
    """The platform as issuer."""
    return badges.Issuer(
        did=keys.issuer(),
        name=_("融通学分银行"),
        address=settings.PUBLIC_URL,
        rules=settings.PUBLIC_URL + reverse("credit:rules"),
    )


def list_address(number: int) -> str:
    return str(settings.PUBLIC_URL + reverse("credit:status_list", args=[number]))


def keys_address() -> str:
    """The public page with the keys and the fingerprint of the DID document."""
    return str(settings.PUBLIC_URL + reverse("credit:keys"))


def check_address() -> str:
    return str(settings.PUBLIC_URL + reverse("credit:check"))


def place(row: IssuedCredential) -> badges.Place:
    return badges.Place(list_address(row.status_list.number), row.index)


def revoke_of_transcript(snapshot: TranscriptSnapshot, reason: str = Reason.HOLDER) -> int:
    """Everything signed of this transcript; its number."""
    return _revoke(Q(set__snapshot=snapshot), reason)


def revoke_of_source(source: UUID, reason: str) -> int:
    """Every credential that speaks of this transaction or outcome, and the records as a whole that hold one. Their number;
    the second time 0.
    """
    about = IssuedCredential.objects.filter(source=source).values("set")
    return _revoke(Q(source=source) | Q(source__isnull=True, set__in=about), reason)


def _revoke(which: Q, reason: str) -> int:
    with transaction.atomic():
        standing = IssuedCredential.objects.filter(which, revoked_at__isnull=True)
        found = list(standing.select_for_update(of=("self",)).values_list("pk", "status_list"))
        if not found:
            return 0
        IssuedCredential.objects.filter(pk__in=[pk for pk, _list in found]).update(
            revoked_at=now(), reason=reason
        )
        StatusList.objects.filter(pk__in={number for _pk, number in found}).update(changes=F("changes") + 1)
        record(
            Actor.system(f"credentials.{reason}"),
            action="credential.revoke",
            target_type=TARGET,
            target=None,
            data={"credentials": len(found), "reason": reason},
        )
    return len(found)


def erase_of(user: User) -> list[UUID]:
    """An erased person's credentials: revoked, and what they said is gone. The sets' uuids."""
    sets = CredentialSet.objects.filter(holder=user)
    _revoke(Q(set__holder=user), Reason.ERASED)
    sets.update(content="")
    return list(sets.values_list("uuid", flat=True))


def renewed(made: CredentialSet) -> CredentialSet:
    """The set as it can be handed out today: under new keys where an old one was found compromised. Raises Conflict once
    its paper was taken back.
    """
    with transaction.atomic():
        snapshot = TranscriptSnapshot.objects.select_for_update().get(pk=made.snapshot_id)
        if snapshot.revoked_at is not None or not made.content:
            raise Conflict(_("这份清单已停用，不能再下载它的凭证。"), code="already_revoked")
        return _signed_anew(made) if _is_void(made) else made


def contents(made: CredentialSet) -> tuple[list[dict[str, Any]], list[str]]:
    """(credentials, JWTs) in the same order, the whole last."""
    kept = json.loads(made.content)
    return kept["credentials"], kept["jwts"]


def ends_at(made: CredentialSet) -> datetime | None:
    """When the set ends by its holder's choice."""
    return made.issued_at + timedelta(days=made.days) if made.days else None
