"""Staff screens of personnel officers in the Wagtail admin: the roster, a new list with its differences, one line off."""

from collections import Counter
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.accounts.employment import queries, services
from lms.accounts.employment.models import Roster
from lms.accounts.employment.rules import HEADINGS
from lms.accounts.organisations.models import Organisation
from lms.accounts.people.http import signed_in
from lms.accounts.people.models import User
from lms.lib import sheets
from lms.lib.errors import NotAllowed, NotFound, Refusal
from lms.lib.pages import paginate, staff_context, tabs_of

PER_PAGE = 50
TABS = ("", "confirmed", "waiting")
KINDS = {"joined": gettext_lazy("新增"), "left": gettext_lazy("移出"), "changed": gettext_lazy("变更")}


class FileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("名单文件（.xlsx）"),
        help_text=gettext_lazy("写全部在职职工：不在新名单里的人会移出。先看到差异，确认后才生效。"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
    )


def _keeper(request: HttpRequest) -> User:
    user = signed_in(request)
    if not queries.keeps_rosters(user):
        raise NotAllowed
    return user


_context = partial(staff_context, icon="group")


@never_cache
@require_safe
def first(request: HttpRequest) -> HttpResponse:
    """The roster of the one organisation, or of the first."""
    user = _keeper(request)
    return redirect("rongtong_roster", queries.kept_by(user, "").code)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def roster(request: HttpRequest, code: str) -> HttpResponse:
    """The list as it stands; a POST reads a file and leads to its differences, or says what is wrong with it."""
    user = _keeper(request)
    organisation = queries.kept_by(user, code)
    form, bad, status = FileForm(request.POST or None, request.FILES or None), [], 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                found = services.upload(
                    user, organisation, form.cleaned_data["file"].read(sheets.MAX_BYTES + 1)
                )
            except Refusal as refusal:
                form.add_error("file", str(refusal.message))
            else:
                if found.draft is not None:
                    return redirect("rongtong_roster_draft", found.draft.uuid)
                if not found.bad:
                    messages.info(request, _("和现有名单一样，没有变化。"))
                    return redirect("rongtong_roster", organisation.code)
                bad = found.bad
    return _roster(request, user, organisation, form=form, bad=bad, status=status)


def _roster(
    request: HttpRequest,
    user: User,
    organisation: Organisation,
    *,
    form: forms.Form,
    bad: list[Any],
    status: int,
) -> HttpResponse:
    asked = request.GET.get("state", "")
    shown = asked if asked in TABS else ""
    page = paginate(request, queries.roster_page(organisation, shown), PER_PAGE)
    rows = [queries.for_employer(line) for line in page]
    queries.log_roster(user, organisation, rows)
    labels = {"": _("全部"), "confirmed": _("已确认"), "waiting": _("待本人确认")}
    context = _context(
        _("职工名单"),
        organisation=organisation,
        others=queries.rostered(user).exclude(pk=organisation.pk)[:50],
        page=page,
        rows=rows,
        state=shown,
        tabs=tabs_of({tab: labels[tab] for tab in TABS}, shown),
        form=form,
        bad=bad[:200],
        more_bad=max(len(bad) - 200, 0),
        bad_rows=len({item.row for item in bad}),
        drafts=Roster.objects.filter(organisation=organisation, by=user, applied_at__isnull=True),
    )
    return render(request, "accounts/admin/roster.html", context, status=status)


def _draft(user: User, uuid: UUID) -> Roster:
    """One's own draft. Raises NotFound."""
    found = Roster.objects.filter(uuid=uuid, by=user, organisation__in=queries.rostered(user))
    draft = found.select_related("organisation").first()
    if draft is None:
        raise NotFound
    return draft


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What a new list would change; a POST applies it, all of it, or throws it away."""
    user = _keeper(request)
    found = _draft(user, uuid)
    if request.method == "POST" and request.POST.get("action") == "discard":
        services.discard(user, found)
        messages.info(request, _("已放弃，名单没有变化。"))
        return redirect("rongtong_roster", found.organisation.code)
    status = 200
    if request.method == "POST":
        try:
            row = services.apply(user, found, seen=request.POST.get("seen", ""))
        except Refusal as refusal:
            messages.error(request, str(refusal.message))
            status = refusal.status
        else:
            messages.success(
                request,
                _("名单已更新：新增 %(joined)s 人，移出 %(left)s 人，变更 %(changed)s 人。")
                % {"joined": row.joined, "left": row.left, "changed": row.changed},
            )
            return redirect("rongtong_roster", found.organisation.code)
    if found.applied_at is not None:
        return redirect("rongtong_roster", found.organisation.code)
    changes = services.draft_changes(found)
    counts = Counter(change.kind for change in changes)
    context = _context(
        _("核对新名单"),
        draft=found,
        page=paginate(request, changes, PER_PAGE),
        counts=[{"kind": KINDS[kind], "number": counts[kind]} for kind in KINDS],
        ends=services.would_end(changes),
        seen=services.fingerprint(changes),
    )
    return render(request, "accounts/admin/roster_draft.html", context, status=status)


@require_POST
def remove(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user = _keeper(request)
    line = queries.kept_line(user, uuid)
    services.remove_line(user, line, reason=request.POST.get("reason", ""))
    messages.success(request, _("已移出名单。"))
    return redirect("rongtong_roster", line.organisation.code)


@require_safe
def template(request: HttpRequest) -> HttpResponse:
    """An empty list with its headings, and a sheet that explains them."""
    _keeper(request)
    explained = [
        (_("列"), _("怎么填")),
        ("姓名", _("必填，和证件上一样。本人核实过实名的，要一致才能确认。")),
        ("手机号", _("手机号和邮箱至少填一个，本人凭验证过的手机号或邮箱看到邀请。")),
        ("邮箱", _("手机号和邮箱至少填一个。")),
        ("证件号", _("可以不填。身份证号请保持文本格式，否则末几位会丢失。加密保存。")),
        ("部门", _("可以不填，不超过 60 个字。")),
        ("岗位", _("可以不填，不超过 60 个字。")),
        ("入职日期", _("必填，写成 2026-03-01 的样子。")),
        ("—", _("每次写全部在职职工：不在新名单里的人会移出，确认过的工作关系随之结束。")),
        ("—", _("导入前先看到差异；有一行不对，整份名单都不导入。")),
        ("—", _("名单只是邀请：本人确认以后才算本单位职工，在此之前不能看到对方的任何信息。")),
    ]
    body = sheets.write(
        [
            sheets.Sheet(
                _("名单"), [HEADINGS], widths=(12, 16, 26, 24, 18, 18, 14), texts=(0, 1, 2, 3, 4, 5)
            ),
            sheets.Sheet(_("填写说明"), explained, widths=(14, 90)),
        ]
    )
    response = HttpResponse(body, content_type=sheets.XLSX)
    response["Content-Disposition"] = 'attachment; filename="roster-template.xlsx"'
    return response
