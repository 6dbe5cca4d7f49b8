"""The terms of bases in words."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from lms.training.bases.models import TrainingReport
from lms.training.bases.rules import MOST_FIRMS, MOST_PROJECTS, Facts, Fault, Flag, ProjectKind

FLAGS: list[tuple[str, Promise]] = [
    (Flag.SCARCE, gettext_lazy("区域产业发展所需的紧缺培训项目")),
    (Flag.CITY_BASE, gettext_lazy("市级高技能人才培养基地")),
    (Flag.NATIONAL_BASE, gettext_lazy("国家级高技能人才培养基地")),
    (Flag.NATIONAL_CONTEST, gettext_lazy("世界技能大赛国家集训基地")),
    (Flag.CITY_CONTEST, gettext_lazy("世界技能大赛上海集训基地")),
]
KINDS: list[tuple[str, Promise]] = [
    (ProjectKind.KEY_INDUSTRY, gettext_lazy("重点特色产业")),
    (ProjectKind.HIGH_DEMAND, gettext_lazy("岗位需求较大的工种")),
    (ProjectKind.HERITAGE, gettext_lazy("传统技能保护")),
    (ProjectKind.STABLE_JOBS, pgettext_lazy("基地", "稳定就业")),
]


def labels(codes: Iterable[str], among: Iterable[tuple[str, str | Promise]]) -> str:
    known = dict(among)
    return _("、").join(str(known.get(code, code)) for code in codes)


def fault_text(fault: Fault, about: str) -> str:
    """What is wrong, for whoever fills it in."""
    of = {"name": about or _("未写名称的一项"), "most_projects": MOST_PROJECTS, "most_firms": MOST_FIRMS}
    sentences = {
        Fault.SITE: _("没有写实训场地和设备"),
        Fault.DEPARTMENT: _("没有写负责培训的部门"),
        Fault.STAFF: _("至少要有一名专职人员"),
        Fault.EXPERTS: _("至少要有一名相关领域的专家"),
        Fault.PROJECTS: _("培育项目要有 1 到 %(most_projects)s 个"),
        Fault.PROJECT_NAME: _("有一个培育项目没有名称"),
        Fault.PROJECT_KIND: _("项目“%(name)s”没有类别"),
        Fault.OCCUPATION: _("项目“%(name)s”的职业（工种）代码不对，格式是 6-31-01-03"),
        Fault.MODE: _("项目“%(name)s”没有培育模式"),
        Fault.PEOPLE: _("项目“%(name)s”没有写计划人数"),
        Fault.SOURCES: _("没有选培育对象的来源"),
        Fault.FIRMS: _("培育对象有产业链企业时要列出这些企业（最多 %(most_firms)s 家），没有时不列"),
        Fault.FIRM_CODE: _("企业“%(name)s”的统一社会信用代码不是 18 位，或有不该有的字符"),
        Fault.FLAGS: _("优先认定的理由不在列出的里面"),
    }
    return sentences[fault] % of


def lines(facts: Facts) -> list[tuple[str, str]]:
    """What an application says, as label and value."""
    found = [
        (_("实训场地设备"), facts.site),
        (_("负责部门"), facts.department),
        (
            _("专职人员和专家"),
            _("%(staff)s 人、%(experts)s 人") % {"staff": facts.staff, "experts": facts.experts},
        ),
    ]
    found += [(_("培育项目"), text) for text in project_lines(facts)]
    found.append((_("培育对象"), labels(facts.sources, TrainingReport.SOURCES)))
    found += [(_("产业链企业"), f"{firm.name} {firm.code}") for firm in facts.firms]
    if facts.flags:
        found.append((_("优先认定的理由"), labels(facts.flags, FLAGS)))
    return [(label, value) for label, value in found if value]


def project_lines(facts: Facts) -> list[str]:
    return [
        _("%(name)s（%(occupation)s）· %(kind)s · %(mode)s · 每年 %(people)s 人")
        % {
            "name": row.name,
            "occupation": row.occupation,
            "kind": labels([row.kind], KINDS),
            "mode": labels([row.mode], TrainingReport.MODES),
            "people": row.people,
        }
        for row in facts.projects
    ]
