"""Forms of posts. They read what was typed; services judge."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lms.accounts.api import User
from lms.lib.clock import today
from lms.lib.forms import DayField
from lms.training.grants.fields import FenField
from lms.training.grants.words import in_yuan
from lms.training.posts.models import PostPayment, SkillPost
from lms.training.posts.services import NewPost, Paid


class PersonField(forms.ModelChoiceField):
    """Of `queries.staff_of`: by the name on the enterprise's own list, which is theirs to see."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.listed)


class PostForm(forms.Form):
    kind = forms.ChoiceField(label=_("类别"), choices=SkillPost.KINDS)
    title = forms.CharField(label=_("岗位或工作室名称"), max_length=80)
    person = PersonField(
        label=_("聘任的人"),
        queryset=User.objects.none(),
        help_text=_("只列出已经确认在本单位工作的人。"),
    )
    first_day = DayField(label=_("聘期开始"))
    last_day = DayField(label=_("聘期结束"))
    allowance_fen = FenField(label=_("岗位津贴（元，每月）"))
    funds_fen = FenField(label=_("工作经费（元，每年）"), required=False)
    document = forms.CharField(label=_("聘任文件"), max_length=200)

    def __init__(self, people: QuerySet[User], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]

    def post(self) -> NewPost:
        return NewPost(**self.cleaned_data | {"funds_fen": self.cleaned_data["funds_fen"] or 0})


class PayForm(forms.Form):
    month = DayField(label=_("哪个月"), help_text=_("选这个月里的任何一天。"))
    allowance_fen = FenField(label=_("岗位津贴（元）"))
    funds_fen = FenField(label=_("工作经费（元）"), required=False)
    paid_on = DayField(label=_("发放日期"))
    voucher = forms.CharField(label=_("凭证号"), max_length=60)

    def __init__(self, post: SkillPost, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"prefix": "pay"})
        self.fields["allowance_fen"].initial = post.allowance_fen
        self.fields["month"].initial = self.fields["paid_on"].initial = today()

    def paid(self) -> Paid:
        return Paid(**self.cleaned_data | {"funds_fen": self.cleaned_data["funds_fen"] or 0})


class PaymentField(forms.ModelChoiceField):
    """Of `queries.counted`: by month and sum."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.month:%Y-%m} · {in_yuan(obj.allowance_fen)} · {obj.voucher}"


class StrikeForm(forms.Form):
    payment = PaymentField(
        label=_("哪一笔"),
        queryset=PostPayment.objects.none(),
        help_text=_("冲正后这一笔不再计入，原来的记录保留；发放确有其事的，再登记正确的一笔。"),
    )
    reason = forms.CharField(label=_("原因"), max_length=300)

    def __init__(self, payments: QuerySet[PostPayment], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"prefix": "strike"})
        self.fields["payment"].queryset = payments  # type: ignore[attr-defined]


class AwardForm(forms.Form):
    title = forms.CharField(label=_("荣誉或奖励"), max_length=120)
    reason = forms.CharField(label=_("理由"), max_length=300)
    day = DayField(label=_("日期"))
    fen = FenField(label=_("奖金（元）"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"prefix": "award"})

    def given(self) -> dict[str, Any]:
        return self.cleaned_data | {"fen": self.cleaned_data["fen"] or 0}


class EndForm(forms.Form):
    day = DayField(label=_("提前结束于"))
    reason = forms.CharField(label=_("原因"), max_length=300)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"prefix": "end"})
