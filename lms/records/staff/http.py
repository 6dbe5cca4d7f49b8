"""Staff screens of record stores in the Wagtail admin: credentials, forwarding, a person's records, what content sends."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.accounts.api import Role, User, organisations_for, require_role
from lms.lib.audit.models import AuditRow
from lms.lib.errors import NotFound, Refusal
from lms.lib.forms import DayField
from lms.lib.pages import paginate, staff_context, tabs_of
from lms.records.credentials import services as credentials
from lms.records.credentials.models import Credential, Scope, Store
from lms.records.forwarding import services as forwarding
from lms.records.forwarding.models import Aside, Target
from lms.records.live import queries as live
from lms.records.staff import services
from lms.records.values import read_uuid

# In addresses, in the place of an organisation's code: the platform's own store.
OWN = "-"


class CredentialForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("名称"), max_length=120, help_text=gettext_lazy("例如：叉车模拟器。")
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("权限"),
        choices=Scope,
        widget=forms.CheckboxSelectMultiple,
        initial=[Scope.WRITE, Scope.READ_MINE, Scope.STATE, Scope.DEFINE],
    )
    last_day = DayField(
        label=gettext_lazy("有效到"),
        required=False,
        help_text=gettext_lazy("最后一天；留空则一直有效，直到停用。"),
    )


class TargetForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("名称"), max_length=120)
    address = forms.CharField(
        label=gettext_lazy("对方记录库的地址"),
        max_length=400,
        help_text=gettext_lazy("例如：https://lrs.example.cn/xapi/。只能用 https。"),
    )
    version = forms.ChoiceField(label=gettext_lazy("xAPI 版本"), choices=Target.Version)
    key = forms.CharField(label=gettext_lazy("密钥编号"), max_length=200)
    secret = forms.CharField(
        label=gettext_lazy("密钥"), max_length=400, widget=forms.PasswordInput(attrs={"autocomplete": "off"})
    )
    from_start = forms.BooleanField(label=gettext_lazy("从第一条语句起（不选则从现在起）"), required=False)


class LookForm(forms.Form):
    login = forms.CharField(label=gettext_lazy("手机号或邮箱"), max_length=200)
    reason = forms.CharField(
        label=gettext_lazy("理由"), max_length=200, help_text=gettext_lazy("本人会看到谁为什么看过。")
    )


def _user(request: HttpRequest) -> User:
    require_role(request.user, Role.ADMIN)  # type: ignore[arg-type]
    return request.user  # type: ignore[return-value]


def _store(user: User, code: str) -> Store:
    if code == OWN:
        if not user.is_superuser:
            raise NotFound
        return credentials.store_of(None)
    organisation = organisations_for(user, Role.ADMIN).filter(code=code).first()
    if organisation is None:
        raise NotFound
    return credentials.store_of(organisation)


def _code(store: Store) -> str:
    return store.organisation.code if store.organisation else OWN


def _frame(title: str, icon: str, store: Store, **more: Any) -> dict[str, Any]:
    return staff_context(title, icon, store=store, code=_code(store), **more)


def _refused(form: forms.Form, refusal: Refusal) -> None:
    field = refusal.details.get("field")
    form.add_error(field if field in form.fields else None, str(refusal.message))


@require_safe
def stores(request: HttpRequest) -> HttpResponse:
    """The stores somebody looks after; the only one at once."""
    user = _user(request)
    found = organisations_for(user, Role.ADMIN).order_by("name", "id")
    if not user.is_superuser and found.count() == 1:
        return redirect("records_credentials", found[0].code)
    context = staff_context(_("学习记录库"), "download", page=paginate(request, found), own=user.is_superuser)
    return render(request, "records/staff/stores.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def credential_list(request: HttpRequest, code: str) -> HttpResponse:
    """A store's credentials; a POST makes one and shows its secret, this once."""
    user = _user(request)
    store = _store(user, code)
    form, made = CredentialForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            made = credentials.make_credential(user, store, **form.cleaned_data)
        except Refusal as refusal:
            _refused(form, refusal)
        else:
            form = CredentialForm()
    kind = "launch" if request.GET.get("state") == "launch" else "own"
    rows = Credential.objects.filter(store=store).select_related("made_by", "revoked_by")
    rows = rows.exclude(actor="") if kind == "launch" else rows.filter(actor="")
    context = _frame(
        _("学习记录库的凭据"),
        "key",
        store,
        page=paginate(request, rows.order_by("-pk"), 30),
        tabs=tabs_of({"own": _("程序的凭据"), "launch": _("启动内容时发的凭据")}, kind),
        state=kind,
        form=form,
        made=made,
        address=request.build_absolute_uri("/xapi/"),
    )
    return render(request, "records/staff/credentials.html", context, status=422 if form.errors else 200)


@require_POST
def revoke(request: HttpRequest, code: str, key: str) -> HttpResponse:
    user = _user(request)
    credential = _credential(_store(user, code), key)
    try:
        credentials.revoke_credential(user, credential, reason=request.POST.get("reason", ""))
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("已停用，从现在起这份凭据不能再用。"))
    return redirect("records_credentials", code)


def _credential(store: Store, key: str) -> Credential:
    found = Credential.objects.filter(store=store, key=key).select_related("store__organisation").first()
    if found is None:
        raise NotFound
    return found


@require_safe
def history(request: HttpRequest, code: str) -> HttpResponse:
    """Who did what to a store: its audit rows."""
    store = _store(_user(request), code)
    rows = AuditRow.objects.filter(target_type=credentials.TARGET, target=store.uuid).order_by("-at", "-id")
    page = paginate(request, rows)
    people = {row.person for row in page if row.person}
    names = {user.uuid: str(user) for user in User.objects.filter(uuid__in=people)}
    actions = {
        "records.credential.make": _("建立凭据"),
        "records.credential.revoke": _("停用凭据"),
        "records.forwarding.make": _("建立转发"),
        "records.forwarding.on": _("恢复转发"),
        "records.forwarding.off": _("停止转发"),
        "records.forwarding.again": _("重发对方没收的语句"),
    }
    told = [
        {
            "at": row.at,
            "who": names.get(row.person, _("系统")) if row.person else _("系统"),
            "what": actions.get(row.action, row.action),
            "name": row.data.get("name", ""),
            "reason": row.reason,
        }
        for row in page
    ]
    context = _frame(_("学习记录库的变更"), "history", store, page=page, rows=told)
    return render(request, "records/staff/history.html", context)


@sensitive_post_parameters("secret")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def targets(request: HttpRequest, code: str) -> HttpResponse:
    """Where a store's statements are sent on to, and how that goes; a POST adds one."""
    user = _user(request)
    store = _store(user, code)
    form = TargetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            forwarding.make_target(user, store, **form.cleaned_data)
        except Refusal as refusal:
            _refused(form, refusal)
        else:
            messages.success(request, _("已建立，一分钟内开始转发。"))
            return redirect("records_targets", code)
    page = paginate(
        request,
        Aside.objects.filter(target__store=store).select_related("target").order_by("-at", "-pk"),
    )
    context = _frame(
        _("转发语句"),
        "redirect",
        store,
        targets=Target.objects.filter(store=store)
        .annotate(
            aside=Count("asides", filter=Q(asides__asked_at__isnull=True, asides__sent_at__isnull=True))
        )
        .order_by("pk"),
        page=page,
        form=form,
    )
    return render(request, "records/staff/targets.html", context, status=422 if form.errors else 200)


@require_POST
def switch(request: HttpRequest, code: str, uuid: UUID) -> HttpResponse:
    user = _user(request)
    target = Target.objects.filter(store=_store(user, code), uuid=uuid).select_related("store").first()
    if target is None:
        raise NotFound
    forwarding.switch(user, target, on=request.POST.get("on") == "1")
    return redirect("records_targets", code)


@require_POST
def again(request: HttpRequest, code: str, uuid: UUID) -> HttpResponse:
    """What a receiver refused goes out once more: the statement `statement` (its number), or all."""
    user = _user(request)
    target = Target.objects.filter(store=_store(user, code), uuid=uuid).select_related("store").first()
    number = request.POST.get("statement", "")
    if target is None or (number and not (number.isdecimal() and len(number) < 19)):
        raise NotFound
    count = forwarding.send_again(user, target, statement=int(number) if number else None)
    if count:
        told = ngettext("%(count)s 条语句将重发。", "%(count)s 条语句将重发。", count) % {"count": count}
        messages.success(request, told)
    else:
        messages.info(request, _("没有等着重发的语句。"))
    return redirect("records_targets", code)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest, code: str) -> HttpResponse:
    """Whose records to open, and why."""
    user = _user(request)
    store = _store(user, code)
    form = LookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            token = services.open_records(user, store, **form.cleaned_data)
        except Refusal as refusal:
            _refused(form, refusal)
        else:
            return redirect("records_person", code, token)
    context = _frame(_("一个人的记录"), "user", store, form=form)
    return render(request, "records/staff/find.html", context, status=422 if form.errors else 200)


@never_cache
@require_safe
def person(request: HttpRequest, code: str, token: str) -> HttpResponse:
    user = _user(request)
    store = _store(user, code)
    whose = services.opened(user, store, token)
    found = live.about(
        whose.uuid,
        get_language() or "zh-hans",
        after=live.read_place(request.GET.get("after", "")),
        store=store,
        who=str(whose),
    )
    context = _frame(_("%(name)s的记录") % {"name": whose}, "user", store, found=found)
    return render(request, "records/staff/person.html", context)


@never_cache
@require_safe
def watch(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """What a credential sends: its newest statements, documents and refusals. `?part=1`: only what changes."""
    user = _user(request)
    store = _store(user, code)
    credential = _credential(store, key)
    asked = request.GET.get("registration", "").strip()
    registration = read_uuid(asked) or credential.registration
    context = _frame(
        _("“%(name)s”发来什么") % {"name": credential.name},
        "view",
        store,
        credential=credential,
        registration=registration or "",
        watched=live.watched(credential, user.uuid, get_language() or "zh-hans", registration),
    )
    part = request.GET.get("part") == "1"
    return render(request, "records/staff/_watched.html" if part else "records/staff/watch.html", context)
