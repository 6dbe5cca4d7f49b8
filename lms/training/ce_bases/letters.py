"""What the experts of a base's review are told: that they were asked, and that they need not mark.

Owns: the words. Refuses: anything of the body's papers: they stand behind the declaration on the expert's page.
"""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from lms.accounts.api import User
from lms.training.ce_bases.models import BaseReview, ReviewSeat
from lms.training.ce_bases.process import REVIEWED
from lms.training.experts import api as register_of_experts
from lms.training.experts.api import Words

ASKED, RELEASED = "ce_asked", "ce_released"


def asked(seat: ReviewSeat) -> None:
    register_of_experts.tell(
        ASKED, str(seat.uuid), [seat.expert.uuid], review=str(seat.review.uuid), seat=str(seat.uuid)
    )


def released(seat: ReviewSeat) -> None:
    """By an officer; who refused knows it."""
    register_of_experts.tell(RELEASED, str(seat.uuid), [seat.expert.uuid], review=str(seat.review.uuid))


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


def register() -> None:
    """Called when the application is ready."""
    register_of_experts.register_words(ASKED, _asked)
    register_of_experts.register_words(RELEASED, _released)
