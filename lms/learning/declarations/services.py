"""Claims of outside study: declaring, two levels of review, supplement, withdrawal, appeal; and the rows of rules.

Every act is one function: permission, change, step, audit row and, when hours come of it, one event for the credit
bank, in one transaction. Nobody judges their own, and whoever decided once does not decide on the same claim again.
Acceptance holds all of the person's claims locked: the same work and the year's cap are judged one after another.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, Role, User, actor, require_role
from lms.learning.declarations import queries, rules
from lms.learning.declarations.models import (
    Act,
    Activity,
    Category,
    DeclarationFile,
    DeclarationStep,
    HoursActivityRule,
    HoursDeclaration,
    State,
    WorkCredit,
)
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.outbox.services import emit
from lms.lib.units import format_centi

TARGET = queries.TARGET
# Decisions: who took one takes no other on the same claim.
DECIDING = (Act.PASS, Act.ACCEPT, Act.REFUSE)
VERDICTS = (Act.ACCEPT, Act.ASK, Act.REFUSE)
LONGEST_REASON = 1000


@dataclass(frozen=True)
class Declared:
    """What a person says. Units and hours in hundredths; centihours None: as the rule gives."""

    activity: str
    category: str
    title: str
    organiser: str
    starts_on: date
    ends_on: date
    employer: UUID
    department: UUID
    grade: str = ""
    centiunits: int = 100
    centihours: int | None = None
    identifier: str = ""
    about: str = ""


@dataclass(frozen=True)
class Verdict:
    """act: accept, ask or refuse. centihours: what the department accepts; None: as much as the rule gives."""

    act: str
    reason: str = ""
    centihours: int | None = None


# --- declaring -------------------------------------------------------------------------------------------


def declare(user: User, said: Declared, files: Sequence[UploadedFile] = ()) -> HoursDeclaration:
    """Hand in a claim; it goes to the employer first. Raises Invalid (a field), Conflict (the same work is under way)."""
    _check_words(said)
    _check_days_and_numbers(said)
    employer = _one(queries.employers_of(user), said.employer, "employer", _("请选择你所在的单位。"))
    department = _one(queries.departments(), said.department, "department", _("请选择主管部门。"))
    rule = queries.rule_on(said.ends_on, said.activity, said.grade, said.category)
    ruled = rules.ruled(said.centiunits, rule.centihours_per_unit or 0) if rule else None
    declared = said.centihours if said.centihours is not None else ruled
    if declared is None:
        raise _wrong("hours", _("这类活动的折算规则尚未设定，请填写申报的学时。"))
    if not 0 < declared <= rules.MOST_CENTIHOURS:
        raise _wrong(
            "hours",
            _("学时应大于 0，不超过 %(most)s。") % {"most": format_centi(rules.MOST_CENTIHOURS)},
        )
    checked = _checked(files)
    key = rules.work_key(
        said.identifier,
        activity=said.activity,
        title=said.title,
        starts_on=said.starts_on,
        ends_on=said.ends_on,
    )
    _close_late(user, key)
    try:
        with transaction.atomic():
            made = HoursDeclaration.objects.create(
                person=user,
                activity=said.activity,
                grade=said.grade,
                category=said.category,
                title=said.title.strip(),
                organiser=said.organiser.strip(),
                starts_on=said.starts_on,
                ends_on=said.ends_on,
                year=said.ends_on.year,
                centiunits=said.centiunits,
                declared_centihours=declared,
                identifier=said.identifier.strip(),
                work_key=key,
                title_key=rules.title_key(said.title),
                about=said.about.strip(),
                employer=employer,
                department=department,
                rule=rule,
                ruled_centihours=ruled,
                due_on=_due(State.EMPLOYER),
                submitted_at=now(),
            )
            _keep(made, files, checked)
            _note(made, actor(user), Act.SUBMIT, person=user)
    except IntegrityError as error:
        raise _under_way(user, key) from error
    return made


def _close_late(user: User, key: str) -> None:
    """A claim that is late has ended for its owner, also where the beat has not come by yet."""
    late = queries.others_open(user, key)
    if late is not None and late.state == State.SUPPLEMENT and queries.overdue(late):
        close(late.pk)


def _under_way(user: User, key: str) -> Conflict:
    open_one = queries.others_open(user, key)
    return Conflict(
        _("同一成果已有一份申报正在审核，不能重复提交；等它有结果，或先撤回它。"),
        code="already_open",
        details={"declaration": str(open_one.uuid)} if open_one else {},
    )


def _check_words(said: Declared) -> None:
    if said.activity not in Activity.values or (
        said.grade and (said.activity, said.grade) not in queries.grades()
    ):
        raise _wrong("activity", _("请选择活动类型。"))
    if said.category not in Category.values:
        raise _wrong("category", _("请选择科目。"))
    for name, value, least, most in (
        ("title", said.title, 2, 120),
        ("organiser", said.organiser, 2, 120),
        ("identifier", said.identifier, 0, 120),
        ("about", said.about, 0, LONGEST_REASON),
    ):
        if not least <= len(value.strip()) <= most or "\0" in value:
            raise _wrong(name, _("请填写这一项，不超过 %(most)s 个字。") % {"most": most})
    if said.identifier.strip() and len(rules.normal(said.identifier)) < 4:
        raise _wrong("identifier", _("编号太短，分不清是哪一项成果；没有编号的可以不填。"))


def _check_days_and_numbers(said: Declared) -> None:
    if said.starts_on.year < 1950:
        raise _wrong("starts_on", _("开始日期太早，请核对。"))
    if said.ends_on < said.starts_on:
        raise _wrong("ends_on", _("结束日期早于开始日期，请核对。"))
    if said.ends_on > today():
        raise _wrong("ends_on", _("结束日期在今天之后：活动结束后才能申报。"))
    if type(said.centiunits) is not int or not 0 < said.centiunits <= rules.MOST_CENTIUNITS:
        raise _wrong("units", _("数量应大于 0，请核对。"))


def _wrong(name: str, sentence: str) -> Invalid:
    return Invalid(sentence, code="invalid_declaration", details={"field": name})


def _one(found: Any, uuid: UUID, name: str, sentence: str) -> Organisation:
    organisation: Organisation | None = found.filter(uuid=uuid).first()
    if organisation is None:
        raise _wrong(name, sentence)
    return organisation


# --- evidence --------------------------------------------------------------------------------------------


def _checked(files: Sequence[UploadedFile], there: int = 0) -> list[str]:
    """The files' true types. Raises Invalid: too many, too large, or neither PDF, JPEG nor PNG."""
    if len(files) + there > rules.MAX_FILES:
        raise _wrong("evidence", _("最多上传 %(most)s 个文件。") % {"most": rules.MAX_FILES})
    return [_type(file) for file in files]


def _type(file: UploadedFile) -> str:
    if not file.size or file.size > rules.MAX_FILE_BYTES:
        raise _wrong("evidence", _("文件“%(name)s”是空的或超过 10 MB。") % {"name": file.name})
    start = file.read(16)
    file.seek(0)
    mime = rules.file_type(start)
    if mime is None:
        raise _wrong(
            "evidence",
            _("文件“%(name)s”不是 PDF、JPG 或 PNG。请重新拍照或导出后再传。") % {"name": file.name},
        )
    return mime


def _keep(declaration: HoursDeclaration, files: Sequence[UploadedFile], types: Sequence[str]) -> None:
    for file, mime in zip(files, types, strict=True):
        digest = hashlib.sha256()
        for chunk in file.chunks():
            digest.update(chunk)
        file.seek(0)
        DeclarationFile.objects.create(
            declaration=declaration,
            file=file,
            name=(file.name or "")[-120:].replace("\0", ""),
            mime=mime,
            size=file.size or 0,
            sha256=digest.hexdigest(),
            added_at=now(),
        )


# --- the learner's further acts --------------------------------------------------------------------------


def supplement(
    user: User, declaration: HoursDeclaration, *, text: str, files: Sequence[UploadedFile] = ()
) -> HoursDeclaration:
    """Hand in what was asked for; the claim goes back to whoever asked. Late, it closes and says so."""
    _own(user, declaration)
    said = _reason(text, _("请写明补充了什么。"), needed=not files)
    if declaration.state == State.SUPPLEMENT and queries.overdue(declaration):
        close(declaration.pk)
        raise Conflict(_("补充期限已过，这份申报已关闭，可以重新申报。"), code="too_late")
    with transaction.atomic():
        row = _locked(declaration)
        types = _checked(files, there=row.files.count())
        _move(row, Act.SUPPLEMENT)
        _keep(row, files, types)
        _note(row, actor(user), Act.SUPPLEMENT, person=user, reason=said)
    return row


def withdraw(user: User, declaration: HoursDeclaration) -> HoursDeclaration:
    """Take one's own claim back, before the final decision."""
    _own(user, declaration)
    with transaction.atomic():
        row = _locked(declaration)
        _move(row, Act.WITHDRAW)
        _note(row, actor(user), Act.WITHDRAW, person=user)
    return row


def appeal(user: User, declaration: HoursDeclaration, *, reason: str) -> HoursDeclaration:
    """Once, against a refusal: the department decides, by somebody who has not decided before."""
    _own(user, declaration)
    said = _reason(reason, _("请写明申诉的理由，审核人员会看到。"))
    try:
        with transaction.atomic():
            row = _locked(declaration)
            if row.state == State.REFUSED and queries.overdue(row):
                raise Conflict(
                    _("申诉期限 %(day)s 已过。材料齐备的可以重新申报。") % {"day": row.due_on},
                    code="too_late",
                )
            if row.appealed:
                raise Conflict(_("这份申报已经申诉过一次，结果是最终的。"), code="appealed")
            _move(row, Act.APPEAL, appealed=True, decided_at=None)
            _note(row, actor(user), Act.APPEAL, person=user, reason=said)
    except IntegrityError as error:
        raise _under_way(user, declaration.work_key) from error
    return row


def _own(user: User, declaration: HoursDeclaration) -> None:
    if declaration.person_id != user.pk:
        raise NotFound


def close(declaration_id: int) -> bool:
    """Close a claim whose supplement did not come in time; False when it is not (or no longer) such a one."""
    with transaction.atomic():
        row = HoursDeclaration.objects.select_for_update(of=("self",)).get(pk=declaration_id)
        if row.state != State.SUPPLEMENT or not queries.overdue(row):
            return False
        _move(row, Act.EXPIRE)
        _note(row, Actor.system("declarations"), Act.EXPIRE)
    return True


def close_expired(limit: int = 500) -> int:
    """Close what is overdue; returns how many. Called by the beat."""
    late = HoursDeclaration.objects.filter(state=State.SUPPLEMENT, due_on__lt=today()).order_by("due_on")
    return sum(close(pk) for pk in list(late.values_list("pk", flat=True)[:limit]))


# --- review ----------------------------------------------------------------------------------------------


def review(user: User, declaration: HoursDeclaration, verdict: Verdict) -> HoursDeclaration:
    """The level that has the claim judges it. Raises NotAllowed (role, own claim, decided before), Invalid (reason,
    hours), Conflict (the claim has moved on).
    """
    if verdict.act not in VERDICTS:
        raise Invalid(_("请用页面上的按钮操作。"), code="no_such_verdict")
    who, body = _judge(user, declaration)
    # The employer's yes is no decision on hours: the department still has to say so.
    act = Act.PASS if (declaration.state, verdict.act) == (State.EMPLOYER, Act.ACCEPT) else verdict.act
    reason = _reason(verdict.reason, _("请写明理由，申报人会看到。"), needed=act in {Act.ASK, Act.REFUSE})
    with transaction.atomic():
        row = _locked(declaration, with_others=act == Act.ACCEPT)
        if (row.state, row.level) != (declaration.state, declaration.level):
            raise _moved_on()
        _not_twice(user, row)
        level = row.level
        if act == Act.ACCEPT:
            _accept(row, _count(row, verdict, reason))
        else:
            _move(row, act, **({"decided_at": now()} if act == Act.REFUSE else {}))
        step = _note(row, who, act, person=user, body=body, reason=reason, level=level)
        if act == Act.ACCEPT:
            _announce(row, step)
    return row


def _judge(user: User, declaration: HoursDeclaration) -> tuple[Actor, Organisation]:
    """In which role and for which body the user judges the claim now."""
    if declaration.state not in queries.WAITING:
        raise _moved_on()
    at_employer = declaration.state == State.EMPLOYER
    role, body = (Role.HR, declaration.employer) if at_employer else (Role.REVIEWER, declaration.department)
    who = require_role(user, role, organisation=body)
    if declaration.person_id == user.pk:
        raise NotAllowed(_("不能审核自己的申报，请交给其他审核人员。"), code="own_case")
    return who, body


def _moved_on() -> Conflict:
    return Conflict(_("这份申报的状态已经变了，请刷新查看。"), code="moved_on")


def _not_twice(user: User, row: HoursDeclaration) -> None:
    if row.steps.filter(person=user, act__in=DECIDING).exists():
        raise NotAllowed(_("你已经对这份申报作过决定，这一步要由另一位审核人员处理。"), code="decided_before")


@dataclass(frozen=True)
class Count:
    """What is accepted and what of it counts; before, used, cap: what that was reckoned from (see WorkCredit)."""

    accepted: int
    counted: int
    number: int
    before: int
    used: int | None
    cap: int | None


def _count(row: HoursDeclaration, verdict: Verdict, reason: str) -> Count:
    """Judge the hours. The person's claims are locked, so that nothing it is reckoned from can change."""
    if verdict.centihours is None and row.rule is None:
        raise _hours_wrong("hours_missing", _("这类活动没有规则，请填写认定的学时和理由。"))
    accepted = row.ceiling if verdict.centihours is None else verdict.centihours
    if type(accepted) is not int or accepted > row.ceiling:
        sentence = _("认定的学时不能超过 %(most)s。") % {"most": format_centi(row.ceiling)}
        raise _hours_wrong("too_many_hours", sentence)
    if accepted <= 0:
        raise _hours_wrong("no_hours", _("认定 0 学时等于不通过：请改用“不通过”并写明理由。"))
    if (row.rule is None or accepted < row.ceiling) and not reason:
        raise Invalid(
            _("请写明学时怎样确定，申报人会看到。"), code="reason_missing", details={"field": "reason"}
        )
    number, before = queries.counted_before(row.person_id, row.work_key)
    cap = row.rule.yearly_cap_centihours if row.rule else None
    used = queries.used_of_cap(row) if cap is not None else None
    counted = rules.counts(accepted, before=before, used=used or 0, cap=cap)
    return Count(accepted, counted, number + 1, before, used, cap)


def _hours_wrong(code: str, sentence: str) -> Invalid:
    return Invalid(sentence, code=code, details={"field": "hours"})


def _accept(row: HoursDeclaration, count: Count) -> None:
    """The decision, and the credit that makes it true in the database: the last line of defence behind the lock."""
    _move(
        row,
        Act.ACCEPT,
        accepted_centihours=count.accepted,
        counted_centihours=count.counted,
        decided_at=now(),
    )
    try:
        with transaction.atomic():
            WorkCredit.objects.create(
                person_id=row.person_id,
                work_key=row.work_key,
                number=count.number,
                declaration=row,
                accepted_centihours=count.accepted,
                before_centihours=count.before,
                used_centihours=count.used,
                cap_centihours=count.cap,
                counted_centihours=count.counted,
                at=now(),
            )
    except IntegrityError as error:
        raise _moved_on() from error


def _announce(row: HoursDeclaration, step: DeclarationStep) -> None:
    """For the credit bank: no title and no name, those stay where they can be erased."""
    rule = row.rule
    emit(
        "declaration.accepted",
        {
            "declaration": str(row.uuid),
            "person": str(row.person.uuid),
            "kind": row.category,
            "activity": row.activity,
            "year": row.year,
            "ended_on": row.ends_on.isoformat(),
            "centihours": row.counted_centihours,
            "accepted_centihours": row.accepted_centihours,
            "step": str(step.uuid),
            "employer": row.employer.code,
            "department": row.department.code,
            "rule": {"code": rule.code, "version": rule.version} if rule else {},
        },
        key=f"declaration.accepted:{row.uuid}",
    )


# --- what every act shares -------------------------------------------------------------------------------


def _reason(text: str, sentence: str, *, needed: bool = True) -> str:
    said = text.strip()
    if (needed and not said) or len(said) > LONGEST_REASON or "\0" in said:
        raise Invalid(sentence, code="reason_missing", details={"field": "reason"})
    return said


def _locked(declaration: HoursDeclaration, *, with_others: bool = False) -> HoursDeclaration:
    """The claim's row, locked; with all others of the person, in the order of their ids, where hours are counted."""
    if with_others:
        rows = HoursDeclaration.objects.filter(person=declaration.person_id).order_by("pk")
        list(rows.select_for_update(of=("self",)).values_list("pk", flat=True))
    locked = HoursDeclaration.objects.select_for_update(of=("self",))
    return locked.select_related("person", "employer", "department", "rule").get(pk=declaration.pk)


def _due(state: str) -> date | None:
    """The last day of whoever acts in a state, by the terms of today; None: no terms, or nothing to do."""
    terms = queries.terms_on(today())
    if terms is None:
        return None
    days = {
        State.EMPLOYER: terms.review_days,
        State.DEPARTMENT: terms.review_days,
        State.APPEAL: terms.review_days,
        State.SUPPLEMENT: terms.supplement_days,
        State.REFUSED: terms.appeal_days,
    }
    return today() + timedelta(days=days[State(state)]) if state in days else None


def _move(row: HoursDeclaration, act: str, **changes: Any) -> None:
    """To the next state, or Conflict when the act does not fit the present one."""
    found = rules.moved(row.state, act, level=row.level, appealed=row.appealed)
    if found is None:
        raise _moved_on()
    final = found[0] == State.REFUSED and row.appealed
    values = {
        "state": found[0],
        "level": found[1],
        "due_on": None if final else _due(found[0]),
    } | changes
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))


def _note(
    row: HoursDeclaration,
    who: Actor,
    act: str,
    *,
    person: User | None = None,
    body: Organisation | None = None,
    reason: str = "",
    level: str = "",
) -> DeclarationStep:
    """The step, for the learner, and the audit row, for auditors. level: the one that acted, where it has changed."""
    last = row.steps.aggregate(last=Max("number"))["last"] or 0
    step = DeclarationStep.objects.create(
        declaration=row,
        number=last + 1,
        act=act,
        level=level or row.level,
        person=person,
        role=who.role,
        body=body,
        at=now(),
        reason=reason,
        state=row.state,
        due_on=row.due_on,
        centihours=row.accepted_centihours if act == Act.ACCEPT else None,
    )
    record(
        who,
        action=f"declaration.{act}",
        target_type=TARGET,
        target=row.uuid,
        reason=reason,
        data={"state": row.state} | ({"centihours": row.counted_centihours} if act == Act.ACCEPT else {}),
    )
    return step


# --- rules -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NewRule:
    """What an authority sets. centihours_per_unit None: from that day on, nothing is set any more."""

    activity: str
    category: str
    valid_from: date
    centihours_per_unit: int | None
    unit_word: str
    source: str
    grade: str = ""
    yearly_cap_centihours: int | None = None


def publish_rule(by: User | Actor, new: NewRule) -> HoursActivityRule:
    """The next version of a rule. For officers of the authority (the platform itself loads the demo)."""
    who = by if isinstance(by, Actor) else require_role(by, Role.OFFICER)
    if isinstance(by, Actor) and (by.person is not None or not by.role.startswith("system:")):
        raise NotAllowed
    if new.activity not in Activity.values or new.category not in Category.values:
        raise _wrong("activity", _("请选择活动类型。"))
    for name, value, least, most in (
        ("grade", new.grade, 0, 30),
        ("unit_word", new.unit_word, 1, 12),
        ("source", new.source, 4, LONGEST_REASON),
    ):
        if not least <= len(value.strip()) <= most or "\0" in value:
            raise _wrong(name, _("请填写这一项，不超过 %(most)s 个字。") % {"most": most})
    for name, amount in (
        ("centihours_per_unit", new.centihours_per_unit),
        ("yearly_cap", new.yearly_cap_centihours),
    ):
        if amount is not None and (type(amount) is not int or not 0 < amount <= rules.MOST_CENTIHOURS):
            raise _wrong(
                name, _("学时应大于 0，不超过 %(most)s。") % {"most": format_centi(rules.MOST_CENTIHOURS)}
            )
    kind = {"activity": new.activity, "grade": new.grade.strip(), "category": new.category}
    try:
        with transaction.atomic():
            last = HoursActivityRule.objects.filter(**kind).aggregate(last=Max("version"))["last"] or 0
            row = HoursActivityRule.objects.create(
                **kind,
                version=last + 1,
                valid_from=new.valid_from,
                centihours_per_unit=new.centihours_per_unit,
                unit_word=new.unit_word.strip(),
                yearly_cap_centihours=new.yearly_cap_centihours,
                source=new.source.strip(),
            )
            record(
                who,
                action="hours_rule.publish",
                target_type="learning.HoursActivityRule",
                target=None,
                data={"rule": row.code, "version": row.version},
            )
    except IntegrityError as error:
        raise Conflict(_("刚才有人公布了同一条规则，请刷新后再试。"), code="rule_changed") from error
    return row
