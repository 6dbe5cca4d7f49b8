"""Open data (372号 四(三)): what is public, as tables that programs take away, without login.

Owns: the registry of tables and how a row of each is written. A room registers its own with `register_dataset`; the board's, the
policy library's, the yearly plans' and the bases' stand here, further ones in `tables`. Refuses: anything of persons. Names of columns are English and stay;
`id` is the thing's own and never changes.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.lib.clock import today
from lms.lib.errors import NotFound
from lms.training.bases.models import Base
from lms.training.board import queries as board
from lms.training.board.models import Posting
from lms.training.lifecycle.paging import KeyPage, key_page
from lms.training.policies import queries as policies
from lms.training.policies.models import PolicyDocument
from lms.training.policies.rules import state_on
from lms.training.yearly_plans.models import PlanCourse

Words = str | Promise
ROWS_PER_PAGE = 500
# What a spreadsheet would reckon with instead of showing it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Dataset:
    """A table. code: in its address; columns: name → what it holds, in their order; rows: what there is, unordered; order: two columns
    of the database, the last unique, both falling with "-"; write: a row's values by column, given the site's own address.
    """

    code: str
    title: Words
    note: Words
    columns: Mapping[str, Words]
    rows: Callable[[], QuerySet[Any]]
    order: tuple[str, str]
    write: Callable[[Any, Callable[[str], str]], dict[str, Any]]

    def page(self, after: str, per_page: int = ROWS_PER_PAGE) -> KeyPage:
        return key_page(self.rows(), self.order, after, per_page)


_datasets: dict[str, Dataset] = {}


def register_dataset(dataset: Dataset) -> None:
    _datasets[dataset.code] = dataset


def datasets() -> list[Dataset]:
    return list(_datasets.values())


def dataset(code: str) -> Dataset:
    """Raises NotFound."""
    try:
        return _datasets[code]
    except KeyError:
        raise NotFound from None


def csv_line(values: Sequence[Any]) -> bytes:
    """One line of CSV (RFC 4180); text that a spreadsheet would take for a formula has an apostrophe in front."""
    target = io.StringIO()
    texts = ["" if value is None else str(value) for value in values]
    csv.writer(target).writerow([f"'{text}" if text.startswith(_FORMULA) else text for text in texts])
    return target.getvalue().encode()


ID = _("标识（UUID），不会改变")
URL = _("本站的网页地址")
AUTHORITY = _("主管部门")


def _posting(row: Posting, at: Callable[[str], str]) -> dict[str, Any]:
    gone = getattr(row, "withdrawal", None)
    return {
        "id": str(row.uuid),
        "number": row.number,
        "kind": row.kind,
        "title": row.title,
        "authority": row.authority.name,
        "authority_code": row.authority.code,
        "first_day": row.first_day.isoformat(),
        "last_day": row.last_day.isoformat() if row.last_day else None,
        "subject": row.subject,
        "body": row.body,
        "ended_on": gone.day.isoformat() if gone else None,
        "ended_reason": gone.reason if gone else None,
        "url": at(reverse("board:posting", args=[row.uuid])),
    }


def _policy(row: PolicyDocument, at: Callable[[str], str]) -> dict[str, Any]:
    return {
        "id": str(row.series),
        "number": row.number,
        "title": row.title,
        "bodies": "；".join(row.bodies.splitlines()),
        "issued_on": row.issued_on.isoformat(),
        "first_day": row.first_day.isoformat() if row.first_day else None,
        "last_day": row.last_day.isoformat() if row.last_day else None,
        "state": str(state_on(today(), row.issued_on, row.first_day, row.last_day)),
        "superseded_by": row.superseded_by or None,
        "official_url": row.url or None,
        "version": row.version,
        "url": at(reverse("policies:document", args=[row.uuid])),
    }


def _base(row: Base, at: Callable[[str], str]) -> dict[str, Any]:
    return {
        "id": str(row.uuid),
        "number": row.number,
        "name": row.body.name,
        "authority": row.authority.name,
        "authority_code": row.authority.code,
        "named_on": row.named_on.isoformat(),
        "checked_on": row.checked_on.isoformat() if row.checked_on else None,
        "removed_on": row.removed_on.isoformat() if row.removed_on else None,
        "reason": row.reason or None,
        "url": at(reverse("bases:base", args=[row.uuid])),
    }


def _plan_course(row: PlanCourse, at: Callable[[str], str]) -> dict[str, Any]:
    return {
        "id": f"{row.plan.uuid}/{row.code}",
        "plan": str(row.plan.uuid),
        "plan_title": row.plan.title,
        "plan_version": row.plan.version,
        "year": row.plan.year,
        "authority": row.plan.authority.name,
        "code": row.code,
        "title": row.title,
        "provider": row.course.provider.name,
        "first_day": row.first_day.isoformat(),
        "last_day": row.last_day.isoformat(),
        "url": at(reverse("plans:plan", args=[row.plan.uuid])),
    }


def register() -> None:
    """Called when the application is ready."""
    register_dataset(
        Dataset(
            "postings",
            _("公告"),
            _(
                "公告栏现行和归档的全部公告，最新的在前；发布有误、被更正或撤回的不在内，事项取消的标明日期和理由。"
            ),
            {
                "id": ID,
                "number": _("公告编号"),
                "kind": _("种类的代码，见公告栏的筛选"),
                "title": _("标题"),
                "authority": AUTHORITY,
                "authority_code": _("主管部门的机构代码"),
                "first_day": _("发布日期"),
                "last_day": _("现行到哪一天；空：一直现行"),
                "subject": _("所说的事项的标识，同一事项的公告相同；可以为空"),
                "body": _("正文"),
                "ended_on": _("所公告的事项取消、撤回的日期；空：没有"),
                "ended_reason": _("取消、撤回的理由；可以为空"),
                "url": URL,
            },
            board.shown,
            ("-first_day", "-id"),
            _posting,
        )
    )
    register_dataset(
        Dataset(
            "policies",
            _("政策文件"),
            _("政策库的全部文件，每份只有最新的一版。"),
            {
                "id": ID,
                "number": _("文号"),
                "title": _("文件名称"),
                "bodies": _("发文机关，用“；”隔开"),
                "issued_on": _("成文日期"),
                "first_day": _("施行日期；空：文件没有写明，从成文日期算"),
                "last_day": _("有效到哪一天；空：没有写明"),
                "state": _("今天的状态：coming 尚未施行，in_force 有效，ended 已失效"),
                "superseded_by": _("代替它的文件的文号；可以为空"),
                "official_url": _("官方网页；可以为空"),
                "version": _("政策库里的第几版"),
                "url": URL,
            },
            policies.current,
            ("-issued_on", "-id"),
            _policy,
        )
    )
    register_dataset(
        Dataset(
            "bases",
            _("技能人才培育实训基地名录"),
            _("在册和已核销的基地，最近授牌的在前。"),
            {
                "id": ID,
                "number": _("牌匾编号"),
                "name": pgettext_lazy("开放数据", "单位名称"),
                "authority": AUTHORITY,
                "authority_code": _("主管部门的机构代码"),
                "named_on": _("授牌日期"),
                "checked_on": _("最近一次复核合格的日期；可以为空"),
                "removed_on": _("核销日期；空：在册"),
                "reason": _("核销的理由；可以为空"),
                "url": URL,
            },
            lambda: Base.objects.select_related("body", "authority"),
            ("-named_on", "-id"),
            _base,
        )
    )
    register_dataset(
        Dataset(
            "plan-courses",
            _("公需科目年度计划里的课程"),
            _("各版年度计划列入的课程，后发布的在前；同一年度以版次最大的为准。"),
            {
                "id": _("计划的标识和课程代码，不会改变"),
                "plan": _("这一版计划的标识（UUID）"),
                "plan_title": _("计划名称"),
                "plan_version": _("第几版"),
                "year": _("年度"),
                "authority": _("发布单位"),
                "code": _("课程代码"),
                "title": _("课程名称"),
                "provider": _("课程的提供单位"),
                "first_day": _("从这一天起学完，记公需科目学时"),
                "last_day": _("到这一天止"),
                "url": URL,
            },
            lambda: PlanCourse.objects.select_related("plan__authority", "course__provider"),
            ("-id", "-pk"),
            _plan_course,
        )
    )
