"""Names of the codes that courses carry (kind, sector, theme, mode, level), for eyes.

The words are registered by the package that owns the codes; an unknown code comes back as it is, so that a new one shows.
"""

from django.db.models import Choices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

KIND_NOTES: dict[str, Promise] = {
    "public": _("专业技术人员每年都要学的共同内容：法规、职业道德、网络安全、应急。"),
    "specialty": _("本专业的新知识、新技术，一般占全年学时的三分之二。"),
    "vocational": _("对应国家职业等级的应知应会，学完可以去考评。"),
}
LANGUAGES: dict[str, Promise] = {"zh-hans": _("中文"), "en": _("英文")}
# The heading of a filter, by the name of the field it filters; used where search brings none.
FACETS: dict[str, Promise] = {
    "kind": _("科目类别"),
    "year": _("年度"),
    "sector": _("行业领域"),
    "theme": _("主题"),
    "mode": _("学习方式"),
    "level": _("技能等级"),
    "occupation_level": _("技能等级"),
    "provider": _("开课单位"),
    "language": _("授课语言"),
}


_tables: dict[str, dict[str, Promise | str]] = {"language": dict(LANGUAGES)}


def register(field: str, choices: type[Choices]) -> None:
    """The names of a field's codes; the package that owns the codes calls it at start-up."""
    _tables[field] = {str(member.value): member._label_ for member in choices}  # type: ignore[attr-defined]


def table(field: str) -> dict[str, Promise | str]:
    """Code → name for a field; empty where values speak for themselves."""
    return _tables.get(field, {})


def name_of(field: str, code: object) -> str:
    """The name of a code of that field; the code itself when nobody knows it."""
    key = "" if code is None else str(code)
    names = table(field)
    found = names.get(key, names.get(key.lower()))
    return str(found) if found is not None else key


def facet_name(field: str) -> str:
    """The heading of a filter."""
    return str(FACETS.get(field, field))


def facet_value(field: str, value: object) -> str:
    """The label of one value of a filter."""
    if field == "year":
        return str(_("%(year)s 年度")) % {"year": value}
    return name_of(field, value)
