"""The yearly exchange of bases (三(四): 每年组织基地开展横向交流，推进培训资源和建设经验共享) and what they share.

Owns: Exchange, ExchangePlace, ExchangeMinutes, SharedResource. Refuses: an event outside its year; signing up of others than bases of
the authority that stand on that day, after the day, or to a called-off event; minutes before the day; resources of others than bases.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from courses.api import CoursePage
from lms.accounts.api import Organisation, User
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, NotFound
from lms.training.access import acting
from lms.training.board import api as board
from lms.training.ce_bases import queries, rules
from lms.training.ce_bases.filings import staff_of
from lms.training.ce_bases.models import (
    EducationBase,
    Exchange,
    ExchangeMinutes,
    ExchangePlace,
    SharedResource,
)
from lms.training.ce_bases.process import BASES
from lms.training.ce_bases.reviews import PLATFORM, text_of, wrong
from lms.training.lifecycle.words import cite

LONGEST_MINUTES = 8000


@dataclass(frozen=True)
class NewExchange:
    authority: Organisation
    year: int
    theme: str
    about: str
    held_on: date
    place: str


@transaction.atomic
def announce(by: User | Actor, new: NewExchange) -> Exchange:
    """An event of a year, on the notice board at once. By officers of the authority. Raises NotAllowed, Invalid."""
    who = acting(by, new.authority, _("横向交流由主管部门组织。"))
    if not rules.FIRST_YEAR <= new.year <= rules.LAST_YEAR or new.held_on.year != new.year:
        raise wrong("held_on", _("活动的日期要在所填的年度里。"))
    if new.held_on < today() and not who.is_platform:
        raise wrong("held_on", _("活动从今天或以后举行；办过的请平台补录。"))
    row = Exchange.objects.create(
        authority=new.authority,
        year=new.year,
        theme=text_of("theme", new.theme, most=120),
        about=text_of("about", new.about, most=4000),
        held_on=new.held_on,
        place=text_of("place", new.place, most=120),
        at=now(),
    )
    _record(who, row, "announce", year=row.year, day=row.held_on.isoformat())
    with override(settings.LANGUAGE_CODE):
        body = _("时间：%(day)s\n地点：%(place)s\n%(about)s") % {
            "day": row.held_on.isoformat(),
            "place": row.place,
            "about": row.about,
        }
        title = _("%(year)s 年继续教育基地横向交流：%(theme)s") % {"year": row.year, "theme": row.theme}
    board.post(
        PLATFORM,
        kind=board.Kind.OTHER,
        title=title,
        authority=row.authority,
        subject=f"ce-exchange:{row.uuid}",
        body=body,
        url=f"/ce-bases/exchange/{row.year}/",
        first_day=min(today(), row.held_on),
        last_day=row.held_on,
        key=f"ce-exchange:{row.uuid}",
    )
    return row


@transaction.atomic
def call_off(user: User, exchange: Exchange, reason: str) -> Exchange:
    """An event that will not be held; the board says so, too. Raises NotAllowed, Conflict (called off, or held), Invalid."""
    row = _locked(exchange)
    who = acting(user, row.authority, "")
    said = text_of("reason", reason, least=2, most=300)
    if row.cancelled or row.held_on < today() or row.minutes.exists():
        raise Conflict(_("已经取消或已经举办的活动不能取消，请刷新后再看。"), code="moved_on")
    row.cancelled = said
    row.save(update_fields=["cancelled"])
    _record(who, row, "call_off", reason=said)
    # As it was corrected by hand, if it was; taken back already, nothing is left to say.
    board.end_all(PLATFORM, f"ce-exchange:{row.uuid}", said)
    return row


@transaction.atomic
def sign_up(user: User, exchange: Exchange, base: EducationBase, brings: str = "") -> ExchangePlace:
    """A base takes part. By its own people, until the day itself. Raises NotAllowed, Conflict, Invalid."""
    row = _locked(exchange)
    who = staff_of(user, base)
    if row.cancelled:
        raise Conflict(_("这次活动已经取消：%(reason)s") % {"reason": row.cancelled}, code="called_off")
    if row.held_on < today():
        raise Conflict(_("活动已经在 %(day)s 举行。") % {"day": row.held_on.isoformat()}, code="over")
    return _take(who, user, row, base, brings)


def _take(who: Actor, user: User, row: Exchange, base: EducationBase, brings: str) -> ExchangePlace:
    there = queries.base_of(base.body_id, row.held_on)
    if there is None or there.pk != base.pk or base.authority_id != row.authority_id:
        raise Conflict(
            cite(_("横向交流面向%(name)s在册的继续教育基地。") % {"name": row.authority.name}, BASES),
            code="no_base",
        )
    try:
        with transaction.atomic():
            place = ExchangePlace.objects.create(
                exchange=row,
                base=base,
                brings=text_of("brings", brings, least=0, most=200),
                by=user,
                at=now(),
            )
    except IntegrityError as error:
        raise Conflict(_("本基地已经报名。"), code="signed_up") from error
    _record(who, row, "sign_up", base=str(base.uuid))
    return place


def take_over(by: Actor, user: User, exchange: Exchange, base: EducationBase, brings: str) -> ExchangePlace:
    """A base that took part in an event of the past, entered by the platform; user: who signed up for it."""
    with transaction.atomic():
        row = _locked(exchange)
        return _take(acting(by, row.authority, ""), user, row, base, brings)


@transaction.atomic
def keep_minutes(by: User | Actor, exchange: Exchange, text: str) -> ExchangeMinutes:
    """The minutes, public; again: the next version. From the day of the event on. Raises NotAllowed, Conflict, Invalid."""
    row = _locked(exchange)
    who = acting(by, row.authority, "")
    if row.cancelled or row.held_on > today():
        raise Conflict(_("活动举行以后才有纪要。"), code="not_held")
    minutes = ExchangeMinutes.objects.create(
        exchange=row,
        version=row.minutes.count() + 1,
        text=text_of("text", text, least=10, most=LONGEST_MINUTES),
        by=by if isinstance(by, User) else None,
        at=now(),
    )
    _record(who, row, "minutes", version=minutes.version)
    return minutes


# --- shared resources -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NewResource:
    """course: the code of a course of the base's own, "" for none."""

    year: int
    kind: str
    title: str
    openness: str
    contact_name: str
    contact_phone: str
    about: str = ""
    course: str = ""


@transaction.atomic
def share(user: User, base: EducationBase, new: NewResource) -> SharedResource:
    """Something that a base shares in a year. By its own people, this year's or the next. Raises NotAllowed, Conflict, Invalid."""
    who = staff_of(user, base)
    if new.year not in (today().year, today().year + 1):
        raise wrong("year", _("共享资源按年度登记，现在可以登记今年和明年的。"))
    if new.kind not in set(rules.Resource):
        raise wrong("kind", _("请选择资源的类别。"))
    if new.openness not in set(rules.Openness):
        raise wrong("openness", _("请选择开放的范围。"))
    course = None
    if new.course.strip():
        course = CoursePage.objects.live().filter(code=new.course.strip(), provider=base.body_id).first()
        if course is None:
            raise wrong("course", _("没有代码是“%(code)s”的本单位课程") % {"code": new.course.strip()})
    try:
        with transaction.atomic():
            row = SharedResource.objects.create(
                base=base,
                year=new.year,
                kind=new.kind,
                title=text_of("title", new.title, most=120),
                about=text_of("about", new.about, least=0, most=500),
                openness=new.openness,
                course=course,
                contact_name=text_of("contact_name", new.contact_name, most=40),
                contact_phone=text_of("contact_phone", new.contact_phone, least=5, most=30),
                by=user,
                at=now(),
            )
    except IntegrityError as error:
        raise Conflict(_("这一年已经登记过同名的资源。"), code="shared_already") from error
    record(
        who,
        action="ce_base.share",
        target_type="training.SharedResource",
        target=row.uuid,
        data={"base": str(base.uuid), "year": row.year, "kind": row.kind},
    )
    return row


@transaction.atomic
def end_sharing(user: User, base: EducationBase, uuid: UUID) -> SharedResource:
    """The base takes a resource back. Raises NotAllowed, NotFound, Conflict."""
    who = staff_of(user, base)
    row = SharedResource.objects.select_for_update().filter(base=base, uuid=uuid).first()
    if row is None:
        raise NotFound
    if row.ended_at is not None:
        raise Conflict(_("已经停止共享，请刷新后再看。"), code="ended_already")
    row.ended_at = now()
    row.save(update_fields=["ended_at"])
    record(who, action="ce_base.end_sharing", target_type="training.SharedResource", target=row.uuid, data={})
    return row


def _locked(exchange: Exchange) -> Exchange:
    list(Exchange.objects.select_for_update().filter(pk=exchange.pk).values_list("pk"))
    return Exchange.objects.select_related("authority").get(pk=exchange.pk)


def _record(who: Actor, row: Exchange, name: str, *, reason: str = "", **data: object) -> None:
    record(
        who,
        action=f"ce_exchange.{name}",
        target_type="training.Exchange",
        target=row.uuid,
        reason=reason,
        data=data,
    )
