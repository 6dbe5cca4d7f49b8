"""Posting on the public board, correcting and withdrawing.

Owns: Posting and Withdrawal. Whoever has something to make public calls `post`, once for each `key`, and `end_all` when it is called off. Refuses: postings of a day to
come or, but for the platform, of a day that has passed (what is posted is public at once, and from that day); postings for an
authority by others than its officers; a second correction of the same posting.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, User
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid
from lms.lib.ids import uuid7
from lms.lib.outbox.services import emit
from lms.training.access import acting
from lms.training.board import queries
from lms.training.board.models import (
    BY_PROCESS,
    LONGEST_BODY,
    LONGEST_REASON,
    LONGEST_TITLE,
    Kind,
    Posting,
    Withdrawal,
)
from lms.training.lifecycle.services import next_number

TARGET = "training.Posting"
PREFIX = "GG"
LONGEST_URL = 300
# Behind which a line that is too long for one posting is broken.
_MARKS = "、，；。"
# What no feed can say: XML has no characters for them.
_UNSAYABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@transaction.atomic
def post(
    by: User | Actor,
    *,
    kind: str,
    title: str,
    authority: Organisation,
    subject: str = "",
    body: str = "",
    url: str = "",
    first_day: date | None = None,
    last_day: date | None = None,
    key: str = "",
    replaces: Posting | None = None,
    reason: str = "",
    again: bool = False,
) -> Posting:
    """Make something public, in the caller's transaction.

    by: an officer of the authority, or the platform (Actor.system) where the room has checked who asks. kind: of `Kind`. body: plain
    text; what another room has made public stands here without what no feed can say, and cut. url: an address of this site ("/plans/…/"). first_day: today where it is None. last_day: the last on which it is current,
    None without end. key: names the thing, e.g. "plan:<uuid>"; with a key that is there already the first posting comes back and
    nothing is written. replaces, reason: the posting that this one corrects, and why; again: it was withdrawn, which the
    writer knows; then it is announced from now on, not from its first day.

    Raises NotAllowed, Invalid (with the field), Conflict (corrected or withdrawn meanwhile).
    """
    who = acting(by, authority, _("公告由主管部门发布。"))
    if who.is_platform:
        title, body = _sayable(title, LONGEST_TITLE), _sayable(body, LONGEST_BODY)
    if key and (there := Posting.objects.filter(key=key).first()) is not None:
        return there
    day = today()
    first = first_day or day
    if first > day or (first < day and not who.is_platform):
        raise _wrong("first_day", _("公告自发布当天起公开，日期只能是今天。"))
    if last_day is not None and last_day < first:
        raise _wrong("last_day", _("最后一天不能早于发布的那天。"))
    if kind not in Kind.values:
        raise _wrong("kind", _("请从列出的种类里选。"))
    if not (key or subject or who.is_platform) and replaces is None and kind in BY_PROCESS:
        raise _wrong(
            "kind",
            _("“%(kind)s”由办理流程发布，不能手工发布；请在相应的流程里办理。") % {"kind": Kind(kind).label},
        )
    if url and (not url.startswith("/") or url.startswith("//") or len(url) > LONGEST_URL):
        raise _wrong("url", _("链接要是本站的地址，以“/”开头。"))
    former = _former(replaces, authority, withdrawn=again) if replaces is not None else None
    if former is not None and (former.kind, former.subject) != (kind, subject):
        # What was announced is what was posted: a correction of another thing would carry its day over.
        raise _wrong("kind", _("更正只能更正同一事项、同一种类的公告；种类不对的，请撤回后另行发布。"))
    uuid = uuid7()
    row = Posting(
        uuid=uuid,
        number=f"{PREFIX}-{day.year}-{next_number(f'board:{day.year}'):06d}",
        key=key or f"posting:{uuid}",
        kind=kind,
        subject=subject,
        authority=authority,
        title=_text("title", title, LONGEST_TITLE, required=True),
        body=_text("body", body, LONGEST_BODY),
        url=url,
        first_day=first,
        last_day=last_day,
        since=former.since if former and not again else first,
        replaces=former,
        reason=_text("reason", reason, LONGEST_REASON, required=former is not None),
        at=now(),
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        if key and (there := Posting.objects.filter(key=key).first()) is not None:
            return there
        raise _overtaken() from None
    said = {"number": row.number, "kind": kind, "subject": subject, "first": first.isoformat()}
    if former is not None:
        said["replaces"] = former.number
    record(who, action="board.post", target_type=TARGET, target=row.uuid, reason=row.reason, data={**said})
    _tell(row, "posted", former)
    return row


@dataclass(frozen=True)
class Listed:
    """A list that is made public, a line an entry. subject, key: as `post` has them, of its first part; reason: why it replaces the
    one before, where there is one."""

    kind: str
    title: str
    authority: Organisation
    subject: str
    lines: Sequence[str]
    key: str
    reason: str
    url: str = ""
    first_day: date | None = None


@transaction.atomic
def post_list(by: User | Actor, listed: Listed) -> list[Posting]:
    """A list of any length: in as many postings as it takes, each saying which part it is, with every line whole (`as_posted`). They
    replace the parts that stand of its subject; parts that are no longer needed are withdrawn. Raises as `post`."""
    parts = list(_parts(listed.lines))
    made = []
    for number, body in enumerate(parts, start=1):
        tail = "" if number == 1 else f":{number}"
        subject = f"{listed.subject}{tail}"
        part = ""
        if len(parts) > 1:
            part = _("（第 %(number)s 部分，共 %(all)s 部分）") % {"number": number, "all": len(parts)}
        # What stands now: an officer may have corrected the one before by hand, or withdrawn it.
        before = queries.standing_on(subject, listed.kind)
        made.append(
            post(
                by,
                kind=listed.kind,
                title=listed.title[: LONGEST_TITLE - len(part)] + part,
                authority=listed.authority,
                subject=subject,
                body=body,
                url=listed.url,
                first_day=listed.first_day,
                key=f"{listed.key}{tail}",
                replaces=before,
                reason=listed.reason if before else "",
            )
        )
    number = len(parts) + 1
    while (rest := queries.standing_on(f"{listed.subject}:{number}", listed.kind)) is not None:
        withdraw(by, rest, listed.reason)
        number += 1
    return made


def as_posted(lines: Sequence[str]) -> list[str]:
    """The lines as postings hold them: one that is longer than a posting goes on in a line of its own, broken behind a mark where
    there is one in its second half. Nothing is left out."""
    found = []
    for line in "\n".join(lines).splitlines():
        rest = line
        while len(rest) > LONGEST_BODY:
            mark = max(rest.rfind(sign, LONGEST_BODY // 2, LONGEST_BODY) for sign in _MARKS)
            to = mark + 1 if mark >= 0 else LONGEST_BODY
            found.append(rest[:to])
            rest = rest[to:]
        found.append(rest)
    return found


def _parts(lines: Sequence[str]) -> Iterator[str]:
    """The lines in bodies that a posting holds; at least one body."""
    body = ""
    for said in as_posted(lines):
        if body and len(body) + 1 + len(said) > LONGEST_BODY:
            yield body
            body = said
        else:
            body = f"{body}\n{said}" if body else said
    yield body


@transaction.atomic
def withdraw(by: User | Actor, posting: Posting, reason: str) -> Withdrawal:
    """Take a posting back that was wrong; it stays readable with the reason, and counts as never announced. Raises NotAllowed,
    Invalid, Conflict (replaced or withdrawn already)."""
    return _take_back(by, posting, reason)


@transaction.atomic
def end(
    by: User | Actor, posting: Posting, reason: str, *, url: str = "", day: date | None = None
) -> Withdrawal:
    """What a posting announced was called off: it stays on the board, dated and marked with the reason, and is current no more. url:
    where on this site that stands, the posting's own address without. day: of the act, today without; for the platform alone, which tells
    what was done before. Raises as `withdraw`."""
    return _take_back(by, posting, reason, ended=True, url=url or posting.url, day=day)


def end_all(
    by: Actor,
    subject: str,
    reason: str,
    *,
    kinds: Collection[str] = (),
    url: str = "",
    day: date | None = None,
) -> int:
    """The same for everything that stands on a subject, of these kinds where any are given. How many there were. By the platform, for
    rooms: words that they took are cut, not refused."""
    rows = [row for row in queries.standing_all(subject) if not kinds or row.kind in kinds]
    for row in rows:
        end(by, row, reason, url=url, day=day)
    return len(rows)


def _take_back(
    by: User | Actor,
    posting: Posting,
    reason: str,
    *,
    ended: bool = False,
    url: str = "",
    day: date | None = None,
) -> Withdrawal:
    who = acting(by, posting.authority, _("公告由主管部门发布。"))
    if who.is_platform:
        # As `post`: a room's consumer that was refused would come again for ever, also where nothing sayable is left.
        reason = _sayable(" ".join(reason.split()), LONGEST_REASON) or _("没有写明原因")
    elif day is not None:
        raise _wrong("day", _("公告从今天起撤回，不能倒签日期。"))
    said = _text("reason", reason, LONGEST_REASON, required=True)
    found = _former(posting, posting.authority)
    try:
        with transaction.atomic():
            row = Withdrawal.objects.create(
                posting=found,
                day=min(max(day or today(), found.first_day), today()),
                reason=said,
                ended=ended,
                url=url,
                at=now(),
            )
    except IntegrityError:
        raise _overtaken() from None
    record(
        who,
        action="board.end" if ended else "board.withdraw",
        target_type=TARGET,
        target=found.uuid,
        reason=said,
        data={"number": found.number},
    )
    _tell(found, "withdrawn", None)
    return row


def _former(posting: Posting, authority: Organisation, *, withdrawn: bool = False) -> Posting:
    """The posting that is to be replaced or withdrawn, one such act of the authority's at a time. withdrawn: as it must be. Raises
    Invalid, Conflict."""
    # The rows themselves cannot be locked: production's role may not change them, and a lock asks for that.
    Organisation.objects.select_for_update(no_key=True).get(pk=authority.pk)
    found = Posting.objects.get(pk=posting.pk)
    if found.authority_id != authority.pk:
        raise _wrong("replaces", _("只能更正本单位发布的公告。"))
    gone = Withdrawal.objects.filter(posting=found).exists()
    if Posting.objects.filter(replaces=found).exists() or gone != withdrawn:
        raise _overtaken()
    return found


def _tell(row: Posting, what: str, former: Posting | None) -> None:
    """For search and whoever else listens: which postings are to be looked at again."""
    uuids: list[UUID] = [row.uuid, *([former.uuid] if former else [])]
    payload = {"postings": [str(uuid) for uuid in uuids], "kind": row.kind, "subject": row.subject}
    emit(f"board.{what}", payload, key=f"board.{what}:{row.uuid}")


def _sayable(text: str, most: int) -> str:
    """Words that their room took and that are public already: not posting them would keep them, and what they go with, off the board."""
    said = _UNSAYABLE.sub(" ", text).strip()
    return said if len(said) <= most else f"{said[: most - 1]}…"


def _text(name: str, text: str, most: int, *, required: bool = False) -> str:
    said = text.strip()
    if len(said) > most or _UNSAYABLE.search(said) or (required and not said):
        raise _wrong(name, _("请填写，不超过 %(most)s 个字。") % {"most": most})
    return said


def _wrong(name: str, sentence: str) -> Invalid:
    return Invalid(sentence, code="invalid_posting", details={"field": name})


def _overtaken() -> Conflict:
    return Conflict(_("这条公告刚刚被更正或撤回，请刷新后再看。"), code="posting_overtaken")
