"""Staff screens inside the Wagtail admin: whose storage is how full, one organisation's use, its limit. Thin."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from courses.h5p.services import drop_former as drop_former_version
from courses.storage import queries, services
from courses.storage.rules import GIB, WARNINGS, Room
from lms.accounts.api import Organisation, Role, User, holds
from lms.lib.clock import today
from lms.lib.errors import NotAllowed, Refusal
from lms.lib.forms import DayField
from lms.lib.pages import paginate, staff_context

PER_PAGE = 50
BIGGEST_PER_PAGE = 20


class LimitForm(forms.Form):
    gigabytes = forms.IntegerField(
        label=gettext_lazy("上限（GB）"), min_value=0, max_value=services.MOST_BYTES // GIB
    )
    since = DayField(label=gettext_lazy("生效日期"), initial=today)
    reason = forms.CharField(
        label=gettext_lazy("理由"), max_length=200, help_text=gettext_lazy("至少 4 个字，会留在记录里。")
    )


def _user(request: HttpRequest) -> User:
    user = cast(User, request.user)
    if not queries.sees(user):
        raise NotAllowed
    return user


@never_cache
@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    """Those the person may look at; where it is one, straight to it."""
    user = _user(request)
    page = paginate(request, queries.organisations_of(user), PER_PAGE)
    if page.paginator.count == 1 and not queries.sets_limits(user):
        return redirect("courses_storage_one", code=page[0].code)
    context = staff_context(_("存储空间"), "folder", page=page, rows=queries.rooms_of(list(page)))
    return render(request, "courses/storage/list.html", context)


@never_cache
@require_safe
def organisation(request: HttpRequest, code: str) -> HttpResponse:
    user = _user(request)
    return _show(request, user, queries.organisation_of(user, code))


def _show(
    request: HttpRequest, user: User, shown: Organisation, form: forms.Form | None = None
) -> HttpResponse:
    room = queries.room_of(shown)
    context = staff_context(
        _("存储空间：%(name)s") % {"name": shown.name},
        "folder",
        organisation=shown,
        room=room,
        bar=_bar(room),
        kinds=queries.by_kind(shown),
        page=paginate(request, queries.biggest(shown), BIGGEST_PER_PAGE),
        freeable=queries.freeable(shown),
        may_drop=holds(user, Role.EDITOR, Role.ADMIN, organisation=shown),
        limits=queries.limits(shown)[:20],
        form=(form or LimitForm()) if queries.sets_limits(user) else None,
    )
    return render(request, "courses/storage/one.html", context, status=422 if form else 200)


def _bar(room: Room) -> dict[str, Any]:
    """What <meter> takes: percent, and from where on it warns."""
    return {"value": min(room.percent, 100), "low": WARNINGS[0], "high": WARNINGS[1]}


@require_POST
def limit(request: HttpRequest, code: str) -> HttpResponse:
    """A new limit, by the platform's administrator."""
    user = _user(request)
    shown = queries.organisation_of(user, code)
    if not queries.sets_limits(user):
        raise NotAllowed
    form = LimitForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            services.set_limit(
                user, shown, bytes=said["gigabytes"] * GIB, since=said["since"], reason=said["reason"]
            )
        except Refusal as refusal:
            form.add_error(refusal.details.get("field"), str(refusal.message))
        else:
            messages.success(request, _("上限已保存。"))
            return redirect("courses_storage_one", code=shown.code)
    return _show(request, user, shown, form)


@require_POST
def drop_source(request: HttpRequest, code: str, uuid: UUID) -> HttpResponse:
    """Delete one kept original of a course that is off the catalogue."""
    user = _user(request)
    shown = queries.organisation_of(user, code)
    try:
        services.drop_source(user, queries.source_of(shown, uuid), reason=request.POST.get("reason", ""))
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("原文件已删去，课程内容没有变。"))
    return redirect("courses_storage_one", code=shown.code)


@require_POST
def drop_former(request: HttpRequest, code: str, uuid: UUID) -> HttpResponse:
    """Delete one former version of an exercise that no release plays."""
    user = _user(request)
    shown = queries.organisation_of(user, code)
    try:
        drop_former_version(user, shown, uuid, reason=request.POST.get("reason", ""))
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("旧版本已删去。"))
    return redirect("courses_storage_one", code=shown.code)
