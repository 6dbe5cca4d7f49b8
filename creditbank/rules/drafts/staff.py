"""Staff screens inside the Wagtail admin: an institution's drafts, the editor, one draft with its panel and publication,
the panel's size, the programmes. Everything works without scripts; services check again whatever a page offers.
"""

from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from creditbank.rules import content as contents
from creditbank.rules import words
from creditbank.rules.drafts import effect, queries, services
from creditbank.rules.drafts.forms import (
    CourseRows,
    DraftForm,
    ExemptionRows,
    PanelForm,
    ProgrammeForm,
    PublishForm,
    ReasonForm,
    VoteForm,
)
from creditbank.rules.drafts.models import OPEN, RuleDraft, State
from creditbank.rules.models import ConversionRule, Programme
from creditbank.rules.queries import content_of
from creditbank.rules.services import open_programme
from lms.accounts.api import Organisation, Role, User, holds, organisations_for, require_role
from lms.lib.clock import today
from lms.lib.errors import NotAllowed, NotFound, Refusal
from lms.lib.pages import paginate, staff_context, tabs_of
from lms.lib.units import format_centi

PER_PAGE = 30
TABS = ("open", State.PUBLISHED, State.DISCARDED)
# How many blank rows "more rows" adds.
MORE_ROWS = 4


def _insider(request: HttpRequest, *roles: str) -> User:
    if not holds(request.user, *(roles or queries.INSIDERS)):
        raise NotAllowed
    return request.user  # type: ignore[return-value]


_context = partial(staff_context, icon="doc-full")


# --- the list --------------------------------------------------------------------------------------------


@require_safe
def drafts(request: HttpRequest) -> HttpResponse:
    """What is under way in the user's institutions, and the rules of which they may begin the next version."""
    user = _insider(request)
    asked = request.GET.get("state", "")
    shown = asked if asked in TABS else TABS[0]
    page = paginate(request, queries.drafts_for(user, "" if shown == "open" else shown), PER_PAGE)
    labels = {tab: _("进行中") if tab == "open" else State(tab).label for tab in TABS}
    context = _context(
        _("规则草案"),
        page=page,
        tabs=tabs_of(labels, shown),
        state=shown,
        writes=holds(user, *services.AUTHORS),
        administers=holds(user, Role.ADMIN),
        rules=list(queries.rules_for(user)[:200]),
    )
    return render(request, "credit/staff/drafts.html", context)


# --- the editor ------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest) -> HttpResponse:
    """A new draft; with ?rule= of the next version of that rule, which starts from its newest one."""
    user = _insider(request, *services.AUTHORS)
    code = request.GET.get("rule", "")
    rule = queries.rule_for(user, code) if code else None
    base, title = contents.NewVersion(), ""
    if rule is not None:
        newest = queries.newest_version(rule)
        base, title = content_of(newest) if newest else base, rule.title
        base = contents.restarted(base)
    return _edit(request, user, rule, title, base, None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user = _insider(request, *services.AUTHORS)
    draft = queries.draft_for(user, uuid)
    if draft.author_id != user.pk or draft.state not in (State.DRAFT, State.RETURNED):
        raise NotFound
    return _edit(request, user, draft.rule, draft.title, contents.load(draft.content), draft)


def _edit(
    request: HttpRequest,
    user: User,
    rule: ConversionRule | None,
    title: str,
    content: contents.NewVersion,
    draft: RuleDraft | None,
) -> HttpResponse:
    programmes = queries.programmes_for(user)
    options: dict[str, Any] = {"programmes": programmes, "rule": rule}
    if request.method == "POST":
        posted, status = _posted(request), 422
        form = DraftForm(posted, **options)
        courses, exemptions = CourseRows(posted, prefix="courses"), ExemptionRows(posted, prefix="exemptions")
        if "more" in request.POST:
            status = 200
        elif form.is_valid() and courses.is_valid() and exemptions.is_valid():
            try:
                saved = _save(user, rule, draft, form.said(courses, exemptions))
            except Refusal as refusal:
                status = _say(request, form, refusal)
            else:
                messages.success(request, _("草案已保存。"))
                return redirect("creditbank_draft", saved.uuid)
    else:
        status = 200
        start = DraftForm.initial_of(title, content)
        if draft is not None and rule is None:
            start |= {"programme": draft.programme_id, "direction": draft.direction, "mode": draft.mode}
        form = DraftForm(initial=start, **options)
        courses = CourseRows(initial=_course_rows(content), prefix="courses")
        exemptions = ExemptionRows(initial=content.exemptions, prefix="exemptions")
    if rule is not None:
        heading = _("下一版：%(title)s") % {"title": rule.title}
    else:
        heading = draft.title if draft else _("起草规则")
    context = _context(
        heading,
        form=form,
        courses=courses,
        exemptions=exemptions,
        draft=draft,
        rule=rule,
        no_programme=rule is None and not programmes.exists(),
        administers=holds(user, Role.ADMIN),
    )
    return render(request, "credit/staff/draft_edit.html", context, status=status)


def _posted(request: HttpRequest) -> Any:
    """What was posted; where more rows were asked for, with that many more of them."""
    posted = request.POST.copy()
    prefix = posted.get("more", "")
    if prefix in ("courses", "exemptions"):
        name = f"{prefix}-TOTAL_FORMS"
        total = posted.get(name, "0")
        posted[name] = str((int(total) if total.isdecimal() and len(total) < 4 else 0) + MORE_ROWS)
    return posted


def _save(user: User, rule: ConversionRule | None, draft: RuleDraft | None, said: services.Said) -> RuleDraft:
    if draft is not None:
        return services.save_draft(user, draft, said)
    return services.start_draft(user, said.programme.organisation, said, rule=rule)


def _course_rows(content: contents.NewVersion) -> list[dict[str, Any]]:
    return [
        {"code": row["code"], "name": row["name"], "credits": format_centi(row["centicredits"])}
        for row in content.courses
    ]


def _say(request: HttpRequest, form: forms.Form, refusal: Refusal) -> int:
    """The refusal beside its field where the form has it, and at the top; the page's status."""
    field = refusal.details.get("field")
    if field in form.fields:
        form.add_error(field, str(refusal.message))
    messages.error(request, str(refusal.message))
    return refusal.status


# --- one draft -------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What it says and changes, what the panel said, its history, and what this user can do with it now."""
    user = _insider(request)
    found = queries.draft_for(user, uuid)
    vote_form = VoteForm(initial={"round": found.round}, auto_id="vote_%s")
    reason_form = ReasonForm(auto_id="leave_%s")
    publish_form = _publish_form(found)
    status = 200
    if request.method == "POST":
        vote_form = VoteForm(request.POST, auto_id="vote_%s")
        reason_form = ReasonForm(request.POST, auto_id="leave_%s")
        publish_form = _publish_form(found, request.POST)
        try:
            said = _act(user, found, request.POST.get("action", ""), vote_form, reason_form, publish_form)
        except Refusal as refusal:
            status = _say(request, publish_form, refusal)
            found = queries.draft_for(user, uuid)
        else:
            if said:
                messages.success(request, said)
                return redirect("creditbank_draft", uuid)
            status = 422
    context = _context(found.title, **_shown(user, found))
    context |= {"vote_form": vote_form, "reason_form": reason_form, "publish_form": publish_form}
    return render(request, "credit/staff/draft.html", context, status=status)


def _publish_form(found: RuleDraft, posted: Any = None) -> PublishForm:
    start = {"valid_from": today(), "code": queries.suggested_code(found)}
    # Of the three forms on the page only the one whose button was pressed was filled in.
    filled = posted if posted is not None and posted.get("action") == "publish" else None
    return PublishForm(filled, initial=start, new=found.rule_id is None)


def _act(
    user: User,
    found: RuleDraft,
    action: str,
    vote_form: VoteForm,
    reason_form: ReasonForm,
    publish_form: PublishForm,
) -> str:
    """Carry out the pressed button; the sentence for it, "" where its form has to be filled in again."""
    if action in ("yes", "no"):
        if not vote_form.is_valid():
            return ""
        data = vote_form.cleaned_data
        services.vote(user, found, round_seen=data["round"], approve=action == "yes", reason=data["reason"])
        return _("已记下你的意见。")
    if action == "effect":
        effect.order_effect(user, found)
        return _("已开始估算，过一会儿刷新这一页。")
    if action == "submit":
        services.submit_draft(user, found)
        return _("已提交评审，评审期间内容不会再变。")
    if action in ("withdraw", "discard"):
        if not reason_form.is_valid():
            return ""
        act = services.withdraw_draft if action == "withdraw" else services.discard_draft
        act(user, found, reason=reason_form.cleaned_data["reason"])
        return _("草案已撤回，可以修改。") if action == "withdraw" else _("草案已作废。")
    if action == "publish":
        if not publish_form.is_valid():
            return ""
        version = services.publish_draft(user, found, publish_form.publication())
        return _("已公布：%(code)s 第 %(number)s 版。") % {
            "code": version.rule.code,
            "number": version.number,
        }
    raise Refusal(_("请用页面上的按钮操作。"))


def _shown(user: User, found: RuleDraft) -> dict[str, Any]:
    content = contents.load(found.content)
    facts = [*words.facts_of(content, found.direction), words.source_fact(content.source_document)]
    base = queries.base_of(found)
    changes: list[words.Change] = []
    if base is not None:
        before = [*words.facts_of(base, found.direction), words.source_fact(base.source_document)]
        changes = words.changes(before, facts)
    own, home = found.author_id == user.pk, found.organisation
    votes = queries.votes_of(found)
    voted = any(vote.round == found.round and vote.person_id == user.pk for vote in votes)
    administers = holds(user, Role.ADMIN, organisation=home)
    return {
        "draft": found,
        "facts": words.folded(facts),
        "changes": changes,
        "next_version": found.rule is not None,
        "votes": votes,
        "yeses": queries.yeses(found),
        "needed": found.approvals or queries.approvals_on(home, today()),
        "history": [(event, words.act_text(event.row.action)) for event in queries.history_of(found)],
        "effect": effect.shown(found),
        "may_count": found.state in OPEN and holds(user, *effect.ASKING, organisation=home),
        "own": own,
        "may_write": own and found.state in (State.DRAFT, State.RETURNED),
        "may_withdraw": (own or administers) and found.state in (State.REVIEW, State.APPROVED),
        "may_discard": (own or administers) and found.state in (State.DRAFT, State.RETURNED),
        "may_vote": not own
        and not voted
        and found.state == State.REVIEW
        and holds(user, Role.REVIEWER, organisation=home),
        "may_publish": not own and found.state == State.APPROVED and administers,
    }


# --- the panel's size, the programmes --------------------------------------------------------------------


def _organisations(user: User, field: forms.Field) -> None:
    assert isinstance(field, forms.ChoiceField)
    field.choices = [(row.code, row.name) for row in organisations_for(user, Role.ADMIN).order_by("name")]


def _one_of(user: User, code: str) -> Organisation:
    row = organisations_for(user, Role.ADMIN).filter(code=code).first()
    if row is None:
        raise NotFound
    return row


@require_http_methods(["GET", "HEAD", "POST"])
def panel(request: HttpRequest) -> HttpResponse:
    """How many of the panel must agree, from which day on; every version, newest first, and the form for the next."""
    user = _insider(request, Role.ADMIN)
    form, status = PanelForm(request.POST or None, initial={"valid_from": today(), "approvals": 2}), 200
    _organisations(user, form.fields["organisation"])
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                services.set_panel(
                    user,
                    _one_of(user, data["organisation"]),
                    approvals=data["approvals"],
                    valid_from=data["valid_from"],
                    source=data["source"],
                )
            except Refusal as refusal:
                status = _say(request, form, refusal)
            else:
                messages.success(request, _("评审人数已设定。"))
                return redirect("creditbank_panel")
    found = queries.all_terms(organisations_for(user, Role.ADMIN))
    context = _context(_("规则评审人数"), form=form, page=paginate(request, found, PER_PAGE))
    return render(request, "credit/staff/panel.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def programmes(request: HttpRequest) -> HttpResponse:
    """The programmes rules hold in; a programme of a new code is added."""
    user = _insider(request, Role.ADMIN)
    form, status = ProgrammeForm(request.POST or None), 200
    _organisations(user, form.fields["organisation"])
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = dict(form.cleaned_data)
            try:
                home = _one_of(user, data.pop("organisation"))
                open_programme(require_role(user, Role.ADMIN, organisation=home), home, **data)
            except Refusal as refusal:
                status = _say(request, form, refusal)
            else:
                messages.success(request, _("专业已添加。"))
                return redirect("creditbank_programmes")
    mine = Programme.objects.filter(organisation__in=organisations_for(user, Role.ADMIN))
    found = mine.select_related("organisation").order_by("organisation__name", "code")
    context = _context(_("专业"), form=form, page=paginate(request, found, PER_PAGE))
    return render(request, "credit/staff/programmes.html", context, status=status)
