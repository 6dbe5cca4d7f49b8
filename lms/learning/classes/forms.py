"""The forms of classes; services judge, forms only shape. Times are typed and shown in Shanghai's."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.accounts.api import User
from lms.learning import rule_versions
from lms.learning.classes import filings, imports, queries, rules
from lms.learning.classes.hours import NewClassRule
from lms.learning.classes.models import Act, PracticeChecklist
from lms.learning.classes.practice import LONGEST_REMARK, Sheet
from lms.learning.classes.services import LONGEST, NewMeeting, NewRun
from lms.lib.forms import CentiField, DayField, FilesField

TIME = {"type": "datetime-local"}
ASKED = _("写在记录里，学员和检查人员会看到。")


def _moment(label: Any, **options: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs=TIME, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, widget=widget, **options)


def _reason(**options: Any) -> forms.CharField:
    return forms.CharField(label=_("理由"), max_length=LONGEST, help_text=ASKED, **options)


class RunForm(forms.Form):
    course = forms.ChoiceField(label=_("课程"))
    title = forms.CharField(label=_("班次名称"), max_length=80, help_text=_("例如：2026 年春季第一班。"))
    place = forms.CharField(label=_("地点"), max_length=120)
    starts_on = DayField(label=_("开始日期"))
    ends_on = DayField(label=_("结束日期"))
    enrol_until = DayField(label=_("报名截止日期"), help_text=_("含当日。"))
    capacity = forms.IntegerField(
        label=_("名额"), min_value=1, max_value=rules.MOST_SEATS, help_text=_("报满以后的人依次候补。")
    )
    required_meetings = forms.IntegerField(
        label=_("须出席的次数"),
        min_value=1,
        max_value=200,
        required=False,
        help_text=_("应会考评通过前至少要出席几次课；不填就是每次都要出席。"),
    )
    assessor_body = forms.ChoiceField(
        label=_("评价机构"),
        required=False,
        help_text=_("它的考评员可以考评这个班的学员；本单位的教师和考评员总是可以。"),
    )
    about = forms.CharField(
        label=_("说明"),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("学员报名前会看到：要带什么、怎么去。"),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        courses = [(str(row.uuid), f"{row.title} · {row.provider.name}") for row in queries.courses_for(user)]
        self._choices("course", courses, _("请选择"))
        bodies = [(str(row.uuid), row.name) for row in queries.assessor_bodies()]
        self._choices("assessor_body", bodies, _("不请评价机构"))

    def _choices(self, name: str, choices: list[tuple[str, str]], none: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", none), *choices]

    def run(self) -> NewRun:
        data = dict(self.cleaned_data)
        body = data.pop("assessor_body")
        course = UUID(data.pop("course"))
        return NewRun(course=course, assessor_body=UUID(body) if body else None, **data)


class MeetingForm(forms.Form):
    title = forms.CharField(label=_("内容"), max_length=80)
    teacher = forms.CharField(label=_("授课教师"), max_length=60)
    starts_at = _moment(_("开始时间"))
    ends_at = _moment(_("结束时间"))
    place = forms.CharField(
        label=_("地点"), max_length=120, required=False, help_text=_("不填就是班次的地点。")
    )
    link = forms.CharField(
        label=_("直播链接"),
        max_length=300,
        required=False,
        help_text=_("线上直播的填，例如腾讯会议的链接。只有在册学员能看到。"),
    )
    link_minutes = forms.IntegerField(
        label=_("提前几分钟显示直播链接"),
        min_value=0,
        max_value=rules.LINK_MINUTES,
        required=False,
        help_text=_("不填就是 15 分钟。"),
    )

    def meeting(self) -> NewMeeting:
        data = dict(self.cleaned_data)
        minutes = data.pop("link_minutes")
        return NewMeeting(**data, **({} if minutes is None else {"link_minutes": minutes}))


class ReasonForm(forms.Form):
    reason = _reason()


class CapacityForm(forms.Form):
    capacity = forms.IntegerField(label=_("名额"), min_value=1, max_value=rules.MOST_SEATS)


class CallForm(forms.Form):
    """Beside the ticked names of the roster, which stand in the table."""

    act = forms.ChoiceField(label=_("登记"), choices=[(Act.IN, _("签到")), (Act.OUT, _("签退"))])
    at = _moment(_("时间"))
    reason = _reason()


class CorrectForm(forms.Form):
    since = _moment(_("签到时间"), required=False)
    until = _moment(_("签退时间"), required=False, help_text=_("没有到场的，两项都不填：此前的记录作废。"))
    reason = _reason()

    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class ListForm(forms.Form):
    file = forms.FileField(
        label=_("名单文件"),
        help_text=_(
            "腾讯会议、钉钉、Zoom 等导出的 CSV 或 .xlsx，原样上传：姓名或账号、进入时间、离开时间或时长。"
            "没有表头的，三列依次是手机号、邮箱或学员号，进入时间，离开时间。同一个人可以有几行。"
        ),
    )
    zone = forms.ChoiceField(
        label=_("文件里的时间"),
        choices=list(imports.ZONES.items()),
        required=False,
        help_text=_("文件里写明了时区的，以文件为准。"),
    )


class FilingForm(forms.Form):
    """An authority's word on a class."""

    authority = forms.ChoiceField(label=_("主管部门"))
    reference = forms.CharField(label=_("备案号或文号"), max_length=120)
    hours = CentiField(
        label=_("核定学时"),
        required=False,
        help_text=_("每位学员最多从这个班次得到的学时。不填就是尚未设定，班次不产生学时。"),
    )
    withdrawn = forms.BooleanField(label=_("撤销备案：从现在起不再备案"), required=False)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["authority"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(row.uuid), row.name) for row in filings.authorities(user)]

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "authority": UUID(data["authority"]),
            "reference": data["reference"],
            "centihours": data["hours"],
            "filed": not data["withdrawn"],
        }


class ClassRuleForm(forms.Form):
    valid_from = rule_versions.valid_from()
    minutes_per_hour = forms.IntegerField(
        label=_("一学时的分钟"),
        min_value=1,
        max_value=240,
        required=False,
        help_text=_("不填：自生效日期起不再有规则，出席不折算学时。"),
    )
    min_share_percent = forms.IntegerField(
        label=_("每次课至少在场（%）"),
        min_value=0,
        max_value=100,
        initial=0,
        help_text=_("不到这个比例的，这次课不计。0 就是不要求。"),
    )
    late_minutes = forms.IntegerField(
        label=_("迟到的容许（分钟）"),
        min_value=0,
        max_value=600,
        required=False,
        help_text=_("第一次签到晚于开始时间超过这个数的，这次课不计。不填就是不看迟到。"),
    )
    source = rule_versions.source()

    def rule(self) -> NewClassRule:
        return NewClassRule(**self.cleaned_data)


class ChecklistForm(forms.Form):
    items = forms.CharField(
        label=_("考核项目"),
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("每行一项，写看得见、做得到的动作。公布后不能修改，只能公布新的一版。"),
    )
    source = forms.CharField(
        label=_("依据"), max_length=LONGEST, help_text=_("职业标准、操作规程或教学大纲的名称。")
    )

    def lines(self) -> list[str]:
        return str(self.cleaned_data["items"]).splitlines()


class SheetForm(forms.Form):
    """One tick and one remark an item; the buttons say whether it is a pass."""

    checklist = forms.UUIDField(widget=forms.HiddenInput)
    after = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    remark = forms.CharField(
        label=_("评语"),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("还没通过时必填：写明还差什么，学员会看到。"),
    )
    evidence = FilesField(
        label=_("照片"),
        required=False,
        help_text=_(
            "操作过程或成品，JPG、PNG 或 PDF，最多 5 个，每个不超过 10 MB。只有学员本人和本班人员能看到。"
        ),
    )

    def __init__(self, checklist: PracticeChecklist, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = checklist.items
        for item in checklist.items:
            self.fields[f"done-{item['key']}"] = forms.BooleanField(label=item["text"], required=False)
            self.fields[f"remark-{item['key']}"] = forms.CharField(
                label=_("备注"), max_length=LONGEST_REMARK, required=False
            )

    def rows(self) -> list[dict[str, Any]]:
        """The items with their two fields, for the table."""
        return [
            {
                "text": item["text"],
                "done": self[f"done-{item['key']}"],
                "remark": self[f"remark-{item['key']}"],
            }
            for item in self.items
        ]

    def sheet(self, *, passed: bool) -> Sheet:
        data = self.cleaned_data
        keys = [item["key"] for item in self.items]
        return Sheet(
            checklist=data["checklist"],
            done=frozenset(key for key in keys if data[f"done-{key}"]),
            passed=passed,
            after=data["after"],
            remark=data["remark"],
            remarks={key: data[f"remark-{key}"] for key in keys if data[f"remark-{key}"]},
        )
