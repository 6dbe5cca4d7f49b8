"""What an organisation takes along of the shares that name it and allow it: one record a person, each with a receipt that
anybody can check at /verify/.

Owns: exports and their records. Refuses: anybody who did not allow it, and, at every later download, whoever has taken the
consent back since: consents are asked anew each time.
"""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from creditbank.ledger.rules import canonical, digest
from creditbank.shares import services
from creditbank.shares.models import Share, ShareExport, ShareExportRecord, ShareLook
from creditbank.transcripts.queries import besides_of
from lms.accounts.api import Organisation, Role, User, require_role
from lms.lib.audit.services import record
from lms.lib.clock import local_day, now
from lms.lib.errors import Invalid, NotFound
from lms.lib.units import format_centi
from lms.lib.verify import services as verify
from lms.lib.verify.rules import grouped
from lms.lib.verify.services import Verdict, register_verifier

TARGET = "creditbank.ShareExport"
KIND = "credit_export"
ROLES = (Role.HR, Role.OFFICER, Role.ADMIN)
# People in one export; more are taken in several.
MOST = 1000
COLUMNS = (
    "receipt",
    "name",
    "kind",
    "title",
    "institution",
    "date",
    "hours",
    "credits",
    "rule",
    "transcript_sha256",
)
# What makes a spreadsheet take a cell for a formula, the wide forms among them.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
State, Reason = ShareExportRecord.State, ShareExportRecord.Reason


def candidates(organisation: Organisation) -> QuerySet[Share]:
    """The shares that name the organisation and allow it, not taken back and not over."""
    return Share.objects.filter(
        organisation=organisation, for_export=True, revoked_at__isnull=True, until__gt=now()
    )


def make_export(user: User, organisation: Organisation, purpose: str) -> ShareExport:
    """Take along what is allowed now. Every person's log says so. Raises NotAllowed, Invalid (purpose, nobody, too many)."""
    who = require_role(user, *ROLES, organisation=organisation)
    if not purpose.strip():
        raise Invalid(_("请写明用途，本人会看到。"), code="purpose_missing", details={"field": "purpose"})
    with transaction.atomic():
        shares = list(candidates(organisation).select_related("snapshot").order_by("id")[: MOST + 1])
        if not shares:
            raise Invalid(_("还没有人同意你们导出。"), code="nobody_agreed")
        if len(shares) > MOST:
            raise Invalid(_("一次最多导出 1000 人。"), code="too_many")
        export = ShareExport.objects.create(
            organisation=organisation, ordered_by=user, purpose=purpose.strip()[:200], made_at=now()
        )
        rows = [_filled(ShareExportRecord(export=export, share=share)) for share in shares]
        ShareExportRecord.objects.bulk_create(rows)
        _hand_over(export, rows)
        record(
            who,
            action="share.export",
            target_type=TARGET,
            target=export.uuid,
            reason=export.purpose,
            data={"made": sum(row.state == State.MADE for row in rows), "of": len(rows)},
        )
    return export


def retry(user: User, export: ShareExport) -> int:
    """Try what failed once more; how many of them succeeded."""
    who = require_role(user, *ROLES, organisation=export.organisation)
    with transaction.atomic():
        failed = list(
            ShareExportRecord.objects.select_for_update(of=("self",))
            .filter(export=export, state=State.FAILED)
            .select_related("share__snapshot")
            .order_by("id")
        )
        for row in failed:
            row.tries += 1
            _filled(row).save()
        made = [row for row in failed if row.state == State.MADE]
        _hand_over(export, made)
        record(
            who,
            action="share.export_retry",
            target_type=TARGET,
            target=export.uuid,
            data={"made": len(made), "of": len(failed)},
        )
    return len(made)


def _filled(row: ShareExportRecord) -> ShareExportRecord:
    """The record with what is handed over, or with why it is not."""
    row.at, share = now(), row.share
    row.state, row.content, row.content_hash = State.FAILED, "", ""
    if share.snapshot.revoked_at is not None or not share.snapshot.content:
        row.reason = Reason.GONE
    elif not services.in_force(share):
        row.reason = Reason.ENDED
    else:
        shown = services.shown(share)
        whole = all(stands for _item, stands in shown.items) and all(row["stands"] for row in shown.besides)
        if not whole:
            row.reason = Reason.STALE
            return row
        content = _content(shown)
        row.state, row.reason = State.MADE, ""
        row.content, row.content_hash = canonical(content).decode(), digest(content)
    return row


def _content(shown: services.Shown) -> dict[str, Any]:
    """What is handed over; the credits beside the courses with it, where their sum is."""
    besides = json.loads(shown.share.snapshot.content).get("besides", []) if shown.besides else []
    return {
        "name": shown.name,
        "transcript": shown.share.snapshot.content_hash,
        "sums": shown.sums,
        "items": [{"kind": item.kind} | item.fields for item, _stands in shown.items],
        "besides": besides,
    }


def _hand_over(export: ShareExport, rows: list[ShareExportRecord]) -> None:
    """A receipt for each and a line in each person's log."""
    made = [row for row in rows if row.state == State.MADE]
    for row in made:
        verify.issue(KIND, row.uuid)
    _log(export, made)


def _log(export: ShareExport, rows: list[ShareExportRecord]) -> None:
    """A line in the log of each person's share."""
    moment = now()
    ShareLook.objects.bulk_create(
        [
            ShareLook(
                share=row.share, at=moment, network="", device="other", organisation=export.organisation
            )
            for row in rows
        ]
    )


def exports_of(user: User, organisations: QuerySet[Organisation]) -> QuerySet[ShareExport]:
    """What these organisations took along, newest first, each with how much of it succeeded."""
    return (
        ShareExport.objects.filter(organisation__in=organisations)
        .select_related("organisation", "ordered_by")
        .annotate(
            made=Count("records", filter=Q(records__state=State.MADE)),
            failed=Count("records", filter=Q(records__state=State.FAILED)),
        )
        .order_by("-made_at", "-id")
    )


def export_of(user: User, uuid: UUID) -> ShareExport:
    """One that the user's organisation made. Raises NotFound, NotAllowed."""
    found = ShareExport.objects.filter(uuid=uuid).select_related("organisation").first()
    if found is None:
        raise NotFound
    require_role(user, *ROLES, organisation=found.organisation)
    return found


def records_of(export: ShareExport) -> QuerySet[ShareExportRecord]:
    return (
        ShareExportRecord.objects.filter(export=export)
        .select_related("share__snapshot")
        .defer("share__snapshot__content")
        .order_by("id")
    )


def _standing(user: User, export: ShareExport) -> Iterator[tuple[str, dict[str, Any]]]:
    """(receipt, content) of the records whose consent still stands; each download is a look."""
    who = require_role(user, *ROLES, organisation=export.organisation)
    rows = [
        row
        for row in ShareExportRecord.objects.filter(export=export, state=State.MADE)
        .select_related("share__snapshot")
        .order_by("id")
        if services.in_force(row.share)
    ]
    with transaction.atomic():
        _log(export, rows)
        record(
            who,
            action="share.export_download",
            target_type=TARGET,
            target=export.uuid,
            data={"records": len(rows)},
        )
    codes = verify.codes(KIND, [row.uuid for row in rows])
    for row in rows:
        yield grouped(codes[row.uuid]), json.loads(row.content)


def as_json(user: User, export: ShareExport) -> bytes:
    """Amounts in hundredths, as in the books."""
    head = {
        "format": "rongtong-credit-export",
        "version": 1,
        "export": str(export.uuid),
        "organisation": export.organisation.code,
        "purpose": export.purpose,
        "made_at": export.made_at.isoformat(timespec="seconds"),
    }
    people = [{"receipt": receipt} | content for receipt, content in _standing(user, export)]
    return (json.dumps(head | {"records": people}, ensure_ascii=False, indent=2) + "\n").encode()


def as_csv(user: User, export: ShareExport) -> bytes:
    """A line for each item and for the credits beside the courses, RFC 4180 with a byte order mark; no cell begins like a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for receipt, content in _standing(user, export):
        besides = [
            item | {"kind": "credits", "title": item["said"], "college": item["at"]}
            for item in besides_of(content)
        ]
        for item in (*content["items"], *besides):
            writer.writerow([_cell(value) for value in _row(receipt, content, item)])
    return "\ufeff".encode() + out.getvalue().encode()


def _row(receipt: str, content: dict[str, Any], item: dict[str, Any]) -> list[str]:
    kind = item["kind"]
    return [
        receipt,
        content["name"],
        kind,
        item["name"] if kind == "course" else item["title"],
        item.get("college") or item.get("issuer") or "",
        item.get("on") or item.get("issued_on") or "",
        format_centi(item["centi"]) if kind == "study" else "",
        format_centi(item["centicredits"]) if kind in ("course", "credits") else "",
        item.get("rule", ""),
        content["transcript"],
    ]


def _cell(value: str) -> str:
    return f"'{value}" if value.startswith(FORMULA) else value


def verdict(target: UUID) -> Verdict:
    """What a receipt says: who took what along, when; nothing of its content, and nothing at all once the consent is over."""
    row = (
        ShareExportRecord.objects.filter(uuid=target)
        .select_related("export__organisation", "share__snapshot")
        .first()
    )
    if row is None:
        raise NotFound
    title = _("汇总导出的回执")
    if not services.in_force(row.share):
        return Verdict(title=title, status="hidden", note=_("本人已收回同意，或同意已到期。"))
    return Verdict(
        title=title,
        status="valid",
        rows=[
            (_("导出机构"), row.export.organisation.name),
            (_("导出日期"), local_day(row.at).isoformat()),
            (_("内容指纹"), row.content_hash[:16]),
        ],
        note=_("内容以导出文件为准：同一回执的各行合起来，应与本人分享的内容一致。"),
    )


def register() -> None:
    """Called when the application is ready."""
    register_verifier(KIND, verdict)
