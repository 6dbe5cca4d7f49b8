"""What an editor fills in on the way of an import: the files, and what a foreign pack does not say of the course."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.taxonomy import Kind, Level, Mode, QuizRule, Sector, Theme
from lms.accounts.api import Organisation, Role, User, organisations_for
from lms.lib.clock import today
from lms.lib.units import format_centi

CODE = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
OCCUPATION = re.compile(r"[1-8]-[0-9]{2}-[0-9]{2}-[0-9]{2}")


class _Files(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once; `clean` returns a list of them."""

    widget = _Files

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list | tuple) and data else [None]
        return [super(FilesField, self).clean(one, initial) for one in given]


class PackForm(forms.Form):
    """The files and for whom; only organisations one edits for are offered."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=gettext_lazy("开课单位"), empty_label=None
    )
    file = FilesField(
        label=gettext_lazy("课程包或文件"),
        help_text=gettext_lazy(
            "本平台课程包、H5P、Common Cartridge、Moodle 备份、Open edX 课程、eXeLearning、网页压缩包、Word、PowerPoint、"
            "PDF、EPUB、视频和音频。先列出会导入什么、不会导入什么，确认以后才写入。"
        ),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = organisations_for(user, Role.EDITOR).order_by("name")
        cast(forms.ModelChoiceField, self.fields["organisation"]).queryset = offered


class DetailsForm(forms.Form):
    """The course of a foreign pack. `limit`: the most hours (hundredths) its content can be approved for."""

    code = forms.CharField(
        label=gettext_lazy("课程代码"),
        max_length=60,
        help_text=gettext_lazy("小写字母、数字和短横。填已有课程的代码，就是它的新版本。"),
    )
    title = forms.CharField(label=gettext_lazy("课程名称"), max_length=200)
    kind = forms.ChoiceField(label=gettext_lazy("类别"), choices=Kind.choices)
    theme = forms.ChoiceField(
        label=gettext_lazy("主题（公需科目）"), choices=[("", "—"), *Theme.choices], required=False
    )
    sector = forms.ChoiceField(
        label=gettext_lazy("行业（专业科目）"), choices=[("", "—"), *Sector.choices], required=False
    )
    department = forms.CharField(
        label=gettext_lazy("行业主管部门（专业科目）"), max_length=100, required=False
    )
    occupation_code = forms.CharField(
        label=gettext_lazy("职业编码（职业技能）"),
        max_length=10,
        required=False,
        help_text=gettext_lazy("职业分类大典的编码，如 6-31-01-03。"),
    )
    occupation_level = forms.TypedChoiceField(
        label=gettext_lazy("等级"),
        choices=[("", "—"), *Level.choices],
        coerce=int,
        empty_value=None,
        required=False,
    )
    year = forms.IntegerField(label=gettext_lazy("年份"), min_value=2000, max_value=2100)
    hours = forms.DecimalField(
        label=gettext_lazy("申报学时"), min_value=Decimal("0.01"), max_digits=6, decimal_places=2
    )
    mode = forms.ChoiceField(label=gettext_lazy("方式"), choices=Mode.choices)
    language = forms.CharField(label=gettext_lazy("语言"), max_length=12, initial="zh-Hans")
    summary = forms.CharField(
        label=gettext_lazy("简介"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )
    audience = forms.CharField(label=gettext_lazy("适合谁"), max_length=300, required=False)
    outcomes = forms.CharField(
        label=gettext_lazy("学完能做什么"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("一行一条。"),
    )
    licence = forms.CharField(label=gettext_lazy("许可"), max_length=60)
    authors = forms.CharField(
        label=gettext_lazy("作者"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("一行一位。"),
    )
    quizzes = forms.ChoiceField(label=gettext_lazy("测验"), choices=QuizRule.choices)
    min_coverage_percent = forms.IntegerField(
        label=gettext_lazy("至少学到（%）"), min_value=0, max_value=100, initial=90
    )

    def __init__(self, *args: Any, limit: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What is too short for any hours may come in as a draft, whose hours are settled later.
        self.limit = max(limit, 1)
        self.fields["hours"].help_text = _("内容的名义时长是 %(hours)s 学时，不能超过。") % {
            "hours": format_centi(limit)
        }

    def clean_code(self) -> str:
        code = cast(str, self.cleaned_data["code"])
        if not CODE.fullmatch(code) or len(code) < 2:
            raise forms.ValidationError(_("代码只用小写字母、数字和短横，至少两个字符。"))
        return code

    def clean_hours(self) -> int:
        """In hundredths."""
        asked = int(self.cleaned_data["hours"] * 100)
        if asked > self.limit:
            raise forms.ValidationError(
                _("申报 %(asked)s 学时，内容的名义时长只有 %(limit)s 学时。请减少学时或补充内容。")
                % {"asked": format_centi(asked), "limit": format_centi(self.limit)}
            )
        return asked

    def clean_language(self) -> str:
        language = cast(str, self.cleaned_data["language"])
        if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", language):
            raise forms.ValidationError(_("语言要写成 zh-Hans、en 这样的代码。"))
        return language

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        kind = given.get("kind")
        if kind == Kind.PUBLIC and not given.get("theme"):
            self.add_error("theme", _("公需科目要选主题。"))
        if kind == Kind.SPECIALTY and not given.get("sector"):
            self.add_error("sector", _("专业科目要选行业。"))
        code, level = given.get("occupation_code"), given.get("occupation_level")
        if code and not OCCUPATION.fullmatch(code):
            self.add_error("occupation_code", _("职业编码要写成 6-31-01-03 这样。"))
        elif bool(code) != bool(level):
            self.add_error("occupation_level", _("职业编码和等级要一起填。"))
        return given

    def details(self) -> dict[str, Any]:
        """What was filled in, as fields of the native manifest."""
        given = self.cleaned_data
        plain = ("code", "title", "language", "kind", "year", "mode", "summary", "licence")
        found: dict[str, Any] = {name: given[name] for name in plain}
        found["centihours"] = given["hours"]
        found["authors"] = _lines(given["authors"])
        found["rule"] = {
            "min_coverage_percent": given["min_coverage_percent"],
            "quizzes": given["quizzes"],
        }
        if given["kind"] == Kind.PUBLIC:
            found["theme"] = given["theme"]
        if given["kind"] == Kind.SPECIALTY:
            found["sector"] = given["sector"]
            if given["department"]:
                found["department"] = given["department"]
        if given["kind"] == Kind.VOCATIONAL and given["occupation_code"]:
            found["occupation"] = {"code": given["occupation_code"], "level": given["occupation_level"]}
        if given["audience"]:
            found["audience"] = given["audience"]
        if given["outcomes"]:
            found["outcomes"] = _lines(given["outcomes"])[:20]
        return found


def filled_from(details: dict[str, Any], *, limit: int, quizzes: bool) -> dict[str, Any]:
    """The form's first values: what the pack says, or what an editor said the last time."""
    occupation, rule = details.get("occupation", {}), details.get("rule", {})
    usual = QuizRule.ALL_PASSED if quizzes else QuizRule.NONE
    return {
        **{name: details[name] for name in ("code", "title", "summary", "licence") if name in details},
        "kind": details.get("kind", Kind.VOCATIONAL),
        "theme": details.get("theme", ""),
        "sector": details.get("sector", ""),
        "department": details.get("department", ""),
        "occupation_code": occupation.get("code", ""),
        "occupation_level": occupation.get("level"),
        "year": details.get("year", today().year),
        "hours": Decimal(max(1, min(details.get("centihours", limit), limit))) / 100,
        "mode": details.get("mode", Mode.ONLINE),
        "language": details.get("language", "zh-Hans"),
        "audience": details.get("audience", ""),
        "outcomes": "\n".join(details.get("outcomes", [])),
        "authors": "\n".join(details.get("authors", [])),
        "quizzes": rule.get("quizzes", usual),
        "min_coverage_percent": rule.get("min_coverage_percent", 90),
    }


def _lines(text: str) -> list[str]:
    return [line for row in text.splitlines() if (line := " ".join(row.split())[:200])]
