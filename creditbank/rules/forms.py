"""The filters of the public register. What cannot be right is left out and said beside its field; the rest still holds."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from creditbank.outcomes.models import LearningOutcome
from creditbank.rules.models import ConversionRule
from creditbank.rules.register import Wanted, institutions
from lms.lib.forms import DayField


def _choice(label: Any, choices: list[tuple[Any, Any]], *more: tuple[Any, Any]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[("", _("全部")), *choices, *more], required=False)


class RegisterForm(forms.Form):
    direction = _choice(_("转换方向"), ConversionRule.Direction.choices)
    mode = _choice(_("双证融通模式"), ConversionRule.Mode.choices, ("none", _("不属于四种模式")))
    institution = forms.ChoiceField(label=_("学校"), required=False)
    kind = _choice(_("成果类型"), LearningOutcome.Kind.choices)
    occupation = forms.CharField(label=_("职业名称或编码"), max_length=80, required=False)
    day = DayField(label=_("在哪一天有效"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["institution"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("全部")), *((row.code, row.name) for row in institutions())]

    def wanted(self) -> Wanted:
        self.is_valid()
        return Wanted(**{name: value for name, value in self.cleaned_data.items() if value})
