"""Staff screens of digital items inside the Wagtail admin, for officers of the authority in charge: a year's items in one view (trainees,
level results, hours, policy, money), one item with what waits to be published and its money, and the competency models."""

from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from courses.api import CoursePage
from lms.accounts.api import User, user_of
from lms.lib.attempts import DONE, attempt, attempt_form
from lms.lib.clock import today
from lms.lib.errors import NotFound
from lms.lib.ids import sent_uuid
from lms.lib.pages import paginate, staff_context
from lms.training.access import authorities, officer
from lms.training.digital import contest, directions, engineers, money, queries, results, rules, skills, words
from lms.training.digital.forms import (
    AboutForm,
    DirectionsForm,
    NewModelForm,
    PublishForm,
    ReasonForm,
    SkillForm,
    money_form,
)
from lms.training.digital.http import sheet_rows
from lms.training.digital.models import (
    GRADES,
    TRACKS,
    DigitalItem,
    DirectionList,
    LevelList,
    ResultSheet,
    SkillModelDraft,
)
from lms.training.digital.process import CODE, DOCUMENT
from lms.training.digital.skills import About
from lms.training.programmes.words import yuan

PER_PAGE = 30
LINES_PER_PAGE = 50
_context = partial(staff_context, icon="cogs")
_PLACES = ("committed", "held", "spent", "returned")


def _sums(found: money.Totals) -> dict[str, str]:
    return {name: yuan(getattr(found, name)) for name in (*_PLACES, "promised")}


@never_cache
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """A year's items of the user's authorities: trainees, level results, hours, policy and money in one view; the figures are of all of
    them, the list is paged."""
    user = officer(request)
    text = request.GET.get("year", "")
    year = int(text) if text.isascii() and text.isdecimal() and len(text) == 4 else today().year
    bodies = list(authorities(user))
    rows = queries.items_of(bodies, year)
    page = paginate(request, rows, PER_PAGE)
    sums = money.totals(list(page))
    figures = queries.year_figures(bodies, year)
    national = figures.national
    context = _context(
        _("数字技术项目"),
        year=year,
        years=sorted({*queries.years(), today().year}, reverse=True),
        tracks=figures.tracks,
        at=figures.at,
        page=page,
        items=[
            {"row": row, "track": words.label(row.track, TRACKS), "money": _sums(sums[row.pk])}
            for row in page
        ],
        grades=[{"label": words.label(row.grade, GRADES), "row": row} for row in national.grades],
        money=_sums(national.money),
        policies=national.policies,
        code=CODE,
        document=DOCUMENT,
    )
    return render(request, "training/digital/staff/overview.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def item(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One item: sheets and lists that wait to be published, hours, and money."""
    user = officer(request)
    found = queries.item_for(user, uuid)
    forms: dict[str, Any] = {"money": money_form(found), "reason": ReasonForm()}
    status = 200
    if request.method == "POST":
        status = _decide(request, user, found, forms)
        if status == DONE:
            return redirect("training_digital_item", uuid)
        found = queries.item_for(user, uuid)
    sheet = (
        found.sheets.filter(state=ResultSheet.State.CHECKED)
        .select_related("entered_by", "checked_by")
        .first()
    )
    lists = queries.level_lists(found).exclude(state=LevelList.State.FAULTY)
    waiting = lists.filter(state=LevelList.State.WAITING).first()
    page = paginate(request, queries.results_in(waiting) if waiting else [], LINES_PER_PAGE)
    context = _context(
        found.title,
        item=found,
        track=words.label(found.track, TRACKS),
        figures=queries.figures(found),
        sheet=sheet,
        stage=found.stages[sheet.stage] if sheet else "",
        rows=sheet_rows(found, sheet) if sheet else [],
        waiting=waiting,
        page=page,
        lists=lists[:PER_PAGE],
        forms=forms,
        money=_sums(money.totals([found])[found.pk]),
        budget=yuan(found.budget_fen),
        movements=[
            (row, yuan(row.fen)) for row in found.movements.select_related("fund").order_by("-pk")[:PER_PAGE]
        ],
        open=found.case.state == "open",
    )
    return render(request, "training/digital/staff/item.html", context, status=status)


def _decide(request: HttpRequest, user: User, found: DigitalItem, forms: dict[str, Any]) -> int:
    press, sent = request.POST.get("act", ""), request.POST
    form: Any
    if press == "money":
        form = forms["money"] = money_form(found, sent)
        return attempt_form(request, form, lambda: money.move(user, found, form.moved()), _("款项已登记。"))
    if press == "hours":
        return attempt(request, lambda: results.give_again(user, found), _("已核对，学时只记一次。"))
    if press == "publish_sheet":
        sheet = queries.sheet_of(found, sent_uuid(sent.get("row", "")))
        return attempt(
            request, lambda: contest.publish_results(user, sheet), _("成绩已公布，学时按规则记入。")
        )
    if press == "publish_list":
        level_list = queries.level_list_of(found, sent_uuid(sent.get("row", "")))
        return attempt(
            request, lambda: engineers.publish_list(user, level_list), _("结果已公布，学时按规则记入。")
        )
    if press in ("return_sheet", "return_list"):
        row = sent_uuid(sent.get("row", ""))
        form = forms["reason"] = ReasonForm(sent)
        said = _("已退回。")
        if press == "return_sheet":
            sheet = queries.sheet_of(found, row)
            return attempt_form(
                request, form, lambda: contest.return_results(user, sheet, form.cleaned_data["reason"]), said
            )
        level_list = queries.level_list_of(found, row)
        return attempt_form(
            request, form, lambda: engineers.return_list(user, level_list, form.cleaned_data["reason"]), said
        )
    return 422


# --- competency models ----------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def models(request: HttpRequest) -> HttpResponse:
    """The drafts of the user's authorities, and the form of a new model."""
    user = officer(request)
    form, status = NewModelForm(user), 200
    if request.method == "POST":
        form = NewModelForm(user, request.POST)
        made: list[SkillModelDraft] = []
        status = attempt_form(
            request,
            form,
            lambda: made.append(skills.begin(user, form.cleaned_data["authority"], form.about())),
            _("草稿已建立，请逐项填写能力。"),
        )
        if status == DONE:
            return redirect("training_skill_model", made[0].uuid)
    page = paginate(request, queries.drafts_of(user), PER_PAGE)
    context = _context(_("能力素质模型"), form=form, page=page)
    return render(request, "training/digital/staff/models.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def model(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A draft: its skills, one of them in the form, and publishing. The address names the skill (?skill=S3)."""
    user = officer(request)
    found = queries.draft_for(user, uuid)
    code = request.GET.get("skill", "")
    domain, skill = _skill(found, code)
    about = AboutForm(initial={"title": found.title, "direction": found.direction, "source": found.source})
    edit, publish = SkillForm(skill=skill, domain=domain, codes=_codes(found)), PublishForm(found)
    status = 200
    if request.method == "POST":
        press, sent = request.POST.get("act", ""), request.POST
        _as_seen(request, found)
        if press == "about":
            about = AboutForm(sent)
            status = attempt_form(
                request,
                about,
                lambda: skills.describe(user, found, About(**about.cleaned_data)),
                _("已保存。"),
            )
        elif press == "publish":
            publish = PublishForm(found, sent)
            status = attempt_form(
                request,
                publish,
                lambda: skills.publish(user, found, publish.cleaned_data["valid_from"]),
                _("这一版已发布，不能再改；草稿留着写下一版。"),
            )
        elif press == "drop":
            status = attempt(
                request, lambda: skills.drop_skill(user, found, sent.get("skill", "")), _("已删去。")
            )
        else:
            edit = SkillForm(sent)
            status = attempt_form(
                request,
                edit,
                lambda: skills.set_skill(
                    user,
                    found,
                    edit.cleaned_data["domain"],
                    edit.cleaned_data["title"],
                    edit.rungs(),
                    code=code,
                ),
                _("已保存。"),
            )
        if status == DONE:
            return redirect("training_skill_model", uuid)
        found = queries.draft_for(user, uuid)
    context = _context(
        found.title,
        draft=found,
        domains=queries.laid_out(found, None),
        about=about,
        edit=edit,
        publish=publish,
        skill=skill,
        versions=queries.versions_of_series(found.series),
    )
    return render(request, "training/digital/staff/model.html", context, status=status)


def _skill(found: SkillModelDraft, code: str) -> tuple[str, rules.Skill | None]:
    """The skill that the address names, with its domain. Raises NotFound."""
    if not code:
        return "", None
    for domain in found.domains:
        for skill in domain.skills:
            if skill.code == code:
                return domain.title, skill
    raise NotFound


def _codes(found: SkillModelDraft) -> dict[str, str]:
    """uuid → code of the draft's courses. One query."""
    wanted = {course for _skill, _grade, course in rules.courses_of(found.domains)}
    rows = CoursePage.objects.filter(uuid__in=wanted).values_list("uuid", "code")
    return {str(uuid): code for uuid, code in rows}


def _as_seen(request: HttpRequest, found: SkillModelDraft) -> None:
    """Give the draft the revision that the page showed: who was overtaken is told so."""
    seen = request.POST.get("revision", "")
    if seen.isascii() and seen.isdecimal() and len(seen) < 9:
        found.revision = int(seen)


# --- the list of directions -------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def direction_lists(request: HttpRequest) -> HttpResponse:
    """The list in force and its versions, for officers; the platform's administrators publish the next."""
    user = user_of(request)
    if not user.is_superuser:
        officer(request)
    newest = DirectionList.objects.first()
    there = rules.directions_of(newest.entries) if newest else ()
    initial: dict[str, Any] = {
        sort.value: "\n".join(row.title for row in there if row.sort == sort) for sort in rules.Sort
    }
    form, status = DirectionsForm(initial=initial | {"valid_from": today()}), 200
    if request.method == "POST":
        form = DirectionsForm(request.POST)
        status = attempt_form(
            request,
            form,
            lambda: directions.publish(
                user, form.entries(), form.cleaned_data["valid_from"], form.cleaned_data["source"]
            ),
            _("已发布，从生效那天起申报按它选。"),
        )
        if status == DONE:
            return redirect("training_directions")
    context = _context(
        _("职业方向名单"),
        page=paginate(request, DirectionList.objects.all(), PER_PAGE),
        now=directions.in_force(today()),
        form=form if user.is_superuser else None,
    )
    return render(request, "training/digital/staff/directions.html", context, status=status)
