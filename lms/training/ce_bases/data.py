"""Open data of continuing-education bases: the list with levels and scores, and the filed classes; without the teachers' names."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from lms.accounts.api import Organisation
from lms.lib.clock import today
from lms.lib.units import format_centi
from lms.training.board.data import AUTHORITY, ID, URL, Dataset, register_dataset
from lms.training.ce_bases import queries
from lms.training.ce_bases.models import LEVELS, EducationBase, FiledClass
from lms.training.ce_bases.words import label
from lms.training.directories import Directory, register_directory


def _bases() -> QuerySet[Any]:
    """Those that stand today with their score, and those that have left."""
    return queries.scored(EducationBase.objects.select_related("body", "authority"), today())


def _base(row: Any, at: Callable[[str], str]) -> dict[str, Any]:
    return {
        "id": str(row.uuid),
        "number": row.number,
        "name": row.body.name,
        "authority": row.authority.name,
        "host_kind": row.host_kind,
        "industry": row.industry,
        "specialty": row.specialty,
        "level": "national" if row.national else "city",
        "score": format_centi(row.score) if row.score is not None else None,
        "named_on": row.named_on.isoformat(),
        "removed_on": row.removed_on.isoformat() if row.removed_on else None,
        "reason": row.reason or None,
        "url": at(reverse("ce_bases:base", args=[row.uuid])),
    }


def lines(authority: Organisation) -> list[str]:
    """The directory of a day: an authority's bases that stand, by number."""
    rows = list(
        queries.bases_on(today()).filter(authority=authority).select_related("body").order_by("number")
    )
    stands = queries.standings_of(rows, today())
    return [
        _("%(number)s %(name)s · %(level)s · %(specialty)s · %(day)s 认定")
        % {
            "number": row.number,
            "name": row.body.name,
            "level": label(stands[row.pk].level, LEVELS),
            "specialty": row.specialty,
            "day": row.named_on.isoformat(),
        }
        for row in rows
    ]


def _class(row: FiledClass, at: Callable[[str], str]) -> dict[str, Any]:
    filing = row.filing
    return {
        "id": str(row.uuid),
        "base": filing.base.number,
        "name": filing.base.body.name,
        "year": filing.year,
        "version": filing.version,
        "filed_on": filing.filed_on.isoformat(),
        "revoked_on": filing.revoked_on.isoformat() if filing.revoked_on else None,
        "title": row.title,
        "course": row.course.code if row.course else None,
        "hours": format_centi(row.centihours),
        "people": row.people,
        "first_day": row.first_day.isoformat(),
        "last_day": row.last_day.isoformat(),
        "fee_fen": row.fee_fen,
        "url": at(reverse("ce_bases:filing", args=[filing.uuid])),
    }


def register() -> None:
    """Called when the application is ready."""
    register_directory(Directory("ce-bases", gettext_lazy("继续教育基地名录"), "/ce-bases/", lines))
    register_dataset(
        Dataset(
            "ce-bases",
            gettext_lazy("继续教育基地名录"),
            gettext_lazy("在册和已退出的继续教育基地，最近认定的在前。"),
            {
                "id": ID,
                "number": gettext_lazy("基地编号"),
                "name": pgettext_lazy("开放数据", "单位名称"),
                "authority": AUTHORITY,
                "host_kind": gettext_lazy(
                    "单位类型：university 高等院校，institute 科研院所，enterprise 企事业单位，association 行业协会（学会）"
                ),
                "industry": gettext_lazy("行业的代码"),
                "specialty": gettext_lazy("专业方向"),
                "level": gettext_lazy("级别：national 国家级，city 市级"),
                "score": gettext_lazy("最近一次评审或评估的得分；可以为空"),
                "named_on": gettext_lazy("认定日期"),
                "removed_on": gettext_lazy("退出日期；空：在册"),
                "reason": gettext_lazy("退出的理由；可以为空"),
                "url": URL,
            },
            _bases,
            ("-named_on", "-id"),
            _base,
        )
    )
    register_dataset(
        Dataset(
            "ce-filed-classes",
            gettext_lazy("继续教育基地备案的班次"),
            gettext_lazy("各年度备案计划列入的班次和课程，后备案的在前。"),
            {
                "id": ID,
                "base": gettext_lazy("基地编号"),
                "name": pgettext_lazy("开放数据", "单位名称"),
                "year": gettext_lazy("备案年度"),
                "version": gettext_lazy("第几版：1 是首次，以后是补充"),
                "filed_on": gettext_lazy("备案日期：以后开始的班次才产生学时"),
                "revoked_on": gettext_lazy("撤销日期；空：有效"),
                "title": gettext_lazy("班次名称"),
                "course": gettext_lazy("课程代码；可以为空"),
                "hours": gettext_lazy("学时"),
                "people": gettext_lazy("人数"),
                "first_day": gettext_lazy("开始日期"),
                "last_day": gettext_lazy("结束日期"),
                "fee_fen": gettext_lazy("每人收费，单位是分"),
                "url": URL,
            },
            lambda: FiledClass.objects.select_related("filing__base__body", "course"),
            ("-id", "-pk"),
            _class,
        )
    )
