"""Setting up a post at a base, ending it, and what the enterprise paid and awarded (A32).

Owns: SkillPost, PostPayment, PaymentStrike, SkillAward. Refuses: whoever is not of the base's own people; one's own post; a base that is no more; somebody who
does not work there; two posts of one sort for one person at a time; a payment above the allowance, outside the term, ahead of its
month or twice.
"""

from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from lms.accounts.api import Role, User, employments_in_force
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.training.access import of_the_body
from lms.training.bases.models import Base
from lms.training.bases.process import DOCUMENT
from lms.training.grants.rules import yuan
from lms.training.lifecycle.declaration import Source
from lms.training.lifecycle.words import cite
from lms.training.posts import rules
from lms.training.posts.models import PaymentStrike, PostPayment, SkillAward, SkillPost

POSTS = Source(DOCUMENT, "三(二)")
TARGET = "training.SkillPost"


@dataclass(frozen=True)
class NewPost:
    kind: str
    title: str
    person: User
    first_day: date
    last_day: date
    allowance_fen: int
    document: str
    funds_fen: int = 0


@transaction.atomic
def appoint(user: User, base: Base, new: NewPost) -> SkillPost:
    """A post with its term. Raises NotAllowed, Conflict (核销; the person has such a post then), Invalid (with the field)."""
    who = _keeper(user, base, new.person)
    held = Base.objects.select_for_update().get(pk=base.pk)
    if not held.active:
        raise Conflict(_("这个基地已经核销，不能再设岗位。"), code="base_removed")
    if new.kind not in set(rules.Kind):
        raise _wrong("kind", _("请选首席技师或技能大师工作室。"))
    title, document = _word(new.title, "title", 80), _word(new.document, "document", 200)
    if rules.term_fault(new.first_day, new.last_day):
        raise _wrong("last_day", _("聘期的结束不早于开始，最长十年。"))
    if not 0 < new.allowance_fen <= rules.LARGEST_FEN:
        raise _wrong("allowance_fen", _("请填写每月的岗位津贴，精确到分。"))
    if not 0 <= new.funds_fen <= rules.LARGEST_FEN:
        raise _wrong("funds_fen", _("工作经费不能小于 0。"))
    if not employments_in_force().filter(organisation=held.body, user=new.person).exists():
        raise _wrong("person", _("请选本单位在职的人：本人要已经确认在这里工作。"))
    for other in SkillPost.objects.filter(base=held, kind=new.kind, person=new.person):
        if new.first_day <= other.term.end and other.first_day <= new.last_day:
            raise Conflict(
                _("这个人在 %(first)s 至 %(last)s 已有同类岗位。")
                % {"first": other.first_day.isoformat(), "last": other.term.end.isoformat()},
                code="post_there",
            )
    post = SkillPost.objects.create(
        base=held,
        kind=new.kind,
        title=title,
        person=new.person,
        first_day=new.first_day,
        last_day=new.last_day,
        allowance_fen=new.allowance_fen,
        funds_fen=new.funds_fen,
        document=document,
        set_by=user,
        at=now(),
    )
    _note(who, post, "appoint", reason=document)
    return post


@transaction.atomic
def end(user: User, post: SkillPost, day: date, reason: str) -> SkillPost:
    """Before its last day. Raises NotAllowed, Conflict (ended already), Invalid."""
    who, held = _held(user, post)
    if held.ended_on is not None:
        raise Conflict(_("这个岗位已经提前结束。"), code="post_ended")
    if not held.first_day <= day < held.last_day:
        raise _wrong("day", _("提前结束的日期在聘期之内，早于聘期最后一天。"))
    later = held.payments.filter(month__gt=day, strike__isnull=True).order_by("-month").first()
    if later is not None:
        raise _wrong(
            "day",
            _("%(month)s 的津贴已经登记，提前结束的日期不能早于这个月。") % {"month": f"{later.month:%Y-%m}"},
        )
    held.ended_on, held.ended_reason = day, _word(reason, "reason", 300)
    held.save(update_fields=["ended_on", "ended_reason"])
    _note(who, held, "end", reason=held.ended_reason)
    return held


@dataclass(frozen=True)
class Paid:
    month: date
    allowance_fen: int
    paid_on: date
    voucher: str
    funds_fen: int = 0


@transaction.atomic
def pay(user: User, post: SkillPost, paid: Paid) -> PostPayment:
    """What the enterprise paid for a month. Raises NotAllowed, Conflict (that month is there), Invalid (with the field)."""
    who, held = _held(user, post)
    month = rules.month_of(paid.month)
    if not held.term.covers_month(month) or month > today():
        raise _wrong("month", _("这个月不在聘期之内，或者还没有到。"))
    if not 0 < paid.allowance_fen <= held.allowance_fen:
        raise _wrong("allowance_fen", _("岗位津贴大于 0，不超过约定的每月数额。"))
    if paid.funds_fen < 0:
        raise _wrong("funds_fen", _("工作经费不能小于 0。"))
    there = held.payments.filter(month=month)
    if there.filter(strike__isnull=True).exists():
        raise _month_there(month)
    _within_funds(held, month, paid.funds_fen)
    if not month <= paid.paid_on <= today():
        raise _wrong("paid_on", _("发放日期不早于当月，不晚于今天。"))
    try:
        with transaction.atomic():
            row = PostPayment.objects.create(
                post=held,
                month=month,
                again=there.count(),
                allowance_fen=paid.allowance_fen,
                funds_fen=paid.funds_fen,
                paid_on=paid.paid_on,
                voucher=_word(paid.voucher, "voucher", 60),
                set_by=user,
                at=now(),
            )
    except IntegrityError as error:
        # Somebody else was faster.
        raise _month_there(month) from error
    _note(who, held, "pay", month=f"{month:%Y-%m}", fen=paid.allowance_fen)
    return row


def _month_there(month: date) -> Conflict:
    return Conflict(
        _("%(month)s 的津贴已经登记过。") % {"month": f"{month:%Y-%m}"},
        code="month_there",
        details={"field": "month"},
    )


@transaction.atomic
def strike(user: User, post: SkillPost, payment: PostPayment, reason: str) -> PaymentStrike:
    """A payment that was recorded twice or wrongly counts no more, with its reason; the right one is recorded anew. Raises NotAllowed,
    Invalid (none of this post's; no reason), Conflict (struck already)."""
    who, held = _held(user, post)
    found = held.payments.filter(pk=payment.pk).first()
    if found is None:
        raise _wrong("payment", _("请选这个岗位的一笔发放。"))
    # The post's row is locked: nobody strikes it in between.
    if PaymentStrike.objects.filter(payment=found).exists():
        raise Conflict(_("这一笔已经冲正。"), code="struck_already", details={"field": "payment"})
    row = PaymentStrike.objects.create(
        payment=found, reason=_word(reason, "reason", 300), set_by=user, at=now()
    )
    _note(who, held, "strike", row.reason, month=f"{found.month:%Y-%m}", fen=found.allowance_fen)
    return row


def _within_funds(post: SkillPost, month: date, fen: int) -> None:
    """工作经费 are agreed for a year: what is paid in the months of one year is not above them."""
    counted = post.payments.filter(month__year=month.year, strike__isnull=True)
    before = counted.aggregate(sum=Sum("funds_fen"))["sum"] or 0
    if fen and before + fen > post.funds_fen:
        said = _("工作经费约定每年 %(agreed)s 元，%(year)s 年已登记 %(before)s 元，不能再登记 %(fen)s 元。")
        raise _wrong(
            "funds_fen",
            said
            % {
                "agreed": yuan(post.funds_fen),
                "year": month.year,
                "before": yuan(before),
                "fen": yuan(fen),
            },
        )


@transaction.atomic
def award(user: User, post: SkillPost, *, title: str, reason: str, day: date, fen: int = 0) -> SkillAward:
    """An honour or reward. Raises NotAllowed, Invalid."""
    who, held = _held(user, post)
    if not held.first_day <= day <= today():
        raise _wrong("day", _("日期在聘期开始之后，不晚于今天。"))
    if not 0 <= fen <= rules.LARGEST_FEN:
        raise _wrong("fen", _("奖金不能小于 0。"))
    row = SkillAward.objects.create(
        post=held,
        title=_word(title, "title", 120),
        reason=_word(reason, "reason", 300),
        fen=fen,
        day=day,
        set_by=user,
        at=now(),
    )
    _note(who, held, "award", reason=row.reason, title=row.title)
    return row


def _keeper(user: User, base: Base, person: User) -> Actor:
    """Raises NotAllowed; also for one's own post: nobody says of themselves what they were given."""
    who = of_the_body(user, base.body, Role.HR, Role.ADMIN)
    if user.pk == person.pk:
        raise NotAllowed(cite(_("不能办理自己的事项，请交给其他人员。"), POSTS), code="own_case")
    return who


def _held(user: User, post: SkillPost) -> tuple[Actor, SkillPost]:
    """Who acts, and the row, locked. Raises NotAllowed, Conflict."""
    list(SkillPost.objects.select_for_update().filter(pk=post.pk).values_list("pk"))
    held = SkillPost.objects.select_related("base__body", "person").get(pk=post.pk)
    return _keeper(user, held.base, held.person), held


def _note(who: Actor, post: SkillPost, what: str, reason: str = "", **data: str | int) -> None:
    record(who, action=f"skill_post.{what}", target_type=TARGET, target=post.uuid, reason=reason, data=data)


def _word(text: str, name: str, longest: int) -> str:
    said = " ".join(text.split())
    if not said or len(said) > longest or "\0" in said:
        raise _wrong(name, _("请填写这一项，不超过 %(most)s 个字。") % {"most": longest})
    return said


def _wrong(name: str, sentence: str) -> Invalid:
    return Invalid(sentence, code="invalid_post", details={"field": name})
