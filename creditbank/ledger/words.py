"""What units are called on pages and papers. The books keep the Chinese word; each reader gets it in their language."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

TITLES: dict[str, Any] = {
    "公需科目学时": _("公需科目学时"),
    "专业科目学时": _("专业科目学时"),
    "职业技能学时": _("职业技能学时"),
    "学分": pgettext_lazy("标题", "学分"),
    "人民币": _("人民币"),
}


def unit_title(label: str) -> str:
    """A unit as a heading, by the label that the books keep; one that is not known stays as it is."""
    return str(TITLES.get(label, label))
