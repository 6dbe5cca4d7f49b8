"""What the experts of a tender's panel are told: that they were named, that bids are open for their scores, that they need not score.

Owns: the words. Refuses: who bid, before bids are open, and any word of what a bid says.
"""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from lms.accounts.api import User
from lms.training.experts import api as register_of_experts
from lms.training.experts.api import Words
from lms.training.tenders.models import PanelExpert, Tender

NAMED, REVIEW, OFF, RELEASED = "tender_named", "tender_review", "tender_off", "tender_released"
BEFORE = ("published", "opening")


def named(row: PanelExpert) -> None:
    register_of_experts.tell(NAMED, str(row.pk), [row.person.uuid], tender=str(row.tender.uuid))


def released(row: PanelExpert) -> None:
    """By an officer; who refused knows it."""
    register_of_experts.tell(RELEASED, str(row.pk), [row.person.uuid], tender=str(row.tender.uuid))


def to_the_panel(what: str, tender: Tender) -> None:
    """The same to everybody on the panel; of each round once."""
    people = tender.experts.filter(released_at__isnull=True).values_list("person__uuid", flat=True)
    register_of_experts.tell(what, f"{tender.uuid}:{tender.round}", list(people), tender=str(tender.uuid))


def _tender(data: dict[str, Any]) -> Tender:
    return Tender.objects.select_related("case__authority", "case__body").get(uuid=data["tender"])


def _sits(person: User, tender: Tender) -> bool:
    return tender.experts.filter(person=person, released_at__isnull=True).exists()


def _named(person: User, data: dict[str, Any]) -> Words | None:
    tender = _tender(data)
    row = tender.experts.filter(person=person, released_at__isnull=True).first()
    if row is None:
        return None
    if tender.case.state == "review":
        begun = tender.case.acts.filter(name__in=("review", "again")).order_by("-number").first()
        # Who was on the panel when it began has the letter that says so.
        return None if begun is not None and row.named_at < begun.at else _review(person, data)
    if tender.case.state not in BEFORE:
        return None
    text = _(
        "%(name)s请你评审需求包“%(title)s”（%(number)s）。投标到 %(closes)s 截止，%(opens)s 以前开标，之后评审。"
        "评审时先对每家投标单位声明有没有利害关系，再打分；不能评审的，现在就可以在评审页谢绝。"
    ) % _values(tender)
    return _("请你评审：%(title)s") % {"title": tender.title}, text, _seat(tender)


def _review(person: User, data: dict[str, Any]) -> Words | None:
    tender = _tender(data)
    if tender.case.state != "review" or not _sits(person, tender):
        return None
    text = _(
        "需求包“%(title)s”（%(number)s）已开标。请先对每家投标单位声明有没有利害关系，再打分。"
    ) % _values(tender)
    if tender.case.due_on is not None:
        text += _("请在 %(day)s 以前交齐。") % {"day": tender.case.due_on.isoformat()}
    return _("可以评审了：%(title)s") % {"title": tender.title}, text, _seat(tender)


def _off(_person: User, data: dict[str, Any]) -> Words | None:
    tender = _tender(data)
    if tender.case.state not in ("cancelled", "failed"):
        return None
    text = _("需求包“%(title)s”（%(number)s）不再评审，你不用打分。原因见公开页。") % _values(tender)
    return (
        _("不用评审了：%(title)s") % {"title": tender.title},
        text,
        reverse("tenders:tender", args=[tender.uuid]),
    )


def _released(person: User, data: dict[str, Any]) -> Words | None:
    tender = _tender(data)
    if _sits(person, tender):
        return None
    text = _("%(name)s不再请你评审需求包“%(title)s”（%(number)s），你不用打分。") % _values(tender)
    return (
        _("不用评审了：%(title)s") % {"title": tender.title},
        text,
        reverse("tenders:tender", args=[tender.uuid]),
    )


def _seat(tender: Tender) -> str:
    return reverse("tenders:seat", args=[tender.uuid])


def _values(tender: Tender) -> dict[str, str]:
    return {
        "name": tender.case.authority.name,
        "title": tender.title,
        "number": tender.case.number or "",
        "closes": tender.closes_on.isoformat(),
        "opens": tender.opens_until.isoformat(),
    }


def register() -> None:
    """Called when the application is ready."""
    for what, find in ((NAMED, _named), (REVIEW, _review), (OFF, _off), (RELEASED, _released)):
        register_of_experts.register_words(what, find)
