"""Where the credit bank's staff screens hang in the Wagtail admin."""

from typing import Any

from django.http import HttpRequest
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from creditbank.applications import staff, staff_admin
from creditbank.applications.queries import review_queue
from creditbank.deposits import staff as deposits
from creditbank.deposits.services import DEPOSITORS
from creditbank.dual import staff as dual
from creditbank.holders import queries as merges
from creditbank.holders import staff as holders
from creditbank.holders.models import AccountMerge
from creditbank.honours import staff as honours
from creditbank.honours.cohort_queries import may_keep
from creditbank.honours.queries import ROLES as HONOURING
from creditbank.outcomes import staff as outcomes
from creditbank.outcomes import staff_rights as rights
from creditbank.outcomes.models import LearningOutcome
from creditbank.outcomes.queries import verification_queue
from creditbank.promotion import staff as promotion
from creditbank.promotion.queries import queue_for
from creditbank.rules.drafts import staff as drafts
from creditbank.shares import staff as exports
from lms.accounts.api import CREDIT_WORK, Role, RoleMenuItem


@hooks.register("register_admin_urls")
def admin_urls() -> list[Any]:
    return [
        path("credit/applications/", staff.queue, name="creditbank_queue"),
        path("credit/applications/<uuid:uuid>/", staff.case, name="creditbank_case"),
        path("credit/merges/", holders.queue, name="creditbank_merges"),
        path("credit/merges/new/", holders.new, name="creditbank_merge_new"),
        path("credit/merges/<uuid:uuid>/", holders.case, name="creditbank_merge"),
        path("credit/outcomes/", outcomes.queue, name="creditbank_outcomes"),
        path("credit/outcomes/<uuid:uuid>/", outcomes.case, name="creditbank_outcome"),
        path("credit/catalogue/", outcomes.catalogue, name="creditbank_catalogue"),
        path("credit/catalogue/new/", outcomes.entry, name="creditbank_catalogue_new"),
        path("credit/catalogue/levels/", outcomes.equivalent, name="creditbank_equivalent"),
        path("credit/catalogue/rights/", rights.listing, name="creditbank_rights"),
        path("credit/catalogue/rights/new/", rights.new, name="creditbank_right_new"),
        path("credit/catalogue/promotions/", promotion.rules, name="creditbank_promotion_rules"),
        path("credit/catalogue/promotions/new/", promotion.new_rule, name="creditbank_promotion_rule_new"),
        path("credit/honours/", honours.rules, name="creditbank_honours"),
        path("credit/honours/new/", honours.new_rule, name="creditbank_honours_new"),
        path("credit/honours/<uuid:uuid>/", honours.rule, name="creditbank_honour_rule"),
        path("credit/honours/<uuid:uuid>/<uuid:outcome>/", honours.give, name="creditbank_reward_give"),
        path("credit/rewards/<uuid:uuid>/", honours.reward, name="creditbank_reward"),
        path("credit/cohorts/", honours.cohort_list, name="creditbank_cohorts"),
        path("credit/cohorts/new/", honours.new_cohort, name="creditbank_cohort_new"),
        path("credit/cohorts/<uuid:uuid>/", honours.cohort, name="creditbank_cohort"),
        path(
            "credit/cohorts/<uuid:uuid>/<uuid:member>/",
            honours.cohort_member,
            name="creditbank_cohort_member",
        ),
        path("credit/promotions/", promotion.queue, name="creditbank_promotions"),
        path("credit/promotions/<uuid:uuid>/", promotion.case, name="creditbank_promotion"),
        path("credit/catalogue/<uuid:uuid>/", outcomes.entry, name="creditbank_catalogue_entry"),
        path("credit/deposits/", deposits.first, name="creditbank_deposits_first"),
        path("credit/deposits/template.xlsx", deposits.template, name="creditbank_deposits_template"),
        path("credit/deposits/batches/<uuid:uuid>/", deposits.batch, name="creditbank_deposit"),
        path(
            "credit/deposits/batches/<uuid:uuid>/report.xlsx",
            deposits.report,
            name="creditbank_deposit_report",
        ),
        path("credit/deposits/<slug:code>/", deposits.deposits, name="creditbank_deposits"),
        path("credit/redemptions/", staff_admin.listing, name="creditbank_redemptions"),
        path("credit/redemptions/overdue/", staff_admin.overdue, name="creditbank_overdue"),
        path("credit/redemptions/terms/", staff_admin.terms, name="creditbank_case_terms"),
        path("credit/redemptions/<uuid:uuid>/", staff_admin.one, name="creditbank_redemption"),
        path("credit/dual/", dual.people, name="creditbank_dual"),
        path("credit/dual/<uuid:uuid>/", dual.person, name="creditbank_dual_person"),
        path("credit/exemptions/", dual.exemption_queue, name="creditbank_exemptions"),
        path("credit/exemptions/<uuid:uuid>/", dual.exemption_case, name="creditbank_exemption"),
        path("credit/recognised/", staff.recognised, name="creditbank_recognised"),
        path("credit/recognised/<uuid:uuid>/", staff.recognition, name="creditbank_recognition"),
        path("credit/exports/", exports.listing, name="creditbank_exports"),
        path("credit/exports/<uuid:uuid>/", exports.one, name="creditbank_export"),
        path("credit/exports/<uuid:uuid>/retry/", exports.retry, name="creditbank_export_retry"),
        path("credit/exports/<uuid:uuid>/file.<str:form>", exports.download, name="creditbank_export_file"),
        path("credit/rules/", drafts.drafts, name="creditbank_drafts"),
        path("credit/rules/new/", drafts.write, name="creditbank_draft_new"),
        path("credit/rules/panel/", drafts.panel, name="creditbank_panel"),
        path("credit/rules/programmes/", drafts.programmes, name="creditbank_programmes"),
        path("credit/rules/<uuid:uuid>/", drafts.draft, name="creditbank_draft"),
        path("credit/rules/<uuid:uuid>/edit/", drafts.edit, name="creditbank_draft_edit"),
    ]


@hooks.register(CREDIT_WORK)
def menu() -> MenuItem:
    return RoleMenuItem(
        _("学分审核"),
        reverse("creditbank_queue"),
        name="credit-review",
        icon_name="clipboard-list",
        order=250,
        roles=[Role.REVIEWER],
        waits=review_queue,
    )


@hooks.register(CREDIT_WORK)
def recognised_menu() -> MenuItem:
    return RoleMenuItem(
        _("已认定学分"),
        reverse("creditbank_recognised"),
        name="credit-recognised",
        icon_name="check",
        order=251,
        # Administrators of a college, who alone may take a recognition back.
        roles=[Role.ADMIN],
    )


@hooks.register(CREDIT_WORK)
def drafts_menu() -> MenuItem:
    return RoleMenuItem(
        _("转换规则"),
        reverse("creditbank_drafts"),
        name="credit-rules",
        icon_name="doc-full",
        order=252,
        roles=[Role.EDITOR, Role.REVIEWER, Role.ADMIN],
    )


@hooks.register(CREDIT_WORK)
def merges_menu() -> MenuItem:
    return RoleMenuItem(
        _("账号合并"),
        reverse("creditbank_merges"),
        name="credit-merges",
        icon_name="user",
        order=258,
        roles=[Role.OFFICER],
        waits=lambda user: merges.queue(user, AccountMerge.State.REQUESTED),
    )


@hooks.register(CREDIT_WORK)
def outcomes_menu() -> MenuItem:
    return RoleMenuItem(
        _("核实学习成果"),
        reverse("creditbank_outcomes"),
        name="credit-outcomes",
        icon_name="tick-inverse",
        order=255,
        roles=outcomes.VERIFIERS,
        waits=lambda user: verification_queue(user, LearningOutcome.Status.SUBMITTED),
    )


@hooks.register(CREDIT_WORK)
def promotions_menu() -> MenuItem:
    return RoleMenuItem(
        _("竞赛晋级"),
        reverse("creditbank_promotions"),
        name="credit-promotions",
        icon_name="order-up",
        order=256,
        roles=[Role.ASSESSOR],
        waits=queue_for,
    )


@hooks.register(CREDIT_WORK)
def honours_menu() -> MenuItem:
    return RoleMenuItem(
        _("表彰奖励"),
        reverse("creditbank_honours"),
        name="credit-honours",
        icon_name="pick",
        order=259,
        roles=HONOURING,
    )


class CohortsMenuItem(RoleMenuItem):
    """Personnel officers of other bodies have honours and no cohorts."""

    def is_shown(self, request: HttpRequest) -> bool:
        return super().is_shown(request) and may_keep(request.user)  # type: ignore[arg-type]


@hooks.register(CREDIT_WORK)
def cohorts_menu() -> MenuItem:
    return CohortsMenuItem(
        _("学历提升计划"),
        reverse("creditbank_cohorts"),
        name="credit-cohorts",
        icon_name="group",
        order=260,
        roles=HONOURING,
    )


@hooks.register(CREDIT_WORK)
def deposits_menu() -> MenuItem:
    return RoleMenuItem(
        _("批量存入"),
        reverse("creditbank_deposits_first"),
        name="credit-deposits",
        icon_name="upload",
        order=256,
        roles=DEPOSITORS,
    )


@hooks.register(CREDIT_WORK)
def catalogue_menu() -> MenuItem:
    return RoleMenuItem(
        _("证书目录"),
        reverse("creditbank_catalogue"),
        name="credit-catalogue",
        icon_name="list-ul",
        order=257,
        roles=[Role.OFFICER],
    )


@hooks.register(CREDIT_WORK)
def redemptions_menu() -> MenuItem:
    return RoleMenuItem(
        _("学分办理"),
        reverse("creditbank_redemptions"),
        name="credit-redemptions",
        icon_name="success",
        order=254,
        # Redeeming credits, what is overdue and the terms: a college's administrators.
        roles=[Role.ADMIN],
    )


@hooks.register(CREDIT_WORK)
def exports_menu() -> MenuItem:
    return RoleMenuItem(
        _("汇总导出"),
        reverse("creditbank_exports"),
        name="credit-exports",
        icon_name="download",
        order=258,
        roles=[Role.HR, Role.OFFICER, Role.ADMIN],
    )


@hooks.register(CREDIT_WORK)
def dual_menu() -> MenuItem:
    return RoleMenuItem(
        _("双证融通"),
        reverse("creditbank_dual"),
        name="credit-dual",
        icon_name="group",
        order=253,
        roles=dual.ROLES,
    )
