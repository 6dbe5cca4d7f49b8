"""How cases of grants are conducted: what is missing, what is shown, what the forms of their acts ask for, what follows an act."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.accounts.api import Organisation, normalise_uscc, uscc_fault
from lms.lib.clock import today
from lms.lib.errors import Conflict
from lms.lib.forms import DayField
from lms.training.bases.models import Base
from lms.training.coordination.api import decision, register_waits
from lms.training.education_funds import queries as education_funds
from lms.training.grants import papers, queries, rules, services, vouchers, words
from lms.training.grants.fields import FenField
from lms.training.grants.models import USES
from lms.training.grants.process import CODE, PLAN, PROCESS, SUPPORT
from lms.training.grants.rules import Use
from lms.training.lifecycle.conduct import Done, Lack, register_asked, register_pages
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.services import rule_on
from lms.training.papers.api import register_sheet
from lms.training.supervision.queries import check_records


class GrantConduct:
    """lms.training.lifecycle.conduct.Conduct, for the one-off grant."""

    def lacks(self, case: Case, kinds: frozenset[str]) -> list[Lack]:
        """What is missing, by the rule of today or, once it was handed in, by the case's own."""
        rule = case.rule or rule_on(CODE, case.authority, today())
        most, facts = rules.most_fen(rule.values if rule else {}), rules.load(case.facts)
        found = [
            Lack(fault.value, words.fault_text(fault, most, facts.fen), source=str(SUPPORT))
            for fault in rules.faults(facts, most)
        ]
        if PLAN not in kinds:
            kind = PROCESS.kind(PLAN)
            text = _("没有“%(kind)s”") % {"kind": kind.label if kind else PLAN}
            found.append(Lack(f"evidence_{PLAN}", text, source=str(SUPPORT)))
        if not Base.objects.filter(
            authority=case.authority, body=case.body, removed_on__isnull=True
        ).exists():
            text = _("%(name)s在这里没有在册的技能实训基地") % {"name": case.body.name}
            found.append(Lack("base", text, source=str(SUPPORT)))
        if uscc_fault(normalise_uscc(case.body.uscc)) in ("length", "characters"):
            found.append(Lack("uscc", _("申报单位没有登记 18 位统一社会信用代码，不能资助。")))
        return found

    def rank(self, case: Case, kinds: frozenset[str]) -> int:
        """All of them are the pool's key projects (六): none stands before another but by the order of handing in."""
        return 1

    def heading(self, case: Case) -> str:
        return _("%(body)s申请技能实训基地专项工作资助") % {"body": case.body.name}

    def lines(self, case: Case, kinds: frozenset[str]) -> list[tuple[str, str]]:
        found = [(_("申请单位"), case.body.name), (_("统一社会信用代码"), case.body.uscc)]
        found += words.lines(rules.load(case.facts))
        found.append((_("资金性质"), papers.key_project(True)))
        grant = queries.grant_of(case)
        if grant is None:
            return found
        found += [
            (_("协调小组决定"), f"{grant.decided_on.isoformat()} · {words.in_yuan(grant.fen)}"),
            (_("出席成员"), _("、").join(grant.members)),
            (_("资金来源"), f"{grant.fund.name}（{words.money_label(grant.fund.money)}）"),
            *words.money_lines(services.totals_of(grant)),
        ]
        return [(label, value) for label, value in found if value]

    def public_lines(self, case: Case) -> list[tuple[str, str]]:
        return [(_("申请单位"), case.body.name), (_("受理编号"), case.number or "")]

    def warnings(self, case: Case) -> list[str]:
        """Before the group decides: what checks found of the body, and, for its authority alone, what it sets aside for training its own people
        (372号 四(二)). Then: a base that is no more, with money still open; an open voucher of another use; what was spent beyond the budget."""
        if case.state == "submitted":
            return [*check_records([case.body]), *education_funds.beside(case.body, case.authority)]
        if case.state == "group":
            voices = decision(case, today())
            return [
                _("协调小组：%(said)s。%(names)s")
                % {"said": voices.said, "names": _("；").join(voices.names)},
                *check_records([case.body]),
            ]
        grant = queries.grant_of(case)
        if grant is None or case.stands.final:
            return []
        found = []
        if grant.base.removed_on:
            found.append(
                _("基地已于 %(day)s 核销，未使用的资金应当退回。")
                % {"day": grant.base.removed_on.isoformat()}
            )
        if (spend := queries.waiting_spend(grant)) is not None:
            found.append(
                _("等待同意：%(fen)s，付给%(payee)s，凭证 %(voucher)s。%(note)s")
                % {
                    "fen": words.in_yuan(spend.fen),
                    "payee": spend.payee,
                    "voucher": spend.voucher,
                    "note": spend.note,
                }
            )
        planned = rules.budgeted(rules.load(case.facts))
        for use, fen in services.totals_of(grant).spent:
            if fen > planned.get(use, 0):
                found.append(
                    _("“%(use)s”已使用 %(fen)s，预算是 %(planned)s。")
                    % {
                        "use": words.use_label(use),
                        "fen": words.in_yuan(fen),
                        "planned": words.in_yuan(planned.get(use, 0)),
                    }
                )
        return found

    def after(self, done: Done) -> None:
        services.after(done)

    def facts_page(self, request: HttpRequest, case: Case) -> HttpResponse:
        from lms.training.grants.http import facts

        return facts(request, case)

    def open_to(self, body: Organisation) -> str:
        try:
            services.refuse_second(body)
        except Conflict as refusal:
            return str(refusal.message)
        if not Base.objects.filter(body=body, removed_on__isnull=True).exists():
            return _("只有在册的技能实训基地才能申请这项资助（依据：%(source)s）。") % {"source": SUPPORT}
        return ""


# --- what the forms of acts ask for ------------------------------------------------------------------------------


def _meeting(case: Case) -> dict[str, forms.Field]:
    help_text = gettext_lazy("成员在自己的页面上表态，够了才能登记；名单和意见由平台写进文书。")
    return {"decided_on": DayField(label=gettext_lazy("协调小组会议日期"), help_text=help_text)}


def _approval(case: Case) -> Mapping[str, forms.Field]:
    asked = rules.load(case.facts).fen
    fund = forms.ModelChoiceField(
        label=gettext_lazy("资金"),
        queryset=queries.funds_of(case.authority),
        help_text=gettext_lazy("区级项目只能用区级资金。"),
    )
    fen = FenField(label=gettext_lazy("资助金额（元）"), initial=asked or None)
    return {"fund": fund, "fen": fen, **_meeting(case)}


def _payment(case: Case) -> Mapping[str, forms.Field]:
    return {
        "paid_on": DayField(label=gettext_lazy("拨付日期")),
        "voucher": _voucher(gettext_lazy("付款凭证号")),
    }


def _voucher(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=services.LONGEST_VOUCHER,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def _paid(case: Case) -> dict[str, forms.Field]:
    return {
        "fen": FenField(label=gettext_lazy("金额（元）")),
        "payee": forms.CharField(label=gettext_lazy("收款方"), max_length=services.LONGEST_NAME),
        "voucher": _voucher(gettext_lazy("凭证号")),
        "paid_on": DayField(label=gettext_lazy("付款日期")),
    }


def _spending(case: Case) -> Mapping[str, forms.Field]:
    choices = [("", gettext_lazy("请选择")), *[row for row in USES if row[0] != Use.OTHER]]
    return {"use": forms.ChoiceField(label=gettext_lazy("用途"), choices=choices), **_paid(case)}


def _striking(case: Case) -> Mapping[str, forms.Field]:
    found = list(queries.booked_spends(case)[: queries.MOST_CHOICES + 1])
    if len(found) > queries.MOST_CHOICES:
        # More than anybody picks from: their numbers stand on the paged list, each voucher there.
        return {
            "spend": forms.IntegerField(
                label=gettext_lazy("哪一笔"),
                min_value=1,
                help_text=gettext_lazy("填“资金明细”里这笔支出最前面的编号。"),
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
            )
        }
    choices = [
        (
            str(row.number),
            f"{row.number} · {row.get_use_display()} · {words.in_yuan(row.fen)} · {row.voucher}",
        )
        for row in found
    ]
    return {"spend": forms.ChoiceField(label=gettext_lazy("哪一笔"), choices=choices)}


def _return(case: Case) -> Mapping[str, forms.Field]:
    return {
        "fen": FenField(label=gettext_lazy("退回的金额（元）")),
        "paid_on": DayField(label=gettext_lazy("收到日期")),
        "voucher": _voucher(gettext_lazy("收款凭证号")),
    }


def _pages(case: Case) -> list[tuple[str, str]]:
    if queries.grant_of(case) is None:
        return []
    return [(_("资金明细"), reverse("cases:grant_money", args=[case.uuid]))]


def register() -> None:
    """Called once, when the application is ready."""
    for act, asked in (
        ("approve", _approval),
        ("decline", _meeting),
        ("pay", _payment),
        ("spend", _spending),
        ("propose", _paid),
        ("strike", _striking),
        ("take_back", _return),
        ("take_rest", _return),
    ):
        register_asked(CODE, act, asked)
    register_pages(CODE, _pages)
    register_waits(CODE, "group")
    register_sheet(vouchers.ROOM)
