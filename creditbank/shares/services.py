"""Making a share, hiding it, moving its end, taking it back, and opening it.

Owns: shares and the log of looks. Refuses: a share without an end, a purpose or somebody it is for; and to whoever opens one
that is not theirs to see, hidden, over, taken back or never made, the same words every time.
"""

import json
import secrets
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from creditbank.credentials.models import CredentialSet
from creditbank.ledger.queries import reversed_uuids
from creditbank.outcomes.models import LearningOutcome
from creditbank.shares import rules
from creditbank.shares.models import Share, ShareExportRecord, ShareLook
from creditbank.transcripts.models import TranscriptSnapshot
from creditbank.transcripts.queries import besides_of
from creditbank.transcripts.services import make_transcript
from lms.accounts.api import Organisation, User, actor, memberships
from lms.lib.audit.services import record
from lms.lib.clock import day_bounds, now, today
from lms.lib.crypto import lookup_hash
from lms.lib.errors import Conflict, Invalid, NotFound

TARGET = "creditbank.Share"
# Days; a consent for longer than a year is not informed any more when it is used.
LONGEST = 366
MOST_STANDING = 50
MAX_PURPOSE = 200
MAX_RECIPIENT = 120


@dataclass(frozen=True)
class Wish:
    """What the holder wants to show. lines: keys of items, None for all. until: the last day on which it can be seen."""

    purpose: str
    until: date
    name_form: str
    recipient: str = ""
    organisation: UUID | None = None
    lines: tuple[str, ...] | None = None
    for_export: bool = False


@dataclass(frozen=True)
class Shown:
    """What a viewer sees: the least that the share's purpose needs. items: with whether each still stands."""

    share: Share
    name: str
    items: list[tuple[rules.Item, bool]]
    # (centihours, centicredits) where the whole transcript is shown.
    sums: tuple[int, int] | None
    own: bool
    # Beside the sums, the credits that belong to no course, or have left, each with whether its posting `stands`.
    besides: list[dict[str, Any]] = field(default_factory=list)


def create_share(user: User, wish: Wish, snapshot: TranscriptSnapshot | None = None) -> Share:
    """Make a share of a transcript of one's own, or of one made now. Raises Invalid, NotFound, Conflict (too many)."""
    purpose, recipient = wish.purpose.strip(), wish.recipient.strip()
    if not purpose or len(purpose) > MAX_PURPOSE:
        raise Invalid(
            _("请写明用途，不超过 200 个字。"), code="purpose_missing", details={"field": "purpose"}
        )
    if wish.name_form not in CredentialSet.NameForm.values:
        raise Invalid(_("请选择姓名的写法。"), code="bad_choice", details={"field": "name_form"})
    organisation = _organisation(wish)
    if organisation is None and (not recipient or len(recipient) > MAX_RECIPIENT):
        raise Invalid(
            _("请写明给谁看，或选择一个机构。"), code="recipient_missing", details={"field": "recipient"}
        )
    until = _end(wish.until)
    token = secrets.token_urlsafe(24)
    with transaction.atomic():
        # The holder's row is the lock: two requests cannot both be the last that is allowed.
        User.objects.select_for_update().get(pk=user.pk)
        standing = Share.objects.filter(holder=user, revoked_at__isnull=True, until__gt=now())
        if standing.count() >= MOST_STANDING:
            raise Conflict(_("你已有 50 个分享还有效。请先收回不用的。"), code="too_many_shares")
        snapshot = _paper(user, snapshot)
        share = Share.objects.create(
            holder=user,
            snapshot=snapshot,
            lines=_lines(snapshot, wish.lines),
            name_form=wish.name_form,
            recipient=recipient[:MAX_RECIPIENT],
            organisation=organisation,
            for_export=wish.for_export,
            purpose=purpose,
            until=until,
            created_at=now(),
            token=token,
            token_hash=lookup_hash(token, "share"),
        )
        record(
            actor(user),
            action="share.create",
            target_type=TARGET,
            target=share.uuid,
            reason=purpose,
            data={"until": wish.until.isoformat(), "organisation": organisation.code if organisation else ""},
        )
    return share


def _organisation(wish: Wish) -> Organisation | None:
    if wish.organisation is None:
        if wish.for_export:
            raise Invalid(
                _("只有指定了机构，才能允许它汇总导出。"),
                code="export_names_nobody",
                details={"field": "for_export"},
            )
        return None
    found = Organisation.objects.filter(uuid=wish.organisation, status=Organisation.Status.ACTIVE).first()
    if found is None:
        raise Invalid(_("没有这个机构。"), code="unknown_organisation", details={"field": "organisation"})
    return found


def _end(day: date) -> Any:
    """The end of the last day, in UTC."""
    if not today() <= day <= today() + timedelta(days=LONGEST):
        raise Invalid(_("请选择今天到一年以内的日期。"), code="bad_end", details={"field": "until"})
    return day_bounds(day)[1]


def _paper(user: User, snapshot: TranscriptSnapshot | None) -> TranscriptSnapshot:
    if snapshot is None:
        return make_transcript(user)
    if snapshot.holder_id != user.pk:
        raise NotFound
    snapshot = TranscriptSnapshot.objects.select_for_update().get(pk=snapshot.pk)
    if snapshot.revoked_at is not None:
        raise Conflict(_("这份清单已停用，不能再分享。"), code="already_revoked")
    return snapshot


def _lines(snapshot: TranscriptSnapshot, wanted: tuple[str, ...] | None) -> list[str] | None:
    items = rules.items_of(json.loads(snapshot.content))
    if wanted is None:
        return None
    found = [item.key for item in rules.chosen(items, wanted)]
    if not found or len(found) != len(set(wanted)):
        raise Invalid(_("请至少选一项；选的内容要在清单里。"), code="bad_lines", details={"field": "lines"})
    return found


def hide(user: User, share: Share, *, hidden: bool) -> Share:
    """Shown to nobody until it is shown again; the link stays the same."""
    return _change(user, share, "share.hide" if hidden else "share.show", hidden=hidden)


def move_end(user: User, share: Share, day: date) -> Share:
    """Another last day, sooner or later. Raises Invalid (past, or more than a year away)."""
    return _change(user, share, "share.move_end", until=_end(day))


def revoke(user: User, share: Share) -> Share:
    """Taken back for good."""
    return _change(user, share, "share.revoke", revoked_at=now())


def _change(user: User, share: Share, action: str, **changes: Any) -> Share:
    with transaction.atomic():
        standing = Share.objects.filter(pk=share.pk, holder=user, revoked_at__isnull=True)
        if not standing.update(**changes):
            raise Conflict(_("这个分享已经收回。"), code="already_revoked")
        record(actor(user), action=action, target_type=TARGET, target=share.uuid)
    share.refresh_from_db()
    return share


def address_of(share: Share) -> str:
    """The link that its holder hands on."""
    return str(settings.PUBLIC_URL + reverse("credit:shared", args=[share.token]))


def not_there() -> NotFound:
    """The one answer to whoever may not see a share, whatever the reason."""
    return NotFound(
        _("这个链接打不开：它可能输错了、到期了，或已被本人收回。如果它是发给你单位的，请先登录。"),
        code="share_not_found",
    )


def open_share(token: str, viewer: User | None, *, address: str, user_agent: str) -> Shown:
    """What stands behind a link, and a line in its log. Raises NotFound, with the same words for every reason."""
    share = (
        Share.objects.filter(token_hash=lookup_hash(token, "share"))
        .select_related("holder", "snapshot", "organisation")
        .first()
    )
    if share is None or not in_force(share):
        raise not_there()
    own = viewer is not None and viewer.pk == share.holder_id
    bodies = [row.organisation for row in memberships(viewer)] if viewer is not None and not own else []
    if share.organisation is not None and not own and share.organisation not in bodies:
        raise not_there()
    if not own:
        # The look is written before anything is shown; whose it was cannot be told apart where somebody works for two.
        ShareLook.objects.create(
            share=share,
            at=now(),
            network=rules.network_of(address),
            device=rules.device_of(user_agent),
            organisation=share.organisation or (bodies[0] if bodies else None),
        )
    return shown(share, own=own)


def in_force(share: Share) -> bool:
    """Whether the share shows anything to anybody now."""
    return (
        share.revoked_at is None
        and not share.hidden
        and share.until > now()
        and share.snapshot.revoked_at is None
        and bool(share.snapshot.content)
    )


def shown(share: Share, *, own: bool = False) -> Shown:
    """What the share shows of its transcript, with what has been taken back since marked."""
    content = json.loads(share.snapshot.content)
    items = rules.chosen(rules.items_of(content), share.lines)
    besides = besides_of(content) if share.lines is None else []
    undone = undone_of(items)
    gone = reversed_uuids([UUID(row["transaction"]) for row in besides if "transaction" in row])
    name = {"real": content["name"], "masked": content["masked_name"]}.get(share.name_form, "")
    return Shown(
        share=share,
        name=name,
        items=[(item, item.source not in undone) for item in items],
        sums=(content["centihours"], content["centicredits"]) if share.lines is None else None,
        own=own,
        besides=[row | {"stands": UUID(row.get("transaction", "0" * 32)) not in gone} for row in besides],
    )


def undone_of(items: list[rules.Item]) -> set[str]:
    """The sources that do not stand any more: postings reversed, certificates not verified any more."""
    postings = [UUID(item.source) for item in items if item.kind != "outcome"]
    outcomes = {item.source for item in items if item.kind == "outcome"}
    standing = LearningOutcome.objects.filter(uuid__in=outcomes, status=LearningOutcome.Status.VERIFIED)
    kept = {str(uuid) for uuid in standing.values_list("uuid", flat=True)}
    return {str(uuid) for uuid in reversed_uuids(postings)} | (outcomes - kept)


def erase_of(user: User) -> list[UUID]:
    """An erased person's shares: taken back, their words and links gone. Their uuids."""
    shares = Share.objects.filter(holder=user)
    shares.filter(revoked_at__isnull=True).update(revoked_at=now())
    shares.update(recipient="", purpose="", token="", lines=[])
    # What organisations took along stays theirs; what stands here of it goes, and its hash stays.
    ShareExportRecord.objects.filter(share__holder=user).update(content="")
    return list(shares.values_list("uuid", flat=True))
