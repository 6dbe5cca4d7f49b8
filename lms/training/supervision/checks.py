"""Checks: ordered by a draw or by hand, given to two checkers, filled in on the spot, handed in by one and confirmed by the other; what was
found becomes cases of the body's.

Owns: CheckForm, Check, Checker, CheckPhoto, CheckFinding. Refuses: checks without a form and weights in force, checkers who belong to the
body or work there, one person on both sides of a check, marks outside 0 – 100, handing in what is not complete or what somebody has
changed meanwhile, confirming one's own, findings with nobody to answer them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max
from django.utils import translation
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, Role, User, actor, holds
from lms.learning.api import ClassRun
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import local_day, now
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.evidence import Checked, values
from lms.lib.outbox.services import emit
from lms.lib.units import format_centi
from lms.training.access import acting
from lms.training.bases.models import Base
from lms.training.board import api as board
from lms.training.ce_bases.models import EducationBase
from lms.training.lifecycle import reading
from lms.training.lifecycle.models import ProcessRule
from lms.training.lifecycle.services import next_number, open_on, rule_on
from lms.training.lifecycle.words import cite
from lms.training.supervision import photos, rules, scope
from lms.training.supervision.models import (
    Check,
    Checker,
    CheckFinding,
    CheckForm,
    CheckPhoto,
    SampleDraw,
    Sort,
)
from lms.training.supervision.process import CHECKS, CODE, CRITERIA, WEIGHTS

TARGET = "training.Check"
PLATFORM = Actor.system("supervision")
MOST_ITEMS, MOST_FINDINGS, MOST_PHOTOS = 40, 10, 30
LONGEST_TEXT, LONGEST_REMARK, LONGEST_FINDING = 200, 1000, 300


def wrong(field: str, sentence: str) -> Invalid:
    """The refusal of a field that cannot be right; to be raised."""
    return Invalid(sentence, code="invalid_check", details={"field": field})


def _words(field: str, text: str, most: int, *, least: int = 0) -> str:
    said = text.strip()
    if not least <= len(said) <= most or "\0" in said:
        raise wrong(field, _("请填写这一项，%(most)s 个字以内。") % {"most": most})
    return said


# --- the form ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NewForm:
    """items: (criterion, text) in their order."""

    authority: Organisation
    valid_from: date
    items: Sequence[tuple[str, str]]
    source: str


@transaction.atomic
def set_form(by: User | Actor, new: NewForm) -> CheckForm:
    """The next version of an authority's check form; checks that were ordered keep theirs. By an officer of the authority. Raises
    NotAllowed, Invalid."""
    who = acting(by, new.authority, _("检查表由主管部门制定。"))
    if not 1 <= len(new.items) <= MOST_ITEMS:
        raise wrong("items", _("检查表要有 1 到 %(most)s 项。") % {"most": MOST_ITEMS})
    items = []
    for number, (criterion, text) in enumerate(new.items, 1):
        if criterion not in CRITERIA:
            raise wrong("items", _("第 %(number)s 项的指标不在列出的里面。") % {"number": number})
        items.append(
            {
                "key": f"i{number:02d}",
                "criterion": criterion,
                "text": _words("items", text, LONGEST_TEXT, least=2),
            }
        )
    Organisation.objects.select_for_update(no_key=True).get(pk=new.authority.pk)
    last = CheckForm.objects.filter(authority=new.authority).aggregate(last=Max("version"))["last"] or 0
    row = CheckForm.objects.create(
        authority=new.authority,
        version=last + 1,
        valid_from=new.valid_from,
        items=items,
        source=_words("source", new.source, 300, least=2),
        by=by if isinstance(by, User) else None,
        at=now(),
    )
    record(
        who,
        action="check_form.set",
        target_type="accounts.Organisation",
        target=new.authority.uuid,
        reason=row.source,
        data={"version": row.version, "items": len(items)},
    )
    return row


def form_on(authority: Organisation | int, day: date) -> CheckForm | None:
    """The version in force on a day."""
    rows = CheckForm.objects.filter(authority=authority, valid_from__lte=day)
    return rows.order_by("-valid_from", "-version").first()


def terms_on(authority: Organisation, day: date) -> tuple[CheckForm, ProcessRule]:
    """Form and rule that a check of the day goes by. Raises Conflict where the authority has no form, no rule, or a rule that leaves
    weights or pass mark open."""
    form, rule = form_on(authority, day), rule_on(CODE, authority, day)
    if form is None:
        raise Conflict(
            cite(_("%(name)s还没有检查表，先制定检查表。") % {"name": authority.name}, CHECKS), code="no_form"
        )
    weights = weights_of(rule)
    marks = {row["key"]: 0 for row in form.items}
    if rule is None or rule.values.get("pass_mark") is None:
        raise _unset(authority)
    if rules.centimarks(marks, form.items, weights) is None:
        raise _unset(authority)
    return form, rule


def weights_of(rule: ProcessRule | None) -> dict[str, int | None]:
    known = rule.values if rule else {}
    return {name: known.get(name) for name in WEIGHTS}


def _unset(authority: Organisation) -> Conflict:
    return Conflict(
        cite(
            _(
                "%(name)s的检查权重（合计 100%%，有权重的指标在检查表里要有项目）和合格线尚未设定，不能检查。由平台管理员按文件设定。"
            )
            % {"name": authority.name},
            CHECKS,
        ),
        code="weights_unset",
    )


# --- ordering ---------------------------------------------------------------------------------------------


def make_drawn(draw: SampleDraw, moment: datetime) -> list[Check]:
    """A check for each item drawn, in the draw's transaction, by form and rule of the day the frame was frozen."""
    frame = draw.frame
    form, rule = terms_on(frame.authority, local_day(frame.at))
    there = scope.found(frame.sort, [key for _stratum, key, _ticket in draw.drawn])
    names = {row.key: row.name for row in rules.read_frame(frame.text)}
    return [
        _ordered(frame.authority, subject, frame.sort, names[key], form, rule, moment, draw=draw)
        for _stratum, key, _ticket in draw.drawn
        # What is gone since cannot be visited; the draw says that it was drawn.
        if (subject := there.get(UUID(key))) is not None
    ]


def _ordered(
    authority: Organisation,
    subject: scope.Subject,
    sort: str,
    title: str,
    form: CheckForm,
    rule: ProcessRule,
    moment: datetime,
    *,
    draw: SampleDraw | None = None,
    reason: str = "",
) -> Check:
    year = local_day(moment).year
    return Check.objects.create(
        number=f"JC-{year}-{next_number(f'check:{year}'):05d}",
        authority=authority,
        body=subject.body,
        sort=sort,
        subject=subject.uuid,
        title=title[:200],
        draw=draw,
        reason=reason,
        form=form,
        rule=rule,
        planned_at=moment,
    )


@transaction.atomic
def order(
    user: User,
    authority: Organisation,
    sort: str,
    subject: UUID,
    reason: str,
    *,
    at: datetime | None = None,
    by: Actor | None = None,
) -> Check:
    """A check of one thing without a draw (定期检查, a complaint), for a reason. By an officer of the authority in whose scope it is. at, by: of
    the past, by the platform. Raises NotAllowed, NotFound, Invalid, Conflict (no form or weights)."""
    who = acting(user, authority, _("检查由主管部门进行。"))
    moment = _moment(by, at)
    said = _words("reason", reason, LONGEST_REMARK, least=2)
    there = scope.found(sort, [subject]).get(subject) if sort in Sort.values else None
    if there is None or not _in_scope(authority, sort, subject):
        raise NotFound
    _no_stake(user, there.body)
    form, rule = terms_on(authority, local_day(moment))
    row = _ordered(authority, there, sort, there.item().name, form, rule, moment, reason=said)
    _record(who, row, "order", reason=said)
    return row


def _in_scope(authority: Organisation, sort: str, subject: UUID) -> bool:
    if sort == Sort.PROGRAMME:
        return scope.scope_of(authority).programmes().filter(uuid=subject).exists()
    if sort == Sort.RUN:
        days = ClassRun.objects.filter(uuid=subject).values_list("starts_on", "ends_on").first()
        if days is None:
            return False
        seen = scope.scope_of(authority, days[0].year, days[1].year)
        return seen.runs().filter(uuid=subject).exists()
    if sort == Sort.CE_BASE:
        return EducationBase.objects.filter(uuid=subject, authority=authority).exists()
    return Base.objects.filter(uuid=subject, authority=authority).exists()


# --- who makes it -----------------------------------------------------------------------------------------


def current(check: Check) -> list[Checker]:
    """The two who make it now; [] before. One query."""
    rows = list(check.checkers.select_related("person"))
    last = max((row.turn for row in rows), default=0)
    return [row for row in rows if row.turn == last]


def has_stake(user: User, body: Organisation) -> bool:
    """Whether somebody belongs to a body in any role or works there, suspended or not."""
    return (
        reading.people_of(body.pk).filter(user=user).exists()
        or reading.employed_by(body.pk).filter(user=user).exists()
    )


def _no_stake(user: User, body: Organisation) -> None:
    if has_stake(user, body):
        raise NotAllowed(
            cite(
                _("%(who)s与被检查单位“%(body)s”有关系，要由没有关系的人办理。")
                % {"who": user, "body": body.name},
                CHECKS,
            ),
            code="own_case",
        )


@transaction.atomic
def assign(
    user: User, check: Check, people: Sequence[User], *, at: datetime | None = None, by: Actor | None = None
) -> Check:
    """Give a check to two officers of the authority who have nothing to do with the body; again, to two others, what is filled in stays.
    One that was handed in goes to others only where one of the two cannot go on, and is open again then. at, by: of the past, by the
    platform. Raises NotAllowed (also a conflict of interest), Invalid (not two), Conflict (handed in)."""
    found = _locked(check)
    who = acting(user, found.authority, _("检查由主管部门进行。"))
    moment = _moment(by, at)
    _no_stake(user, found.body)
    if not assignable(found):
        raise _moved(found)
    if len({person.pk for person in people}) != 2 or len(people) != 2:
        raise wrong("people", _("检查由两位不同的人员进行，请选两位。"))
    for person in people:
        if not (person.is_active and holds(person, Role.OFFICER, organisation=found.authority)):
            raise wrong("people", _("检查人员要是本单位的主管部门人员。"))
        _no_stake(person, found.body)
    turn = (found.checkers.aggregate(last=Max("turn"))["last"] or 0) + 1
    Checker.objects.bulk_create(
        [Checker(check_of=found, turn=turn, person=person, by=user, at=moment) for person in people]
    )
    found.state, found.handed_in_by, found.checked_on = Check.State.VISITING, None, None
    found.save(update_fields=["state", "handed_in_by", "checked_on"])
    _record(who, found, "assign", data={"people": sorted(str(person.uuid) for person in people)})
    return found


def assignable(check: Check) -> bool:
    """Whether it can be given to (other) checkers: until it is handed in, and afterwards where one of the two has left or has got a stake:
    else nobody could confirm it or send it back."""
    if check.state == Check.State.HANDED_IN:
        return not all(_able(row.person, check) for row in current(check))
    return check.state in (Check.State.PLANNED, Check.State.VISITING)


def _able(person: User, check: Check) -> bool:
    return (
        person.is_active
        and holds(person, Role.OFFICER, organisation=check.authority)
        and not has_stake(person, check.body)
    )


# --- on the spot ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Filled:
    """What was filled in; what is None stays as it is. answers: item's key → {"mark": 0 – 100 or None, "remark": text}."""

    answers: Mapping[str, Mapping[str, Any]]
    remark: str | None = None
    findings: Sequence[str] | None = None


@transaction.atomic
def save(user: User, check: Check, filled: Filled) -> int:
    """Keep what was filled in so far, item by item: two may write, the last word on an item stands. The number of the save. Raises
    NotAllowed (not a checker), Conflict (handed in), Invalid."""
    found, _who = _visiting(user, check)
    known = {row["key"] for row in found.form.items}
    answers = dict(found.answers)
    for key, answer in filled.answers.items():
        if key not in known:
            raise wrong("answers", _("检查表里没有这一项。"))
        answers[key] = _answer(key, answer)
    found.answers = answers
    if filled.remark is not None:
        found.remark = _words("remark", filled.remark, LONGEST_REMARK)
    if filled.findings is not None:
        said = [_words("findings", text, LONGEST_FINDING) for text in filled.findings]
        found.findings = [text for text in said if text]
        if len(found.findings) > MOST_FINDINGS:
            raise wrong("findings", _("问题最多 %(most)s 条。") % {"most": MOST_FINDINGS})
    found.revision += 1
    found.save(update_fields=["answers", "remark", "findings", "revision"])
    return found.revision


def _answer(key: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    mark, remark = answer.get("mark"), answer.get("remark", "")
    if mark is not None and not (type(mark) is int and 0 <= mark <= 100):
        raise wrong(f"mark_{key}", _("请打 0 到 100 的整数分。"))
    if not isinstance(remark, str):
        raise wrong(f"remark_{key}", _("请填写这一项，%(most)s 个字以内。") % {"most": LONGEST_REMARK})
    return {"mark": mark, "remark": _words(f"remark_{key}", remark, LONGEST_REMARK)}


@transaction.atomic
def add_photo(
    user: User,
    check: Check,
    given: UploadedFile,
    *,
    item: str = "",
    upload: str,
    at: datetime | None = None,
    by: Actor | None = None,
) -> CheckPhoto:
    """A picture of the spot: made anew without place, time and camera, at most photos.LONGEST_SIDE points wide. upload: its name by the phone, so
    that the phone may send it again. Raises NotAllowed, Conflict (handed in; too many), Invalid (no picture)."""
    found, who = _visiting(user, check)
    moment = _moment(by, at)
    name = upload.strip()[:64]
    if not name or "\0" in name:
        raise wrong("photo", _("上传没有完成，请重试。"))
    there = found.photos.filter(token=name).first()
    if there is not None:
        return there
    if item and item not in {row["key"] for row in found.form.items}:
        raise wrong("photo", _("检查表里没有这一项。"))
    if found.photos.count() >= MOST_PHOTOS:
        raise Conflict(_("一次检查最多 %(most)s 张照片。") % {"most": MOST_PHOTOS}, code="too_many_photos")
    picture = photos.cleaned(given)
    row = CheckPhoto.objects.create(
        check_of=found,
        item=item,
        person=user,
        token=name,
        **values(Checked(picture, photos.MIME)) | {"added_at": moment},
    )
    _record(who, found, "photo", data={"photo": str(row.uuid), "sha256": row.sha256})
    return row


@transaction.atomic
def drop_photo(user: User, check: Check, uuid: UUID) -> None:
    """Take a picture out again that one has added oneself, before handing in. Raises NotAllowed, NotFound, Conflict."""
    found, who = _visiting(user, check)
    row = found.photos.filter(uuid=uuid, person=user).first()
    if row is None:
        raise NotFound
    name, storage = row.file.name, row.file.storage
    row.delete()
    transaction.on_commit(lambda: storage.delete(name))
    _record(who, found, "photo_drop", data={"sha256": row.sha256})


@transaction.atomic
def hand_in(
    user: User, check: Check, *, revision: int, at: datetime | None = None, by: Actor | None = None
) -> Check:
    """Hand in what the two have found, as the user has seen it (its revision). Raises NotAllowed, Conflict (changed or handed in
    meanwhile), Invalid (an item without mark, no summary)."""
    found, who = _visiting(user, check)
    moment = _moment(by, at)
    if found.revision != revision:
        raise Conflict(_("另一位检查人员刚刚改过，请刷新后再看。"), code="changed_meanwhile")
    open_items = [
        str(number)
        for number, row in enumerate(found.form.items, 1)
        if found.answers.get(row["key"], {}).get("mark") is None
    ]
    if open_items:
        raise Invalid(
            cite(_("还有没打分的项目：第 %(items)s 项。") % {"items": _("、").join(open_items)}, CHECKS),
            code="incomplete",
            details={"field": "answers", "missing": open_items},
        )
    if len(found.remark) < 2:
        raise wrong("remark", _("请写明检查情况。"))
    found.state, found.handed_in_by = Check.State.HANDED_IN, user
    found.checked_on = local_day(moment)
    found.save(update_fields=["state", "handed_in_by", "checked_on"])
    _record(who, found, "hand_in", data={"revision": revision})
    return found


# --- the other checker ------------------------------------------------------------------------------------


@transaction.atomic
def confirm(user: User, check: Check, *, at: datetime | None = None, by: Actor | None = None) -> Check:
    """The other of the two stands by it: mark and verdict follow from form and rule, each finding becomes a case of the body's, and where
    the rule says so the result is public. Raises NotAllowed (not the other one), Conflict (not handed in; nobody answers)."""
    found, who = _other(user, check)
    moment = _moment(by, at)
    marks = {key: row["mark"] for key, row in found.answers.items()}
    total = rules.centimarks(marks, found.form.items, weights_of(found.rule))
    least = found.rule.values.get("pass_mark")
    if total is None or least is None:
        raise _unset(found.authority)
    found.centimarks = total
    found.verdict = Check.Verdict.PASS if total >= least * 100 else Check.Verdict.FAIL
    found.state, found.decided_at = Check.State.DECIDED, moment
    found.public = found.rule.values.get("publish_results") == 1
    found.save(update_fields=["centimarks", "verdict", "state", "decided_at", "public"])
    for number, text in enumerate(found.findings, 1):
        facts = {
            "check": found.number,
            "title": found.title,
            "text": text,
            "checked_on": found.checked_on.isoformat() if found.checked_on else "",
        }
        case = open_on(
            user, CODE, found.body, found.authority, facts, at=at, by=by if at is not None else None
        )
        CheckFinding.objects.create(check_of=found, case=case, number=number, text=text)
    _record(who, found, "confirm", data={"centimarks": total, "verdict": found.verdict})
    if found.public:
        _publish(found)
    emit("check.decided", {"check": str(found.uuid), "body": str(found.body.uuid)}, key=f"check:{found.uuid}")
    return found


def _publish(found: Check) -> None:
    assert found.centimarks is not None
    with translation.override(settings.LANGUAGE_CODE):
        board.post(
            PLATFORM,
            kind=board.Kind.RESULT,
            title=_("检查结果：%(title)s") % {"title": found.title},
            authority=found.authority,
            subject=f"check:{found.uuid}",
            body=_("检查编号：%(number)s\n被检查单位：%(body)s\n得分：%(mark)s\n结论：%(verdict)s")
            % {
                "number": found.number,
                "body": found.body.name,
                "mark": format_centi(found.centimarks),
                "verdict": found.get_verdict_display(),
            },
            url=f"/supervision/results/{found.uuid}/",
            key=f"check:{found.uuid}",
        )


@transaction.atomic
def send_back(user: User, check: Check, reason: str) -> Check:
    """The other of the two does not stand by it: it is open again, with the reason in the audit. Raises NotAllowed, Conflict, Invalid."""
    found, who = _other(user, check)
    said = _words("reason", reason, LONGEST_REMARK, least=2)
    found.state, found.handed_in_by, found.checked_on = Check.State.VISITING, None, None
    found.save(update_fields=["state", "handed_in_by", "checked_on"])
    _record(who, found, "send_back", reason=said)
    return found


@transaction.atomic
def drop(user: User, check: Check, reason: str) -> Check:
    """A check that is not made, for a reason that stands with it (and with its draw, in the open). By an officer of the authority without
    a stake. Raises NotAllowed, Invalid, Conflict (handed in)."""
    found = _locked(check)
    who = acting(user, found.authority, _("检查由主管部门进行。"))
    _no_stake(user, found.body)
    if found.state not in (Check.State.PLANNED, Check.State.VISITING):
        raise _moved(found)
    found.remark = _words("reason", reason, LONGEST_REMARK, least=2)
    found.state = Check.State.DROPPED
    found.save(update_fields=["state", "remark"])
    _record(who, found, "drop", reason=found.remark)
    return found


# --- shared -----------------------------------------------------------------------------------------------


def _locked(check: Check) -> Check:
    list(Check.objects.select_for_update().filter(pk=check.pk).values_list("pk"))
    return Check.objects.select_related("authority", "body", "form", "rule", "handed_in_by").get(pk=check.pk)


def _checker(user: User, found: Check) -> Actor:
    """Raises NotFound (nothing of theirs), NotAllowed (an interest since)."""
    if user.pk not in {row.person_id for row in current(found)} or not holds(
        user, Role.OFFICER, organisation=found.authority
    ):
        raise NotAllowed(_("这次检查由安排的两位检查人员办理。"), code="not_checker")
    _no_stake(user, found.body)
    return actor(user, Role.OFFICER, found.authority)


def _visiting(user: User, check: Check) -> tuple[Check, Actor]:
    found = _locked(check)
    who = _checker(user, found)
    if found.state != Check.State.VISITING:
        raise _moved(found)
    return found, who


def _other(user: User, check: Check) -> tuple[Check, Actor]:
    found = _locked(check)
    who = _checker(user, found)
    if found.state != Check.State.HANDED_IN:
        raise _moved(found)
    if found.handed_in_by_id == user.pk:
        raise NotAllowed(cite(_("检查由两位人员共同认定：报送的人不能自己确认。"), CHECKS), code="own_case")
    return found, who


def _moved(found: Check) -> Conflict:
    return Conflict(
        _("这次检查现在是“%(state)s”，请刷新后再看。") % {"state": found.get_state_display()}, code="moved_on"
    )


def _moment(by: Actor | None, at: datetime | None) -> datetime:
    if at is None:
        return now()
    if by is None or not by.is_platform or at > now():
        raise NotAllowed
    return at


def _record(
    who: Actor, found: Check, name: str, *, reason: str = "", data: dict[str, Any] | None = None
) -> None:
    record(
        who,
        action=f"check.{name}",
        target_type=TARGET,
        target=found.uuid,
        reason=reason,
        data={"number": found.number, **(data or {})},
    )
