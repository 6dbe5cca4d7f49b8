"""Forms of grants. They read what was typed; rules and services judge."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.accounts.api import Organisation
from lms.lib.clock import today
from lms.lib.forms import DayField
from lms.training.bases.forms import PartForm
from lms.training.grants.fields import FenField
from lms.training.grants.models import USES, Fund
from lms.training.grants.purses import LONGEST_NOTE as LONGEST_MEMO
from lms.training.grants.purses import LONGEST_VOUCHER, Moved
from lms.training.grants.rules import LONGEST_NOTE, MOST_LINES, BudgetLine, Facts, load
from lms.training.grants.services import NewFund

_EMPTY = [("", _("请选择"))]


class PurposeForm(PartForm):
    purpose = forms.CharField(
        label=_("资金用来做什么"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4})
    )


class LineForm(PartForm):
    use = forms.ChoiceField(label=_("用途"), choices=[*_EMPTY, *USES])
    fen = FenField(label=_("金额（元）"))
    note = forms.CharField(
        label=_("说明"), max_length=LONGEST_NOTE, required=False, help_text=_("“其他”用途必须写明。")
    )


Lines = forms.formset_factory(LineForm, extra=1, max_num=MOST_LINES, absolute_max=MOST_LINES + 5)


class ApplicationForm:
    """Purpose and budget. An empty line is no line."""

    def __init__(self, kept: Mapping[str, Any], data: Any = None) -> None:
        facts = load(dict(kept))
        self.about = PurposeForm(data, initial={"purpose": facts.purpose})
        self.lines = Lines(data, prefix="lines", initial=[vars(row) for row in facts.budget] or None)

    def is_valid(self) -> bool:
        return all([self.about.is_valid(), self.lines.is_valid()])

    def facts(self) -> Facts:
        rows = [row for row in self.lines.cleaned_data if any(row.values())]
        budget = tuple(BudgetLine(row["use"], row["fen"] or 0, row["note"]) for row in rows)
        return Facts(self.about.cleaned_data["purpose"], budget)


class FundForm(forms.Form):
    """A further source of an authority's money."""

    name = forms.CharField(label=_("资金名称"), max_length=120)
    money = forms.ChoiceField(label=_("资金来源"), choices=Fund.MONEY)
    document = forms.CharField(label=_("依据的文件"), max_length=300)
    valid_from = DayField(label=_("从哪天起"))

    def __init__(self, authority: Organisation, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.authority = authority
        self.fields["valid_from"].initial = today()

    def fund(self) -> NewFund:
        return NewFund(authority=self.authority, **self.cleaned_data)


class SpentForm(forms.Form):
    """A movement of a kind that stands: a sum by a voucher."""

    fen = FenField(label=_("金额（元）"))
    voucher = forms.CharField(
        label=_("文号或凭证号"),
        max_length=LONGEST_VOUCHER,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    day = DayField(label=_("日期"))
    note = forms.CharField(label=_("用途或说明"), max_length=LONGEST_MEMO, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["day"].initial = today()

    def moved(self, kind: str = "") -> Moved:
        data = self.cleaned_data
        return Moved(
            kind or data["kind"], data["fen"], data["voucher"], data["day"], data.get("fund"), data["note"]
        )


class MovementForm(SpentForm):
    """A movement by the authority; the fund is asked for with a promise only. funds: those that can pay for it (purses.funds_for), read
    once for however many forms stand on a page."""

    def __init__(
        self,
        funds: Iterable[Fund],
        kinds: Iterable[tuple[str, Any]],
        *args: Any,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        by_key = {str(fund.pk): fund for fund in funds}
        self.fields["kind"] = forms.ChoiceField(label=_("类别"), choices=[*_EMPTY, *kinds])
        self.fields["fund"] = forms.TypedChoiceField(
            label=_("资金"),
            choices=[*_EMPTY, *((key, fund.name) for key, fund in by_key.items())],
            coerce=by_key.get,
            empty_value=None,
            required=False,
            help_text=_("“列入资助”时选。只列出能用于这个层级的资金。"),
        )
        self.order_fields(("kind", "fund", "fen", "voucher", "day", "note"))
