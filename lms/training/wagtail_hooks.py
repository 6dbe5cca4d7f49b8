"""Where training's staff screens hang in the Wagtail admin."""

from typing import Any

from django.http import HttpRequest
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from lms.accounts.api import TRAINING_WORK, Role, RoleMenuItem
from lms.training.board import staff as board
from lms.training.bundles import staff as bundles
from lms.training.ce_bases import staff as ce_bases
from lms.training.coordination import staff as coordination
from lms.training.digital import staff as digital
from lms.training.education_funds import staff as education_funds
from lms.training.experts import staff as experts
from lms.training.grants import staff as grants
from lms.training.lifecycle import queries as lifecycle
from lms.training.lifecycle import staff as cases
from lms.training.merits import staff as merits
from lms.training.policies import staff as policies
from lms.training.programmes import staff as programmes
from lms.training.suggestions import queries as suggested
from lms.training.suggestions import staff as suggestions
from lms.training.supervision import staff as supervision
from lms.training.tenders import staff as tenders
from lms.training.yearly_plans import staff as plans
from lms.training.yearly_plans.commissions import queries as commissioned
from lms.training.yearly_plans.commissions import staff as commissions
from lms.training.yearly_plans.specialty import staff as specialty


@hooks.register("register_admin_urls")
def admin_urls() -> list[Any]:
    return [
        path("training/plans/", plans.plans, name="training_plans"),
        path("training/plans/rights/", plans.rights, name="training_plan_rights"),
        path("training/plans/<uuid:uuid>/", plans.draft, name="training_plan_draft"),
        path("training/commissions/", commissions.commissions, name="training_commissions"),
        path("training/commissions/<uuid:uuid>/", commissions.commission, name="training_commission"),
        path("training/specialty/", specialty.plans, name="training_specialty_plans"),
        path("training/specialty/<uuid:uuid>/", specialty.draft, name="training_specialty_draft"),
        path("training/specialty/plans/<uuid:uuid>/", specialty.plan, name="training_specialty_plan"),
        path("training/bundles/", bundles.bundles, name="training_bundles"),
        path("training/bundles/<uuid:uuid>/", bundles.bundle, name="training_bundle"),
        path("training/cases/", cases.first, name="training_cases_first"),
        path("training/cases/<uuid:uuid>/", cases.case, name="training_case"),
        path("training/cases/<slug:code>/", cases.queue, name="training_cases"),
        path("training/funds/", grants.funds, name="training_funds"),
        path("training/education-funds/", education_funds.statements, name="training_fund_statements"),
        path("training/education-funds/ratios/", education_funds.ratios, name="training_fund_ratios"),
        path(
            "training/education-funds/<uuid:uuid>/", education_funds.statement, name="training_fund_statement"
        ),
        path("training/processes/<slug:code>/", cases.process, name="training_process"),
        path("training/board/", board.postings, name="training_board"),
        path("training/board/<uuid:uuid>/", board.posting, name="training_posting"),
        path("training/policies/", policies.documents, name="training_policies"),
        path("training/policies/new/", policies.add, name="training_policy_add"),
        path("training/policies/<uuid:uuid>/", policies.revise, name="training_policy"),
        path("training/suggestions/", suggestions.listing, name="training_suggestions"),
        path("training/suggestions/rules/", suggestions.rules, name="training_suggestion_rules"),
        path("training/suggestions/<uuid:uuid>/", suggestions.suggestion, name="training_suggestion"),
        path("training/ce-bases/", ce_bases.overview, name="training_ce_bases"),
        path("training/ce-bases/standards/", ce_bases.standards, name="training_ce_standards"),
        path("training/ce-bases/reviews/<uuid:uuid>/", ce_bases.review, name="training_ce_review"),
        path("training/ce-bases/exchange/", ce_bases.exchanges, name="training_ce_exchanges"),
        path("training/ce-bases/exchange/<uuid:uuid>/", ce_bases.exchange, name="training_ce_exchange"),
        path("training/calls/", programmes.calls, name="training_calls"),
        path("training/calls/<uuid:uuid>/", programmes.call, name="training_call"),
        path("training/programmes/<uuid:uuid>/", programmes.programme, name="training_programme"),
        path("training/tenders/", tenders.tenders, name="training_tenders"),
        path("training/tenders/<uuid:uuid>/", tenders.tender, name="training_tender"),
        path("training/experts/", experts.register, name="training_experts"),
        path("training/experts/<uuid:uuid>/", experts.expert, name="training_expert"),
        path("training/group/", coordination.members, name="training_group"),
        path("training/group/<uuid:uuid>/", coordination.member, name="training_group_member"),
        path("training/digital/", digital.overview, name="training_digital"),
        path("training/digital/directions/", digital.direction_lists, name="training_directions"),
        path("training/digital/models/", digital.models, name="training_skill_models"),
        path("training/digital/models/<uuid:uuid>/", digital.model, name="training_skill_model"),
        path("training/digital/<uuid:uuid>/", digital.item, name="training_digital_item"),
        path("training/merits/", merits.statements, name="training_merits"),
        path("training/merits/<uuid:uuid>/", merits.statement, name="training_merit"),
        path("training/supervision/", supervision.board, name="training_supervision"),
        path("training/supervision/<slug:code>/", supervision.figure, name="training_supervision_figure"),
        path("training/frames/", supervision.frame_list, name="training_frames"),
        path("training/frames/<uuid:uuid>/", supervision.frame, name="training_frame"),
        path("training/checks/", supervision.check_list, name="training_checks"),
        path("training/checks/forms/", supervision.form_list, name="training_check_forms"),
        path("training/checks/<uuid:uuid>/", supervision.check, name="training_check"),
        path("training/targets/", bundles.targets, name="training_targets"),
        path("training/targets/export/", bundles.export, name="training_targets_export"),
        path("training/targets/<uuid:uuid>/drop/", bundles.drop_target, name="training_target_drop"),
    ]


def _item(label: Any, view: str, icon: str, order: int) -> MenuItem:
    return RoleMenuItem(
        label, reverse(view), name=view.replace("_", "-"), icon_name=icon, order=order, roles=[Role.OFFICER]
    )


@hooks.register(TRAINING_WORK)
def plans_menu() -> MenuItem:
    return _item(_("公需科目年度计划"), "training_plans", "calendar-check", 270)


@hooks.register(TRAINING_WORK)
def specialty_menu() -> MenuItem:
    return _item(_("专业科目培训规划"), "training_specialty_plans", "calendar-alt", 271)


@hooks.register(TRAINING_WORK)
def commissions_menu() -> MenuItem:
    return RoleMenuItem(
        _("公需科目课程委托"),
        reverse("training_commissions"),
        name="training-commissions",
        icon_name="mail",
        order=270,
        roles=list(commissioned.BODY_ROLES),
    )


@hooks.register(TRAINING_WORK)
def education_funds_menu() -> MenuItem:
    return _item(_("用人单位职工培训费"), "training_fund_statements", "form", 275)


@hooks.register(TRAINING_WORK)
def own_funds_menu() -> MenuItem:
    """An employer's own page stands on the site."""
    return RoleMenuItem(
        _("职工培训费填报"),
        reverse("education_funds:own"),
        name="education-funds-own",
        icon_name="form",
        order=276,
        roles=[Role.HR],
    )


class RightsMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return plans.is_keeper(request.user)


@hooks.register(TRAINING_WORK)
def rights_menu() -> MenuItem:
    return RightsMenuItem(
        _("年度计划由谁发布"),
        reverse("training_plan_rights"),
        name="training-plan-rights",
        icon_name="calendar-check",
        order=273,
    )


@hooks.register(TRAINING_WORK)
def ratios_menu() -> MenuItem:
    return RightsMenuItem(
        _("职工培训费提取比例"),
        reverse("training_fund_ratios"),
        name="training-fund-ratios",
        icon_name="form",
        order=275,
    )


@hooks.register(TRAINING_WORK)
def programmes_menu() -> MenuItem:
    return _item(_("研修项目"), "training_calls", "group", 274)


@hooks.register(TRAINING_WORK)
def tenders_menu() -> MenuItem:
    return RoleMenuItem(
        _("培训项目需求包"),
        reverse("training_tenders"),
        name="training-tenders",
        icon_name="clipboard-list",
        order=274,
        roles=[Role.OFFICER, Role.ADMIN, Role.AUDITOR],
    )


@hooks.register(TRAINING_WORK)
def ce_bases_menu() -> MenuItem:
    return _item(_("继续教育基地"), "training_ce_bases", "home", 274)


@hooks.register(TRAINING_WORK)
def digital_menu() -> MenuItem:
    return _item(_("数字技术项目"), "training_digital", "cogs", 274)


@hooks.register(TRAINING_WORK)
def experts_menu() -> MenuItem:
    return _item(_("专家库"), "training_experts", "group", 275)


@hooks.register(TRAINING_WORK)
def group_menu() -> MenuItem:
    return RoleMenuItem(
        _("协调小组"),
        reverse("training_group"),
        name="training-group",
        icon_name="group",
        order=275,
        roles=[Role.OFFICER, Role.ADMIN],
    )


@hooks.register(TRAINING_WORK)
def merits_menu() -> MenuItem:
    return _item(_("专家贡献证明"), "training_merits", "user", 275)


@hooks.register(TRAINING_WORK)
def bundles_menu() -> MenuItem:
    return _item(_("培训课程包"), "training_bundles", "folder-open-inverse", 271)


@hooks.register(TRAINING_WORK)
def targets_menu() -> MenuItem:
    return _item(_("培训指标"), "training_targets", "table", 272)


@hooks.register(TRAINING_WORK)
def cases_menu() -> MenuItem:
    return RoleMenuItem(
        _("办理事项"),
        reverse("training_cases_first"),
        name="training-cases",
        icon_name="clipboard-list",
        order=269,
        roles=[Role.OFFICER, Role.ADMIN, Role.AUDITOR],
        waits=lifecycle.waiting,
    )


@hooks.register(TRAINING_WORK)
def funds_menu() -> MenuItem:
    return RoleMenuItem(
        _("资助资金"),
        reverse("training_funds"),
        name="training-funds",
        icon_name="form",
        order=274,
        roles=[Role.OFFICER, Role.ADMIN, Role.AUDITOR],
    )


@hooks.register(TRAINING_WORK)
def board_menu() -> MenuItem:
    return _item(_("公告栏"), "training_board", "clipboard-list", 274)


@hooks.register(TRAINING_WORK)
def policies_menu() -> MenuItem:
    return _item(_("政策库"), "training_policies", "doc-full", 275)


def _readers_item(label: Any, view: str, icon: str, order: int) -> MenuItem:
    roles = [Role.OFFICER, Role.ADMIN, Role.AUDITOR]
    return RoleMenuItem(
        label, reverse(view), name=view.replace("_", "-"), icon_name=icon, order=order, roles=roles
    )


@hooks.register(TRAINING_WORK)
def supervision_menu() -> MenuItem:
    return _readers_item(_("实时监控"), "training_supervision", "view", 268)


@hooks.register(TRAINING_WORK)
def checks_menu() -> MenuItem:
    return _readers_item(_("检查和抽查"), "training_frames", "check", 275)


@hooks.register(TRAINING_WORK)
def suggestions_menu() -> MenuItem:
    return RoleMenuItem(
        _("意见建议"),
        reverse("training_suggestions"),
        name="training-suggestions",
        icon_name="comment",
        order=276,
        roles=[Role.OFFICER, Role.ADMIN],
        waits=suggested.waiting,
    )
