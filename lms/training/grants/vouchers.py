"""A voucher of a grant as a paper: to what use which sum went to whom, with the entry in the books and the fingerprint of its files. One for
each that counts; whose entry was undone holds no more (A24, A39: 专款专用, every use with its voucher).
"""

from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.accounts.api import User
from lms.lib.clock import local_day
from lms.lib.errors import NotFound
from lms.training.grants import queries, words
from lms.training.grants.models import Spend, SpendStep
from lms.training.grants.process import SUPPORT
from lms.training.grants.process import VOUCHER as VOUCHERS
from lms.training.lifecycle.models import Evidence
from lms.training.papers.api import Room, Template, Told

VOUCHER = "grant_voucher"
TEMPLATE = Template(
    VOUCHER, "P15", 1, gettext_lazy("支出凭证单"), gettext_lazy("资助资金专款专用；以验证码查得的结果为准。")
)


def read(user: User, uuid: UUID) -> tuple[str, str]:
    """For the body's people and the authority's, whose look is logged. Raises NotFound, NotAllowed (their own body's case)."""
    found = _spend(uuid)
    if found is None:
        raise NotFound
    case = queries.case_of_either(user, found.grant.case)
    return _("资金明细"), reverse("cases:grant_money", args=[case.uuid])


def tell(uuid: UUID) -> Told | None:
    """None: there is no such voucher, or it waits for an answer, or was not agreed to."""
    found = _spend(uuid)
    if found is None:
        return None
    steps = {step.kind: step for step in found.steps.all()}
    booked, struck = steps.get(SpendStep.Kind.BOOKED), steps.get(SpendStep.Kind.STRUCK)
    if booked is None:
        return None
    grant, case = found.grant, found.grant.case
    files = Evidence.objects.filter(uuid__in=found.act.papers).order_by("pk")
    lines = [
        (_("支出编号"), str(found.number)),
        (_("用途"), words.use_label(found.use)),
        (_("金额"), words.in_yuan(found.fen)),
        (_("收款方"), found.payee),
        (_("凭证号"), found.voucher),
        (_("付款日期"), found.paid_on.isoformat()),
        (_("说明"), found.note),
        (_("资金来源"), f"{grant.fund.name}（{words.money_label(grant.fund.money)}）"),
        (_("记账编号"), str(booked.transaction)),
    ]
    said = _("%(kind)s：%(name)s，%(size)s 字节，SHA-256 %(hash)s")
    kind = case.declared.kind(VOUCHERS)
    label = str(kind.label) if kind else VOUCHERS
    return Told(
        number=f"{case.number}-PZ{found.number}",
        process=str(case.declared.title),
        source=str(SUPPORT),
        by=case.body.name,
        to=case.authority.name,
        day=local_day(booked.act.at),
        at=booked.act.at,
        lines=[(name, value) for name, value in lines if value],
        items=[
            said % {"kind": label, "name": file.name, "size": file.size, "hash": file.sha256}
            for file in files
        ],
        case=case.number or "",
        public=((_("用途"), words.use_label(found.use)), (_("金额"), words.in_yuan(found.fen))),
        ended=_("这笔支出已冲正：%(reason)s") % {"reason": struck.act.reason} if struck else "",
    )


def _spend(uuid: UUID) -> Spend | None:
    rows = Spend.objects.select_related(
        "act", "grant__fund", "grant__case__body", "grant__case__authority", "grant__case__rule"
    )
    return rows.prefetch_related("steps__act").filter(uuid=uuid).first()


ROOM = Room(TEMPLATE, read, tell)
