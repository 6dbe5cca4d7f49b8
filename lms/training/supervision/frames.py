"""Frames and draws: freezing a list, two officers' commitments, their secrets once the ledger's root of that day stands, and the draw that
follows from these alone.

Owns: SampleFrame, SeedCommit, SeedReveal, SampleDraw, FrameEnd, and the checks that a draw makes. Refuses: a second frame of a sort while one
waits for its draw (of several with one root somebody would choose), an empty or too long frame, a stratum that is to give more than it has, a second secret of one officer, a secret before the root that nobody could know, one that does
not fit its commitment, anything after the draw or the end. Why it is done so: docs/decisions/draws.md.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from creditbank.api import day_root
from lms.accounts.api import Organisation, User
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import local_day, now
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.lib.outbox.services import emit
from lms.training.access import acting
from lms.training.board import api as board
from lms.training.lifecycle.services import next_number
from lms.training.lifecycle.words import cite
from lms.training.supervision import rules, scope
from lms.training.supervision.checks import make_drawn, terms_on
from lms.training.supervision.models import (
    FrameEnd,
    SampleDraw,
    SampleFrame,
    SeedCommit,
    SeedReveal,
    Sort,
)
from lms.training.supervision.process import CHECKS

TARGET = "training.SampleFrame"
PLATFORM = Actor.system("supervision")
LONGEST_REASON = 500


@dataclass(frozen=True)
class NewFrame:
    """takes: stratum → how many are drawn of it; announced: a periodic check (定期检查), else a spot check (不定期抽查)."""

    authority: Organisation
    title: str
    sort: str
    announced: bool
    first_day: date
    last_day: date
    takes: Mapping[str, int]


def wrong(field: str, sentence: str) -> Invalid:
    """The refusal of a field that cannot be right; to be raised."""
    return Invalid(sentence, code="invalid_frame", details={"field": field})


@transaction.atomic
def freeze(by: User | Actor, new: NewFrame, *, at: datetime | None = None) -> SampleFrame:
    """Freeze what the authority may check in the period as a list with its hash, and say so on the notice board. By an officer of the
    authority; at: of the past, by the platform. Raises NotAllowed, Invalid (with the field), Conflict (one of the sort waits for its draw)."""
    who = acting(by, new.authority, _("抽查由主管部门进行。"))
    # One at a time, also of two requests at once.
    Organisation.objects.select_for_update(no_key=True).get(pk=new.authority.pk)
    moment = _moment(who, at)
    title = new.title.strip()
    if not 2 <= len(title) <= 120 or "\0" in title:
        raise wrong("title", _("请填写抽查名称，2 到 120 个字。"))
    if new.sort not in Sort.values:
        raise wrong("sort", _("请选择抽查的对象。"))
    waiting = SampleFrame.objects.filter(
        authority=new.authority, sort=new.sort, draw__isnull=True, end__isnull=True
    )
    if (other := waiting.first()) is not None:
        raise Conflict(
            cite(
                _("%(number)s 还没有抽签：同一类对象一次只封存一份名单，抽签或公开放弃以后再立下一份。")
                % {"number": other.number},
                CHECKS,
            ),
            code="frame_waits",
        )
    if new.last_day < new.first_day:
        raise wrong("last_day", _("最后一天不能早于第一天。"))
    # Of the years that are checked: in January, last year's bundles say which of last year's classes are a department's.
    seen = scope.scope_of(new.authority, new.first_day.year, new.last_day.year)
    items = [row.item() for row in scope.subjects(seen, new.sort, new.first_day, new.last_day)]
    if not items:
        raise wrong("sort", _("这段时间没有可以抽查的对象。"))
    if len(items) > scope.MOST_ITEMS:
        raise wrong("last_day", _("名单超过 %(most)s 项，请缩短期间。") % {"most": scope.MOST_ITEMS})
    takes = _takes(items, new.takes)
    # Without form and weights of the day nothing could be checked that is drawn.
    terms_on(new.authority, local_day(moment))
    text = rules.frame_text(items)
    row = SampleFrame.objects.create(
        number=f"CC-{local_day(moment).year}-{next_number(f'frame:{local_day(moment).year}'):05d}",
        authority=new.authority,
        title=title,
        sort=new.sort,
        announced=new.announced,
        first_day=new.first_day,
        last_day=new.last_day,
        takes=takes,
        size=len(items),
        text=text,
        sha256=rules.frame_hash(text),
        by=by if isinstance(by, User) else None,
        at=moment,
    )
    record(
        who,
        action="frame.freeze",
        target_type=TARGET,
        target=row.uuid,
        data={"number": row.number, "sha256": row.sha256, "size": row.size, "takes": takes},
    )
    _announce(row)
    return row


def _announce(row: SampleFrame) -> None:
    """On the notice board, in the platform's language: that there is a list, and its hash."""
    with translation.override(settings.LANGUAGE_CODE):
        title = _("%(title)s：抽取名单已封存") % {"title": row.title}
        body = _(
            "编号：%(number)s\n名单：%(size)s 项\n名单的 SHA-256：%(sha256)s\n抽取办法和重算方法见链接。"
        ) % {
            "number": row.number,
            "size": row.size,
            "sha256": row.sha256,
        }
    board.post(
        PLATFORM,
        kind=board.Kind.OTHER,
        title=title,
        authority=row.authority,
        subject=f"frame:{row.uuid}",
        body=body,
        url=f"/supervision/draws/{row.uuid}/",
        first_day=local_day(row.at),
        key=f"frame:{row.uuid}",
    )


def _takes(items: list[rules.Item], asked: Mapping[str, int]) -> dict[str, int]:
    there: dict[str, int] = {}
    for item in items:
        there[item.stratum] = there.get(item.stratum, 0) + 1
    takes = {stratum: number for stratum, number in sorted(asked.items()) if number}
    if not takes:
        raise wrong("takes", _("请写明各类抽几项，至少抽一项。"))
    for stratum, number in takes.items():
        if type(number) is not int or not 0 < number <= there.get(stratum, 0):
            raise wrong(
                "takes",
                _("“%(stratum)s”有 %(there)s 项，抽取的数量要在这之内。")
                % {"stratum": stratum, "there": there.get(stratum, 0)},
            )
    return takes


@transaction.atomic
def commit(
    user: User,
    frame: SampleFrame,
    commitment: str = "",
    *,
    secret: str = "",
    at: datetime | None = None,
    by: Actor | None = None,
) -> str:
    """Bind the officer to a secret: the platform makes one, keeps only its hash and hands it back this once; or the officer hands in a
    commitment made elsewhere ("" comes back). The first two officers to do so are the two. secret, at, by: of the past, by the platform.
    Raises NotAllowed, Invalid, Conflict (two already, one's own second, drawn or ended)."""
    found = _locked(frame)
    who = acting(user, found.authority, _("抽查由主管部门进行。"))
    moment = _moment(by or who, at)
    _open(found)
    there = list(found.commits.all())
    if len(there) == 2:
        raise Conflict(cite(_("两位人员已经交了密数的指纹，请刷新后再看。"), CHECKS), code="two_already")
    if any(row.person_id == user.pk for row in there):
        raise Conflict(cite(_("密数由两位不同的人各交一个，你已经交过。"), CHECKS), code="own_second")
    number = len(there) + 1
    given = commitment.strip().lower()
    if given and not rules.HASH.fullmatch(given):
        raise Invalid(
            _("指纹是 64 位的十六进制 SHA-256。"),
            code="invalid_commitment",
            details={"field": "commitment"},
        )
    kept = "" if given else (secret if by is not None and secret else secrets.token_hex(16))
    row = SeedCommit.objects.create(
        frame=found,
        number=number,
        person=user,
        commitment=given or rules.commitment(found.sha256, number, kept),
        at=moment,
    )
    record(
        who,
        action="frame.commit",
        target_type=TARGET,
        target=found.uuid,
        data={"number": number, "commitment": row.commitment},
    )
    return kept


@transaction.atomic
def reveal(user: User, frame: SampleFrame, secret: str) -> SampleDraw | None:
    """Lay one's secret open, when the ledger's root of the day of the second commitment stands; with the second secret the draw is made.
    Raises NotAllowed (not one of the two), Conflict (too early, laid open already, drawn, ended), Invalid (does not fit)."""
    found = _locked(frame)
    who = acting(user, found.authority, _("抽查由主管部门进行。"))
    _open(found)
    commits = list(found.commits.select_related("reveal"))
    mine = next((row for row in commits if row.person_id == user.pk), None)
    if mine is None:
        raise NotAllowed(_("密数由交了指纹的两位人员公开。"), code="not_committed")
    if len(commits) < 2:
        raise Conflict(cite(_("第二位人员还没有交密数的指纹。"), CHECKS), code="one_commitment")
    if hasattr(mine, "reveal"):
        raise Conflict(cite(_("你的密数已经公开。"), CHECKS), code="revealed_already")
    day = root_day(found)
    root = day_root(day) if day else None
    if day is None or root is None:
        raise Conflict(
            cite(
                _("要等学分银行账本 %(day)s 的每日根公布以后才能公开密数：在那以前谁也算不出抽签结果。")
                % {"day": day.isoformat() if day else ""},
                CHECKS,
            ),
            code="no_root",
        )
    _reveal(found, mine, user, who, secret, now())
    return _drawn(found, day, root, who, now())


@transaction.atomic
def replay_reveals(
    by: Actor, frame: SampleFrame, given: Mapping[int, str], day: date, root: str, at: datetime
) -> SampleDraw:
    """A draw of the past, for the demo and for taking over what was drawn before: given: number of the commitment → its secret; root: the
    value that stood for the day there. By the platform only, which the audit row names."""
    if not by.is_platform:
        raise NotAllowed
    found = _locked(frame)
    _open(found)
    for row in found.commits.select_related("person"):
        _reveal(found, row, row.person, by, given[row.number], at)
    made = _drawn(found, day, root, by, at)
    assert made is not None
    return made


def _reveal(
    frame: SampleFrame, row: SeedCommit, user: User, who: Actor, secret: str, moment: datetime
) -> None:
    said = secret.strip().lower()
    fits = rules.SECRET.fullmatch(said) and secrets.compare_digest(
        rules.commitment(frame.sha256, row.number, said), row.commitment
    )
    if not fits:
        raise Invalid(
            _("这个密数与你交的指纹不符。请核对 32 位密数。"),
            code="secret_differs",
            details={"field": "secret"},
        )
    SeedReveal.objects.create(commit=row, secret=said, at=moment)
    record(who, action="frame.reveal", target_type=TARGET, target=frame.uuid, data={"number": row.number})


def _drawn(frame: SampleFrame, day: date, root: str, who: Actor, moment: datetime) -> SampleDraw | None:
    said = list(
        SeedReveal.objects.filter(commit__frame=frame)
        .order_by("commit__number")
        .values_list("secret", flat=True)
    )
    if len(said) < 2:
        return None
    seed = rules.seed(frame.sha256, root, said)
    drawn = rules.draw(rules.read_frame(frame.text), frame.takes, seed)
    row = SampleDraw.objects.create(
        frame=frame, root_day=day, root=root, seed=seed, drawn=[list(line) for line in drawn], at=moment
    )
    record(
        who,
        action="frame.draw",
        target_type=TARGET,
        target=frame.uuid,
        data={"seed": seed, "root_day": day.isoformat(), "drawn": len(drawn)},
    )
    make_drawn(row, moment)
    emit("frame.drawn", {"frame": str(frame.uuid)}, key=f"frame.drawn:{frame.uuid}")
    return row


@transaction.atomic
def end(user: User, frame: SampleFrame, reason: str) -> FrameEnd:
    """Give a frame up that cannot be drawn from (a secret was lost or is withheld): for good, with the reason, which everybody reads. By
    any officer of the authority. Raises NotAllowed, Invalid, Conflict."""
    found = _locked(frame)
    who = acting(user, found.authority, _("抽查由主管部门进行。"))
    _open(found)
    said = reason.strip()
    if not 2 <= len(said) <= LONGEST_REASON or "\0" in said:
        raise Invalid(
            _("请写明放弃这次抽取的理由，不超过 %(most)s 个字，理由会公开。") % {"most": LONGEST_REASON},
            code="invalid_reason",
            details={"field": "reason"},
        )
    row = FrameEnd.objects.create(frame=found, reason=said, by=user, at=now())
    record(who, action="frame.end", target_type=TARGET, target=found.uuid, reason=said)
    return row


def root_day(frame: SampleFrame) -> date | None:
    """The day whose root goes into the seed: that of the second commitment, which then has not ended; None before."""
    second = frame.commits.filter(number=2).values_list("at", flat=True).first()
    return local_day(second) if second else None


def _open(frame: SampleFrame) -> None:
    """Raises Conflict where the frame has been drawn from or given up."""
    if SampleDraw.objects.filter(frame=frame).exists():
        raise Conflict(cite(_("这份名单已经抽过签，不能再抽。"), CHECKS), code="drawn_already")
    if FrameEnd.objects.filter(frame=frame).exists():
        raise Conflict(cite(_("这份名单已经放弃，请另立一份。"), CHECKS), code="frame_ended")


def _locked(frame: SampleFrame) -> SampleFrame:
    """One act on a frame at a time. The row cannot be locked: production's role may not change it, and a lock asks for that."""
    found = SampleFrame.objects.select_related("authority").get(pk=frame.pk)
    Organisation.objects.select_for_update(no_key=True).get(pk=found.authority_id)
    return found


def _moment(who: Actor, at: datetime | None) -> datetime:
    """Raises NotAllowed where somebody else than the platform names a moment."""
    if at is None:
        return now()
    if not who.is_platform or at > now():
        raise NotAllowed
    return at
