"""Open data of what the year's plans, programmes, tenders, checks and bundles make public (372号 四(三)): the tables of rooms that register none of their own.

Owns: how a row of each is written. Refuses: whatever the page of the same thing keeps to itself; each table reads the very rows that its page shows
to everybody, and nothing of persons.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lms.lib.clock import local_day
from lms.lib.units import format_centi
from lms.training.board.data import AUTHORITY, ID, URL, Dataset, register_dataset
from lms.training.bundles import queries as bundles
from lms.training.bundles.models import Bundle, BundleCourse
from lms.training.programmes import queries as programmes
from lms.training.programmes.models import Programme, ProgrammePlan
from lms.training.supervision import queries as supervision
from lms.training.supervision.models import Check
from lms.training.tenders.models import TenderAward, TenderResult
from lms.training.tenders.queries import SCORED
from lms.training.yearly_plans.specialty.models import SpecialtyCourse

At = Callable[[str], str]


def _plan(row: ProgrammePlan, at: At) -> dict[str, Any]:
    return {
        "id": str(row.uuid),
        "title": row.title,
        "number": row.number,
        "version": row.version,
        "year": row.call.year,
        "authority": row.call.authority.name,
        "published_on": row.published_on.isoformat(),
        "programmes": len(row.lines),
        "url": at(reverse("programmes:plan", args=[row.uuid])),
    }


def _hosted() -> QuerySet[Programme]:
    """What /programmes/ lists: programmes of published plans that stand."""
    return programmes.listed("")


def _programme(row: Programme, at: At) -> dict[str, Any]:
    assert row.plan is not None
    return {
        "id": str(row.uuid),
        "number": row.case.number,
        "title": row.title,
        "plan": str(row.plan.uuid),
        "year": row.call.year,
        "level": row.level,
        "fund": row.fund,
        "host": row.host.name,
        "host_code": row.host.code,
        "host_standing": row.host_standing,
        "proposed_by": row.case.body.name,
        "authority": row.case.authority.name,
        "people": row.people,
        "hours": format_centi(row.centihours),
        "published_on": row.plan.published_on.isoformat(),
        "url": at(reverse("programmes:programme", args=[row.uuid])),
    }


def _awards() -> QuerySet[TenderAward]:
    results = TenderResult.objects.order_by("round")
    return (
        TenderAward.objects.filter(part__tender__case__state__in=SCORED)
        .select_related("part__tender__case__authority", "bid__bidder")
        .prefetch_related(Prefetch("part__results", queryset=results))
    )


def _award(row: TenderAward, at: At) -> dict[str, Any]:
    tender = row.part.tender
    # The result that was made public last: an earlier round was reviewed anew.
    shown = [each.lines for each in row.part.results.all() if each.round == tender.round]
    lines: list[dict[str, Any]] = shown[0] if shown else []
    name = row.bid.bidder.name
    return {
        "id": f"{tender.uuid}:{row.part.code}",
        "number": tender.case.number,
        "title": tender.title,
        "part": row.part.code,
        "authority": tender.case.authority.name,
        "winner": name,
        "winner_code": row.bid.bidder.code,
        "score": next((format_centi(line["total"]) for line in lines if line["bidder"] == name), None),
        "ranking": "；".join(
            f"{line['rank']}. {line['bidder']} {format_centi(line['total'])}" for line in lines
        ),
        "amount_fen": row.amount_fen,
        "ceiling_fen": row.ceiling_fen,
        "awarded_on": row.awarded_on.isoformat(),
        "url": at(reverse("tenders:tender", args=[tender.uuid])),
    }


def _check(row: Check, at: At) -> dict[str, Any]:
    return {
        "id": str(row.uuid),
        "number": row.number,
        "title": row.title,
        "sort": row.sort,
        "body": row.body.name,
        "body_code": row.body.code,
        "authority": row.authority.name,
        "checked_on": row.checked_on.isoformat() if row.checked_on else None,
        "verdict": row.verdict,
        "score": None if row.centimarks is None else format_centi(row.centimarks),
        "url": at(reverse("supervision:result", args=[row.uuid])),
    }


def _bundles() -> QuerySet[Bundle]:
    live = BundleCourse.objects.filter(course__live=True).select_related("course")
    return bundles.published().prefetch_related(Prefetch("courses", queryset=live, to_attr="shown"))


def _bundle(row: Any, at: At) -> dict[str, Any]:
    return {
        "id": str(row.uuid),
        "title": row.title,
        "year": row.year,
        "authority": row.owner.name,
        "purpose": row.purpose,
        "audience": row.audience or None,
        "courses": "；".join(each.course.code for each in row.shown),
        "published_on": local_day(row.published_at).isoformat() if row.published_at else None,
        "url": at(reverse("bundles:bundle", args=[row.uuid])),
    }


def _specialty(row: SpecialtyCourse, at: At) -> dict[str, Any]:
    plan = row.plan
    return {
        "id": f"{plan.uuid}:{row.code}",
        "plan": str(plan.uuid),
        "plan_title": plan.title,
        "plan_version": plan.version,
        "year": plan.year,
        "sector": plan.sector or None,
        "authority": plan.authority.name,
        "code": row.code,
        "title": row.title,
        "provider": row.course.provider.name,
        "first_day": row.first_day.isoformat(),
        "last_day": row.last_day.isoformat(),
        "url": at(reverse("plans:specialty_plan", args=[plan.uuid])),
    }


def register() -> None:
    """Called when the application is ready."""
    register_dataset(
        Dataset(
            "programme-plans",
            _("研修项目年度计划"),
            _("各版年度项目计划，后公布的在前；每个项目见下一张表。"),
            {
                "id": ID,
                "title": _("计划名称"),
                "number": _("文号"),
                "version": _("第几版"),
                "year": _("年度"),
                "authority": AUTHORITY,
                "published_on": _("公布日期"),
                "programmes": _("有几个项目"),
                "url": URL,
            },
            programmes.plans,
            ("-id", "-pk"),
            _plan,
        )
    )
    register_dataset(
        Dataset(
            "programmes",
            _("研修项目和承办单位"),
            _("已公布的年度计划里的项目和它们的承办单位，后批准的在前；取消的不在内。"),
            {
                "id": ID,
                "number": _("项目编号"),
                "title": _("项目名称"),
                "plan": _("所在年度计划的标识（UUID）"),
                "year": _("年度"),
                "level": _("层级：national 国家级，city 市级，sector 行业，district 区级"),
                "fund": _("经费来源：city 市级，department 部门，district 区级"),
                "host": _("承办单位"),
                "host_code": _("承办单位的机构代码"),
                "host_standing": _("优先选择承办单位的依据的代码"),
                "proposed_by": _("提出选题的部门"),
                "authority": AUTHORITY,
                "people": _("计划人数"),
                "hours": _("核定学时"),
                "published_on": _("公布日期"),
                "url": URL,
            },
            _hosted,
            ("-id", "-pk"),
            _programme,
        )
    )
    register_dataset(
        Dataset(
            "tender-awards",
            _("培训项目需求包的中选结果"),
            _("每个分包由谁承接、金额和已公布的评分，后中选的在前。"),
            {
                "id": _("需求包的标识和分包代码，不会改变"),
                "number": _("需求包编号"),
                "title": _("需求包名称"),
                "part": _("分包代码"),
                "authority": AUTHORITY,
                "winner": _("承接单位"),
                "winner_code": _("承接单位的机构代码"),
                "score": _("承接单位的总分"),
                "ranking": _("公布的排名：名次、投标人、总分，用“；”隔开"),
                "amount_fen": _("合同金额（分）"),
                "ceiling_fen": _("最高限价（分）"),
                "awarded_on": _("中选日期"),
                "url": URL,
            },
            _awards,
            ("-id", "-pk"),
            _award,
        )
    )
    register_dataset(
        Dataset(
            "check-results",
            _("检查结果"),
            _("已有结论并公开的检查，后检查的在前；不含检查人员和问题的内容。"),
            {
                "id": ID,
                "number": _("检查编号"),
                "title": _("检查的事项"),
                "sort": _("事项种类的代码"),
                "body": _("受检单位"),
                "body_code": _("受检单位的机构代码"),
                "authority": AUTHORITY,
                "checked_on": _("检查日期"),
                "verdict": _("结论：pass 合格，fail 不合格"),
                "score": _("评分"),
                "url": URL,
            },
            supervision.results,
            ("-checked_on", "-id"),
            _check,
        )
    )
    register_dataset(
        Dataset(
            "bundles",
            _("培训课程包"),
            _("已发布的培训课程包和其中的课程，后建立的在前；停用的不在内。"),
            {
                "id": ID,
                "title": _("名称"),
                "year": _("年度"),
                "authority": AUTHORITY,
                "purpose": _("用途"),
                "audience": _("对象：migrant 农民工，technician 技师、高级技师；空：不限"),
                "courses": _("课程代码，按包里的顺序，用“；”隔开"),
                "published_on": _("发布日期"),
                "url": URL,
            },
            _bundles,
            ("-id", "-pk"),
            _bundle,
        )
    )
    register_dataset(
        Dataset(
            "specialty-courses",
            _("专业科目培训规划里的课程"),
            _("各版专业科目培训规划列入的课程，后发布的在前；同一部门、同一年度以版次最大的为准。"),
            {
                "id": _("规划的标识和课程代码，不会改变"),
                "plan": _("这一版规划的标识（UUID）"),
                "plan_title": _("规划名称"),
                "plan_version": _("第几版"),
                "year": _("年度"),
                "sector": _("行业的代码；空：几个行业"),
                "authority": AUTHORITY,
                "code": _("课程代码"),
                "title": _("课程名称"),
                "provider": _("课程的提供单位"),
                "first_day": _("从哪一天起"),
                "last_day": _("到哪一天止"),
                "url": URL,
            },
            lambda: SpecialtyCourse.objects.select_related("plan__authority", "course__provider"),
            ("-id", "-pk"),
            _specialty,
        )
    )
