"""/api/v1/credit/rule-drafts: the author's side of a rule: write, change, count its effect, hand in, take back. The services
behind the pages, and their permissions: editors and administrators write, the institution's own staff read.

Refuses: voting and publishing. Those are what a panel's people say, each before the whole draft, on its page.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema, Status

from creditbank.rules import content as contents
from creditbank.rules import words
from creditbank.rules.content import LONGEST_NAME, MOST_ROWS, NewVersion
from creditbank.rules.drafts import effect, queries, services
from creditbank.rules.drafts.forms import award_codes, unit_codes
from creditbank.rules.drafts.models import RuleDraft, State
from creditbank.rules.facts import Kind, Measure, Rate
from creditbank.rules.models import ConversionRule, Programme
from creditbank.rules.queries import content_of
from lms.accounts.api import User, user_of
from lms.lib.clock import today
from lms.lib.errors import NotFound
from lms.lib.pages import PER_PAGE, paginate

router = Router()


class CourseRow(Schema):
    code: str
    name: str
    centicredits: int


class PartRow(Schema):
    code: str
    name: str


class RateRow(Schema):
    """`per` of `of` (centihours or centicredits) give `centicredits`, rounded down to whole steps; unit "": any hours."""

    per: int
    centicredits: int
    step: int = 1
    of: str = Measure.CENTIHOURS.value
    unit: str = ""


class ContentRow(Schema):
    """What the version says. Amounts in hundredths, ratios in per mille; null: no source sets it. issuers: codes of
    organisations here, or full names; awards as the outcomes' API has them, "city-2".
    """

    outcome_kind: str = Kind.SKILL.value
    occupation_code: str = ""
    occupation_name: str = ""
    level: int | None = None
    or_higher: bool = False
    course_code: str = ""
    course_name: str = ""
    min_score: int | None = None
    min_amount: int | None = None
    issuers: list[str] | None = Field(None, max_length=MOST_ROWS)
    awards: list[str] | None = Field(None, max_length=MOST_ROWS)
    max_age_days: int | None = None
    courses: list[CourseRow] = Field([], max_length=MOST_ROWS + 1)
    exemptions: list[PartRow] = Field([], max_length=MOST_ROWS + 1)
    free: int = 0
    rate: RateRow | None = None
    programme_cap_centicredits: int | None = None
    cap_permille: int | None = None
    cap_per_year: int | None = None
    cap_per_institution: int | None = None
    cap_per_rule: int | None = None
    group: str = ""
    stackable: bool = True
    shares_outcome: bool = False
    source_document: str = ""
    ends: bool = False


class SaidIn(Schema):
    """Programme, title, direction and mode are those of a new rule; of a later version the rule's own hold."""

    programme: UUID | None = None
    title: str = ""
    direction: str = ""
    mode: str = ""
    content: ContentRow


class DraftIn(SaidIn):
    """rule: the number of a published rule, whose next version this is to be; left out, a new rule."""

    rule: str = ""


class VoteOut(Schema):
    round: int
    by: str
    approve: bool
    reason: str
    at: datetime


class DraftRow(Schema):
    """rule "": a new one, numbered when it is published. version: the published number. own: I am its author."""

    uuid: UUID
    state: str
    rule: str
    version: int | None
    title: str
    direction: str
    mode: str
    college: str
    programme: UUID
    programme_name: str
    author: str
    own: bool
    round: int
    created_at: datetime
    changed_at: datetime


class DraftOut(DraftRow):
    """approvals: how many of the panel must agree; agreed: how many have in this round. changes: names of the fields that
    differ from the version in the register; null for a new rule."""

    content: ContentRow
    approvals: int
    agreed: int
    votes: list[VoteOut]
    changes: list[str] | None


class EffectFigureOut(Schema):
    """value as it may be told: a small group is not."""

    label: str
    value: str


class EffectOut(Schema):
    """state: queued, running, done, failed or cancelled; "": never asked for. stale: the draft has changed since."""

    state: str
    stale: bool = False
    message: str = ""
    done: int = 0
    total: int = 0
    figures: list[EffectFigureOut] = []
    reasons: list[EffectFigureOut] = []


class ProgrammeOut(Schema):
    uuid: UUID
    college: str
    code: str
    name: str


class StartOut(Schema):
    """A published rule of which I may begin the next version, and what that one starts from."""

    rule: str
    title: str
    direction: str
    mode: str
    programme: UUID
    version: int
    address: str
    content: ContentRow


class DraftReasonIn(Schema):
    reason: str


# --- in and out ------------------------------------------------------------------------------------------


def _content_in(said: ContentRow) -> NewVersion:
    """As the form makes it. Raises Invalid where the form offers no such choice."""
    if not set(said.awards or []) <= award_codes():
        raise contents.wrong("awards", _("没有这个奖项。写法是级别和名次，例如 city-2。"))
    if said.rate is not None and said.rate.unit and said.rate.unit not in unit_codes():
        raise contents.wrong("rate", _("没有这种学时。"))
    if any(len(line) > LONGEST_NAME or "\0" in line for line in said.issuers or []):
        raise contents.wrong("issuers", _("最多 %(most)s 个字。") % {"most": LONGEST_NAME})
    kept = said.dict()
    kept["issuers"] = queries.bodies(said.issuers or []) or None
    kept["awards"] = list(dict.fromkeys(said.awards or [])) or None
    kept["rate"] = Rate(**said.rate.dict()) if said.rate else None
    return NewVersion(**kept)


def _content_out(content: NewVersion) -> ContentRow:
    kept = contents.dump(content)
    return ContentRow(**kept | {"issuers": [body["code"] for body in content.issuers or []] or None})


def _said(user: User, said: SaidIn, rule: ConversionRule | None) -> services.Said:
    content = _content_in(said.content)
    if rule is not None:
        return services.Said(rule.title, rule.direction, rule.mode, rule.programme, content)
    return services.Said(said.title, said.direction, said.mode, _programme(user, said.programme), content)


def _programme(user: User, uuid: UUID | None) -> Programme:
    found = queries.programmes_for(user).filter(uuid=uuid).first() if uuid else None
    if found is None:
        raise contents.wrong("programme", _("请选择本校的专业。"))
    return found


def _row(user: User, draft: RuleDraft) -> dict[str, Any]:
    return {
        "uuid": draft.uuid,
        "state": draft.state,
        "rule": draft.rule.code if draft.rule else "",
        "version": draft.version.number if draft.version else None,
        "title": draft.title,
        "direction": draft.direction,
        "mode": draft.mode,
        "college": draft.organisation.name,
        "programme": draft.programme.uuid,
        "programme_name": draft.programme.name,
        "author": str(draft.author),
        "own": draft.author_id == user.pk,
        "round": draft.round,
        "created_at": draft.created_at,
        "changed_at": draft.changed_at,
    }


def _out(user: User, uuid: UUID) -> DraftOut:
    draft = queries.draft_for(user, uuid)
    content, base = contents.load(draft.content), queries.base_of(draft)
    dates = {"valid_from", "valid_until"}
    return DraftOut(
        **_row(user, draft),
        content=_content_out(content),
        approvals=draft.approvals or queries.approvals_on(draft.organisation, today()),
        agreed=queries.yeses(draft),
        votes=[
            VoteOut(round=row.round, by=str(row.person), approve=row.approve, reason=row.reason, at=row.at)
            for row in queries.votes_of(draft)
        ],
        changes=None if base is None else sorted(set(contents.changed(base, content)) - dates),
    )


# --- reading ---------------------------------------------------------------------------------------------


@router.get("", response=list[DraftRow], summary="Staff: rule drafts of my institutions, last changed first")
def drafts(
    request: HttpRequest,
    state: str = Query("", pattern=f"^({'|'.join(State.values)})?$"),
    page: int = Query(1, ge=1),
) -> list[DraftRow]:
    """state left out: those that are under way. Paged."""
    user = user_of(request)
    return [
        DraftRow(**_row(user, draft))
        for draft in paginate(request, queries.drafts_for(user, state), PER_PAGE)
    ]


@router.get(
    "/programmes", response=list[ProgrammeOut], summary="Editor: the programmes I may write rules for, paged"
)
def programmes(request: HttpRequest, page: int = Query(1, ge=1)) -> list[ProgrammeOut]:
    return [
        ProgrammeOut(uuid=row.uuid, college=row.organisation.name, code=row.code, name=row.name)
        for row in paginate(request, queries.programmes_for(user_of(request)), PER_PAGE)
    ]


@router.get(
    "/starts/{code}", response=StartOut, summary="Editor: what a published rule's next version starts from"
)
def start(request: HttpRequest, code: str) -> StartOut:
    rule = queries.rule_for(user_of(request), code)
    newest = queries.newest_version(rule)
    if newest is None:
        raise NotFound
    return StartOut(
        rule=rule.code,
        title=rule.title,
        direction=rule.direction,
        mode=rule.mode,
        programme=rule.programme.uuid,
        version=newest.number,
        address=words.rule_url(rule.code, newest.number),
        content=_content_out(contents.restarted(content_of(newest))),
    )


@router.get("/{uuid}", response=DraftOut, summary="Staff: a draft, with its votes and what it changes")
def draft(request: HttpRequest, uuid: UUID) -> DraftOut:
    return _out(user_of(request), uuid)


@router.get(
    "/{uuid}/effect", response=EffectOut, summary="Staff: whom the draft would reach, as last counted"
)
def effect_of(request: HttpRequest, uuid: UUID) -> EffectOut:
    return _effect(queries.draft_for(user_of(request), uuid))


def _effect(found: RuleDraft) -> EffectOut:
    shown = effect.shown(found)
    if shown is None:
        return EffectOut(state="")
    return EffectOut(
        state=shown.job.state,
        stale=shown.stale,
        message=shown.job.message,
        done=shown.job.progress_done,
        total=shown.job.progress_total,
        figures=[EffectFigureOut(label=label, value=value) for label, value in shown.figures],
        reasons=[EffectFigureOut(label=label, value=value) for label, value in shown.reasons],
    )


# --- writing ---------------------------------------------------------------------------------------------


@router.post("", response={201: DraftOut}, summary="Editor: begin a draft, of a new rule or a next version")
def begin(request: HttpRequest, said: DraftIn) -> Status[DraftOut]:
    user = user_of(request)
    rule = queries.rule_for(user, said.rule) if said.rule else None
    written = _said(user, said, rule)
    made = services.start_draft(user, written.programme.organisation, written, rule=rule)
    return Status(201, _out(user, made.uuid))


@router.put("/{uuid}", response=DraftOut, summary="Author: write the draft anew, before the panel has it")
def save(request: HttpRequest, uuid: UUID, said: SaidIn) -> DraftOut:
    user = user_of(request)
    found = queries.draft_for(user, uuid)
    services.save_draft(user, found, _said(user, said, found.rule))
    return _out(user, uuid)


@router.post("/{uuid}/effect", response={202: EffectOut}, summary="Staff: count anew whom it would reach")
def count(request: HttpRequest, uuid: UUID) -> Status[EffectOut]:
    user = user_of(request)
    effect.order_effect(user, queries.draft_for(user, uuid))
    return Status(202, _effect(queries.draft_for(user, uuid)))


@router.post("/{uuid}/submit", response=DraftOut, summary="Author: hand it to the panel")
def submit(request: HttpRequest, uuid: UUID) -> DraftOut:
    user = user_of(request)
    services.submit_draft(user, queries.draft_for(user, uuid))
    return _out(user, uuid)


@router.post(
    "/{uuid}/withdraw", response=DraftOut, summary="Author: take it back from the panel, and write on"
)
def withdraw(request: HttpRequest, uuid: UUID, said: DraftReasonIn) -> DraftOut:
    user = user_of(request)
    services.withdraw_draft(user, queries.draft_for(user, uuid), reason=said.reason)
    return _out(user, uuid)


@router.post("/{uuid}/discard", response=DraftOut, summary="Author: give it up, for good")
def discard(request: HttpRequest, uuid: UUID, said: DraftReasonIn) -> DraftOut:
    user = user_of(request)
    services.discard_draft(user, queries.draft_for(user, uuid), reason=said.reason)
    return _out(user, uuid)
