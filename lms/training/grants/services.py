"""What an act on a grant's case brings: the group's decision, the money in the books, the vouchers, the papers. All of it in the
act's transaction; refused, nothing is written.

Owns: Fund, Grant, Purse, Movement, Spend, SpendStep. Money moves only as a transfer of the credit bank's books. Refuses: a second
grant to a body by its GB 32100 code (A38); more than the rule's limit or than was asked for; a fund whose money does not pay for
the level (A24); payment without the group's decision (A40: the state it starts from is reached by no other way, and the account
it is paid from holds nothing else); a spend without use and voucher, of a day after the months of use or from 核销 on, the same voucher twice, more
than is left; "other" before it was agreed to, under whatever use (A39); a settlement while money is left.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from creditbank.api import Transfer, money_of, open_fund, open_purse, transfer, undo_transfer
from lms.accounts.api import Organisation, Role, User, normalise_uscc, uscc_fault
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid
from lms.lib.vouchers import plain
from lms.training.access import of_the_body
from lms.training.bases.models import Base
from lms.training.coordination.api import decided, tell_members
from lms.training.grants import papers, rules, words
from lms.training.grants.models import Fund, Grant, Movement, Purse, Spend, SpendStep
from lms.training.grants.process import CODE, POOL, SUPPORT
from lms.training.grants.rules import Level, Money, Totals, Use
from lms.training.lifecycle.conduct import Done
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.words import cite

# 区技能人才培育实训基地作为区地方教育附加区级统筹资金重点项目 (六): what is paid for is of the district's level.
LEVEL = Level.DISTRICT
LONGEST_NAME = 120
LONGEST_VOUCHER = 60
Place = Purse.Place


# --- funds -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NewFund:
    authority: Organisation
    money: str
    name: str
    document: str
    valid_from: date


@transaction.atomic
def set_fund(by: User | Actor, new: NewFund) -> Fund:
    """A source of money that an authority pays grants from, with its account. By the authority's administrator, or the platform.
    Raises NotAllowed, Invalid, Conflict (there already)."""
    who = of_the_body(by, new.authority, Role.ADMIN)
    name, document = _word(new.name, "name", LONGEST_NAME), _word(new.document, "document", 300)
    if new.money not in set(Money):
        raise words.wrong("money", _("请选资金的来源：市级或区级。"))
    try:
        with transaction.atomic():
            fund = Fund.objects.create(
                authority=new.authority,
                money=new.money,
                name=name,
                document=document,
                valid_from=new.valid_from,
                at=now(),
            )
    except IntegrityError as error:
        raise Conflict(_("已有同名的资金。"), code="fund_there", details={"field": "name"}) from error
    open_fund(fund.uuid)
    record(
        who,
        action="fund.set",
        target_type="training.Fund",
        target=fund.uuid,
        reason=document,
        data={"money": new.money, "name": name, "from": new.valid_from.isoformat()},
    )
    return fund


# --- what follows an act -----------------------------------------------------------------------------------


def after(done: Done) -> None:
    """What an act on a case brings, inside its transaction. Raises a Refusal to stop it."""
    follow = {
        "submit": _submitted,
        "check": tell_members,
        "resubmit": _handed_in,
        "ask": papers.ask,
        "refuse": papers.refuse,
        "approve": _approve,
        "decline": _decline,
        "pay": _pay,
        "cancel": _cancel,
        "spend": _spend,
        "propose": _propose,
        "allow": _allow,
        "disallow": _disallow,
        "strike": _strike,
        "settle_up": _settle_up,
        "take_back": _take_back,
        "take_rest": _take_back,
        "settle": _settle,
    }.get(done.transition.name)
    if follow is not None:
        follow(done)
    papers.end_claim(done)


def _submitted(done: Done) -> None:
    refuse_second(done.case.body)
    _handed_in(done)


def _handed_in(done: Done) -> None:
    papers.receive(done)
    papers.claim(done, base_of(done.case))


def base_of(case: Case) -> Base | None:
    """The base of the body that stands at the authority, held until the transaction ends."""
    rows = Base.objects.select_for_update().filter(authority=case.authority, body=case.body)
    return rows.filter(removed_on__isnull=True).first()


def _standing(case: Case) -> Base:
    """The same. Raises Conflict where there is none (any more)."""
    base = base_of(case)
    if base is None:
        raise Conflict(cite(_("这个单位现在不是在册的技能实训基地，不能资助。"), SUPPORT), code="no_base")
    return base


def grant_to(uscc: str) -> Grant | None:
    """The grant that a body with this code has had."""
    rows = Grant.objects.select_related("case__body").filter(uscc=uscc, cancelled_on__isnull=True)
    return rows.first() if uscc else None


def refuse_second(body: Organisation) -> None:
    """Raises Conflict where the body has had a grant, from whichever authority (A38)."""
    first = grant_to(normalise_uscc(body.uscc))
    if first is not None:
        raise words.second_grant(first)


def _decision(done: Done) -> tuple[date, list[str]]:
    """Day of the group's meeting, and what each member said of it (A40: the members themselves, on their own pages); the minutes come
    with the act."""
    _needs_file(done)
    day = _day(done, "decided_on", done.case.opened_on)
    return day, decided(done.case, day, agreed=done.transition.name == "approve").names


def _approve(done: Done) -> None:
    case = done.case
    decided_on, members = _decision(done)
    facts = rules.load(case.facts)
    most = min(facts.fen, rules.most_fen(case.rule.values if case.rule else {}))
    fen = _fen(done.values)
    if fen > most:
        raise words.wrong(
            "fen",
            cite(_("资助不能超过申请的金额和上限，最多 %(most)s。") % {"most": words.in_yuan(most)}, SUPPORT),
            "above_limit",
        )
    fund = _fund(case, done.values.get("fund"), decided_on)
    base = _standing(case)
    uscc = normalise_uscc(case.body.uscc)
    if uscc_fault(uscc) in ("length", "characters"):
        raise Conflict(_("申报单位没有登记 18 位统一社会信用代码，不能资助。"), code="no_uscc")
    refuse_second(case.body)
    try:
        with transaction.atomic():
            grant = Grant.objects.create(
                case=case,
                base=base,
                fund=fund,
                uscc=uscc,
                fen=fen,
                key_project=fund.money == Money.DISTRICT,
                decided_on=decided_on,
                members=members,
                act=done.act,
            )
    except IntegrityError:
        # Somebody else was faster.
        refuse_second(case.body)
        raise
    lines = {fund.uuid: -fen, _purse(grant, Place.COMMITTED): fen}
    _move(done, grant, Movement.Kind.COMMIT, fen, decided_on, lines)
    papers.decide(done, grant)


def _decline(done: Done) -> None:
    decided_on, members = _decision(done)
    papers.refuse(done, decided_on, members)


def _fund(case: Case, given: Any, day: date) -> Fund:
    fund = given if isinstance(given, Fund) else None
    if fund is None or fund.authority_id != case.authority_id or fund.valid_from > day:
        raise words.wrong("fund", _("请选本部门在决定那天有效的资金。"))
    if not rules.fits(fund.money, LEVEL):
        raise words.mismatch(fund.money, LEVEL)
    return fund


def _pay(done: Done) -> None:
    """All that was decided, at once (一次性)."""
    _needs_file(done)
    grant = _grant(done.case)
    # The group decided for a base; what was taken back since is paid no more, but let go ("cancel").
    _standing(done.case)
    paid_on = _day(done, "paid_on", grant.decided_on)
    voucher = _said(done.values, "voucher", LONGEST_VOUCHER)
    lines = {_purse(grant, Place.COMMITTED): -grant.fen, _purse(grant, Place.HELD): grant.fen}
    movement = _move(done, grant, Movement.Kind.PAY, grant.fen, paid_on, lines, voucher)
    papers.pay(done, grant, movement)


def _cancel(done: Done) -> None:
    grant = _grant(done.case)
    grant.cancelled_on = done.day
    grant.save(update_fields=["cancelled_on"])
    lines = {_purse(grant, Place.COMMITTED): -grant.fen, grant.fund.uuid: grant.fen}
    _move(done, grant, Movement.Kind.RELEASE, grant.fen, done.day, lines)
    papers.cancel(done)


# --- spending ----------------------------------------------------------------------------------------------


def _spend(done: Done) -> None:
    use = done.values.get("use")
    if use not in set(rules.NAMED_USES):
        raise words.wrong(
            "use", cite(_("请选列出的十二类用途；不在里面的，另行申请列支其他用途。"), SUPPORT), "wrong_use"
        )
    spend = _report(done, str(use))
    _book(done, spend)


def _propose(done: Done) -> None:
    _report(done, Use.OTHER)


def _report(done: Done, use: str) -> Spend:
    """The voucher as it is reported; the case's row is locked, so that what is left cannot change."""
    _needs_file(done)
    grant, values = _grant(done.case), done.values
    fen, voucher = _fen(values), _said(values, "voucher", LONGEST_VOUCHER)
    payee = _said(values, "payee", LONGEST_NAME)
    paid = grant.movements.get(kind=Movement.Kind.PAY)
    paid_on = _day(done, "paid_on", paid.day)
    _in_use(done, paid_on)
    _while_it_stood(grant, paid_on)
    left = money_of([_purse(grant, Place.HELD)])
    if fen > sum(left.values()):
        raise words.wrong(
            "fen",
            cite(
                _("还没有使用的资金只有 %(left)s，不能列支 %(fen)s。")
                % {"left": words.in_yuan(sum(left.values())), "fen": words.in_yuan(fen)},
                SUPPORT,
            ),
            "above_paid",
        )
    counted = Spend.objects.filter(grant=grant).exclude(
        steps__kind__in=[SpendStep.Kind.REFUSED, SpendStep.Kind.STRUCK]
    )
    if (plain(voucher), plain(payee)) in (
        (plain(number), plain(paid_to)) for number, paid_to in counted.values_list("voucher", "payee")
    ):
        raise words.wrong("voucher", _("这张凭证已经登记过，一张凭证只能列支一次。"), "voucher_used")
    if use != Use.OTHER:
        _not_refused(grant, voucher, payee)
    assert done.act.person is not None
    return Spend.objects.create(
        grant=grant,
        number=grant.spends.count() + 1,
        use=use,
        fen=fen,
        payee=payee,
        voucher=voucher,
        paid_on=paid_on,
        note=str(values.get("note") or "").strip()[:200] or done.act.reason[:200],
        reported_by=done.act.person,
        act=done.act,
    )


def _not_refused(grant: Grant, voucher: str, payee: str) -> None:
    """What the authority did not agree to is not booked under another name: it may be put before it once more."""
    refused = Spend.objects.filter(grant=grant, steps__kind=SpendStep.Kind.REFUSED)
    if (plain(voucher), plain(payee)) in (
        (plain(number), plain(paid_to)) for number, paid_to in refused.values_list("voucher", "payee")
    ):
        raise words.wrong(
            "voucher",
            cite(
                _(
                    "这张凭证申请列支其他用途时没有被同意，不能换一个用途登记；要列支的，重新申请列支其他用途。"
                ),
                SUPPORT,
            ),
            "voucher_refused",
        )


def _while_it_stood(grant: Grant, paid_on: date) -> None:
    """The money is for a base that stands: from the day on which it was taken back nothing more is spent of it, and the rest goes back."""
    removed_on = grant.base.removed_on
    if removed_on is not None and paid_on >= removed_on:
        said = _("基地已于 %(day)s 核销，从那天起的支出不能列支，没有用完的资金要退回。")
        raise words.wrong("paid_on", cite(said % {"day": removed_on.isoformat()}, SUPPORT), "base_removed")


def _in_use(done: Done, paid_on: date) -> None:
    """Refuse what was spent after the months of use that the rule of the case sets. A voucher of those months that is reported later
    counts: the day of the payment decides, and that the report is late stands on the case's page."""
    paid = done.case.acts.filter(name="pay").order_by("-number").first()
    last = paid.due_on if paid is not None else None
    if last is not None and paid_on > last:
        raise words.wrong("paid_on", cite(words.after_use(done.case, last, paid_on), SUPPORT), "after_use")


def _book(done: Done, spend: Spend) -> None:
    """The voucher counts: its sum goes from what is left to its use."""
    grant = spend.grant
    lines = {_purse(grant, Place.HELD): -spend.fen, _purse(grant, Place.SPENT, spend.use): spend.fen}
    booked = transfer(
        Transfer(
            kind="grant.spend",
            occurred_on=spend.paid_on,
            fen=lines,
            evidence=_evidence(done) | {"use": spend.use, "spend": str(spend.uuid), "voucher": spend.voucher},
            rule_code=CODE,
            rule_version=done.case.rule.version if done.case.rule else 0,
        ),
        key=f"grant:{done.act.uuid}",
        actor=done.who,
    )
    SpendStep.objects.create(spend=spend, kind=SpendStep.Kind.BOOKED, act=done.act, transaction=booked)


def _waiting(case: Case) -> Spend:
    """The one voucher of another use that waits for an answer."""
    found = (
        Spend.objects.filter(grant__case=case, use=Use.OTHER, steps__isnull=True)
        .select_related("grant")
        .first()
    )
    if found is None:
        raise Conflict(_("没有等待同意的支出。"), code="nothing_waits")
    return found


def _allow(done: Done) -> None:
    """The base may have been taken back since the voucher was put forward: asked again, by the day of its payment."""
    spend = _waiting(done.case)
    try:
        _while_it_stood(spend.grant, spend.paid_on)
    except Invalid as error:
        # The day stands on the voucher, not on the officer's form: there is no field to mend.
        raise Conflict(error.message, code="base_removed") from error
    _book(done, spend)


def _disallow(done: Done) -> None:
    SpendStep.objects.create(spend=_waiting(done.case), kind=SpendStep.Kind.REFUSED, act=done.act)


def _strike(done: Done) -> None:
    """A voucher that was wrong counts no more; the right one is reported anew."""
    number = done.values.get("spend")
    number = int(number) if isinstance(number, int | str) and str(number).isdecimal() else 0
    spend = Spend.objects.filter(grant__case=done.case, number=number).prefetch_related("steps").first()
    steps = {step.kind: step for step in spend.steps.all()} if spend else {}
    booked = steps.get(SpendStep.Kind.BOOKED)
    if spend is None or booked is None or booked.transaction is None or SpendStep.Kind.STRUCK in steps:
        raise words.wrong("spend", _("请选一笔已列支、没有冲正过的支出。"))
    undone = undo_transfer(booked.transaction, reason=done.act.reason, actor=done.who)
    SpendStep.objects.create(spend=spend, kind=SpendStep.Kind.STRUCK, act=done.act, transaction=undone)


# --- the end -----------------------------------------------------------------------------------------------


def _settle_up(done: Done) -> None:
    _needs_file(done)


def _take_back(done: Done) -> None:
    """Unspent money that came back."""
    _needs_file(done)
    grant = _grant(done.case)
    fen = _fen(done.values)
    day = _day(done, "paid_on", grant.movements.get(kind=Movement.Kind.PAY).day)
    voucher = _said(done.values, "voucher", LONGEST_VOUCHER)
    held = _purse(grant, Place.HELD)
    left = money_of([held])[held]
    if fen > left:
        raise words.wrong(
            "fen", _("还没有使用的资金只有 %(left)s。") % {"left": words.in_yuan(left)}, "above_paid"
        )
    _move(
        done, grant, Movement.Kind.RETURN, fen, day, {held: -fen, _purse(grant, Place.RETURNED): fen}, voucher
    )


def _settle(done: Done) -> None:
    grant = _grant(done.case)
    totals = totals_of(grant)
    if totals.held:
        raise Conflict(
            cite(
                _("还有 %(left)s 没有使用，也没有退回；先登记支出或退回，再核定结算。")
                % {"left": words.in_yuan(totals.held)},
                SUPPORT,
            ),
            code="money_left",
        )
    papers.settle(done, grant, totals)


# --- shared --------------------------------------------------------------------------------------------------


def totals_of(grant: Grant) -> Totals:
    """What became of a grant, each number the balance of its account. Three queries."""
    purses = list(grant.purses.all())
    there = money_of([purse.uuid for purse in purses])
    at: dict[str, int] = {}
    spent: dict[str, int] = {}
    for purse in purses:
        if purse.place == Place.SPENT:
            spent[purse.use] = there.get(purse.uuid, 0)
        else:
            at[purse.place] = there.get(purse.uuid, 0)
    return Totals(
        at.get(Place.COMMITTED, 0),
        at.get(Place.HELD, 0),
        at.get(Place.RETURNED, 0),
        tuple((use.value, spent[use]) for use in Use if spent.get(use)),
    )


def _grant(case: Case) -> Grant:
    """The living grant of a case. Raises Conflict where the group has decided nothing (A40)."""
    found = Grant.objects.select_related("fund", "base").filter(case=case, cancelled_on__isnull=True).first()
    if found is None:
        raise Conflict(cite(_("没有协调小组的决定，不能拨付。"), POOL), code="no_decision")
    return found


def _purse(grant: Grant, place: str, use: str = "") -> UUID:
    """The uuid of a grant's account, which is opened with its row."""
    purse, made = Purse.objects.get_or_create(grant=grant, place=place, use=use)
    if made:
        open_purse(purse.uuid)
    return purse.uuid


def _move(
    done: Done, grant: Grant, kind: str, fen: int, day: date, lines: dict[UUID, int], voucher: str = ""
) -> Movement:
    moved = transfer(
        Transfer(
            kind=f"grant.{kind}",
            occurred_on=day,
            fen=lines,
            memo=done.act.reason,
            evidence=_evidence(done) | {"voucher": voucher, "fund": str(grant.fund.uuid)},
            rule_code=CODE,
            rule_version=done.case.rule.version if done.case.rule else 0,
        ),
        key=f"grant:{done.act.uuid}",
        actor=done.who,
    )
    return Movement.objects.create(
        grant=grant, kind=kind, fen=fen, day=day, voucher=voucher, act=done.act, transaction=moved
    )


def _evidence(done: Done) -> dict[str, Any]:
    return {"case": done.case.number or "", "act": str(done.act.uuid), "body": str(done.case.body.uuid)}


def _needs_file(done: Done) -> None:
    """The paper comes with this act; one that came with an earlier act proves that one."""
    if not done.act.papers:
        kind = done.case.declared.kind(done.transition.takes)
        raise words.wrong(
            "evidence",
            cite(
                _("“%(act)s”要附：%(kind)s。")
                % {"act": done.transition.label, "kind": kind.label if kind else ""},
                done.case.declared.cited(done.transition),
            ),
            "evidence_missing",
        )


def _fen(values: Mapping[str, Any]) -> int:
    fen = values.get("fen")
    if type(fen) is not int or not 0 < fen <= rules.LARGEST_FEN:
        raise words.wrong("fen", _("请填写大于 0 的金额，精确到分。"))
    return fen


def _day(done: Done, name: str, since: date | None) -> date:
    """A day that was, not before what it follows."""
    day = done.values.get(name)
    if type(day) is not date or day > done.day or (since is not None and day < since):
        raise words.wrong(
            name,
            _("日期不早于 %(since)s，不晚于 %(day)s。")
            % {"since": since.isoformat() if since else "", "day": done.day.isoformat()},
        )
    return day


def _said(values: Mapping[str, Any], name: str, longest: int) -> str:
    return _word(str(values.get(name) or ""), name, longest)


def _word(text: str, name: str, longest: int) -> str:
    said = " ".join(text.split())
    if not said or rules.first_wrong([said], longest) is not None:
        raise words.wrong(name, _("请填写这一项，不超过 %(most)s 个字。") % {"most": longest})
    return said
