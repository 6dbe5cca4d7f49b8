"""Digital items as open data (372号 四(三)): what is public of them, without anybody's name."""

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lms.training.board.data import AUTHORITY, ID, URL, Dataset, register_dataset
from lms.training.digital import queries
from lms.training.digital.models import DigitalItem


def write(row: DigitalItem, at: Callable[[str], str]) -> dict[str, Any]:
    return {
        "id": str(row.uuid),
        "number": row.case.number,
        "year": row.year,
        "track": row.track,
        "title": row.title,
        "host": row.host.name,
        "authority": row.authority.name,
        "authority_code": row.authority.code,
        "level": row.level,
        "listed_on": row.approved_on.isoformat(),
        "state": row.case.state,
        "url": at(reverse("digital:item", args=[row.uuid])),
    }


def register() -> None:
    """Called when the application is ready."""
    register_dataset(
        Dataset(
            "digital-items",
            _("数字技术项目"),
            _("本市列入年度项目的数字技术项目，最近列入的在前；已取消的不在内。"),
            {
                "id": ID,
                "number": _("受理编号"),
                "year": _("年度"),
                "track": _("类别的代码：national、leaders、contest、standards、school_firm"),
                "title": _("项目名称"),
                "host": _("承办单位"),
                "authority": AUTHORITY,
                "authority_code": _("主管部门的机构代码"),
                "level": _("层级的代码"),
                "listed_on": _("列入年度项目的日期"),
                "state": _("现在的状态"),
                "url": URL,
            },
            queries.listed,
            ("-approved_on", "-id"),
            write,
        )
    )
