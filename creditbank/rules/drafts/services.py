"""Drafts from the first word to the published version: the author's side, the panel's votes, the publication.

Every act is one function: permission for this institution, change under the draft's lock, audit row, in one transaction.
Editors and administrators write, reviewers vote, an administrator publishes with number and dates; nobody votes on or
publishes their own draft. Refuses an act that does not fit the draft's state, and a vote on what has changed meanwhile.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from creditbank.rules import content as contents
from creditbank.rules.content import NewVersion, wrong
from creditbank.rules.drafts import queries
from creditbank.rules.drafts.models import PanelTerms, RuleDraft, RuleVote, State
from creditbank.rules.drafts.rules import FEWEST_APPROVALS, MOST_APPROVALS, Act, moved, outcome
from creditbank.rules.models import ConversionRule, ConversionRuleVersion, Programme
from creditbank.rules.services import new_rule, write_version
from lms.accounts.api import Organisation, Role, User, require_role, require_role_or_platform
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed

AUTHORS = (Role.EDITOR, Role.ADMIN)
LONGEST_REASON = 1000


@dataclass(frozen=True)
class Said:
    """What an author wrote. direction and mode are those of a new rule; a later version keeps its rule's."""

    title: str
    direction: str
    mode: str
    programme: Programme
    content: NewVersion


@dataclass(frozen=True)
class Publication:
    """What the administrator adds. code: the number (规则编号) of a new rule, "" for a later version of one."""

    valid_from: date
    valid_until: date | None = None
    code: str = ""


# --- the author's side -----------------------------------------------------------------------------------


def start_draft(
    user: User, organisation: Organisation, said: Said, *, rule: ConversionRule | None = None
) -> RuleDraft:
    """A new draft: of a new rule, or of the next version of `rule`. Raises NotAllowed, Invalid (a field), Conflict (the
    rule has an open draft already).
    """
    who = require_role(user, *AUTHORS, organisation=organisation)
    said = _as_of(rule, said)
    _check(organisation, said)
    moment = now()
    try:
        with transaction.atomic():
            draft = RuleDraft.objects.create(
                organisation=organisation,
                rule=rule,
                author=user,
                created_at=moment,
                changed_at=moment,
                **_columns(said),
            )
            _note(who, draft, "start")
    except IntegrityError as error:
        raise Conflict(_("这条规则已有一份没有结束的草案，请在那一份上修改。"), code="draft_open") from error
    return draft


def save_draft(user: User, draft: RuleDraft, said: Said) -> RuleDraft:
    """The author writes on, before the panel has it. Raises NotAllowed, Invalid (a field), Conflict (state)."""
    with transaction.atomic():
        row = queries.locked(draft)
        who = _author(user, row)
        said = _as_of(row.rule, said)
        _check(row.organisation, said)
        for name, value in _columns(said).items():
            setattr(row, name, value)
        _move(row, Act.SAVE)
        row.save()
        _note(who, row, Act.SAVE)
    return row


def submit_draft(user: User, draft: RuleDraft) -> RuleDraft:
    """Hand it to the panel: complete, and from now on unchanged in this round. Raises as save_draft does."""
    with transaction.atomic():
        row = queries.locked(draft)
        who = _author(user, row)
        contents.check(contents.load(row.content), row.direction)
        _move(row, Act.SUBMIT)
        row.round += 1
        row.approvals = queries.approvals_on(row.organisation, today())
        row.fingerprint = queries.fingerprint(row)
        row.save()
        _note(who, row, Act.SUBMIT, data={"round": row.round, "fingerprint": row.fingerprint})
    return row


def withdraw_draft(user: User, draft: RuleDraft, *, reason: str) -> RuleDraft:
    """The author takes it back from the panel, or before publication; the votes of the round come to nothing."""
    return _leave(user, draft, Act.WITHDRAW, reason)


def discard_draft(user: User, draft: RuleDraft, *, reason: str) -> RuleDraft:
    """The author gives it up, for good; an administrator may do it in the author's place."""
    return _leave(user, draft, Act.DISCARD, reason)


def _leave(user: User, draft: RuleDraft, act: Act, reason: str) -> RuleDraft:
    said = _reason(reason)
    with transaction.atomic():
        row = queries.locked(draft)
        if row.author_id == user.pk:
            who = _author(user, row)
        else:
            who = require_role(user, Role.ADMIN, organisation=row.organisation)
        _move(row, act)
        row.save(update_fields=["state", "changed_at"])
        _note(who, row, act, reason=said)
    return row


# --- the panel -------------------------------------------------------------------------------------------


def vote(user: User, draft: RuleDraft, *, round_seen: int, approve: bool, reason: str = "") -> RuleDraft:
    """A reviewer's vote on what they saw in that round. One no returns the draft; enough yeses approve it. Raises
    NotAllowed (role, own draft), Invalid (a no without reason), Conflict (state, another round, voted already).
    """
    said = _reason(reason, needed=not approve)
    try:
        with transaction.atomic():
            row = queries.locked(draft)
            who = require_role(user, Role.REVIEWER, organisation=row.organisation)
            if row.author_id == user.pk:
                raise NotAllowed(_("不能评审自己起草的规则，请交给其他评审人员。"), code="own_draft")
            if row.state != State.REVIEW or row.round != round_seen:
                raise _moved_on()
            RuleVote.objects.create(
                draft=row, round=row.round, person=user, approve=approve, reason=said, at=now()
            )
            word = "vote_yes" if approve else "vote_no"
            _note(who, row, word, reason=said, data={"round": row.round})
            votes = row.votes.filter(round=row.round).values_list("approve", flat=True)
            came_to = outcome(votes, row.approvals or FEWEST_APPROVALS)
            if came_to is not None:
                _move(row, came_to)
                row.save(update_fields=["state", "changed_at"])
                _note(who, row, came_to, data={"round": row.round})
    except IntegrityError as error:
        raise Conflict(_("你已经对这一轮评审表过态。"), code="voted_already") from error
    return row


def set_panel(
    by: User | Actor, organisation: Organisation, *, approvals: int, valid_from: date, source: str
) -> PanelTerms:
    """How many of the panel must agree from a day on. For the institution's administrators. Raises NotAllowed, Invalid."""
    who = require_role_or_platform(by, Role.ADMIN, organisation=organisation)
    if type(approvals) is not int or not FEWEST_APPROVALS <= approvals <= MOST_APPROVALS:
        raise wrong(
            "approvals",
            _("请填 %(least)s 到 %(most)s 之间的人数。")
            % {"least": FEWEST_APPROVALS, "most": MOST_APPROVALS},
        )
    if not source.strip() or len(source) > LONGEST_REASON or "\0" in source:
        raise wrong("source", _("请写明依据，例如学校的评审办法和文号。"))
    try:
        with transaction.atomic():
            last = PanelTerms.objects.filter(organisation=organisation).order_by("-version").first()
            row = PanelTerms.objects.create(
                organisation=organisation,
                version=last.version + 1 if last else 1,
                valid_from=valid_from,
                approvals=approvals,
                source=source.strip(),
            )
            record(
                who,
                action="rule_panel.set",
                target_type="accounts.Organisation",
                target=organisation.uuid,
                data={"version": row.version, "approvals": approvals, "valid_from": valid_from.isoformat()},
            )
    except IntegrityError as error:
        raise Conflict(_("刚才有人改过评审人数，请刷新后再试。"), code="panel_changed") from error
    return row


# --- publication -----------------------------------------------------------------------------------------


def publish_draft(user: User, draft: RuleDraft, said: Publication) -> ConversionRuleVersion:
    """Publish what the panel approved, with number and dates; from here on nothing of it changes. Raises NotAllowed (role,
    own draft), Invalid (number, dates), Conflict (not approved, published meanwhile, number taken).
    """
    with transaction.atomic():
        row = queries.locked(draft)
        who = require_role(user, Role.ADMIN, organisation=row.organisation)
        if row.author_id == user.pk:
            raise NotAllowed(_("不能公布自己起草的规则，请交给其他管理人员。"), code="own_draft")
        _move(row, Act.PUBLISH)
        if row.fingerprint != queries.fingerprint(row):
            raise Conflict(
                _("草案与评审通过的内容不一致，不能公布。请退回后重新评审。"), code="draft_altered"
            )
        if said.valid_from < today():
            raise wrong("valid_from", _("生效日期不能早于今天：已经过去的日子适用当时的规则。"))
        rule = row.rule or new_rule(
            who,
            row.programme,
            code=said.code,
            title=row.title,
            mode=row.mode,
            direction=row.direction,
        )
        content = contents.dated(contents.load(row.content), said.valid_from, said.valid_until)
        row.version = write_version(who, rule, content)
        row.rule = rule
        row.save()
        _note(who, row, Act.PUBLISH, data={"rule": rule.code, "number": row.version.number})
    return row.version


# --- what the acts share ---------------------------------------------------------------------------------


def _author(user: User, row: RuleDraft) -> Actor:
    who = require_role(user, *AUTHORS, organisation=row.organisation)
    if row.author_id != user.pk:
        raise NotAllowed(_("只有起草人可以修改这份草案。"), code="not_the_author")
    return who


def _move(row: RuleDraft, act: Act) -> None:
    """To the next state, on the row in hand. Raises Conflict when the act does not fit the present one."""
    state = moved(row.state, act)
    if state is None:
        raise _moved_on()
    row.state, row.changed_at = state, now()


def _moved_on() -> Conflict:
    return Conflict(_("这份草案的状态已经变了，请刷新查看。"), code="moved_on")


def _reason(text: str, *, needed: bool = True) -> str:
    said = text.strip()
    if (needed and not said) or len(said) > LONGEST_REASON or "\0" in said:
        raise Invalid(
            _("请写明理由，起草人和评审人员会看到。"), code="reason_missing", details={"field": "reason"}
        )
    return said


def _as_of(rule: ConversionRule | None, said: Said) -> Said:
    """A later version is of the same direction, mode and programme as its rule."""
    if rule is None:
        return said
    return Said(said.title, rule.direction, rule.mode, rule.programme, said.content)


def _check(organisation: Organisation, said: Said) -> None:
    """Bounds of what was typed; whether it is complete is asked at submission."""
    if said.programme.organisation_id != organisation.pk:
        raise wrong("programme", _("请选择本校的专业。"))
    contents.check_heading(said.title, said.direction, said.mode)
    contents.check_bounds(said.content)


def _columns(said: Said) -> dict[str, Any]:
    return {
        "title": said.title.strip(),
        "direction": said.direction,
        "mode": said.mode,
        "programme": said.programme,
        "content": contents.dump(said.content),
    }


def _note(
    who: Actor, row: RuleDraft, act: str, *, reason: str = "", data: dict[str, Any] | None = None
) -> None:
    record(
        who,
        action=f"rule_draft.{act}",
        target_type=queries.TARGET,
        target=row.uuid,
        reason=reason,
        data={"state": row.state} | (data or {}),
    )
