"""What is said about outcomes in words: the names of fields and choices, what is wrong with one, what a form means."""

from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditbank.outcomes.models import OutcomeKind
from creditbank.outcomes.rules import LEVELLED, Fault
from creditbank.rules.facts import Kind

LABELS: dict[str, Promise] = {
    "kind": gettext_lazy("成果类型"),
    "title": gettext_lazy("名称"),
    "occupation_code": gettext_lazy("职业编码"),
    "level": gettext_lazy("等级"),
    "issuer_name": gettext_lazy("发证机构"),
    "assessor_type": gettext_lazy("评价主体"),
    "number": gettext_lazy("证书编号"),
    "issued_on": gettext_lazy("发证日期"),
    "expires_on": gettext_lazy("有效期至"),
    "course_code": gettext_lazy("课程代码"),
    "centicredits": gettext_lazy("学分"),
    "score": gettext_lazy("成绩"),
    "centihours": gettext_lazy("学时"),
    "unit": gettext_lazy("学时的种类"),
    "starts_on": gettext_lazy("开始日期"),
    "award_level": gettext_lazy("竞赛级别"),
    "award_rank": gettext_lazy("获奖等次"),
    "sort": gettext_lazy("五小类别"),
    "stage": gettext_lazy("所处阶段"),
    "project": gettext_lazy("项目"),
    "authors": gettext_lazy("作者"),
    "reviewer": gettext_lazy("评审人"),
    "about": gettext_lazy("情况说明"),
}
# Where a field is called otherwise than on a certificate.
OF_KIND: dict[tuple[str, str], Promise] = {
    **{
        (kind, "title"): gettext_lazy("证书名称")
        for kind in (Kind.SKILL, Kind.QUALIFICATION, Kind.ABILITY, Kind.X)
    },
    (Kind.COURSE, "title"): gettext_lazy("课程名称"),
    (Kind.COURSE, "issuer_name"): gettext_lazy("学校"),
    (Kind.COURSE, "issued_on"): gettext_lazy("成绩日期"),
    (Kind.COURSE, "number"): gettext_lazy("成绩单编号"),
    (Kind.HOURS, "title"): gettext_lazy("培训名称"),
    (Kind.HOURS, "issuer_name"): gettext_lazy("主办单位"),
    (Kind.HOURS, "issued_on"): gettext_lazy("结束日期"),
    (Kind.HOURS, "number"): gettext_lazy("培训证明编号"),
    (Kind.AWARD, "title"): gettext_lazy("竞赛和项目名称"),
    (Kind.AWARD, "issuer_name"): gettext_lazy("主办单位"),
    (Kind.AWARD, "issued_on"): gettext_lazy("获奖日期"),
    (Kind.AWARD, "number"): gettext_lazy("获奖证书编号"),
    (Kind.FIVE_SMALL, "title"): gettext_lazy("成果名称"),
    (Kind.FIVE_SMALL, "issuer_name"): gettext_lazy("评选或采用单位"),
    (Kind.FIVE_SMALL, "issued_on"): gettext_lazy("评选或采用日期"),
    (Kind.FIVE_SMALL, "number"): gettext_lazy("证明编号"),
    (Kind.PAPER, "title"): gettext_lazy("论文或理论成果名称"),
    (Kind.PAPER, "issuer_name"): gettext_lazy("项目组织单位"),
    (Kind.PAPER, "starts_on"): gettext_lazy("项目开始日期"),
    (Kind.PAPER, "issued_on"): gettext_lazy("完成日期"),
    (Kind.PAPER, "number"): gettext_lazy("验证编号"),
}
CHOICE_LABELS: dict[str, dict[str, Promise]] = {
    "assessor_type": {
        "government": gettext_lazy("政府部门评价"),
        "employer": gettext_lazy("用人单位评价"),
        "social": gettext_lazy("社会培训评价组织评价"),
    },
    "unit": {
        "continuing": gettext_lazy("继续教育学时"),
        "training": gettext_lazy("培训课时"),
        "class": gettext_lazy("课堂学时"),
    },
    "award_level": {
        "world": gettext_lazy("世界级"),
        "national": gettext_lazy("国家级"),
        "province": gettext_lazy("省（市）级"),
        "city": gettext_lazy("地市级"),
        "district": gettext_lazy("区（县）级"),
        "employer": gettext_lazy("企业级"),
    },
    "award_rank": {
        "1": gettext_lazy("一等奖"),
        "2": gettext_lazy("二等奖"),
        "3": gettext_lazy("三等奖"),
        "excellent": gettext_lazy("优胜奖"),
    },
    "sort": {
        "invention": gettext_lazy("小发明"),
        "creation": gettext_lazy("小创造"),
        "innovation": gettext_lazy("小革新"),
        "design": gettext_lazy("小设计"),
        "suggestion": gettext_lazy("小建议"),
    },
    "stage": {
        "submitted": gettext_lazy("已提交"),
        "selected": gettext_lazy("已入选"),
        "used": gettext_lazy("已采用"),
    },
}


def label_of(kind: str, name: str) -> str:
    """What a field of a kind is called."""
    return str(OF_KIND.get((kind, name), LABELS[name]))


def kind_label(kind: str) -> str:
    """A kind of outcome in the user's language; what is not known comes back as it is."""
    return str(OutcomeKind(kind).label) if kind in OutcomeKind.values else kind


def choice_label(name: str, value: str) -> str:
    """A chosen word in the user's language; what is not known comes back as it is."""
    return str(CHOICE_LABELS.get(name, {}).get(value, value))


def fault_sentence(kind: str, fault: Fault) -> str:
    """What is wrong, and what can be done about it."""
    if fault.code == "needed":
        return _needed(kind, fault.field)
    label = label_of(kind, fault.field)
    sentences: dict[str, str] = {
        "choice": _("请选择证书类型。")
        if fault.field == "kind"
        else _("请从列出的选项里选择%(label)s。") % {"label": label},
        "too_long": _("请填写这一项，不超过 %(most)s 个字。") % {"most": fault.values.get("most")},
        "range": _("%(label)s超出了可能的范围，请核对。") % {"label": label},
        "occupation_form": _("职业编码的格式应为 X-XX-XX-XX，例如 6-31-01-03。"),
        "course_form": _("课程代码由字母、数字、点和连字符组成，不超过 40 个字。"),
        "future": _("%(label)s在今天之后，请核对。") % {"label": label},
        "long_ago": _("%(label)s不像真的，请核对。") % {"label": label},
        "before_issue": _("有效期早于发证日期，请核对。"),
        "after_end": _("开始日期晚于结束日期，请核对。"),
        "skill_form": _(
            "编号格式不对：职业技能等级证书应为 Y 或 S 开头，后接 21 位数字，共 22 位。请对照证书再输入一次。"
        ),
        "level_differs": _("编号里的等级是 %(level)s 级，与所选等级不同。请核对编号和等级。")
        % {"level": fault.values.get("level")},
        "qualification_form": _("编号格式不对：职业资格证书应为 16 位数字。请对照证书再输入一次。"),
        "free_form": _("编号应为 4–40 个字母、数字或汉字。请对照证书再输入一次。"),
        "covered": _(
            "“%(name)s”已有%(kind)s覆盖，专项职业能力考核只用于没有覆盖的职业，不能登记（%(source)s）。请登记相应的证书。"
        )
        % {key: fault.values.get(key, "") for key in ("name", "kind", "source")},
        "no_right": _(
            "没有规定本机构可以存入%(kind)s。由主管部门在管理后台“发证范围”里开通，请联系主管部门。"
        )
        % {"kind": kind_label(kind)},
        "right_ended": _(
            "自 %(day)s 起本机构不再存入%(kind)s（%(source)s）。有疑问请联系主管部门，由它在“发证范围”里决定。"
        )
        % {"kind": kind_label(kind), **{key: fault.values.get(key, "") for key in ("day", "source")}},
        "no_entry": _(
            "证书目录里没有 %(day)s 有效的“%(name)s”，不知道由谁颁发。请联系主管部门登入证书目录后再存。"
        )
        % {key: fault.values.get(key, "") for key in ("day", "name")},
        "not_its_issuer": _(
            "证书目录里“%(name)s”的发证机构没有列出本机构（%(source)s）。确由本机构颁发的，请主管部门在目录里补上。"
        )
        % {key: fault.values.get(key, "") for key in ("name", "source")},
        "not_in_catalogue": _("证书目录里这项证书没有这个等级，请核对。"),
    }
    return sentences[fault.code]


def right_sentence(kind: str, day: date, fault: Fault) -> str:
    """Why an issuer may not verify an outcome as its own; fault: of `rights.verifying_fault`."""
    if fault.code in {"no_right", "right_ended"}:
        said = _(
            "发证范围里没有写明本机构在发证日期（%(day)s）可以颁发%(kind)s，不能由本机构核实为属实。"
            "请联系主管部门开通；也可以由收到申请的学校核实。"
        )
        return said % {"day": day, "kind": kind_label(kind)}
    if fault.code == "no_entry":
        said = _(
            "证书目录里没有 %(day)s 有效的“%(name)s”，不知道由谁颁发，不能由本机构核实为属实。"
            "请联系主管部门登入证书目录；也可以由收到申请的学校核实。"
        )
        return said % {key: fault.values.get(key, "") for key in ("day", "name")}
    return fault_sentence(kind, fault)


def _needed(kind: str, name: str) -> str:
    if name == "level":
        return _("这类证书需要选择等级。")
    if name == "occupation_code" and kind in LEVELLED:
        return _("这类证书需要填写职业编码，它印在证书上或可在职业分类大典中查到。")
    if name in {"title", "issuer_name"}:
        return _("请填写这一项，不超过 %(most)s 个字。") % {"most": 120}
    return _("请填写%(label)s。") % {"label": label_of(kind, name)}


def number_form_text(form: str) -> str:
    """What a checked form means, and what it does not."""
    known = {
        "employer22": _("用人单位颁发的职业技能等级证书编号"),
        "social22": _("社会培训评价组织颁发的职业技能等级证书编号"),
        "senior22": _("高技能等级证书编号"),
        "qualification16": _("职业资格证书编号"),
    }
    if form in known:
        return _("编号格式符合：%(form)s。只核对了格式，不代表证书已核实。") % {"form": known[form]}
    if form == "none":
        return _("这类成果没有编号，以出具单位核实为准。")
    return _("这类证书没有公布统一的编号格式，编号按原样保存，以发证机构核实为准。")


def standing(outcome: Any) -> str:
    """How far the outcome is proved: "format only" is told apart from "verified with the issuer"."""
    if outcome.status == "verified":
        return {
            "issuer": _("已向发证机构核实"),
            "deposit": _("由发证机构存入，存入即核实"),
            "register": _("已在官方查询系统核实"),
            "original": _("已查验原件"),
        }.get(outcome.method, _("已核实"))
    if outcome.status == "refused":
        return _("未通过核实")
    if outcome.number_form in {"employer22", "social22", "senior22", "qualification16"}:
        return _("仅核对编号格式")
    return _("尚未核实")
