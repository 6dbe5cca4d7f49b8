"""Drafts: begun by the body's people, told of and given their evidence while the case is theirs to change.

Owns: Case while it is a draft, Evidence. Refuses: who does not answer for the body, what is not theirs to change now, and taking out what an act
has looked at.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, Role, User, actor, holds, memberships
from lms.lib import evidence as files
from lms.lib.actor import Actor
from lms.lib.clock import local_day, now
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.training.lifecycle import reading, words
from lms.training.lifecycle.conduct import conduct_of
from lms.training.lifecycle.declaration import Side, process_of
from lms.training.lifecycle.models import Case, Evidence
from lms.training.lifecycle.ruling import rule_on
from lms.training.lifecycle.shared import last_act, locked, platform_only, record_act


@transaction.atomic
def begin(user: User, code: str, body: Organisation, authority: Organisation) -> Case:
    """A draft of the body's. Raises NotFound (no such process), NotAllowed (role, kind of body), Conflict (one is open already,
    or the authority has no rule in force)."""
    return begin_at(user, code, body, authority, now())


def begin_at(user: User, code: str, body: Organisation, authority: Organisation, at: datetime) -> Case:
    try:
        process = process_of(code)
    except KeyError:
        raise NotFound from None
    if process.submission.side != Side.APPLICANT:
        raise NotAllowed(
            words.cite(_("“%(title)s”由主管部门发起。") % {"title": process.title}, process.source)
        )
    if not (user.is_active and memberships(user).filter(organisation=body, role__in=process.roles).exists()):
        raise NotAllowed(
            words.cite(
                _("申报要由申报单位的%(roles)s提出。") % {"roles": words.roles_in_words(process.roles)},
                process.cited(process.submission),
            ),
            code="role_missing",
        )
    if body.kind not in process.applicants:
        kinds = _("、").join(str(Organisation.Kind(kind).label) for kind in process.applicants)
        raise NotAllowed(
            words.cite(_("可以申报的是：%(kinds)s。") % {"kinds": kinds}, process.source), code="wrong_kind"
        )
    if rule_on(code, authority, local_day(at)) is None:
        raise words.no_rule(process, authority)
    if authority.status != Organisation.Status.ACTIVE:
        raise words.suspended(process, authority)
    if said := conduct_of(code).open_to(body):
        raise Conflict(said, code="not_open")
    start = process.state(process.start)
    case = Case(
        process=code,
        authority=authority,
        body=body,
        applicant=user,
        state=start.code,
        waits=start.waits,
        begun_at=at,
        slot=f"{code}:{authority.pk}:{body.pk}" if process.once else None,
    )
    try:
        with transaction.atomic():
            case.save()
    except IntegrityError as error:
        raise Conflict(
            _("%(name)s已有一份没有办结的“%(title)s”申报，请在那一份里继续。")
            % {"name": body.name, "title": process.title},
            code="open_already",
        ) from error
    record_act(actor(user, _role_at(user, body, process.roles), body), case, "begin")
    return case


@transaction.atomic
def replay_begin(
    by: Actor, user: User, code: str, body: Organisation, authority: Organisation, at: datetime
) -> Case:
    """A draft begun in the past, as `replay`."""
    platform_only(by)
    if at > now():
        raise Invalid(_("补录的时间要在上一步之后，不晚于现在。"), code="wrong_time")
    return begin_at(user, code, body, authority, at)


@transaction.atomic
def describe(user: User, case: Case, facts: dict[str, Any]) -> Case:
    """What the applicant says, as the process's room has read it. Raises NotAllowed, Conflict (not editable now)."""
    found, who = _editable(user, case)
    found.facts = facts
    found.save(update_fields=["facts"])
    record_act(who, found, "describe")
    return found


@transaction.atomic
def attach(
    user: User,
    case: Case,
    kind: str,
    given: Sequence[UploadedFile],
    *,
    at: datetime | None = None,
    by: Actor | None = None,
) -> list[Evidence]:
    """Evidence of a kind that the applicant hands in. at, by: as `replay`. Raises NotAllowed, Conflict (not now), Invalid (the
    kind; the files)."""
    if at is not None:
        platform_only(by or actor(user))
    found, who = _editable(user, case)
    declared = found.declared.kind(kind)
    if declared is None or declared.side != Side.APPLICANT or found.declared.comes_with_act(kind):
        raise Invalid(
            _("没有这一类材料，请从列出的里面选。"), code="invalid_evidence", details={"field": "kind"}
        )
    if not given:
        raise Invalid(_("请选择要上传的文件。"), code="invalid_evidence", details={"field": "evidence"})
    return keep_files(user, who, found, kind, given, at)


@transaction.atomic
def detach(user: User, case: Case, uuid: Any) -> None:
    """Take a file out again that no act has looked at. Raises NotAllowed, NotFound, Conflict."""
    found, who = _editable(user, case)
    row = found.evidence.filter(uuid=uuid).first()
    if row is None:
        raise NotFound
    if row.revision < found.revision:
        raise Conflict(_("已经提交过的材料不能撤下，可以再补充新的。"), code="evidence_kept")
    name, storage = row.file.name or "", row.file.storage
    row.delete()
    transaction.on_commit(lambda: storage.delete(name))
    record_act(who, found, "detach", data={"kind": row.kind, "sha256": row.sha256})


def _editable(user: User, case: Case) -> tuple[Case, Actor]:
    found = locked(case)
    who = reading.party(user, found)
    roles = set(found.declared.roles)
    if not who.at_body & roles:
        if not who.own:
            raise NotFound
        said = _("申报要由申报单位的%(roles)s办理。") % {"roles": words.roles_in_words(found.declared.roles)}
        raise NotAllowed(words.cite(said, found.declared.source))
    if not found.stands.editable:
        raise words.overtaken(found, last_act(found), names=False)
    return found, actor(user, reading.role_of(who, roles, at_body=True), found.body)


def keep_files(
    user: User, who: Actor, case: Case, kind: str, given: Sequence[UploadedFile], at: datetime | None = None
) -> list[Evidence]:
    # Those of this turn: what was handed in before stays, and must not keep out what was asked for.
    there = case.evidence.filter(kind=kind, revision=case.revision).count()
    checked = files.checked(given, code="invalid_evidence", there=there)
    rows = []
    for item in checked:
        values = files.values(item) | ({"added_at": at} if at else {})
        rows.append(
            Evidence.objects.create(case=case, kind=kind, person=user, revision=case.revision, **values)
        )
        record_act(who, case, "attach", data={"kind": kind, "sha256": rows[-1].sha256})
    return rows


def _role_at(user: User, organisation: Organisation, roles: Iterable[str]) -> str:
    return next((role for role in roles if holds(user, role, organisation=organisation)), Role.HR)
