"""/digital/: items of the yearly lists, contests, the national project and the competency model for everybody; signing up; the host's and
the assessor's pages; the form of an application. Thin."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lms.accounts.api import Role, User, holds, user_of
from lms.lib import sheets
from lms.lib.attempts import DONE, attempt, attempt_form
from lms.lib.clock import today
from lms.lib.errors import NotFound
from lms.lib.ids import sent_uuid
from lms.lib.pages import paginate, tabs_of
from lms.lib.units import format_centi
from lms.training.digital import (
    cohort,
    contest,
    directions,
    marking,
    money,
    queries,
    results,
    rules,
    services,
    tables,
    words,
)
from lms.training.digital import engineers as national
from lms.training.digital.forms import (
    CompletionForm,
    CorrectionForm,
    EnterForm,
    ItemForm,
    JoinForm,
    JurorForm,
    ListCorrectionForm,
    ListForm,
    MarksForm,
    ReasonForm,
    ResultsForm,
    SignUpForm,
)
from lms.training.digital.models import GRADES, TRACKS, DigitalItem, LevelList, ResultSheet
from lms.training.digital.process import CODE, DOCUMENT
from lms.training.digital.rules import Track
from lms.training.grants.forms import SpentForm
from lms.training.lifecycle.http import facts_page
from lms.training.lifecycle.models import Case
from lms.training.programmes.words import yuan

PER_PAGE = 20
LINES_PER_PAGE = 50
FAULTS_SHOWN = 100


def _user(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


# --- for everybody --------------------------------------------------------------------------------------------


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Items by track and year, and the models in force."""
    labels = {"": _("全部"), **dict(TRACKS)}
    asked = request.GET.get("state", "")
    track = asked if asked in labels else ""
    years = queries.years()
    text = request.GET.get("year", "")
    year = int(text) if text.isascii() and text.isdecimal() and len(text) == 4 else None
    year = year if year in years else None
    page = paginate(request, queries.listed(track, year), PER_PAGE, keys_from=0)
    user = _user(request)
    context = {
        "page": page,
        "page_obj": page,
        "tabs": tabs_of(labels, track),
        "track": track,
        "years": years,
        "year": year,
        "models": queries.models_in_force()[:PER_PAGE],
        "hosts": queries.hosts_for(user)[:PER_PAGE] if user else [],
        "document": DOCUMENT,
        "code": CODE,
    }
    return render(request, "training/digital/list.html", context)


@require_safe
def engineers(request: HttpRequest) -> HttpResponse:
    """The national project in one view, rounded so that it names nobody."""
    items = queries.national()
    found = queries.view(items)
    context = {
        "items": items[: queries.MOST_SHOWN],
        "grades": [
            {"label": words.label(row.grade, GRADES), "row": row} for row in queries.public_view(found)
        ],
        "promised": yuan(found.money.promised),
        "spent": yuan(found.money.spent),
        "policies": found.policies,
        "fewest": rules.FEWEST,
        "document": DOCUMENT,
    }
    return render(request, "training/digital/engineers.html", context)


@never_cache
@require_safe
def model(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One version of a competency model; for whoever is signed in with what they can show and what is missing."""
    found, user = queries.model(uuid), _user(request)
    known = queries.held(user, found) if user else None
    versions = queries.versions_of(found)
    there, of = queries.proven(found, known) if known else (0, 0)
    context = {
        "model": found,
        "domains": queries.laid_out(found, known),
        "known": known is not None,
        "there": there,
        "of": of,
        "versions": versions,
        "newest": versions[0],
        "path": request.path,
    }
    return render(request, "training/digital/model.html", context)


@require_safe
def model_json(request: HttpRequest, uuid: UUID) -> JsonResponse:
    """The same version for programs: domains, skills, levels with their courses, and the SHA-256 of what it says."""
    found = queries.model(uuid)
    body: dict[str, Any] = {
        "series": str(found.series),
        "version": found.version,
        "title": found.title,
        "direction": found.direction,
        "source": found.source,
        "valid_from": found.valid_from.isoformat(),
        "published_on": found.published_on.isoformat(),
        "sha256": found.sha256,
        "domains": found.content,
    }
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def item(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One item: what it is, where it stands, results; for whoever is signed in their entry, jury or place."""
    found, user = queries.public(uuid), _user(request)
    forms = {"enter": EnterForm(), "join": JoinForm(), "sign_up": SignUpForm()}
    status = 200
    if request.method == "POST":
        if user is None:
            return redirect("account_login")
        status = _take_part(request, user, found, forms)
        if status == DONE:
            return redirect("digital:item", uuid)
    facts = rules.load(found.case.facts)
    is_contest, is_national = found.track == Track.CONTEST, found.track == Track.NATIONAL
    trains = rules.trains(found.track, found.people)
    member = queries.own_entry(user, found) if user and is_contest else None
    achieved = list(queries.own_achievements(user, found)[:PER_PAGE]) if user else []
    ruled = results.ruled(found, achieved)
    context = {
        "item": found,
        "about": facts.about,
        "lines": words.detail(facts),
        "closed": services.closed(found) if rules.takes_people(found.track, found.people) else "",
        "cohort": trains,
        "contest": is_contest,
        "national": is_national,
        "forms": forms,
        "known": user is not None,
        "member": member,
        "team": queries.team_of(member) if member else [],
        "jury": queries.own_jury(user, found) if user and is_contest else None,
        "marked": marking.stage_on(found, today()) if is_contest else None,
        "place": queries.own_place(user, found) if user and not is_contest else None,
        "levels": queries.own_results(user, found) if user and not is_contest else [],
        "achieved": [
            {"row": row, "label": words.result_label(row.result), "ruled": ruled[row.pk]} for row in achieved
        ],
        "stages": queries.published_stages(found) if is_contest else [],
        "winners": [
            {"row": row, "label": words.result_label(row.result), "marks": words.marks(row.marks)}
            for row in queries.winners(found)
        ]
        if is_contest
        else [],
        "in_charge": user is not None and holds(user, Role.OFFICER, organisation=found.authority),
        "hosts_here": user is not None and holds(user, *services.HOST_ROLES, organisation=found.host),
        "assesses": is_national and user is not None and holds(user, Role.ASSESSOR),
    }
    return render(request, "training/digital/item.html", context, status=status)


def _take_part(request: HttpRequest, user: User, found: DigitalItem, forms: dict[str, Any]) -> int:
    press, sent = request.POST.get("act", ""), request.POST
    form: Any
    if press == "enter":
        form = forms["enter"] = EnterForm(sent)
        said = _("已报名。把队伍码告诉队友，他们凭它加入。") if found.team_most > 1 else _("已报名。")
        return attempt_form(request, form, lambda: contest.enter(user, found, **form.cleaned_data), said)
    if press == "join":
        form = forms["join"] = JoinForm(sent)
        return attempt_form(
            request, form, lambda: contest.join(user, found, form.cleaned_data["code"]), _("已加入。")
        )
    if press == "sign_up":
        form = forms["sign_up"] = SignUpForm(sent)
        return attempt_form(
            request, form, lambda: national.sign_up(user, found, form.cleaned_data["grade"]), _("已报名。")
        )
    if press == "join_in":
        return attempt(request, lambda: cohort.sign_up(user, found), _("已报名。"))
    if press == "leave":
        trains = rules.trains(found.track, found.people)
        leave = contest.leave if found.track == Track.CONTEST else cohort.leave if trains else national.leave
        return attempt(request, lambda: leave(user, found), _("已退出。"))
    if press in ("accept", "decline"):
        return attempt(
            request, lambda: contest.answer_jury(user, found, accept=press == "accept"), _("已答复。")
        )
    return 422


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def marks(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A juror's own marks of the stage that is on."""
    found, user = queries.public(uuid), user_of(request)
    seat, stage = marking.juror(user, found), marking.stage_on(found, today())
    entries = marking.stage_entries(found, stage) if stage is not None else []
    own = marking.own(seat, stage) if stage is not None else {}
    form, status = MarksForm(entries, own), 200
    if request.method == "POST" and stage is not None:
        form = MarksForm(entries, own, request.POST)
        status = attempt_form(
            request,
            form,
            lambda: marking.mark(user, found, stage, form.given()),
            _("已保存你的打分。成绩录入以前可以改，以最后一次为准。"),
        )
        if status == DONE:
            return redirect("digital:marks", uuid)
    context = {
        "item": found,
        "stage": found.stages[stage] if stage is not None else "",
        "form": form,
        "done": len(own),
        "entries": len(entries),
    }
    return render(request, "training/digital/marks.html", context, status=status)


# --- the host -------------------------------------------------------------------------------------------------


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def host(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What the host does for an item: jury, results and checking them, vouchers. Every button does one thing."""
    user = user_of(request)
    found = queries.hosted(user, uuid)
    stage = marking.next_stage(found) if found.track == Track.CONTEST else None
    entries = marking.stage_entries(found, stage) if stage is not None else []
    final = stage == len(found.stages) - 1
    means = marking.means(found, stage) if stage is not None else {}
    forms: dict[str, Any] = {
        "juror": JurorForm(),
        "results": ResultsForm(entries, final=final, means=means) if entries else None,
        "use": SpentForm(),
        "reason": ReasonForm(),
    }
    trains = rules.trains(found.track, found.people)
    public = found.level_lists.filter(state=LevelList.State.PUBLISHED).first() if trains else None
    if trains:
        forms["completion"] = CompletionForm(found, corrects=public is not None)
    status = 200
    if request.method == "POST":
        status = _run(request, user, found, forms, (stage, entries, final), means)
        if status == DONE:
            return redirect("digital:host", uuid)
        found = queries.hosted(user, uuid)
    waiting = found.sheets.filter(state=ResultSheet.State.ENTERED).select_related("entered_by").first()
    sums = money.totals([found])[found.pk]
    context = {
        "item": found,
        "figures": queries.figures(found),
        "contest": found.track == Track.CONTEST,
        "forms": forms,
        "stage": found.stages[stage] if stage is not None else "",
        "jurors": found.jurors.select_related("person"),
        "entries": _entries(request, found),
        "cohort": trains,
        "public_list": public,
        "lists": queries.level_lists(found)[:PER_PAGE] if trains else [],
        "trainees": paginate(request, queries.trainees(user, found), LINES_PER_PAGE) if trains else [],
        "waiting": waiting,
        "own_sheet": waiting is not None and waiting.entered_by_id == user.pk,
        "rows": sheet_rows(found, waiting) if waiting else [],
        "sheets": [
            {
                "row": row,
                "stage": found.stages[row.stage],
                "correctable": row.state == ResultSheet.State.PUBLISHED
                and found.case.state in contest.CORRECTED_IN,
            }
            for row in found.sheets.order_by("stage", "number")
        ],
        "money": {name: yuan(getattr(sums, name)) for name in ("committed", "held", "spent", "returned")},
        "has_money": sums.promised > 0,
        "movements": [(row, yuan(row.fen)) for row in found.movements.order_by("-pk")[:PER_PAGE]],
        "open": found.case.state == "open",
    }
    return render(request, "training/digital/host.html", context, status=status)


def _entries(request: HttpRequest, found: DigitalItem) -> Any:
    rows = found.entries.filter(withdrawn=False).prefetch_related("members")
    return paginate(request, rows, LINES_PER_PAGE)


def sheet_rows(found: DigitalItem, sheet: ResultSheet) -> list[dict[str, Any]]:
    """A sheet's lines in words."""
    others = {rules.ADVANCE: _("进入下一赛段"), rules.OUT: _("没有名次")}
    means = marking.means(found, sheet.stage)
    if sheet.stage < len(found.stages) - 1:
        others[rules.OUT] = _("淘汰")
    return [
        {
            "entry": row["entry"],
            "marks": words.marks(row["centimarks"]),
            "outcome": others.get(row["outcome"]) or words.result_label(row["outcome"]),
            "jurors": means.get(str(row["entry"].uuid), rules.Mean()).marks,
        }
        for row in queries.sheet_rows(found, sheet)
    ]


def _run(
    request: HttpRequest,
    user: User,
    found: DigitalItem,
    forms: dict[str, Any],
    at: tuple[int | None, list[Any], bool],
    means: Mapping[str, rules.Mean],
) -> int:
    press, sent = request.POST.get("act", ""), request.POST
    stage, entries, final = at
    form: Any
    if press == "juror":
        form = forms["juror"] = JurorForm(sent)
        return attempt_form(
            request,
            form,
            lambda: contest.ask_juror(user, found, form.cleaned_data["login"]),
            _("已邀请，对方在项目页上答复。"),
        )
    if press == "results" and stage is not None:
        form = forms["results"] = ResultsForm(entries, sent, final=final, means=means)
        return attempt_form(
            request,
            form,
            lambda: contest.enter_results(user, found, stage, form.cleaned_data["held_on"], form.lines()),
            _("已录入，由本单位另一个人核对。"),
        )
    if press == "completion" and "completion" in forms:
        public = found.level_lists.filter(state=LevelList.State.PUBLISHED).first()
        form = forms["completion"] = CompletionForm(found, sent, corrects=public is not None)
        return attempt_form(
            request,
            form,
            lambda: cohort.hand_in(
                user,
                found,
                form.cleaned_data["day"],
                form.numbers(),
                corrects=public,
                why=form.cleaned_data.get("why", ""),
            ),
            _("结业名单已提交，由主管部门公布。"),
        )
    if press in ("check", "return"):
        sheet = queries.sheet_of(found, sent_uuid(sent.get("sheet", "")))
        if press == "check":
            return attempt(request, lambda: contest.check_results(user, sheet), _("已核对，由主管部门公布。"))
        form = forms["reason"] = ReasonForm(sent)
        return attempt_form(
            request,
            form,
            lambda: contest.return_results(user, sheet, form.cleaned_data["reason"]),
            _("已退回，可以重新录入。"),
        )
    if press == "use":
        form = forms["use"] = SpentForm(sent)
        return attempt_form(
            request,
            form,
            lambda: money.move(user, found, form.moved(money.Kind.USE)),
            _("支出已登记。"),
        )
    if press == "hours":
        return attempt(request, lambda: results.give_again(user, found), _("已核对，学时只记一次。"))
    return 422


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, uuid: UUID, sheet_uuid: UUID) -> HttpResponse:
    """A published sheet of the host's, to be corrected."""
    user = user_of(request)
    found = queries.hosted(user, uuid)
    sheet = queries.sheet_of(found, sheet_uuid)
    if sheet.state != ResultSheet.State.PUBLISHED:
        raise NotFound
    final = sheet.stage == len(found.stages) - 1
    said = {str(entry): (mark, outcome) for entry, mark, outcome in sheet.lines}
    entries = list(found.entries.filter(uuid__in=said))
    initial: dict[str, Any] = {}
    for entry in entries:
        mark, outcome = said[str(entry.uuid)]
        initial[f"mark-{entry.number}"] = format_centi(mark) if mark is not None else None
        initial[f"outcome-{entry.number}"] = outcome
    form, status = CorrectionForm(entries, initial=initial, final=final), 200
    if request.method == "POST":
        form = CorrectionForm(entries, request.POST, initial=initial, final=final)
        status = attempt_form(
            request,
            form,
            lambda: contest.correct_results(user, sheet, form.lines(), form.cleaned_data["why"]),
            _("更正已录入，由本单位另一个人核对，再由主管部门公布。"),
        )
        if status == DONE:
            return redirect("digital:host", uuid)
    context = {"item": found, "sheet": sheet, "stage": found.stages[sheet.stage], "form": form}
    return render(request, "training/digital/correct.html", context, status=status)


# --- the assessor ---------------------------------------------------------------------------------------------


def _assessed(request: HttpRequest, uuid: UUID) -> tuple[User, DigitalItem]:
    """An item of the national project, for assessors. Raises NotFound."""
    user, found = user_of(request), queries.public(uuid)
    if found.track != Track.NATIONAL or not holds(user, Role.ASSESSOR):
        raise NotFound
    return user, found


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def levels(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Handing in a list of level results, and what became of those of one's bodies."""
    user, found = _assessed(request, uuid)
    bodies = national.assessor_bodies(user)
    form, status = ListForm(bodies), 200
    if request.method == "POST":
        form = ListForm(bodies, request.POST, request.FILES)
        made: list[LevelList] = []
        status = attempt_form(
            request,
            form,
            lambda: made.append(
                national.upload(user, found, form.cleaned_data["body"], form.cleaned_data["file"])
            ),
            _("名单已读完，结果如下。"),
        )
        if status == DONE:
            return redirect("digital:level_list", uuid, made[0].uuid)
    page = paginate(request, queries.level_lists(found).filter(body__in=bodies), PER_PAGE)
    context = {"item": found, "form": form, "bodies": bodies, "page": page, "page_obj": page}
    return render(request, "training/digital/levels.html", context, status=status)


def _own_list(request: HttpRequest, uuid: UUID, list_uuid: UUID) -> LevelList:
    """A list of a body for which the user assesses. Raises NotFound."""
    user, found = _assessed(request, uuid)
    row = queries.level_list_of(found, list_uuid)
    if not holds(user, Role.ASSESSOR, organisation=row.body):
        raise NotFound
    return row


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def level_list(request: HttpRequest, uuid: UUID, list_uuid: UUID) -> HttpResponse:
    """One list: its lines, or what is wrong with it; one that is public can be corrected."""
    found = _own_list(request, uuid, list_uuid)
    form, status = ListCorrectionForm(), 200
    if request.method == "POST":
        form = ListCorrectionForm(request.POST, request.FILES)
        made: list[LevelList] = []
        status = attempt_form(
            request,
            form,
            lambda: made.append(
                national.upload(
                    user_of(request),
                    found.item,
                    found.body,
                    form.cleaned_data["file"],
                    corrects=found,
                    why=form.cleaned_data["why"],
                )
            ),
            _("更正的名单已读完，结果如下。"),
        )
        if status == DONE:
            return redirect("digital:level_list", uuid, made[0].uuid)
    page = paginate(request, queries.results_in(found), LINES_PER_PAGE)
    context = {
        "item": found.item,
        "list": found,
        "page": page,
        "page_obj": page,
        "faults": found.faults[:FAULTS_SHOWN],
        "more": max(len(found.faults) - FAULTS_SHOWN, 0),
        "form": form if found.state == LevelList.State.PUBLISHED else None,
    }
    return render(request, "training/digital/level_list.html", context, status=status)


def _workbook(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=sheets.XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


@never_cache
@login_required
@require_safe
def report(request: HttpRequest, uuid: UUID, list_uuid: UUID) -> HttpResponse:
    """Every fault by row and column, as a workbook."""
    found = _own_list(request, uuid, list_uuid)
    rows = [(_("行"), _("列"), _("问题")), *found.faults]
    return _workbook(sheets.write([sheets.Sheet(_("问题"), rows, widths=(8, 16, 80))]), "faults.xlsx")


@require_safe
def template(request: HttpRequest) -> HttpResponse:
    """An empty list with its headings, and the words to choose from."""
    explained = [
        (tables.COLUMNS["grade"], "、".join(tables.GRADE_WORDS)),
        (tables.COLUMNS["passed"], "、".join(tables.PASSED_WORDS)),
        (tables.COLUMNS["day"], "2026-03-01"),
    ]
    heading = [list(tables.COLUMNS.values())]
    book = [
        sheets.Sheet(_("名单"), heading, widths=(26, 12, 8, 8, 8, 14, 24), texts=(0, 1, 6)),
        sheets.Sheet(_("怎样填"), explained, widths=(14, 40), heading=False),
    ]
    return _workbook(sheets.write(book), "levels.xlsx")


# --- the application's form ---------------------------------------------------------------------------------------


def facts(request: HttpRequest, case: Case) -> HttpResponse:
    """What an item says."""
    form = partial(ItemForm, case.facts, directions.day_of(case))
    return facts_page(request, case, form, rules.dump, "training/digital/facts.html")
