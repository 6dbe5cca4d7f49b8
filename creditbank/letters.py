"""Letters: what the credit bank tells the person concerned when something of theirs was decided, is asked for or will end.

The pages say all of it by themselves, whatever becomes of a letter. Owns: which events are told, and the words; what is no
longer true by the time it is delivered is not sent. Refuses: choosing a channel (whoever knows the senders registers one,
`creditbank.api.register_sender`), and details: they are behind the sign-in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from creditbank.applications.lifecycle import State
from creditbank.applications.models import Application
from creditbank.honours.models import CohortMember
from creditbank.promotion.models import Promotion
from lms.accounts.api import User
from lms.lib.outbox.registry import Event, consumer

NAME = "creditbank.letters"


@dataclass(frozen=True)
class Letter:
    """title, text: in the site's language; url: the page on which the person reads and answers it."""

    person: User
    title: str
    text: str
    url: str


class Sender(Protocol):
    """Raises when the message was certainly not taken; then it is tried again."""

    def __call__(self, letter: Letter) -> None: ...


_senders: list[Sender] = []
Words = tuple[User, str, str, str]


def register_sender(sender: Sender) -> None:
    """What brings letters; registered once, whenever it is imported again. Without one none is sent."""
    if sender not in _senders:
        _senders.append(sender)


def _telling(words: Callable[[Event], Words | None]) -> Callable[[Event], None]:
    """The consumer that sends what `words` (person, title, text, path) says of an event; None: nothing (any more)."""

    def deliver(event: Event) -> None:
        with translation.override(settings.LANGUAGE_CODE):
            found = words(event)
            if found is None or not found[0].is_active:
                return
            person, title, text, path = found
            for send in _senders:
                send(Letter(person, title, text, settings.PUBLIC_URL + path))

    return deliver


def invited(event: Event) -> Words | None:
    """`cohort.invited`, while it waits for an answer."""
    rows = CohortMember.objects.select_related("cohort__organisation", "person")
    row = rows.filter(uuid=event.payload["member"], state=CohortMember.State.INVITED).first()
    if row is None:
        return None
    values = {"body": row.cohort.organisation.name, "name": row.cohort.name}
    text = (
        _("%(body)s邀请你加入「%(name)s」。加入与否由你决定；你同意以前，对方看不到你的任何资料。") % values
    )
    path = reverse("credit:cohort_member", args=[row.uuid])
    return row.person, _("邀请：%(name)s") % values, text, path


def expiring(event: Event) -> Words | None:
    """`credit.expiring`: the notice before credits expire."""
    row = _application(event)
    if row is None or row.state != State.APPROVED:
        return None
    values = {"programme": row.programme.name, "day": event.payload["expires_on"]}
    text = _("你在「%(programme)s」的一部分学分 %(day)s 到期，此前可以转换或兑换。") % values
    return row.applicant, _("学分将到期：%(programme)s") % values, text, reverse("credit:overview")


def decided(event: Event) -> Words | None:
    """`application.…`: papers are asked for, or there is a result; not what a later step has overtaken."""
    row = _application(event)
    if row is None or row.state != _OUTCOMES[event.kind]:
        return None
    values = {"title": row.title, "programme": row.programme.name}
    if row.state == State.SUPPLEMENT:
        title = _("请补充材料：%(title)s") % values
        text = (
            _("学校请你为申请「%(title)s → %(programme)s」补充材料。要补什么、到哪一天为止，请登录查看。")
            % values
        )
    else:
        title = _("申请有结果了：%(title)s") % values
        text = (
            _("申请「%(title)s → %(programme)s」有了新的结果。结果、理由和可以怎么办，请登录查看。") % values
        )
    return row.applicant, title, text, reverse("credit:application", args=[row.uuid])


def promoted(event: Event) -> Words | None:
    """`promotion.confirmed`, `promotion.refused`."""
    rows = Promotion.objects.select_related("outcome__holder")
    row = rows.filter(uuid=event.payload["promotion"]).exclude(state=Promotion.State.PROPOSED).first()
    if row is None:
        return None
    values = {"title": row.outcome.title}
    text = _("你凭「%(title)s」提出的晋级申请有了结果，请登录查看。") % values
    path = reverse("credit:outcome", args=[row.outcome.uuid])
    return row.outcome.holder, _("晋级申请有结果了：%(title)s") % values, text, path


def _application(event: Event) -> Application | None:
    rows = Application.objects.select_related(
        "applicant", "outcome", "programme", "course__programme__organisation"
    )
    return rows.filter(uuid=UUID(event.payload["application"])).first()


_OUTCOMES = {
    "application.supplement_asked": State.SUPPLEMENT,
    "application.approved": State.APPROVED,
    "application.refused": State.REFUSED,
    "application.upheld": State.UPHELD,
    "application.expired": State.EXPIRED,
    "application.reversed": State.REVERSED,
}


def register() -> None:
    """Called when the application is ready."""
    consumer("cohort.invited", name=NAME)(_telling(invited))
    consumer("credit.expiring", name=NAME)(_telling(expiring))
    for kind in _OUTCOMES:
        consumer(kind, name=NAME)(_telling(decided))
    for kind in ("promotion.confirmed", "promotion.refused"):
        consumer(kind, name=NAME)(_telling(promoted))
