"""What the engine's reasons are in words: what happened, why, and what can be done."""

from django.utils.translation import gettext as _

from creditbank.applications.lifecycle import Missing
from creditbank.outcomes.words import number_form_text as number_form_text
from creditbank.rules.engine import Room
from creditbank.rules.facts import Cap, Line
from creditbank.rules.rules import Reason
from lms.lib.units import format_centi


def reason_sentence(reason: str) -> str:
    """One sentence for a reason of `rules.rules.Reason`."""
    return {
        Reason.GRANTED: _("符合规则，可以认定。"),
        Reason.NEEDS_VERIFICATION: _("符合规则；证书核实后可以认定。"),
        Reason.ALREADY_USED: _("这张证书已在这个专业里用过，同一成果在一个专业只能用一次。"),
        Reason.COURSE_CREDITED: _("规则所对应的课程里，有的已经认定过学分，同一门课程只认定一次。"),
        Reason.CAP_REACHED: _("认定后会超过这个专业可认定学分的上限。"),
        Reason.LEVEL_TOO_LOW: _("证书等级与规则要求的等级不符。"),
        Reason.EXPIRED: _("证书在申请当日已过有效期。"),
        Reason.TOO_OLD: _("证书的发证时间早于规则允许的年限。"),
        Reason.NOT_YET_ISSUED: _("证书的发证日期在申请日之后。"),
        Reason.REFUSED: _("证书未通过核实。可核对后重新登记。"),
        Reason.ANOTHER_RULE: _("这张证书已按另一条更有利的规则计入这个专业。"),
        Reason.RULE_NOT_IN_FORCE: _("有相关规则，但当日不在有效期内。"),
        Reason.NO_RULE: _("目前没有学校公布针对这张证书的转换规则。"),
        Reason.SCORE_TOO_LOW: _("成绩低于规则要求的最低成绩。"),
        Reason.SCORE_MISSING: _("规则要求成绩，这项成果没有登记成绩。"),
        Reason.ISSUER_NOT_ACCEPTED: _("规则只认可指定机构的成果，这一家不在其中。"),
        Reason.AWARD_NOT_ACCEPTED: _("规则没有列出这个等次的奖项。"),
        Reason.WRONG_UNIT: _("规则计算的是另一类学时。"),
        Reason.TOO_LITTLE: _("数量达不到规则要求的最低数，或不足换一步学分。"),
        Reason.EXEMPTED: _("规则给的免考项目都已经有了。"),
        Reason.EXCLUDED: _("同一组规则里只能用一条，另一条已经用过。"),
        Reason.RULE_TAKEN: _("这条规则只能用一次，已经用过。"),
        Reason.CAP_NOT_COMPUTABLE: _(
            "规则按专业总学分的比例设上限，而这个专业的总学分尚未设定，算不出上限。"
        ),
        Reason.BETTER_ALTERNATIVE: _("换一种搭配学分更多，所以这里没有用它。"),
    }[Reason(reason)]


def cap_text(cap: str, limit: int | None) -> str:
    """Which cap (`facts.Cap`), and how high it is in centicredits: without a full stop."""
    if limit is None:
        return _("上限算不出来")
    amount = {"n": format_centi(limit)}
    return {
        Cap.PROGRAMME: _("这个专业最多认定 %(n)s 学分"),
        Cap.PROGRAMME_RATIO: _("按比例，这个专业最多认定 %(n)s 学分"),
        Cap.YEAR: _("同一年最多认定 %(n)s 学分"),
        Cap.INSTITUTION: _("同一机构的成果最多认定 %(n)s 学分"),
        Cap.RULE: _("这条规则最多给 %(n)s 学分"),
    }[Cap(cap)] % amount


def room_text(room: Room) -> str:
    return cap_text(room.cap, room.limit)


def capped_sentence(line: Line) -> str:
    """Why a line gives what it gives, with the cap that stopped it or left only a part."""
    if line.reason == Reason.CAP_REACHED and line.cap:
        return _("没有计入：%(cap)s，再加就超过了。") % {"cap": cap_text(line.cap, line.limit)}
    said = reason_sentence(line.reason)
    if line.gives and line.uncapped is not None and line.cap:
        values = {
            "full": format_centi(line.uncapped),
            "given": format_centi(line.centicredits),
            "cap": cap_text(line.cap, line.limit),
        }
        return joined(said, _("按量可得 %(full)s 学分，计入 %(given)s 学分：%(cap)s。") % values)
    return said


def joined(first: str, second: str) -> str:
    return _("%(first)s%(second)s") % {"first": first, "second": second}


def missing_sentence(missing: Missing) -> str:
    """What an application lacks, and how to mend it."""
    return {
        Missing.REAL_NAME: _("学分要记在实名之下：请先在“我的”里填写实名信息，再提交申请。"),
        Missing.PROGRAMME_CLOSED: _("这个专业现在不接受申请。"),
        Missing.RULE_NOT_IN_FORCE: _("有相关规则，但当日不在有效期内。"),
        Missing.RULE_CHANGED: _("这条规则已有新的版本，请重新查看后再提交。"),
        Missing.OUTCOME_REFUSED: _("证书未通过核实。可核对后重新登记。"),
        Missing.EVIDENCE: _("这所学校要求附证明材料：证书还没有核实，请先上传证书的照片或 PDF。"),
    }[missing]
