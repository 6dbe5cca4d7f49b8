"""/api/v1/credit/shares: a holder's own shares, what may be shown, and who looked. The services behind the pages.

What stands behind a link is a page for people, not an operation: a program that has the link has no right of its own.
"""

from datetime import date, datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from creditbank.shares import queries, rules, services
from creditbank.shares.forms import label_of
from creditbank.shares.models import Share, ShareLook
from creditbank.transcripts.models import TranscriptSnapshot
from creditbank.transcripts.queries import content_of, transcript_of
from creditbank.transcripts.services import compile_content
from lms.accounts.api import User, user_of
from lms.lib.errors import NotFound
from lms.lib.pages import PER_PAGE, paginate

router = Router()
# More lines than a transcript can have.
MOST_LINES = 2000


class ShareOut(Schema):
    """state: open, hidden, over, revoked, or stopped (its transcript was). lines null: the whole transcript. last_day: the
    last day (Shanghai's) on which it can be seen. address: the link to hand on; "" once it is taken back.
    """

    uuid: UUID
    state: str
    transcript: UUID
    lines: list[str] | None
    name_form: str
    recipient: str
    organisation: UUID | None
    organisation_name: str
    for_export: bool
    purpose: str
    last_day: date
    created_at: datetime
    address: str
    looks: int
    last_look: datetime | None


class ShareLineOut(Schema):
    """Something that can be shown by itself: `key` goes into a share's `lines`."""

    key: str
    kind: str
    label: str


class LookOut(Schema):
    """network: without its last parts. device: phone, computer or other. organisation: of whoever was signed in."""

    at: datetime
    network: str
    device: str
    organisation: str


class ShareIn(Schema):
    """transcript left out: one is made of what stands in the books now. lines left out: all of it. Either recipient (words)
    or organisation (its signed-in people only). until: the last day, at most a year away.
    """

    purpose: str
    until: date
    name_form: str = "masked"
    recipient: str = ""
    organisation: UUID | None = None
    lines: list[str] | None = Field(None, max_length=MOST_LINES)
    for_export: bool = False
    transcript: UUID | None = None


class EndIn(Schema):
    until: date


def _out(share: Share) -> ShareOut:
    """A share that was read with its counts."""
    return ShareOut(
        uuid=share.uuid,
        state=queries.state_of(share),
        transcript=share.snapshot.uuid,
        lines=share.lines,
        name_form=share.name_form,
        recipient=share.recipient,
        organisation=share.organisation.uuid if share.organisation else None,
        organisation_name=share.organisation.name if share.organisation else "",
        for_export=share.for_export,
        purpose=share.purpose,
        last_day=share.last_day,
        created_at=share.created_at,
        address=services.address_of(share) if share.revoked_at is None else "",
        looks=share.look_count,  # type: ignore[attr-defined]
        last_look=share.last_look,  # type: ignore[attr-defined]
    )


def _one(user: User, uuid: UUID) -> ShareOut:
    return _out(queries.share_of(user, uuid))


def _paper(user: User, uuid: UUID) -> TranscriptSnapshot:
    found = transcript_of(user, uuid)
    if found is None:
        raise NotFound
    return found


@router.get("", response=list[ShareOut], summary="My shares, newest first, paged")
def shares(request: HttpRequest, page: int = Query(1, ge=1)) -> list[ShareOut]:
    return [_out(share) for share in paginate(request, queries.shares_of(user_of(request)), PER_PAGE)]


@router.get("/lines", response=list[ShareLineOut], summary="What of my transcript can be shown by itself")
def lines(request: HttpRequest, transcript: UUID | None = None) -> list[ShareLineOut]:
    """Of one of my transcripts, or of what one would say that is made now; writes nothing."""
    user = user_of(request)
    content = compile_content(user) if transcript is None else content_of(_paper(user, transcript))
    return [
        ShareLineOut(key=item.key, kind=item.kind, label=label_of(item)) for item in rules.items_of(content)
    ]


@router.post("", response={201: ShareOut}, summary="Share a transcript, or some of its lines, until a day")
def make(request: HttpRequest, said: ShareIn) -> Status[ShareOut]:
    user = user_of(request)
    wish = services.Wish(
        purpose=said.purpose,
        until=said.until,
        name_form=said.name_form,
        recipient=said.recipient,
        organisation=said.organisation,
        lines=None if said.lines is None else tuple(said.lines),
        for_export=said.for_export,
    )
    paper = None if said.transcript is None else _paper(user, said.transcript)
    return Status(201, _one(user, services.create_share(user, wish, paper).uuid))


@router.get("/{uuid}", response=ShareOut, summary="One of my shares")
def share(request: HttpRequest, uuid: UUID) -> ShareOut:
    return _one(user_of(request), uuid)


@router.get("/{uuid}/looks", response=list[LookOut], summary="Who opened it, newest first, paged")
def looks(request: HttpRequest, uuid: UUID, page: int = Query(1, ge=1)) -> list[LookOut]:
    found = queries.looks_of(queries.share_of(user_of(request), uuid))
    return [_look(look) for look in paginate(request, found, PER_PAGE)]


def _look(look: ShareLook) -> LookOut:
    body = look.organisation.name if look.organisation else ""
    return LookOut(at=look.at, network=look.network, device=look.device, organisation=body)


@router.post("/{uuid}/hide", response=ShareOut, summary="Show it to nobody until it is shown again")
def hide(request: HttpRequest, uuid: UUID) -> ShareOut:
    user = user_of(request)
    services.hide(user, queries.share_of(user, uuid), hidden=True)
    return _one(user, uuid)


@router.post("/{uuid}/show", response=ShareOut, summary="Show it again, by the same link")
def show(request: HttpRequest, uuid: UUID) -> ShareOut:
    user = user_of(request)
    services.hide(user, queries.share_of(user, uuid), hidden=False)
    return _one(user, uuid)


@router.post("/{uuid}/until", response=ShareOut, summary="Another last day, sooner or later")
def until(request: HttpRequest, uuid: UUID, said: EndIn) -> ShareOut:
    user = user_of(request)
    services.move_end(user, queries.share_of(user, uuid), said.until)
    return _one(user, uuid)


@router.post("/{uuid}/revoke", response=ShareOut, summary="Take it back, for good")
def revoke(request: HttpRequest, uuid: UUID) -> ShareOut:
    user = user_of(request)
    services.revoke(user, queries.share_of(user, uuid))
    return _one(user, uuid)
