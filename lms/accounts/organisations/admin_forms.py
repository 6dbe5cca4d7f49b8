"""Forms of the staff screens. They read what was typed; services decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.accounts.organisations import sectors
from lms.accounts.organisations.models import Organisation, Role
from lms.accounts.organisations.rules import ROLES_OF_KIND
from lms.accounts.people.fields import LoginField
from lms.lib.forms import DayField


class SearchForm(forms.Form):
    q = forms.CharField(
        label=_("查找"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("查找")}),
    )


def _sector() -> forms.ChoiceField:
    """Asked for when an organisation is registered, and by itself afterwards."""
    return forms.ChoiceField(
        label=_("行业"),
        choices=sectors.choices,
        required=False,
        help_text=_("这里的人搜索课程时，同行业的课程稍微靠前。"),
    )


class OrganisationForm(forms.Form):
    name = forms.CharField(label=_("名称"), max_length=120)
    code = forms.CharField(
        label=_("机构代码"), max_length=40, help_text=_("小写字母、数字和连字符，定了不再改。")
    )
    kind = forms.ChoiceField(label=_("类别"), choices=Organisation.Kind.choices)
    uscc = forms.CharField(label=_("统一社会信用代码"), max_length=30, required=False)
    sector = _sector()
    uscc_proof = forms.CharField(
        label=_("人工核验"),
        max_length=200,
        required=False,
        help_text=_("代码校验不上时，写明看过的证照和存档位置。也可以以后补。"),
    )


class SectorForm(forms.Form):
    sector = _sector()


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("理由"), max_length=200, help_text=_("至少 4 个字，会留在记录里。"))


class ProofForm(forms.Form):
    proof = forms.CharField(label=_("看过的证照和存档位置"), max_length=200)


class UsccForm(forms.Form):
    uscc = forms.CharField(label=_("统一社会信用代码"), max_length=30)
    proof = forms.CharField(
        label=_("看过的证照和存档位置"), max_length=200, help_text=_("代码登记以后不再改，请与证照核对。")
    )


class GrantForm(forms.Form):
    person = LoginField(
        label=_("手机号或电子邮箱"),
        help_text=_("对方用这个手机号或邮箱登录后会看到邀请，接受以后角色才开始。"),
    )
    role = forms.ChoiceField(label=_("角色"))
    until = DayField(
        label=_("到期日"),
        required=False,
        help_text=_("不填就一直有效，可以随时结束。"),
    )

    def __init__(self, kind: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fits = ROLES_OF_KIND.get(kind, frozenset())
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(value, label) for value, label in Role.choices if value in fits]
