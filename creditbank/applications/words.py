"""What the engine's reasons are in words: what happened, why, and what can be done."""

from django.utils.translation import gettext as _

from creditbank.rules.rules import Reason


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
    }[Reason(reason)]


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
    return _("这类证书没有公布统一的编号格式，编号按原样保存，以发证机构核实为准。")
