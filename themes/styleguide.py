"""What the style guide shows: invented courses, people and numbers. Only for /styleguide/."""

from typing import Any

from django import forms
from django.core.paginator import Paginator

from themes.covers import MOTIFS
from themes.icons import ICONS

_COURSES: tuple[tuple[str, str, str, str, int, str], ...] = (
    ("public", "", "network_security", "网络安全法与日常防护", 600, "东江开放学院"),
    ("specialty", "industry", "", "精益生产：看得见的浪费", 1250, "临港工程职业学院"),
    ("vocational", "construction_transport", "", "电工作业安全：应知", 800, "江南技师学院"),
    ("public", "", "ethics", "职业道德：遇到两难怎么办", 400, "东江开放学院"),
    ("specialty", "finance", "", "小企业会计准则的十个变化", 1000, "浦滨财经学院"),
    ("vocational", "environment", "", "污水处理工：运行与巡检", 1600, "江南技师学院"),
)


class SampleForm(forms.Form):
    """One field of each sort, with an error on purpose."""

    name = forms.CharField(label="姓名", help_text="和身份证件上的一致，证书会用到。")
    phone = forms.CharField(label="手机号", initial="1380000")
    level = forms.ChoiceField(label="技能等级", choices=[("5", "五级 / 初级工"), ("4", "四级 / 中级工")])
    way = forms.ChoiceField(
        label="怎样联系你",
        choices=[("sms", "短信"), ("mail", "邮件")],
        widget=forms.RadioSelect,
        required=False,
    )
    note = forms.CharField(label="说明", widget=forms.Textarea, required=False)
    agree = forms.BooleanField(label="我已阅读并同意个人信息处理规则")


def _form() -> SampleForm:
    form = SampleForm({"name": "周小满", "phone": "1380000", "level": "5", "agree": "on"})
    form.is_valid()
    form.add_error("phone", "手机号应为 11 位，这里只有 7 位。")
    return form


def context() -> dict[str, Any]:
    """Everything the style guide's template asks for."""
    keys = ("kind", "sector", "theme", "title", "centihours", "provider")
    courses: list[dict[str, Any]] = [
        dict(zip(keys, row, strict=True))
        | {"code": f"demo-{number}", "url": "#", "summary": "一句话说明学完能做什么。"}
        for number, row in enumerate(_COURSES)
    ]
    kinds = ("public", "specialty", "vocational")
    return {
        "courses": courses,
        "covers": [
            {"kind": kinds[number % 3], "sector": name, "code": f"{name}-{variant}", "name": name}
            for number, name in enumerate(MOTIFS)
            for variant in range(2)
        ],
        "icon_names": list(ICONS),
        "form": _form(),
        "page_obj": Paginator(range(240), 20).page(5),
        "steps": [
            {"title": "提交申请", "state": "done", "at": "2026-03-02"},
            {"title": "材料齐全", "state": "done", "at": "2026-03-03"},
            {"title": "院校审核", "state": "now", "text": "一般 10 个工作日内"},
            {"title": "学分入账", "state": "todo"},
        ],
        "swatches": [
            "surface",
            "tint",
            "study",
            "credit",
            "alert",
            "study-tint",
            "credit-tint",
            "notice-tint",
            "alert-tint",
        ],
        "facets": {
            "kind": [("public", 12), ("specialty", 31), ("vocational", 9)],
            "year": [(2026, 40), (2025, 12)],
        },
    }
