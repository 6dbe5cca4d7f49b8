"""What the experts of a base's review are told: that they were asked, that they need not mark, and what was found out about them.

Owns: the words. Refuses: anything of the body's papers: they stand behind the declaration on the expert's page.
"""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from lms.accounts.api import User
from lms.training.ce_bases.models import BaseReview, ReviewSeat
from lms.training.ce_bases.process import REVIEWED
from lms.training.letters import Words, register_words, tell
from lms.training.lifecycle.models import Case

ASKED, RELEASED, OFF, FOUND = "ce_asked", "ce_released", "ce_off", "ce_found"


def asked(seat: ReviewSeat) -> None:
    tell(ASKED, str(seat.uuid), [seat.expert.uuid], review=str(seat.review.uuid), seat=str(seat.uuid))


def released(seat: ReviewSeat) -> None:
    """By an officer; who refused knows it."""
    tell(RELEASED, str(seat.uuid), [seat.expert.uuid], review=str(seat.review.uuid))


def again(review: BaseReview, act: int) -> None:
    """A review that had stopped goes on: whoever has not marked is asked once more."""
    for seat in _waiting(review):
        tell(ASKED, f"{seat.uuid}:{act}", [seat.expert.uuid], review=str(review.uuid), seat=str(seat.uuid))


def off(case: Case, act: int) -> None:
    """A case that left its review before it was closed: whoever has not marked need not. Nobody, where no review is open."""
    review = BaseReview.objects.filter(case=case).order_by("-number").first()
    if review is not None and review.closed_on is None:
        people = [seat.expert.uuid for seat in _waiting(review)]
        tell(OFF, f"{review.uuid}:{act}", people, review=str(review.uuid))


def found(seat: ReviewSeat) -> None:
    """By an officer; who said it knows it."""
    tell(FOUND, str(seat.uuid), [seat.expert.uuid], review=str(seat.review.uuid), seat=str(seat.uuid))


def _waiting(review: BaseReview) -> QuerySet[ReviewSeat]:
    """Whose marks are waited for."""
    rows = review.seats.filter(handed_in_at__isnull=True, tied_at__isnull=True)
    return rows.exclude(independent=False).select_related("expert")


def _review(data: dict[str, Any]) -> BaseReview:
    return BaseReview.objects.select_related("case__authority", "case__body").get(uuid=data["review"])


def _values(review: BaseReview) -> dict[str, str]:
    return {
        "name": review.case.authority.name,
        "body": review.case.body.name,
        "number": review.case.number or "",
    }


def _asked(person: User, data: dict[str, Any]) -> Words | None:
    review = _review(data)
    seat = review.seats.filter(uuid=data["seat"], expert=person, handed_in_at__isnull=True).first()
    if seat is None or review.closed_on is not None or review.case.state not in REVIEWED:
        return None
    text = _(
        "%(name)s请你评审%(body)s（%(number)s，继续教育基地）。请先声明有没有利害关系，再评分；不能评审的，请在评审页谢绝。"
    ) % _values(review)
    if review.case.due_on is not None:
        text += _("请在 %(day)s 以前交回。") % {"day": review.case.due_on.isoformat()}
    title = _("请你评审：%(title)s") % {"title": review.case.body.name}
    return title, text, reverse("ce_bases:seat", args=[seat.uuid])


def _released(person: User, data: dict[str, Any]) -> Words | None:
    review = _review(data)
    if review.seats.filter(expert=person).exists():
        return None
    text = _("%(name)s不再请你评审%(body)s（%(number)s），你不用评分。") % _values(review)
    title = _("不用评审了：%(title)s") % {"title": review.case.body.name}
    return title, text, reverse("ce_bases:panel")


def _off(person: User, data: dict[str, Any]) -> Words | None:
    review = _review(data)
    if review.closed_on is not None or review.case.state in (*REVIEWED, "supplement", "submitted"):
        return None
    text = _("%(body)s（%(number)s，继续教育基地）现在是“%(state)s”，不再评审，你不用评分。") % {
        **_values(review),
        "state": review.case.stands.label,
    }
    title = _("不用评审了：%(title)s") % {"title": review.case.body.name}
    return title, text, reverse("ce_bases:panel")


def _found(person: User, data: dict[str, Any]) -> Words | None:
    seat = ReviewSeat.objects.filter(uuid=data["seat"], expert=person, tied_at__isnull=False).first()
    if seat is None:
        return None
    text = _("%(name)s查实你与%(body)s（%(number)s）有利害关系：你的评分不计，材料不再给你看。") % _values(
        _review(data)
    )
    title = _("请回避：%(title)s") % {"title": _review(data).case.body.name}
    return title, text, reverse("ce_bases:seat", args=[seat.uuid])


def register() -> None:
    """Called when the application is ready."""
    for what, find in ((ASKED, _asked), (RELEASED, _released), (OFF, _off), (FOUND, _found)):
        register_words(what, find)
