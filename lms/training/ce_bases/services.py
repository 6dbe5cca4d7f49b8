"""What acts on an application or a base bring: reviews opened and closed, the base with its number, its level, and its leaving the list.

Owns: EducationBase, BaseLevel. Refuses: naming without experts' passing score, without the public notice that the rule asks for, or a body
that is a base already; keeping, correcting or removing a base otherwise than its score and the standard say; a national level without
nomination or document.
"""

from datetime import date

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from lms.lib.clock import today
from lms.lib.errors import Conflict
from lms.lib.workdays import add_working_days
from lms.training.board import api as board
from lms.training.ce_bases import filings, letters, papers, rules, words
from lms.training.ce_bases.models import INDUSTRIES, BaseLevel, BaseReview, EducationBase
from lms.training.ce_bases.process import BASES, REVIEWED
from lms.training.ce_bases.reviews import PLATFORM, close_review, last_review, open_review, text_of, wrong
from lms.training.ce_bases.rules import Purpose, WayOut
from lms.training.ce_bases.ties import tainted
from lms.training.lifecycle.conduct import Done
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.rules import add_months
from lms.training.lifecycle.services import next_number
from lms.training.lifecycle.words import cite

LONGEST_PREFIX = 12
# Where a review that is open goes on, be it after papers were supplemented.
GOES_ON = (*REVIEWED, "supplement", "submitted")
_OPENS = {
    "accept": Purpose.NAMING,
    "again": Purpose.NAMING,
    "overturn": Purpose.NAMING,
    "evaluate": Purpose.PERIODIC,
    "correct": Purpose.CORRECTION,
}


def after(done: Done) -> None:
    """What an act brings, or why it cannot be done; inside its transaction."""
    name, case = done.transition.name, done.case
    review: BaseReview | None = None
    if name in _OPENS:
        review = open_review(done, _OPENS[name])
    elif name in ("score", "tally"):
        review = close_review(done)
    elif name in ("pass", "name", "name_unnoticed"):
        _may_be_named(done)
    elif case.state not in GOES_ON and done.day == today():
        # What is entered of the past is news to nobody.
        letters.off(case, done.act.number)
    base = _name(done) if name in ("name", "name_unnoticed") else _held(case)
    if base is not None:
        _follow(done, base)
    papers.issue_after(done, base, review)
    with override(settings.LANGUAGE_CODE):
        _post(done, base, review)


def _held(case: Case) -> EducationBase | None:
    """The case's base, locked for the rest of the transaction."""
    list(EducationBase.objects.select_for_update().filter(case=case).values_list("pk"))
    return EducationBase.objects.select_related("authority", "body", "case").filter(case=case).first()


def _may_be_named(done: Done) -> None:
    review = last_review(done.case)
    if review is None or review.closed_on is None:
        raise Conflict(cite(_("专家评审还没有汇总得分。"), BASES), code="no_score")
    if not review.passed:
        raise Conflict(
            cite(
                _("评审得分是%(score)s，不到合格线，不能认定。")
                % {"score": words.mark_text(review.centimarks)},
                BASES,
            ),
            code="failed",
        )
    _untied(review)
    rule = done.case.rule
    if done.transition.name == "name_unnoticed" and rule is not None and rule.values.get("notice_days"):
        raise Conflict(
            cite(_("办理规则规定要公示，公示期满才能认定。"), rule.source or BASES), code="notice_asked"
        )


def _untied(review: BaseReview) -> None:
    """No score is used that somebody with an interest in the body has given. Raises Conflict."""
    names = [str(seat.expert) for seat in tainted(review)]
    if not names:
        return
    sentence = (
        _("%(names)s给这个得分打了分，与被评单位有利害关系：请在评审页登记，登记后重新评审。")
        if review.case.state in REVIEWED
        else _("%(names)s给这个得分打了分，与被评单位有利害关系：要先“重新评审”。")
    )
    raise Conflict(cite(sentence % {"names": _("、").join(names)}, BASES), code="tainted")


def _name(done: Done) -> EducationBase:
    case = done.case
    facts = rules.load(case.facts)
    try:
        with transaction.atomic():
            return EducationBase.objects.create(
                case=case,
                authority=case.authority,
                body=case.body,
                number=_number(case.authority.code, done.day.year),
                host_kind=facts.host_kind,
                industry=facts.industry,
                specialty=facts.specialty,
                named_on=done.day,
            )
    except IntegrityError as error:
        raise Conflict(
            cite(_("%(name)s已经是继续教育基地。") % {"name": case.body.name}, BASES), code="base_already"
        ) from error


def _number(code: str, year: int) -> str:
    """The next number; authorities whose codes begin alike share a series."""
    printed = f"{code.upper()[:LONGEST_PREFIX]}-JJ{year}"
    return f"{printed}-{next_number(f'ce-base:{printed}'):03d}"


def _follow(done: Done, base: EducationBase) -> None:
    name = done.transition.name
    if name in ("keep", "fail", "remove"):
        _by_score(done)
    if name in ("remove", "expire", "resign"):
        base.removed_on, base.reason = done.day, done.act.reason
        base.save(update_fields=["removed_on", "reason"])
        filings.base_left(done, base)
    elif name == "nominate":
        _step(done, base, BaseLevel.Step.NOMINATED, done.day)
    elif name == "elevate":
        _elevate(done, base)


def _by_score(done: Done) -> None:
    """Whether the last review says what this act says (三(四): 定期考核评估，建立退出机制)."""
    review, name = last_review(done.case), done.transition.name
    if review is None or review.closed_on is None:
        raise Conflict(cite(_("专家评估还没有汇总得分。"), BASES), code="no_score")
    said = {"score": words.mark_text(review.centimarks), "pass": review.standard.pass_mark}
    _untied(review)
    if review.passed != (name == "keep"):
        sentence = (
            _("得分是%(score)s，不到合格线 %(pass)s 分，不能按合格保留：不合格的要整改或退出。")
            if name == "keep"
            else _("得分是%(score)s，达到合格线 %(pass)s 分，不能责令整改或退出。")
        )
        raise Conflict(cite(sentence % said, BASES), code="score_differs")
    if name == "keep":
        return
    way = rules.way_out(corrected_before(done.case, done.act.number), review.standard.corrections)
    if way != (WayOut.CORRECT if name == "fail" else WayOut.REMOVE):
        sentence = (
            _("评估标准允许的整改次数已经用完，这一步应当是退出。")
            if name == "fail"
            else _("评估标准允许先整改：还没有用完整改的次数，不能直接退出。")
        )
        raise Conflict(cite(sentence, review.standard.source), code="way_out")


def corrected_before(case: Case, number: int) -> int:
    """How many times in a row the base was told to correct itself before this act, since it last passed. One query."""
    count = 0
    rows = case.acts.filter(name__in=("fail", "keep"), number__lt=number).order_by("-number")
    for name in rows.values_list("name", flat=True):
        if name == "keep":
            break
        count += 1
    return count


def way_out_of(case: Case) -> WayOut | None:
    """What the last score leads to; None where it passed, or is not there yet."""
    review = last_review(case)
    if review is None or review.passed is not False:
        return None
    return rules.way_out(corrected_before(case, case.revision + 1), review.standard.corrections)


def _step(done: Done, base: EducationBase, step: str, since: date) -> None:
    document = text_of("document", str(done.values.get("document", "")), least=2, most=120)
    try:
        with transaction.atomic():
            BaseLevel.objects.create(base=base, step=step, since=since, document=document, at=done.at)
    except IntegrityError as error:
        raise Conflict(_("这一步已经登记过，请刷新后再看。"), code="step_already") from error


def _elevate(done: Done, base: EducationBase) -> None:
    if not base.levels.filter(step=BaseLevel.Step.NOMINATED).exists():
        raise Conflict(
            cite(_("国家级基地从推荐申报的基地里认定：还没有推荐过。"), BASES), code="not_nominated"
        )
    since = done.values.get("since")
    if not isinstance(since, date) or not base.named_on <= since <= done.day:
        raise wrong("since", _("国家级认定的日期要在市级认定以后、今天为止。"))
    _step(done, base, BaseLevel.Step.NATIONAL, since)


# --- last days: what the standard says ---------------------------------------------------------------------


def next_evaluation(case: Case, day: date) -> date | None:
    """By when a base that stands is to be evaluated again; None where its standard sets no interval."""
    review = last_review(case)
    months = review.standard.interval_months if review else None
    return add_months(day, months) if months else None


def end_of_correction(case: Case, day: date) -> date | None:
    """The last day of a correction that begins on the day. Raises NoCalendar."""
    review = last_review(case)
    days = review.standard.correction_days if review else None
    return add_working_days(day, days) if days else None


# --- what is public at once ---------------------------------------------------------------------------------


def _post(done: Done, base: EducationBase | None, review: BaseReview | None) -> None:
    if base is None:
        return
    name, what = done.transition.name, {"body": base.body.name, "number": base.number}
    if name in ("name", "name_unnoticed"):
        body = _("基地编号：%(number)s\n行业：%(industry)s\n专业方向：%(specialty)s") % {
            **what,
            "industry": words.label(base.industry, INDUSTRIES),
            "specialty": base.specialty,
        }
        _tell(done, base, board.Kind.NAMED, _("认定%(body)s为继续教育基地") % what, body)
    elif name == "tally" and review is not None:
        body = "\n".join(
            (words.verdict(review), words.reckoning_text(words.reckoned(review), review.centimarks or 0))
        )
        _tell(done, base, board.Kind.RESULT, _("%(body)s继续教育基地评估结果") % what, body)
    elif name == "elevate":
        document = str(done.values.get("document", ""))
        _tell(done, base, board.Kind.NAMED, _("%(body)s列为国家级继续教育基地") % what, document)
    elif name in ("remove", "expire", "resign"):
        body = _("基地编号：%(number)s") % what + "\n" + done.act.reason
        _tell(done, base, board.Kind.REMOVED, _("%(body)s退出继续教育基地名录") % what, body)


def _tell(done: Done, base: EducationBase, kind: str, title: str, body: str) -> None:
    board.post(
        PLATFORM,
        kind=kind,
        title=title,
        authority=base.authority,
        subject=f"ce-base:{base.uuid}",
        body=body,
        url=f"/ce-bases/{base.uuid}/",
        first_day=done.day,
        key=f"ce-base:{base.uuid}:{done.act.number}",
    )
