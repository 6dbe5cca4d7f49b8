"""Sealed bids: handing one in, replacing it, taking it back, and opening it with the key that the bidder alone has.

Owns: TenderBid (what it says, until the review judges it) and SealedBid. Refuses: bids before a package is published or after its last day, by the
server's clock; bodies that are no base that day; files that are not sealed; a key before bids have closed or after the window, and one that does not
open it. A bid whose key does not come in time is withdrawn by the lifecycle's own clock, which is on record. Nobody can read what is sealed: the
platform has no key.
"""

import hashlib
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, User
from lms.lib.actor import Actor
from lms.lib.clock import local_day, now
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.lib.evidence import file_type
from lms.training.ce_bases.queries import Standing, standing
from lms.training.lifecycle import services as cases
from lms.training.lifecycle.conduct import Done
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.services import Said
from lms.training.programmes.rules import MOST_FEN
from lms.training.supervision.queries import findings_of
from lms.training.tenders import papers, rules, sealing, words
from lms.training.tenders.models import SealedBid, Tender, TenderBid, TenderPart
from lms.training.tenders.process import BID, OPEN_SIDE, TENDER
from lms.training.tenders.queries import bids_for

PDF = "application/pdf"
# Set while `seal` begins the case of a bid: nothing else does.
_sealing: ContextVar[bool] = ContextVar("sealing", default=False)


@dataclass(frozen=True)
class Past:
    """When and by whom something of the past is entered: the demo, as lifecycle's `replay`."""

    at: datetime
    by: Actor


def locked(tender: Tender) -> Tender:
    """The row, locked for the rest of the transaction."""
    list(Tender.objects.select_for_update().filter(pk=tender.pk).values_list("pk"))
    return Tender.objects.select_related("case__rule", "case__authority", "case__body").get(pk=tender.pk)


def about(bid: TenderBid) -> sealing.About:
    return sealing_about(bid.part, bid.bidder)


def sealing_about(part: TenderPart, bidder: Organisation) -> sealing.About:
    """What a sealed file is for: this number, this part, this body's code."""
    return sealing.About(part.tender.case.number or "", part.code, bidder.code)


def why_not(body: Organisation, day: date) -> str:
    """Why a body may not bid on a day; "" where it may (各基地……进行竞争性申报)."""
    if standing(body.pk, day) is not None:
        return ""
    return words.cite(
        _("%(name)s在 %(day)s 不是在册的国家级或市级继续教育基地，不能投标：需求包由各基地竞争性申报。")
        % {"name": body.name, "day": day.isoformat()},
        TENDER,
    )


def in_time(tender: Tender, day: date) -> None:
    """Raises Conflict: on this day the package takes no bids, whatever comes with them."""
    if tender.case.state not in ("published", "opening"):
        raise Conflict(
            words.cite(
                _("需求包现在是“%(state)s”，不收投标。") % {"state": tender.case.stands.label}, TENDER
            ),
            code="not_open",
        )
    if not rules.takes_bids(tender.published_on, tender.closes_on, day):
        raise _late(tender)


@transaction.atomic
def seal(
    user: User, part: TenderPart, body: Organisation, given: UploadedFile, past: Past | None = None
) -> SealedBid:
    """A body's sealed bid for a part; the next one replaces it, until bids close. Its hash is public at once, its name is not. Raises NotAllowed (role;
    no base), Conflict (not open, late, taken back), Invalid (no sealed file, or one that is there already)."""
    moment = past.at if past else now()
    day = local_day(moment)
    if not bids_for(user, body):
        raise NotAllowed(_("投标由投标单位的机构管理员或人事专员提交。"), code="role_missing")
    tender = locked(part.tender)
    in_time(tender, day)
    if said := why_not(body, day):
        raise NotAllowed(said, code="no_base")
    data = _sealed(given)
    bid = TenderBid.objects.filter(part=part, bidder=body).select_related("case").first()
    if bid is None:
        case = _begun(user, body, tender.case.authority, past)
        case = cases.describe(user, case, {"part": part.pk})
        bid = TenderBid.objects.create(case=case, part=part, bidder=body)
    elif bid.case.stands.final:
        raise Conflict(words.cite(_("这份投标已经撤回，不能再投。"), TENDER), code="withdrawn")
    _act(user, bid.case, "seal", {"sealed": data}, past)
    return bid.seals.select_related("bid__case", "tender__case").latest("number")


def _begun(user: User, body: Organisation, authority: Organisation, past: Past | None) -> Case:
    token = _sealing.set(True)
    try:
        if past:
            return cases.replay_begin(past.by, user, BID, body, authority, past.at)
        return cases.begin(user, BID, body, authority)
    finally:
        _sealing.reset(token)


def open_to(body: Organisation) -> str:
    """Why no bid can be begun: it begins with a sealed file, on the page of its package."""
    return "" if _sealing.get() else _("请在需求包的投标页面提交。")


def _late(tender: Tender) -> Conflict:
    return Conflict(
        words.cite(
            _("投标截止日是 %(day)s，按服务器的时间已经过了，不再收投标。")
            % {"day": tender.closes_on.isoformat()},
            TENDER,
        ),
        code="late",
    )


def _act(user: User, case: Case, name: str, values: dict[str, object], past: Past | None) -> None:
    case.refresh_from_db()
    said = Said(values=values)
    if past:
        cases.replay(past.by, user, case, name, said, past.at)
    else:
        cases.act(user, case, name, said)


def _sealed(given: UploadedFile) -> bytes:
    if not given.size or given.size > sealing.MOST_SEALED_BYTES:
        raise _wrong("sealed", _("密封文件是空的，或超过 10 MB。"))
    data = given.read()
    try:
        sealing.check(data)
    except sealing.Unsealable:
        raise _wrong(
            "sealed",
            _(
                "这不是密封文件：请在本页选文件后先加密，或用 seal_bid 命令加密，再提交加密后的文件。没有加密的内容没有保存。"
            ),
        ) from None
    if SealedBid.objects.filter(sha256=sealing.fingerprint(data)).exists():
        raise _wrong("sealed", _("这个密封文件已经提交过。要替换，请重新加密一次。"))
    return data


def _wrong(field: str, sentence: str) -> Invalid:
    return Invalid(words.cite(sentence, TENDER), code="invalid_bid", details={"field": field})


@transaction.atomic
def unseal(user: User, bid: TenderBid, key: str, past: Past | None = None) -> TenderBid:
    """Open a bid with its key, in the window. key: the text of the key file, or the key alone. Raises NotAllowed, Conflict (not now), Invalid (no key;
    it does not open this file: nothing is written, and it can be tried again)."""
    moment = past.at if past else now()
    tender = locked(bid.part.tender)
    found = TenderBid.objects.select_related("case__body", "part__tender__case", "bidder").get(pk=bid.pk)
    if not bids_for(user, found.bidder):
        raise NotAllowed(_("投标由投标单位的机构管理员或人事专员开启。"), code="role_missing")
    _in_window(tender, local_day(moment))
    if found.opened_at is not None:
        raise Conflict(_("这份投标已经开启。"), code="opened_already")
    try:
        read = sealing.read_key(key)
    except ValueError:
        raise _wrong("key", _("这不是密钥文件。请选加密时下载的那个文件，或粘贴其中的全部内容。")) from None
    last = found.seals.latest("number")
    with last.file.open("rb") as file:
        data = file.read()
    if sealing.fingerprint(data) != last.sha256:
        raise Conflict(
            words.cite(_("平台保存的密封文件与公开的指纹不一致，不能开启。请联系主管部门。"), OPEN_SIDE),
            code="damaged",
        )
    if read.sha256 and read.sha256 != last.sha256:
        raise _wrong(
            "key",
            _(
                "这个密钥对应另一个密封文件（指纹 %(theirs)s…），现在有效的是第 %(number)s 号（指纹 %(ours)s…）。在开标窗口内可以换一个再试。"
            )
            % {"theirs": read.sha256[:12], "number": last.number, "ours": last.sha256[:12]},
        )
    try:
        content = sealing.unseal(read.key, about(found), data)
    except sealing.WrongKey:
        raise _wrong(
            "key",
            _(
                "用这个密钥打不开：密钥不对，或加密时写的编号、内容或单位代码不对。什么都没有改动，在 %(day)s 以前可以再试。"
            )
            % {"day": tender.opens_until.isoformat()},
        ) from None
    _act(user, found.case, "unseal", {"content": content}, past)
    found.refresh_from_db()
    return found


def _in_window(tender: Tender, day: date) -> None:
    days = {"closes": tender.closes_on.isoformat(), "until": tender.opens_until.isoformat()}
    if tender.case.state not in ("published", "opening"):
        raise Conflict(
            words.cite(
                _("需求包现在是“%(state)s”，不再开标。") % {"state": tender.case.stands.label}, TENDER
            ),
            code="not_open",
        )
    if day <= tender.closes_on:
        raise Conflict(
            words.cite(
                _("投标截止日是 %(closes)s，第二天起才能开标；在那以前谁都不能读到投标内容。") % days, TENDER
            ),
            code="too_early",
        )
    if not rules.opens(tender.closes_on, tender.opens_until, day):
        raise Conflict(
            words.cite(_("开标窗口到 %(until)s，已经过了；没有提交密钥的投标视为撤回。") % days, TENDER),
            code="window_over",
        )


@transaction.atomic
def take_back(user: User, bid: TenderBid, past: Past | None = None) -> TenderBid:
    """Before bids close. Raises NotAllowed, Conflict."""
    tender = locked(bid.part.tender)
    if local_day(past.at if past else now()) > tender.closes_on:
        raise Conflict(
            words.cite(_("投标已经截止，不能撤回；不提交密钥的，期满视为撤回。"), TENDER), code="late"
        )
    _act(user, Case.objects.get(pk=bid.case_id), "withdraw", {}, past)
    return TenderBid.objects.select_related("case").get(pk=bid.pk)


# --- what acts bring ------------------------------------------------------------------------------------------


def last_day(case: Case, day: date) -> date | None:
    """Of a sealed bid: the last day on which its key can come."""
    part = TenderPart.objects.filter(pk=case.facts.get("part")).select_related("tender").first()
    return part.tender.opens_until if part else None


def after(done: Done) -> None:
    """What an act on a bid brings; it comes here only with what the bid's own page read."""
    name, values = done.transition.name, done.values
    if name == "seal":
        _kept(done, values.get("sealed"))
    elif name == "unseal":
        _opened(done, values.get("content"))
    elif name == "withdraw":
        bid = TenderBid.objects.filter(case=done.case).select_related("part__tender").first()
        if bid is not None and done.day > bid.part.tender.closes_on:
            raise Conflict(
                words.cite(_("投标已经截止，不能撤回；不提交密钥的，期满视为撤回。"), TENDER), code="late"
            )


def _kept(done: Done, data: object) -> None:
    bid = TenderBid.objects.filter(case=done.case).select_related("part__tender__case", "bidder").first()
    if bid is None or not isinstance(data, bytes):
        raise Invalid(_("请在需求包的投标页面提交。"), code="invalid_bid")
    tender = bid.part.tender
    if done.day > tender.closes_on:
        # Midnight came between the question and the act.
        raise _late(tender)
    number = (tender.seals.aggregate(last=Max("number"))["last"] or 0) + 1
    row = SealedBid(
        tender=tender,
        bid=bid,
        number=number,
        sha256=sealing.fingerprint(data),
        size=len(data),
        at=done.at,
    )
    row.file.save("sealed", ContentFile(data), save=False)
    row.save()
    papers.receipt(done, row)


def _opened(done: Done, content: object) -> None:
    bid = TenderBid.objects.filter(case=done.case).first()
    if bid is None or not isinstance(content, sealing.Content):
        raise Invalid(_("请在需求包的投标页面开启。"), code="invalid_bid")
    bid.opened_at = done.at
    # What no column holds is no price.
    amount = content.amount_fen
    bid.amount_fen = amount if amount is not None and abs(amount) <= MOST_FEN * 100 else None
    bid.name = content.name
    bid.mime = file_type(content.file[:16]) or ""
    bid.plain_sha256 = hashlib.sha256(content.file).hexdigest()
    bid.file.save("opened", ContentFile(content.file), save=False)
    bid.save()


def end_unopened(tender: Tender, at: datetime) -> None:
    """A package that is done away with before its bids were opened ends them, in the name of nobody."""
    waiting = Case.objects.filter(tender_bid__part__tender=tender, state__in=("preparing", "sealed"))
    for case in waiting.order_by("pk"):
        cases.by_clock(case, "moot", at)


def judge(tender: Tender) -> None:
    """When the window is over: each opened bid is valid or void, with base and checks as they stood on the last day for bids (评估结果……的重要参考;
    检查评估结果将作为今后项目承接的重要依据). Once."""
    rows = TenderBid.objects.filter(part__tender=tender, opened_at__isnull=False, judged=False)
    for bid in rows.select_related("part", "bidder"):
        stands = standing(bid.bidder_id, tender.closes_on)
        found = findings_of(bid.bidder_id, tender.closes_on)
        bid.base = stands.score if stands else None
        bid.base_note = _base_note(stands)
        bid.base_in_exit = stands is not None and stands.in_exit
        bid.checks = rules.checks_mean(row.mark for row in found)
        bid.findings = [
            {
                "number": row.number,
                "title": row.title,
                "day": row.checked_on.isoformat(),
                "verdict": row.verdict,
                "mark": row.mark,
                "open": row.open,
            }
            for row in found
        ]
        bid.void = (
            rules.void(
                bid.amount_fen, bid.part.ceiling_fen, is_base=stands is not None, file_good=bid.mime == PDF
            )
            or ""
        )
        bid.judged = True
        bid.save()


def _base_note(stands: Standing | None) -> str:
    return f"{stands.level} {stands.since.isoformat()}" if stands else ""
