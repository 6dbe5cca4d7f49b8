"""The forms of bundles and targets; services judge, forms only shape."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.api import Kind
from lms.accounts.api import User
from lms.learning.api import this_year
from lms.lib.forms import CentiField
from lms.training.access import authorities, bodies
from lms.training.bundles import queries
from lms.training.bundles.models import Audience, Part
from lms.training.bundles.rules import NEEDED
from lms.training.bundles.services import LONGEST_GUIDE, About, Figures
from lms.training.forms import body_field


class AboutForm(forms.Form):
    title = forms.CharField(label=_("名称"), max_length=120)
    purpose = forms.CharField(
        label=_("用途"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("为谁、为什么组织这些课程。"),
    )
    audience = forms.ChoiceField(
        label=_("对象"),
        choices=[("", _("不限")), *Audience.choices],
        required=False,
        help_text=_(
            "为农民工、为技师开展的培训，除技能外各有应含的内容（沪工总研〔2020〕94号 二）；缺的会提醒。"
        ),
    )
    guide = forms.CharField(
        label=_("指南"),
        max_length=LONGEST_GUIDE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("怎样学、怎样考核，写给学员和承办单位；空一行分段。"),
    )

    def about(self) -> About:
        data = self.cleaned_data
        return About(data["title"], data["purpose"], data["guide"], data["audience"])


class BeginForm(AboutForm):
    year = forms.IntegerField(label=_("年度"), min_value=2000, max_value=2100)

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["owner"] = body_field(_("主管部门"), authorities(user))
        self.fields["year"].initial = this_year()
        self.order_fields(("owner", "year", "title", "purpose", "audience", "guide"))


class CourseForm(forms.Form):
    code = forms.CharField(
        label=_("课程代码"),
        max_length=60,
        widget=forms.TextInput(attrs={"list": "courses", "autocomplete": "off"}),
    )
    part = forms.ChoiceField(
        label=_("属于哪项内容"), required=False, help_text=_("已在包里的课程再加入一次，就改这一项。")
    )

    def __init__(self, audience: str, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        needed = [(part, Part(part).label) for part in NEEDED.get(audience, ())]
        if needed:
            self.fields["part"].choices = [("", _("技能或其他")), *needed]  # type: ignore[attr-defined]
        else:
            del self.fields["part"]


class TargetForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("计哪类课程"),
        choices=[("", _("各类课程")), *Kind.choices],
        required=False,
        help_text=_("只有这一类课程的完成情况计入；一个单位每类各有一个指标。"),
    )
    person_times = forms.IntegerField(label=_("人次"), min_value=1)
    hours = CentiField(label=_("学时"), required=False, help_text=_("没有设定就不填。"))
    source = forms.CharField(label=_("依据"), max_length=300, required=False)

    def __init__(self, user: User, year: int, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.found = {str(row.uuid): row for row in queries.parents(user, year)}
        above = [
            ("", _("本单位自己的指标（没有上级）")),
            *((key, f"{row.body} · {queries.kind_words(row.kind)}") for key, row in self.found.items()),
        ]
        self.fields["parent"] = forms.ChoiceField(
            label=_("从哪个指标分解"),
            choices=above,
            required=False,
            help_text=_("市分解到部门，部门分解到区。"),
        )
        self.fields["body"] = body_field(_("承担单位"), bodies())
        self.order_fields(("parent", "body", "kind", "person_times", "hours", "source"))

    def figures(self) -> Figures:
        data = self.cleaned_data
        return Figures(data["person_times"], data["hours"], data["source"], data["kind"])

    def parent(self) -> Any:
        """The target it is a part of; None: it is the city's."""
        return self.found.get(self.cleaned_data["parent"])
