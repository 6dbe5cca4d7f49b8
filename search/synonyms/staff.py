"""The staff screen of synonyms inside the Wagtail admin: which hold, since when and by whom, adding one, ending one."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from lms.accounts.api import COURSE_WORK, Role, RoleMenuItem, User
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid
from lms.lib.forms import DayField
from lms.lib.pages import paginate, staff_context
from search.synonyms import queries, services
from search.synonyms.models import Synonym
from search.synonyms.rules import MAX_TERM_CHARS


class SynonymForm(forms.Form):
    """Two words and which way they count; services judge, the form only shapes."""

    term = forms.CharField(label=gettext_lazy("词"), max_length=MAX_TERM_CHARS)
    meant = forms.CharField(
        label=gettext_lazy("也找"),
        max_length=MAX_TERM_CHARS,
        help_text=gettext_lazy("搜左边的词时，有右边的词的课程也会出现，排在后面一点。"),
    )
    both_ways = forms.BooleanField(label=gettext_lazy("反过来也一样"), required=False, initial=True)
    since = DayField(label=gettext_lazy("从哪天起"), required=False, help_text=gettext_lazy("不填就是今天。"))


@require_http_methods(["GET", "HEAD", "POST"])
def synonyms(request: HttpRequest) -> HttpResponse:
    """All pairs of staff, newest first, and the form; those that come with the software below. Raises NotAllowed."""
    user = _user(request)
    services.keeper(user)
    form, status = SynonymForm(request.POST or None), 200
    if request.method == "POST":
        if form.is_valid():
            try:
                made = services.add(user, **form.cleaned_data)
            except (Invalid, Conflict) as refusal:
                form.add_error(None, str(refusal.message))
                status = refusal.status
            else:
                messages.success(request, _("已添加「%(pair)s」，几秒后生效。") % {"pair": made})
                return redirect("search_synonyms")
        else:
            status = 422
    page = paginate(request, Synonym.objects.order_by("-pk"))
    people = User.objects.filter(uuid__in={row.made_by for row in page if row.made_by})
    names = {person.uuid: str(person) for person in people}
    context: dict[str, Any] = staff_context(
        _("同义词"),
        "search",
        form=form,
        page=page,
        rows=[(row, names.get(row.made_by, ""), row.until is None or row.until > today()) for row in page],
        supplied=sorted(queries.builtin().items()),
    )
    return render(request, "search/staff/synonyms.html", context, status=status)


@require_POST
def end(request: HttpRequest, uuid: Any) -> HttpResponse:
    """The pair no longer holds. Raises NotAllowed, NotFound."""
    row = services.end(_user(request), uuid)
    messages.success(request, _("「%(pair)s」不再是同义词，几秒后生效。") % {"pair": row})
    return redirect("search_synonyms")


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the admin lets nobody else in
    return request.user


@hooks.register("register_admin_urls")
def admin_urls() -> list[Any]:
    return [
        path("find/synonyms/", synonyms, name="search_synonyms"),
        path("find/synonyms/<uuid:uuid>/end/", end, name="search_synonym_end"),
    ]


@hooks.register(COURSE_WORK)
def synonyms_menu() -> MenuItem:
    return RoleMenuItem(
        gettext_lazy("同义词"),
        reverse("search_synonyms"),
        name="search-synonyms",
        icon_name="openquote",
        order=258,
        roles=[Role.OFFICER],
    )
