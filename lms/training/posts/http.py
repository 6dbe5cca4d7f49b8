"""/bases/…/posts/: the posts of one's own base; /bases/…/levels/: the way to recording levels, for registered assessors. Thin."""

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lms.accounts.api import User
from lms.lib.attempts import DONE, attempt_form
from lms.lib.errors import Invalid, NotFound
from lms.lib.pages import paginate
from lms.training.bases import queries as bases
from lms.training.bases.models import Base
from lms.training.grants.words import in_yuan
from lms.training.posts import queries, services
from lms.training.posts.forms import AwardForm, EndForm, PayForm, PostForm, StrikeForm

PER_PAGE = 20


def _kept(request: HttpRequest, uuid: UUID) -> tuple[User, Base]:
    user: User = request.user  # type: ignore[assignment]
    base = bases.base(uuid)
    if not queries.keeps(user, base):
        raise NotFound
    return user, base


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def posts(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """All posts of the base, and the form for another."""
    user, base = _kept(request, uuid)
    people = queries.staff_of(base.body)
    form, status = PostForm(people), 200
    if request.method == "POST":
        form = PostForm(people, request.POST)
        status = attempt_form(
            request, form, lambda: services.appoint(user, base, form.post()), _("岗位已登记。")
        )
        if status == DONE:
            return redirect("bases:posts", uuid)
    page = paginate(request, queries.posts_of(base), PER_PAGE)
    context = {
        "base": base,
        "form": form if base.active else None,
        "rows": [(row, in_yuan(row.allowance_fen), in_yuan(row.paid_fen)) for row in page],  # type: ignore[attr-defined]  # annotated
        "page": page,
        "page_obj": page,
    }
    return render(request, "training/posts/posts.html", context, status=status)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def post(request: HttpRequest, uuid: UUID, post_uuid: UUID) -> HttpResponse:
    """One post: what was paid and awarded, and what can be added. `press` says which form was sent."""
    user, base = _kept(request, uuid)
    found = queries.post_of(base, post_uuid)
    pay, award, end = PayForm(found), AwardForm(), EndForm()
    counted = queries.counted(found)
    strike = StrikeForm(counted)
    status = 200
    if request.method == "POST":
        press, sent = request.POST.get("press"), request.POST
        act: Callable[[], object]
        form: forms.Form
        if press == "pay":
            form = pay = PayForm(found, sent)
            act = lambda: services.pay(user, found, pay.paid())  # noqa: E731
        elif press == "award":
            form = award = AwardForm(sent)
            act = lambda: services.award(user, found, **award.given())  # noqa: E731
        elif press == "strike":
            form = strike = StrikeForm(counted, sent)
            act = lambda: services.strike(user, found, **strike.cleaned_data)  # noqa: E731
        elif press == "end":
            form = end = EndForm(sent)
            act = lambda: services.end(user, found, **end.cleaned_data)  # noqa: E731
        else:
            raise Invalid(_("没有这样的操作，请用页面上的按钮。"))
        status = attempt_form(request, form, act, _("已登记。"))
        if status == DONE:
            return redirect("bases:post", uuid, post_uuid)
    page = paginate(request, queries.payments(found), PER_PAGE)
    context = {
        "base": base,
        "post": found,
        "allowance": in_yuan(found.allowance_fen),
        "funds": in_yuan(found.funds_fen) if found.funds_fen else "",
        "name": queries.listed_name(found),
        "rows": [
            (row, in_yuan(row.allowance_fen), in_yuan(row.funds_fen) if row.funds_fen else "") for row in page
        ],
        "awards": [(row, in_yuan(row.fen) if row.fen else "") for row in found.awards.all()[:PER_PAGE]],
        "forms": [("pay", _("登记一个月的津贴"), pay), ("award", _("登记荣誉或奖励"), award)]
        + ([("strike", _("冲正一笔发放"), strike)] if counted.exists() else [])
        + ([("end", _("提前结束聘期"), end)] if found.ended_on is None else []),
        "page": page,
        "page_obj": page,
    }
    return render(request, "training/posts/post.html", context, status=status)


@never_cache
@login_required
@require_safe
def levels(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """To where institutions hand in certificates; refused, with the rule, where the body is no registered assessor."""
    queries.require_assessing(request.user, bases.base(uuid))  # type: ignore[arg-type]  # signed in
    return redirect("creditbank_deposits_first")
