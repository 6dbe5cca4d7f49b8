"""The standard of evaluation and experts' reviews by it.

Owns: BaseStandard, BaseReview, ReviewSeat. Refuses: a standard whose weights are not 100 together; one that begins in the past; a review
where no standard is in force; an expert who belongs to the body reviewed, applied for it or decides for the authority; marks of anybody
who has not declared that they have no interest in it, or has; releasing whoever declared one, who could be asked anew; marks twice; a score before all have handed in, or of too few.
An interest that comes to light later is kept beside what was declared: the marks count no more, the papers are closed, and a score
that they went into is void as long as nothing rests on it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from lms.accounts.api import Organisation, Role, User, actor
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.training.access import acting, of_the_body
from lms.training.board import api as board
from lms.training.ce_bases import letters, rules, words
from lms.training.ce_bases.models import BaseReview, BaseStandard, EducationBase, ReviewSeat
from lms.training.ce_bases.process import BASES, REVIEWED
from lms.training.ce_bases.ties import tainted, tied_seats
from lms.training.experts import api as register
from lms.training.lifecycle import reading
from lms.training.lifecycle.conduct import Done
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.words import cite, own_case

PLATFORM = Actor.system("ce_bases")
MOST_SEATS = 15
# The acts that have the same reviewed once more.
ANEW = ("again", "overturn")
LONGEST = 1000


def wrong(field: str, sentence: str) -> Invalid:
    """The refusal of a field that cannot be right; to be raised."""
    return Invalid(sentence, code="invalid_ce_base", details={"field": field})


def text_of(field: str, text: str, *, least: int = 1, most: int = LONGEST) -> str:
    """The text without blanks around it. Raises Invalid."""
    said = text.strip()
    if not least <= len(said) <= most or "\0" in said:
        raise wrong(field, _("请填写这一项，不超过 %(most)s 个字。") % {"most": most})
    return said


# --- the standard ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NewStandard:
    authority: Organisation
    title: str
    valid_from: date
    source: str
    terms: rules.Terms


@transaction.atomic
def publish_standard(by: User | Actor, new: NewStandard) -> BaseStandard:
    """The next version of an authority's standard, on the notice board at once. Reviews that were opened before keep theirs. Raises
    NotAllowed, Invalid (with the field)."""
    who = acting(by, new.authority, _("评估标准由主管部门发布。"))
    if found := rules.terms_faults(new.terms):
        raise wrong(found[0].value, words.terms_fault_text(found[0]))
    if new.valid_from < today() and not who.is_platform:
        raise wrong("valid_from", _("标准从今天或以后起施行，不能倒签日期。"))
    # Two officers publish one after the other.
    Organisation.objects.select_for_update(no_key=True).get(pk=new.authority.pk)
    rows = BaseStandard.objects.filter(authority=new.authority)
    terms = new.terms
    row = BaseStandard.objects.create(
        authority=new.authority,
        version=(rows.aggregate(last=Max("version"))["last"] or 0) + 1,
        valid_from=new.valid_from,
        title=text_of("title", new.title, most=120),
        source=text_of("source", new.source, most=300),
        criteria=[asdict(item) for item in terms.criteria],
        grades=[asdict(item) for item in terms.grades],
        pass_mark=terms.pass_mark,
        least_experts=terms.least_experts,
        interval_months=terms.interval_months,
        corrections=terms.corrections,
        correction_days=terms.correction_days if terms.corrections else None,
        by=by if isinstance(by, User) else None,
        at=now(),
    )
    record(
        who,
        action="ce_base.standard",
        target_type="training.BaseStandard",
        target=row.uuid,
        reason=row.source,
        data={"version": row.version, "from": row.valid_from.isoformat(), "pass_mark": row.pass_mark},
    )
    # It stands as it was posted: in the platform's language, whatever the officer's.
    with override(settings.LANGUAGE_CODE):
        _post_standard(row)
    return row


def _post_standard(row: BaseStandard) -> None:
    subject = f"ce-standard:{row.authority.uuid}"
    former = board.standing_on(subject, board.Kind.STANDARD)
    board.post(
        PLATFORM,
        kind=board.Kind.STANDARD,
        title=_("%(title)s（第 %(version)s 版）") % {"title": row.title, "version": row.version},
        authority=row.authority,
        subject=subject,
        body="\n".join(standard_lines(row)),
        url=f"/ce-bases/standards/{row.uuid}/",
        first_day=min(row.valid_from, today()),
        key=f"ce-standard:{row.uuid}",
        replaces=former,
        reason=_("第 %(version)s 版发布") % {"version": row.version} if former else "",
    )


def standard_lines(row: BaseStandard) -> list[str]:
    """A standard as the notice board shows it."""
    terms = words.terms_of(row)
    found = [
        f"{item.label} {item.weight}%" + (f" · {item.about}" if item.about else "") for item in terms.criteria
    ]
    found += [_("%(label)s：%(least)s 分以上") % asdict(item) for item in terms.grades]
    found += [
        _("合格线：%(mark)s 分") % {"mark": terms.pass_mark},
        _("评估间隔：%(text)s") % {"text": words.interval_text(terms)},
        words.exit_text(terms),
        _("施行日期：%(day)s") % {"day": row.valid_from.isoformat()},
    ]
    return found


def standard_on(authority: Organisation | int, day: date) -> BaseStandard | None:
    """The version in force on a day: of those that have begun the one that began last, of equal ones the one published last."""
    rows = BaseStandard.objects.filter(authority=authority, valid_from__lte=day)
    return rows.order_by("-valid_from", "-version").first()


# --- reviews ------------------------------------------------------------------------------------------------


def last_review(case: Case) -> BaseReview | None:
    return BaseReview.objects.filter(case=case).select_related("standard").order_by("-number").first()


def open_review(done: Done, purpose: rules.Purpose) -> BaseReview:
    """A review begins with the act; one that is open already goes on. Raises Conflict: the authority has published no standard."""
    there = last_review(done.case)
    if there is not None and there.closed_on is None:
        if done.day == today():
            letters.again(there, done.act.number)
        return there
    # What was decided by a score stays decided; one that is reviewed anew, nothing was.
    if there is not None and done.transition.name in ANEW and tainted(there):
        _void(there)
    standard = standard_on(done.case.authority_id, done.day)
    if standard is None:
        raise Conflict(
            cite(_("%(name)s还没有发布评估标准，不能评审。") % {"name": done.case.authority.name}, BASES),
            code="no_standard",
        )
    return BaseReview.objects.create(
        case=done.case,
        number=there.number + 1 if there else 1,
        purpose=purpose.value,
        standard=standard,
        opened_on=done.day,
    )


def close_review(done: Done) -> BaseReview:
    """The score, once everybody who reviews has handed in. Raises Conflict (nothing open, marks missing, too few experts)."""
    there = last_review(done.case)
    if there is None or there.closed_on is not None:
        raise Conflict(cite(_("现在没有进行中的专家评审。"), BASES), code="no_review")
    row = _locked(there)
    everybody = list(row.seats.all())
    tied = tied_seats(row, everybody)
    seats = [seat for seat in everybody if seat.pk not in tied]
    marked = [seat for seat in seats if seat.handed_in_at is not None]
    waiting = sum(seat.handed_in_at is None and seat.independent is not False for seat in seats)
    if waiting:
        raise Conflict(
            cite(_("还有 %(count)s 位专家没有交回评分。") % {"count": waiting}, BASES), code="marks_missing"
        )
    terms = words.terms_of(row.standard)
    if len(marked) < terms.least_experts:
        raise Conflict(
            cite(
                _("评估标准要求至少 %(least)s 位专家评分，现在是 %(there)s 位。")
                % {"least": terms.least_experts, "there": len(marked)},
                row.standard.source,
            ),
            code="few_experts",
        )
    given = [{code: item["mark"] for code, item in seat.marks.items()} for seat in marked]
    found = rules.score(terms.criteria, given)
    row.closed_on, row.centimarks = done.day, found.centimarks
    row.passed, row.grade = rules.grade(terms, found.centimarks)
    row.reckoning = [asdict(line) for line in found.lines]
    row.save()
    row.seats.filter(pk__in=[seat.pk for seat in marked]).update(counted=True)
    return row


def _locked(review: BaseReview) -> BaseReview:
    """The row, locked for the rest of the transaction."""
    list(BaseReview.objects.select_for_update().filter(pk=review.pk).values_list("pk"))
    return BaseReview.objects.select_related(
        "standard", "case__authority", "case__body", "case__applicant"
    ).get(pk=review.pk)


# --- experts -------------------------------------------------------------------------------------------------


def experts_for(review: BaseReview) -> QuerySet[User]:
    """Who may be asked: of the authority's register (which leaves out who decides there), not of the body reviewed nor tied to it, not asked
    yet. One query."""
    body = review.case.body_id
    found = register.pool(review.case.authority_id, today()).filter(is_superuser=False)
    found = found.exclude(pk__in=register.tied_people(body))
    found = found.exclude(pk__in=reading.people_of(body).values("user"))
    found = found.exclude(pk__in=reading.employed_by(body).values("user"))
    found = found.exclude(pk__in=review.seats.values("expert"))
    return found.exclude(pk=review.case.applicant_id).order_by("display_name", "pk")


def interest(expert: User, case: Case) -> str:
    """What ties somebody to the body of a case; "" where nothing is known."""
    if case.applicant_id == expert.pk:
        return _("申报的经办人")
    if reading.people_of(case.body_id).filter(user=expert).exists():
        return _("被评单位的任职人员")
    if reading.employed_by(case.body_id).filter(user=expert).exists():
        return _("被评单位的在职人员")
    if register.tied_to(expert, {case.body_id}):
        return _("声明过与被评单位有利害关系的人")
    return ""


@dataclass(frozen=True)
class Past:
    """For the demo and what was done on paper: when it was done, by the platform's leave."""

    by: Actor
    at: datetime


def _moment(past: Past | None) -> datetime:
    if past is None:
        return now()
    if not past.by.is_platform:
        raise NotAllowed
    return past.at


@transaction.atomic
def appoint(user: User, review: BaseReview, expert: User, *, past: Past | None = None) -> ReviewSeat:
    """Ask an expert to review. By officers of the authority, not of the body's own people. Raises NotAllowed, Conflict (closed, asked
    already, too many), Invalid (nobody who may be asked; tied to the body)."""
    moment = _moment(past)
    row = _locked(review)
    who = _officer(user, row.case)
    if row.closed_on is not None:
        raise Conflict(_("这次评审已经汇总得分，不能再请专家。"), code="review_closed")
    _is_reviewed(row)
    if tie := interest(expert, row.case):
        raise wrong("expert", cite(_("%(name)s是%(tie)s，应当回避。") % {"name": expert, "tie": tie}, BASES))
    if row.seats.filter(expert=expert).exists():
        raise Conflict(_("已经请过这位专家。"), code="asked_already")
    if not experts_for(row).filter(pk=expert.pk).exists():
        raise wrong("expert", _("请从专家库里选；主管部门的办理人员不做评审专家。"))
    if row.seats.count() >= MOST_SEATS:
        raise Conflict(_("最多请 %(most)s 位专家。") % {"most": MOST_SEATS}, code="too_many")
    try:
        with transaction.atomic():
            seat = ReviewSeat.objects.create(review=row, expert=expert, appointed_at=moment)
    except IntegrityError as error:
        raise Conflict(_("已经请过这位专家。"), code="asked_already") from error
    _note(who, row, "appoint", expert=str(expert.uuid))
    if past is None:
        letters.asked(seat)
    return seat


@transaction.atomic
def release(user: User, seat: ReviewSeat, reason: str) -> None:
    """Take an expert out again who has neither handed in nor declared an interest: that word stands, and nobody waits for them. Raises
    NotAllowed, Conflict, Invalid."""
    row = _locked(seat.review)
    who = _officer(user, row.case)
    said = text_of("reason", reason, least=2, most=300)
    held = row.seats.filter(pk=seat.pk).first()
    if row.closed_on is not None or held is None or held.handed_in_at is not None:
        raise Conflict(_("已经交回评分的专家不能撤换，请刷新后再看。"), code="handed_in")
    if held.independent is False:
        raise Conflict(
            cite(_("这位专家已声明需要回避，声明要留下；汇总得分不等他，请另请专家。"), BASES),
            code="conflict_declared",
        )
    expert = held.expert
    letters.released(held)
    held.delete()
    _note(who, row, "release", reason=said, expert=str(expert.uuid))


@transaction.atomic
def refuse(user: User, seat: ReviewSeat, reason: str) -> None:
    """An expert's own no, before they have declared anything; the register keeps it, and they can be asked anew. Raises NotFound, Conflict
    (declared, closed), Invalid."""
    row, held = _own(user, seat)
    if held.independent is not None:
        raise Conflict(_("回避声明已经作出，不能更改。"), code="declared_already")
    said = text_of("reason", reason, least=2, most=300)
    register.refused(user, row.case.authority, row.case.number or "", said)
    held.delete()
    _note(actor(user), row, "refuse", reason=said)


@transaction.atomic
def declare(
    user: User, seat: ReviewSeat, *, independent: bool, conflict: str = "", past: Past | None = None
) -> ReviewSeat:
    """The expert's word whether anything ties them to the body, once. Whoever belongs to it cannot say that nothing does. Raises
    NotAllowed, Conflict, Invalid."""
    moment = _moment(past)
    row, held = _own(user, seat)
    if held.independent is not None:
        raise Conflict(_("回避声明已经作出，不能更改。"), code="declared_already")
    if independent and (tie := interest(user, row.case)):
        raise NotAllowed(cite(_("你是%(tie)s，应当回避。") % {"tie": tie}, BASES), code="conflict_found")
    held.independent = independent
    held.conflict = "" if independent else text_of("conflict", conflict, least=2, most=300)
    held.declared_at = moment
    held.save()
    _note(actor(user), row, "declare", independent=independent)
    return held


@dataclass(frozen=True)
class Mark:
    """0 – 100, and why."""

    mark: int
    reason: str


@transaction.atomic
def hand_in(
    user: User,
    seat: ReviewSeat,
    marks: Mapping[str, Mark],
    remark: str = "",
    *,
    past: Past | None = None,
) -> ReviewSeat:
    """An expert's marks, all of them, once. Raises NotAllowed (a conflict, declared or found), Conflict (not declared; closed; handed in),
    Invalid (a mark or its reason)."""
    moment = _moment(past)
    row, held = _own(user, seat)
    if held.independent is None:
        raise Conflict(cite(_("请先作出回避声明，再评分。"), BASES), code="not_declared")
    if not held.independent:
        raise NotAllowed(cite(_("你已声明需要回避，不能评分。"), BASES), code="conflict")
    if held.tied_at is not None:
        raise NotAllowed(cite(_("你与被评单位有利害关系，已经登记，不能评分。"), BASES), code="conflict")
    if tie := interest(user, row.case):
        raise NotAllowed(cite(_("你是%(tie)s，应当回避。") % {"tie": tie}, BASES), code="conflict_found")
    if held.handed_in_at is not None:
        raise Conflict(_("评分已经交回，不能更改。"), code="handed_in")
    kept = {}
    for item in words.terms_of(row.standard).criteria:
        given = marks.get(item.code)
        if given is None or not 0 <= given.mark <= rules.FULL:
            raise wrong(f"mark_{item.code}", _("“%(label)s”要打 0 到 100 分。") % {"label": item.label})
        reason = text_of(f"reason_{item.code}", given.reason, least=2, most=300)
        kept[item.code] = {"mark": given.mark, "reason": reason}
    held.marks, held.remark, held.handed_in_at = kept, text_of("remark", remark, least=0), moment
    held.save()
    _note(actor(user), row, "hand_in")
    return held


# --- what comes to light later ---------------------------------------------------------------------------------


@transaction.atomic
def disclose(user: User, seat: ReviewSeat, text: str) -> ReviewSeat:
    """An expert's own word that something does tie them to the body, after they had declared that nothing does. Raises NotFound, Conflict
    (not declared yet, known already, or the matter has ended), Invalid."""
    row = _locked(seat.review)
    held = row.seats.filter(pk=seat.pk, expert=user).first()
    if held is None or not user.is_active:
        raise NotFound
    return _tie(actor(user), row, held, text, None)


@transaction.atomic
def find_tie(user: User, seat: ReviewSeat, text: str) -> ReviewSeat:
    """An officer's finding of the same, with its ground; the expert is told. Raises NotAllowed, Conflict, Invalid."""
    row = _locked(seat.review)
    who = _officer(user, row.case)
    held = _tie(who, row, row.seats.select_related("expert").get(pk=seat.pk), text, user)
    letters.found(held)
    return held


def _tie(who: Actor, row: BaseReview, held: ReviewSeat, text: str, found_by: User | None) -> ReviewSeat:
    if not held.independent:
        raise Conflict(
            cite(_("这位专家没有声明过“没有利害关系”，不用登记。"), BASES), code="nothing_declared"
        )
    if held.tied_at is not None:
        raise Conflict(_("这项利害关系已经登记。"), code="interest_stands")
    last = last_review(row.case)
    if row.case.stands.final or last is None or last.pk != row.pk:
        raise Conflict(_("这次评审的结论已经作出，或已经重新评审，不再登记。"), code="moved_on")
    held.tie, held.tied_at, held.tie_found_by = text_of("text", text, least=2, most=300), now(), found_by
    held.save(update_fields=["tie", "tied_at", "tie_found_by"])
    # The words stand in the seat alone, from where they go with the person.
    _note(who, row, "find_tie" if found_by else "disclose", expert=str(held.expert.uuid))
    if held.counted and row.case.state in REVIEWED:
        _anew(row)
    return held


def _anew(row: BaseReview) -> BaseReview:
    """A score that is not to be used, before anything was decided by it: the same is reviewed anew, by the same standard."""
    _void(row)
    tally = row.case.acts.filter(name="tally").order_by("-number").first()
    base = EducationBase.objects.filter(case=row.case).first()
    posting = board.last_of(f"ce-base:{base.uuid}:{tally.number}") if base and tally else None
    if posting is not None:
        # It stands as it was posted: in the platform's language.
        with override(settings.LANGUAGE_CODE):
            board.end(PLATFORM, posting, _("计分的专家里有人与被评单位有利害关系，得分作废，重新评审"))
    return BaseReview.objects.create(
        case=row.case,
        number=row.number + 1,
        purpose=row.purpose,
        standard=row.standard,
        opened_on=today(),
    )


def _void(row: BaseReview) -> None:
    row.voided_on = today()
    row.save(update_fields=["voided_on"])


def _own(user: User, seat: ReviewSeat) -> tuple[BaseReview, ReviewSeat]:
    row = _locked(seat.review)
    held = row.seats.filter(pk=seat.pk, expert=user).first()
    if held is None or not user.is_active:
        raise NotFound
    if row.closed_on is not None:
        raise Conflict(_("这次评审已经汇总得分。"), code="review_closed")
    _is_reviewed(row)
    return row, held


def _is_reviewed(review: BaseReview) -> None:
    if review.case.state not in REVIEWED:
        raise Conflict(
            cite(_("这份申报现在不在评审中，请等主管部门重新组织评审。"), BASES), code="not_reviewed"
        )


def marks_stand(done: Done) -> None:
    """Before papers are asked for anew: what somebody has marked must not change under their marks. Raises Conflict."""
    there = last_review(done.case)
    if there is None or there.closed_on is not None:
        return
    if _locked(there).seats.filter(handed_in_at__isnull=False).exists():
        raise Conflict(
            cite(_("已有专家按现在的材料交回评分。请先汇总得分，再要求补正，补正后重新评审。"), BASES),
            code="marked_already",
        )


def _officer(user: User, case: Case) -> Actor:
    who = of_the_body(user, case.authority, Role.OFFICER)
    if reading.party(user, case).own:
        raise own_case(case)
    return who


def _note(who: Actor, review: BaseReview, name: str, *, reason: str = "", **data: object) -> None:
    record(
        who,
        action=f"ce_review.{name}",
        target_type="training.BaseReview",
        target=review.uuid,
        reason=reason,
        data={"case": review.case.number, **data},
    )
