"""The ratio that employers set aside by, and what they state of a year.

Owns: FundRatio, FundStatement. Refuses: ratios by others than the platform's administrators, statements by others than the employer's own HR,
sums that cannot be, years to come, and a correction that says nothing or not why.
"""

from dataclasses import asdict, dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, Role, User, actor, require_role_or_platform
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.training.access import of_the_body
from lms.training.education_funds import queries
from lms.training.education_funds.models import FundRatio, FundStatement
from lms.training.education_funds.rules import WHOLE, Stated, fault

# 372号 is of 2022.
FIRST_YEAR = 2022
MOST_FEN = 10**15
LONGEST_SOURCE, LONGEST_NOTE = 2000, 500


@dataclass(frozen=True)
class NewRatio:
    """As FundRatio has it; rates in hundredths of a percent, None: the documents set none."""

    authority: Organisation
    valid_from: date
    rate: int | None
    frontline_rate: int | None
    source: str


def keeper(by: User | Actor) -> Actor:
    """Who sets ratios: an administrator of the platform, or the platform itself (demo). Raises NotAllowed."""
    if isinstance(by, Actor):
        return require_role_or_platform(by)
    if not (by.is_active and by.is_superuser):
        raise NotAllowed(_("提取比例由平台管理员按文件设定。"))
    return actor(by, "admin")


@transaction.atomic
def set_ratio(by: User | Actor, new: NewRatio) -> FundRatio:
    """The next version of an authority's rule; what was stated before keeps its own. Raises NotAllowed, Invalid (a field), Conflict (somebody set
    it at this moment)."""
    who = keeper(by)
    source = new.source.strip()
    if new.authority.kind != Organisation.Kind.AUTHORITY:
        raise _wrong("authority", _("提取比例按主管部门设定。"))
    for name, rate in (("rate", new.rate), ("frontline_rate", new.frontline_rate)):
        if rate is not None and not 0 < rate <= WHOLE:
            raise _wrong(name, _("比例要大于 0，不超过 100%；文件没有规定就不填。"))
    if not 2 <= len(source) <= LONGEST_SOURCE or "\0" in source:
        raise _wrong("source", _("请写明依据的文件，不超过 %(most)s 个字。") % {"most": LONGEST_SOURCE})
    if not date(2000, 1, 1) <= new.valid_from <= date(today().year + 2, 12, 31):
        raise _wrong("valid_from", _("生效日期不早于 2000 年，不晚于后年。"))
    last = FundRatio.objects.filter(authority=new.authority).aggregate(last=Max("version"))["last"] or 0
    try:
        with transaction.atomic():
            row = FundRatio.objects.create(
                authority=new.authority,
                version=last + 1,
                valid_from=new.valid_from,
                rate=new.rate,
                frontline_rate=new.frontline_rate,
                source=source,
                at=now(),
            )
    except IntegrityError as error:
        raise Conflict(_("刚才有人改了这个部门的比例，请刷新后再试。"), code="ratio_changed") from error
    record(
        who,
        action="fund_ratio.set",
        target_type="accounts.Organisation",
        target=new.authority.uuid,
        reason=source[:500],
        data={
            "version": row.version,
            "from": new.valid_from.isoformat(),
            "rate": new.rate,
            "frontline_rate": new.frontline_rate,
        },
    )
    return row


@transaction.atomic
def state(
    by: User | Actor, body: Organisation, authority: Organisation, year: int, said: Stated, note: str = ""
) -> FundStatement:
    """What the employer states of a year: its first statement, or the next version, which says why. Raises NotAllowed (not its HR; an authority),
    Invalid (a field), Conflict (the same as before; somebody stated at this moment)."""
    if body.kind == Organisation.Kind.AUTHORITY:
        raise NotAllowed(_("职工培训费由用人单位自己填报。"))
    who = of_the_body(by, body, Role.HR)
    text = note.strip()
    if authority.kind != Organisation.Kind.AUTHORITY or authority.status != Organisation.Status.ACTIVE:
        raise _wrong("authority", _("请选择主管部门。"))
    if not FIRST_YEAR <= year <= today().year:
        raise _wrong(
            "year", _("请填 %(first)s 到 %(last)s 年。") % {"first": FIRST_YEAR, "last": today().year}
        )
    if name := fault(said):
        raise _wrong(name, _SENTENCES[name]())
    if said.wages > MOST_FEN or said.used > MOST_FEN:
        raise _wrong("wages_fen" if said.wages > MOST_FEN else "used_fen", _("金额过大，请核对单位。"))
    if len(text) > LONGEST_NOTE or "\0" in text:
        raise _wrong("note", _("这一项不超过 %(most)s 个字。") % {"most": LONGEST_NOTE})
    last = FundStatement.objects.filter(body=body, year=year).order_by("-version").first()
    figures = {f"{name}_fen": amount for name, amount in asdict(said).items()}
    if last is not None:
        if last.authority_id == authority.pk and all(
            getattr(last, name) == amount for name, amount in figures.items()
        ):
            raise Conflict(_("和上一次填报的一样，没有更正。"), code="same")
        if len(text) < 4:
            raise _wrong("note", _("这一年已经填报过：请写明更正的原因。"))
    try:
        with transaction.atomic():
            row = FundStatement.objects.create(
                body=body,
                authority=authority,
                year=year,
                version=last.version + 1 if last else 1,
                rule=queries.rule_on(authority, date(year, 12, 31)),
                note=text,
                at=now(),
                **figures,
            )
    except IntegrityError as error:
        raise Conflict(_("刚才有人填报了这一年，请刷新后再看。"), code="stated") from error
    record(
        who,
        action="fund_statement.state",
        target_type="training.FundStatement",
        target=row.uuid,
        reason=text,
        data={
            "body": body.code,
            "authority": authority.code,
            "year": year,
            "version": row.version,
            **figures,
        },
    )
    return row


# Each in the reader's language, so only when it is said.
_SENTENCES = {
    "wages_fen": lambda: _("工资总额要大于 0。"),
    "set_aside_fen": lambda: _("提取的不能超过工资总额。"),
    "used_fen": lambda: _("使用的不能小于 0。"),
    "frontline_fen": lambda: _("用于一线职工的不能超过使用的。"),
}


def _wrong(name: str, sentence: str) -> Invalid:
    return Invalid(sentence, code="invalid_fund", details={"field": name})
