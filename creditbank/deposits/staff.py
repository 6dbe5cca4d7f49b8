"""Staff screens in the Wagtail admin: an issuer's lists, a new one, and one with its plan or its faults."""

from functools import partial
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from creditbank.deposits import queries, services
from creditbank.deposits.models import DepositBatch
from creditbank.deposits.rules import HEADINGS, TITLES
from creditbank.deposits.services import DEPOSITORS
from creditbank.outcomes import rights, rules
from creditbank.outcomes.models import Level, OutcomeKind
from creditbank.outcomes.words import CHOICE_LABELS
from lms.accounts.api import User, require_role
from lms.lib import sheets
from lms.lib.clock import today
from lms.lib.errors import Conflict, NotFound, Refusal
from lms.lib.pages import paginate, staff_context

PER_PAGE = 30
FAULTS_SHOWN = 100
State = DepositBatch.State


class FileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("名单文件（.xlsx 或 .csv）"),
        help_text=gettext_lazy("最多 100000 行、20 MB。先检查，看过结果再确认；有一行不对，整份都不存入。"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
    )


def _depositor(request: HttpRequest) -> User:
    require_role(request.user, *DEPOSITORS)  # type: ignore[arg-type]
    return request.user  # type: ignore[return-value]


_context = partial(staff_context, icon="upload")


@require_safe
def first(request: HttpRequest) -> HttpResponse:
    """The lists of the one organisation, or of the first."""
    found = queries.issuers_of(_depositor(request)).first()
    if found is None:
        raise NotFound
    return redirect("creditbank_deposits", found.code)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def deposits(request: HttpRequest, code: str) -> HttpResponse:
    """What was handed in; a POST takes a file and leads to it, also when it had been handed in before."""
    user = _depositor(request)
    issuer = queries.issuer_of(user, code)
    posted = request.method == "POST"
    form = FileForm(request.POST, request.FILES) if posted else FileForm()
    if posted and form.is_valid():
        try:
            made = services.upload(user, issuer, form.cleaned_data["file"])
        except Conflict as refusal:
            messages.info(request, str(refusal.message))
            return redirect("creditbank_deposit", refusal.details["batch"])
        except Refusal as refusal:
            form.add_error("file", str(refusal.message))
        else:
            return redirect("creditbank_deposit", made.uuid)
    context = _context(
        _("批量存入"),
        issuer=issuer,
        others=queries.issuers_of(user).exclude(pk=issuer.pk)[:50],
        page=paginate(request, queries.batches_of(issuer), PER_PAGE),
        form=form,
        scope=rights.scope_of(issuer, today()),
        entries=rights.entries_naming(issuer, today()),
    )
    status = 422 if form.errors else 200
    return render(request, "credit/deposits/list.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def batch(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One list: how far it is, what is wrong with it, or what it would deposit; a POST accepts or gives it up."""
    user = _depositor(request)
    found = queries.batch_of(user, uuid)
    status = 200
    if request.method == "POST":
        try:
            if request.POST.get("action") == "accept":
                services.accept(user, found)
            else:
                services.discard(user, found)
        except Refusal as refusal:
            messages.error(request, str(refusal.message))
            status = refusal.status
        else:
            return redirect("creditbank_deposit", uuid)
        found.refresh_from_db()
    faults = queries.faults_of(found)
    context = _context(
        found.name or _("接口存入"),
        batch=found,
        fresh=found.lines - found.same,
        job=queries.job_of(found),
        working=found.state in {State.READING, State.WRITING},
        faults=list(faults[:FAULTS_SHOWN]),
        more=max(found.faults_found - FAULTS_SHOWN, 0),
    )
    return render(request, "credit/deposits/batch.html", context, status=status)


@never_cache
@require_safe
def report(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Every fault by row and column, as a workbook."""
    found = queries.batch_of(_depositor(request), uuid)
    rows = [(_("行"), _("列"), _("问题")), *queries.report_rows(found)]
    if found.faults_found > services.MOST_FAULTS:
        rows.append(("", "", _("只列出前 %(most)s 处。") % {"most": services.MOST_FAULTS}))
    return _workbook([sheets.Sheet(_("问题"), rows, widths=(8, 16, 90))], "report.xlsx")


@require_safe
def template(request: HttpRequest) -> HttpResponse:
    """An empty list with its headings, and a sheet that says which column is for which kind, with the words to choose."""
    _depositor(request)
    explained = [
        (_("成果类型"), _("必填的列"), _("可以填的列")),
        *(
            (str(label), "、".join(_titles(kind, needed=True)), "、".join(_titles(kind, needed=False)))
            for kind, label in OutcomeKind.choices
        ),
        ("", "", ""),
        (_("列"), _("可选的内容"), ""),
        (TITLES["level"], "、".join(str(level.label) for level in Level), ""),
        *(
            (TITLES[name], "、".join(str(label) for label in labels.values()), "")
            for name, labels in CHOICE_LABELS.items()
        ),
        ("", "", ""),
        (
            _("怎么找到本人"),
            _("证件号码和手机号至少填一个。本人核实过实名后，成果就记到名下；没有账号的，先为本人留着。"),
            "",
        ),
        (_("核实"), _("由发证机构存入的成果，存入即核实。日期写成 2026-03-01 的样子，号码设为文本。"), ""),
    ]
    return _workbook(
        [
            sheets.Sheet(
                _("名单"), [tuple(HEADINGS)], widths=(16,) * len(HEADINGS), texts=tuple(range(len(HEADINGS)))
            ),
            sheets.Sheet(_("填写说明"), explained, widths=(20, 70, 70)),
        ],
        "template.xlsx",
    )


def _titles(kind: str, *, needed: bool) -> list[str]:
    spec = rules.KINDS[kind]
    person = ["name"] if needed else ["paper_kind", "paper", "phone"]
    return [
        TITLES[name]
        for name in (*person, *spec.fields)
        if name in TITLES and (name in person or (name in spec.needed) == needed)
    ]


def _workbook(content: list[sheets.Sheet], name: str) -> HttpResponse:
    answer = HttpResponse(sheets.write(content), content_type=sheets.XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
