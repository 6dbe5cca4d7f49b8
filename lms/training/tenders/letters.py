"""What the experts of a tender's panel are told: that they were named, that bids are open for their scores, that they need not score;
and the bidders: that the window for their keys is open, what became of the package.

Owns: the words. Refuses: who bid, before bids are open, and any word of what a bid says.
"""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from lms.accounts.api import User
from lms.training.letters import Words, register_words, tell
from lms.training.lifecycle.conduct import Done
from lms.training.lifecycle.letters import people_of_all
from lms.training.tenders.models import PanelExpert, Tender, TenderBid
from lms.training.tenders.process import BIDS

NAMED, REVIEW, OFF, RELEASED = "tender_named", "tender_review", "tender_off", "tender_released"
BIDDERS = "tender_bidders"
BEFORE = ("published", "opening")
BIDDERS_HEAR = ("open", "review", "announce", "again", "award", "cancel", "fail", "void")


def named(row: PanelExpert) -> None:
    tell(NAMED, str(row.pk), [row.person.uuid], tender=str(row.tender.uuid))


def released(row: PanelExpert) -> None:
    """By an officer; who refused knows it."""
    tell(RELEASED, str(row.pk), [row.person.uuid], tender=str(row.tender.uuid))


def to_the_panel(what: str, tender: Tender) -> None:
    """The same to everybody on the panel; of each round once."""
    people = tender.experts.filter(released_at__isnull=True).values_list("person__uuid", flat=True)
    tell(what, f"{tender.uuid}:{tender.round}", list(people), tender=str(tender.uuid))


def to_bidders(done: Done, tender: Tender) -> None:
    """Those who bid: the window opens, it ended without them, or there is a result. Who has taken the bid back hears nothing more."""
    if done.transition.name not in BIDDERS_HEAR:
        return
    bids = TenderBid.objects.filter(part__tender=tender).exclude(case__state="withdrawn")
    bodies = bids.order_by("bidder").values_list("bidder", flat=True).distinct()
    people = people_of_all(bodies, BIDS)
    tell(BIDDERS, f"{tender.case.uuid}:{done.act.number}", people, tender=str(tender.uuid), act=done.act.name)


def _to_bidder(person: User, data: dict[str, Any]) -> Words | None:
    tender = _tender(data)
    act = tender.case.acts.order_by("-number").filter(name=data["act"]).first()
    if act is None or act.to != tender.case.state:
        return None
    about = _values(tender) | {"state": str(tender.case.stands.label), "reason": act.reason}
    sentences = {
        "open": _(
            "需求包“%(title)s”（%(number)s）投标已截止，现在可以开标：请在 %(opens)s 以前（含当日）用投标时保存的密钥开启你们的投标；到期没有开启的，视为撤回。"
        ),
        "review": _("需求包“%(title)s”（%(number)s）开标结束，进入专家评审。"),
        "announce": _(
            "需求包“%(title)s”（%(number)s）的评审结果正在公示，公开页上有各家得分；有异议的，在公示期内提出。"
        ),
        "again": _("需求包“%(title)s”（%(number)s）重新评审。原因：%(reason)s"),
        "award": _("需求包“%(title)s”（%(number)s）已确定承接方，结果在公开页上。"),
        "cancel": _(
            "需求包“%(title)s”（%(number)s）已取消，没有开启的投标随之结束，不算撤回。原因：%(reason)s"
        ),
    }
    ended = _("需求包“%(title)s”（%(number)s）未确定承接方。原因：%(reason)s")
    head = _("%(state)s：%(title)s") % about
    page = reverse("tenders:tender", args=[tender.uuid])
    return head, sentences.get(data["act"], ended) % about, page


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
    for what, find in (
        (NAMED, _named),
        (REVIEW, _review),
        (OFF, _off),
        (RELEASED, _released),
        (BIDDERS, _to_bidder),
    ):
        register_words(what, find)
