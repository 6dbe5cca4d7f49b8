"""The terms of continuing-education bases in words."""

from collections.abc import Iterable, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from lms.lib.units import format_centi
from lms.training.ce_bases.models import (
    HOST_KINDS,
    INDUSTRIES,
    BaseReview,
    BaseStandard,
    FiledClass,
)
from lms.training.ce_bases.process import YEARLY
from lms.training.ce_bases.rules import (
    MOST_CLASSES,
    MOST_PEOPLE,
    Criterion,
    Facts,
    Grade,
    Line,
    Plan,
    PlanFault,
    RunFault,
    Terms,
    TermsFault,
)
from lms.training.lifecycle.words import cite


def label(code: str, among: Iterable[tuple[str, str | Promise]]) -> str:
    return str(dict(among).get(code, code))


def yuan(fen: int) -> str:
    """Fen as yuan: 1234500 → "12,345"."""
    whole, rest = divmod(fen, 100)
    return f"{whole:,}" + (f".{rest:02d}" if rest else "")


def mark_text(centimarks: int | None) -> str:
    return "" if centimarks is None else _("%(mark)s 分") % {"mark": format_centi(centimarks)}


# --- applications ----------------------------------------------------------------------------------------


def fault_text(field: str) -> str:
    """What of an application is missing, for whoever fills it in."""
    return {
        "host_kind": _("没有选单位的类型"),
        "industry": _("没有选行业"),
        "specialty": _("没有写专业方向"),
        "site": _("没有写场地和设备"),
        "team": _("没有写师资队伍"),
        "record": _("没有写施教业绩"),
        "plan": _("没有写建设计划"),
    }[field]


def lines(facts: Facts) -> list[tuple[str, str]]:
    """What an application says, as label and value."""
    found = [
        (_("单位类型"), label(facts.host_kind, HOST_KINDS)),
        (_("行业"), label(facts.industry, INDUSTRIES)),
        (_("专业方向"), facts.specialty),
        (_("场地和设备"), facts.site),
        (_("师资队伍"), facts.team),
        (_("施教业绩"), facts.record),
        (_("建设计划"), facts.plan),
    ]
    return [(name, value) for name, value in found if value]


# --- standards and reviews ---------------------------------------------------------------------------------


def terms_of(row: BaseStandard) -> Terms:
    """What a stored standard says, as plain values."""
    return Terms(
        criteria=tuple(Criterion(**item) for item in row.criteria),
        grades=tuple(Grade(**item) for item in row.grades),
        pass_mark=row.pass_mark,
        least_experts=row.least_experts,
        corrections=row.corrections,
        correction_days=row.correction_days,
        interval_months=row.interval_months,
    )


def terms_fault_text(fault: TermsFault) -> str:
    return {
        TermsFault.CRITERIA: _("评估项目要有 1 到 20 项，名称不能重复。"),
        TermsFault.WEIGHTS: _("各项权重都要大于 0，合计必须是 100%。"),
        TermsFault.GRADES: _("等次的分数线要从高到低，不低于合格线，不高于 100。"),
        TermsFault.LINE: _("合格线要在 1 到 100 分之间。"),
        TermsFault.EXPERTS: _("专家至少 1 位，最多 15 位。"),
        TermsFault.CORRECTIONS: _("整改的次数要在 0 到 5 之间。"),
        TermsFault.CORRECTION_DAYS: _("可以整改的，要写明每次整改的期限（1 到 250 个工作日）。"),
        TermsFault.INTERVAL: _("评估间隔要在 1 到 60 个月之间。"),
    }[fault]


def exit_text(terms: Terms) -> str:
    """What a failing score leads to, in one sentence."""
    if terms.corrections == 0:
        return _("评估不合格的，退出名录。")
    return _(
        "评估不合格的，限 %(days)s 个工作日内整改并复评，连续整改最多 %(times)s 次；逾期未整改或仍不合格的，退出名录。"
    ) % {
        "days": terms.correction_days,
        "times": terms.corrections,
    }


def interval_text(terms: Terms) -> str:
    if terms.interval_months is None:
        return _("尚未设定")
    return _("每 %(months)s 个月以内评估一次") % {"months": terms.interval_months}


def reckoned(review: BaseReview) -> list[Line]:
    """How a closed review's score came about, criterion by criterion."""
    return [Line(**row) for row in review.reckoning]


def reckoning_text(found: Sequence[Line], centimarks: int) -> str:
    """The whole sum in one line."""
    parts = " + ".join(f"{format_centi(line.mean)} × {line.weight}%" for line in found)
    return _("%(parts)s = %(score)s 分（%(experts)s 位专家的平均分，按总分算一次，向下取到百分之一）") % {
        "parts": parts,
        "score": format_centi(centimarks),
        "experts": found[0].experts if found else 0,
    }


def verdict(review: BaseReview) -> str:
    if review.passed is None:
        return _("评审中，得分在全部专家交回后公布")
    said = _("合格") if review.passed else _("不合格")
    grade = f"（{review.grade}）" if review.grade else ""
    text = f"{mark_text(review.centimarks)} · {said}{grade}"
    if review.voided_on is not None:
        text += " · " + _("%(day)s 作废，重新评审") % {"day": review.voided_on.isoformat()}
    return text


# --- yearly plans --------------------------------------------------------------------------------------------


def plan_fault_text(fault: PlanFault, about: str, day_hours: int | None = None) -> str:
    of = {"title": about, "most": MOST_CLASSES, "people": MOST_PEOPLE, "hours": day_hours}
    sentences = {
        PlanFault.YEAR: _("没有写备案的年度"),
        PlanFault.NONE: _("没有列入班次或课程"),
        PlanFault.MANY: _("一份备案最多列 %(most)s 个班次，多的另报一份"),
        PlanFault.TITLE: _("“%(title)s”没有写名称"),
        PlanFault.HOURS: _("“%(title)s”没有写学时，或学时太多"),
        PlanFault.DAY_HOURS: _("“%(title)s”的学时超过起止日期每天 %(hours)s 学时"),
        PlanFault.PEOPLE: _("“%(title)s”的人数要在 1 到 %(people)s 之间"),
        PlanFault.DAYS: _("“%(title)s”的起止日期不对"),
        PlanFault.OTHER_YEAR: _("“%(title)s”不在备案的年度里开始"),
        PlanFault.FEE: _("“%(title)s”的收费不对"),
        PlanFault.TEACHERS: _("“%(title)s”没有写授课教师"),
        PlanFault.PLACE: _("“%(title)s”没有写地点"),
        PlanFault.TWICE: _("“%(title)s”列了两次"),
    }
    return sentences[fault] % of


def plan_lines(plan: Plan) -> list[tuple[str, str]]:
    """What a plan says, a line a class."""
    found = [(_("备案年度"), str(plan.year))] if plan.year else []
    found += [(_("说明"), plan.note)] if plan.note else []
    for number, row in enumerate(plan.classes, start=1):
        about = (
            row.title,
            row.course,
            _("%(hours)s 学时") % {"hours": format_centi(row.centihours)},
            _("%(people)s 人") % {"people": row.people},
            f"{row.first_day} — {row.last_day}",
            fee_text(row.fee_fen),
            row.teachers,
            row.place,
        )
        found.append((_("班次 %(number)s") % {"number": number}, " · ".join(text for text in about if text)))
    return found


def fee_text(fen: int) -> str:
    return _("每人 %(yuan)s 元") % {"yuan": yuan(fen)} if fen else _("不收费")


def class_text(row: FiledClass) -> str:
    """A filed class in one line, for papers."""
    return _(
        "%(title)s · %(hours)s 学时 · %(people)s 人 · %(first)s 至 %(last)s · %(fee)s · %(teachers)s · %(place)s"
    ) % {
        "title": row.title,
        "hours": format_centi(row.centihours),
        "people": row.people,
        "first": row.first_day.isoformat(),
        "last": row.last_day.isoformat(),
        "fee": fee_text(row.fee_fen),
        "teachers": row.teachers,
        "place": row.place,
    }


def class_notice(row: FiledClass) -> str:
    """The same for the notice board, its feeds and open data: without the teachers' names, which could not be taken back there."""
    return " · ".join(
        (
            row.title,
            _("%(hours)s 学时") % {"hours": format_centi(row.centihours)},
            _("%(people)s 人") % {"people": row.people},
            f"{row.first_day} — {row.last_day}",
            fee_text(row.fee_fen),
            row.place,
        )
    )


def run_fault_text(fault: RunFault, filed: FiledClass) -> str:
    """Why a run gives no hours by this filed class, with the document."""
    filing = filed.filing
    of = {
        "filed": filing.filed_on.isoformat(),
        "revoked": filing.revoked_on.isoformat() if filing.revoked_on else "",
        "first": filed.first_day.isoformat(),
        "last": filed.last_day.isoformat(),
        "people": filed.people,
    }
    sentences = {
        RunFault.BEFORE: _("这个班次在备案（%(filed)s）以前已经开始，不按这份备案产生学时"),
        RunFault.REVOKED: _("这份备案已于 %(revoked)s 撤销，以后开始的班次不产生学时"),
        RunFault.DAYS: _("这个班次不在备案的日期（%(first)s 至 %(last)s）里，不产生学时"),
        RunFault.SEATS: _("这个班次的名额多于备案的 %(people)s 人，不产生学时"),
    }
    return cite(sentences[fault] % of, YEARLY)


def unfiled() -> str:
    return cite(_("继续教育基地举办的班次要列入年度备案计划；这个班次没有列入，不产生学时"), YEARLY)
