"""The forms that papers are written on: each with a number and a version, declared when the application starts.

Owns: what a paper of a kind is called, which form and version it is written on and what stands under it. A changed form is a new
version; papers that were issued keep theirs. Refuses: the same kind declared twice with different things.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.training.lifecycle.declaration import Words


@dataclass(frozen=True)
class Template:
    """kind: what a process calls it; number: of the form; note: a sentence at its foot."""

    kind: str
    number: str
    version: int
    title: Words
    note: Words = ""


_templates: dict[str, Template] = {}


def register_template(template: Template) -> None:
    """Make a form known. Raises ValueError where its kind or number stands for something else."""
    for known in _templates.values():
        if known != template and (known.kind == template.kind or known.number == template.number):
            raise ValueError(f"{template.kind} ({template.number}) is declared already")
    _templates[template.kind] = template


def template_of(kind: str) -> Template:
    """The form in force. Raises KeyError."""
    return _templates[kind]


def templates() -> list[Template]:
    """Every form, by number."""
    return sorted(_templates.values(), key=lambda row: row.number)


RECEIPT, MISSING, NOTICE, REFUSAL = "receipt", "missing", "notice", "refusal"
APPLICATION = "application"
# What more than one process issues.
COMMON = (
    Template(
        APPLICATION,
        "P10",
        1,
        pgettext_lazy("文书", "申请书"),
        _("所填内容和所附材料以提交时为准；材料以列出的指纹（SHA-256）核对。"),
    ),
    Template(RECEIPT, "P01", 1, _("受理回执"), _("凭受理编号查询进展。列出的缺项补齐以前，可能会要求补正。")),
    Template(MISSING, "P02", 1, _("补正材料通知书"), _("请按所列内容补正；逾期未补正的，按未申报办理。")),
    Template(
        NOTICE,
        "P03",
        1,
        pgettext_lazy("文书", "公示"),
        _("公示期内可以凭验证码核对本公示，并在公示页上提出异议。"),
    ),
    Template(
        REFUSAL,
        "P04",
        1,
        _("不予通过通知书"),
        _("对结果有异议的，按页面上的期限提出申诉；没有申诉环节的，可以重新申报。"),
    ),
)
