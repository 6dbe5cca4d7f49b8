"""/supervision/: draws that anybody can recompute, results that are public, and the form that checkers fill in on their phones. Thin."""

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditbank.api import day_root
from lms.accounts.api import User, user_of
from lms.lib.attempts import DONE, attempt
from lms.lib.errors import Invalid, NotFound, Refusal
from lms.lib.evidence import handed_out
from lms.lib.ids import sent_uuid, uuid7
from lms.lib.json_in import object_of
from lms.lib.pages import paginate
from lms.training.lifecycle.declaration import Waits
from lms.training.supervision import checks, queries, words
from lms.training.supervision.checks import Filled
from lms.training.supervision.forms import PhotoForm, ReasonForm, filled_from
from lms.training.supervision.models import Check

PER_PAGE = 20


def _reader(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


# --- the open side ------------------------------------------------------------------------------------------


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """Draws, the newest first, and where the results are."""
    page = paginate(request, queries.frames(), PER_PAGE)
    return render(request, "training/supervision/front.html", {"page": page, "page_obj": page})


@never_cache
@require_safe
def draw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One draw: what was frozen, who was bound when, what came out, and how to compute it again."""
    found = queries.frame(uuid)
    is_open = queries.is_open(found)
    made = queries.draw_of(found)
    context = {
        "frame": found,
        "draw": made,
        "open": is_open,
        "commits": list(found.commits.select_related("reveal")),
        "takes": [(words.stratum_label(found.sort, code), number) for code, number in found.takes.items()],
        "drawn": [
            {"row": row, "stratum": words.stratum_label(found.sort, row.stratum)}
            for row in (queries.drawn_lines(found) if is_open else [])
        ],
        "in_books": made is not None and day_root(made.root_day) == made.root,
        "ended": getattr(found, "end", None),
    }
    return render(request, "training/supervision/draw.html", context)


@require_safe
def frame_text(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The list exactly as its hash was made of it."""
    found = queries.frame(uuid)
    if not queries.is_open(found):
        raise NotFound
    response = HttpResponse(found.text.encode(), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.number}.txt"'
    return response


@require_safe
def draw_json(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Everything from which somebody computes it again."""
    text = json.dumps(queries.published(queries.frame(uuid)), ensure_ascii=False, indent=2)
    return HttpResponse(text, content_type="application/json; charset=utf-8")


@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """Public results; for a body's own people theirs as well, whether they are public or not."""
    page = paginate(request, queries.results(), PER_PAGE)
    user = _reader(request)
    own = list(queries.results_for(user)[:PER_PAGE]) if user else []
    context = {"page": page, "page_obj": page, "own": own}
    return render(request, "training/supervision/results.html", context)


@never_cache
@require_safe
def result(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One result with what was found and where each stands; the words of a finding for the body's own people and the authority's."""
    user = _reader(request)
    found = queries.result(user, uuid)
    inside = user is not None and queries.reads_inside(user, found)
    context = {
        "check": found,
        "findings": [
            {"row": row, "open": row.case.waits != Waits.NOBODY, "state": row.case.stands.label}
            for row in queries.raised(found)
        ],
        "inside": inside,
        "weights": [
            (words.criterion_label(name), number)
            for name, number in checks.weights_of(found.rule).items()
            if number is not None
        ],
    }
    return render(request, "training/supervision/result.html", context)


# --- on the spot ----------------------------------------------------------------------------------------------


@never_cache
@login_required
@require_safe
def own_checks(request: HttpRequest) -> HttpResponse:
    """What the user is to check, and has checked."""
    page = paginate(request, queries.mine(user_of(request)), PER_PAGE)
    return render(request, "training/supervision/checks.html", {"page": page, "page_obj": page})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The form on the phone: each button saves what is there; handing in and confirming are acts of their own."""
    user = user_of(request)
    found = queries.check_to_make(user, uuid)
    wrong: dict[str, str] = {}
    status, back, typed = 200, ReasonForm(), None
    if request.method == "POST":
        press = request.POST.get("act", "save")
        if press in ("save", "hand_in"):
            status, wrong, typed = _filled(request, user, found, press)
        elif press == "confirm":
            status = attempt(request, lambda: checks.confirm(user, found), _("已确认，结论已经作出。"))
        elif press == "send_back":
            back = ReasonForm(request.POST)
            status = (
                attempt(
                    request,
                    lambda: checks.send_back(user, found, back.cleaned_data["reason"]),
                    _("已退回。"),
                )
                if back.is_valid()
                else 422
            )
        elif press == "drop_photo":
            photo = request.POST.get("photo", "")
            status = attempt(request, lambda: checks.drop_photo(user, found, sent_uuid(photo)), _("已撤下。"))
        if status == DONE:
            return redirect("supervision:check", uuid)
        found = queries.check_to_make(user, uuid)
    context = _sheet(user, found, typed, wrong) | {"back": back}
    return render(request, "training/supervision/check.html", context, status=status)


def _filled(
    request: HttpRequest, user: User, found: Check, press: str
) -> tuple[int, dict[str, str], Filled | None]:
    """Save what was sent, pictures too; then hand in where that was pressed. What could not be read stays in the form."""
    filled, wrong = filled_from(found, request.POST)
    files = PhotoForm(request.POST, request.FILES)
    pictures = [
        *(files.cleaned_data["taken"] if files.is_valid() else ()),
        *(files.cleaned_data["chosen"] if files.is_valid() else ()),
    ]
    try:
        revision = checks.save(user, found, filled)
        for picture in pictures:
            checks.add_photo(user, found, picture, upload=str(uuid7()))
        if wrong:
            messages.error(request, _("有的分数不对，没有保存那几项，请改正。"))
            return 422, wrong, filled
        if press == "hand_in":
            checks.hand_in(user, found, revision=revision)
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
        return refusal.status, wrong, filled
    messages.success(request, _("已报送，等另一位检查人员确认。") if press == "hand_in" else _("已保存。"))
    return DONE, {}, None


def _sheet(user: User, found: Check, typed: Filled | None, wrong: dict[str, str]) -> dict[str, Any]:
    answers = typed.answers if typed else found.answers
    photos = list(found.photos.all())
    current = checks.current(found)
    criteria: list[dict[str, Any]] = []
    weights = checks.weights_of(found.rule)
    for number, item in enumerate(found.form.items, 1):
        if not criteria or criteria[-1]["code"] != item["criterion"]:
            criteria.append(
                {
                    "code": item["criterion"],
                    "label": words.criterion_label(item["criterion"]),
                    "weight": weights.get(item["criterion"]),
                    "items": [],
                }
            )
        answer = answers.get(item["key"], {})
        criteria[-1]["items"].append(
            {
                "number": number,
                "key": item["key"],
                "text": item["text"],
                "mark": "" if answer.get("mark") is None else answer["mark"],
                "remark": answer.get("remark", ""),
                "wrong": wrong.get(item["key"], ""),
            }
        )
    state = Check.State
    return {
        "check": found,
        "criteria": criteria,
        "remark": typed.remark if typed and typed.remark is not None else found.remark,
        "findings_text": "\n".join(
            typed.findings if typed and typed.findings is not None else found.findings
        ),
        "photos": [{"row": row, "mine": row.person_id == user.pk} for row in photos],
        "checkers": current,
        "fills": found.state == state.VISITING,
        "confirms": found.state == state.HANDED_IN and found.handed_in_by_id != user.pk,
        "waits_other": found.state == state.HANDED_IN and found.handed_in_by_id == user.pk,
        "photo_form": PhotoForm(),
        "config": {
            "check": str(found.uuid),
            "save": reverse("supervision:save", args=[found.uuid]),
            "photos": reverse("supervision:photos", args=[found.uuid]),
        },
    }


@never_cache
@login_required
@require_POST
def save(request: HttpRequest, uuid: UUID) -> JsonResponse:
    """What the phone has kept, item by item: {"answers": {key: {"mark", "remark"}}, "remark", "findings": [text]}."""
    user = user_of(request)
    found = queries.check_to_make(user, uuid)
    sent = object_of(request, _("保存的内容不完整，请刷新后再试。"), code="invalid_check")
    answers, findings, remark = sent.get("answers", {}), sent.get("findings"), sent.get("remark")
    fits = (
        isinstance(answers, dict)
        and all(isinstance(row, dict) for row in answers.values())
        and (findings is None or (isinstance(findings, list) and all(isinstance(x, str) for x in findings)))
        and (remark is None or isinstance(remark, str))
    )
    if not fits:
        raise Invalid(_("保存的内容不完整，请刷新后再试。"), code="invalid_check")
    return JsonResponse({"revision": checks.save(user, found, Filled(answers, remark, findings))})


@never_cache
@login_required
@require_POST
def photos(request: HttpRequest, uuid: UUID) -> JsonResponse:
    """One picture: `photo`, and `token`, the phone's own name for it, so that it may be sent again."""
    user = user_of(request)
    found = queries.check_to_make(user, uuid)
    given = request.FILES.get("photo")
    if given is None:
        raise Invalid(_("请选择照片。"), code="invalid_photo", details={"field": "photo"})
    row = checks.add_photo(user, found, given, upload=request.POST.get("token", ""))
    return JsonResponse({"photo": str(row.uuid), "url": reverse("supervision:photo", args=[row.uuid])})


@never_cache
@login_required
@require_safe
def photo(request: HttpRequest, uuid: UUID) -> FileResponse:
    return handed_out(queries.photo_for(user_of(request), uuid))
