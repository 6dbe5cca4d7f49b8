"""What others may ask about H5P contents: whether there is one, what it is called, where it is played."""

from uuid import UUID

from django.conf import settings
from django.urls import reverse

from courses.h5p.client import H5PError, PlayerFiles, export_content, player_files
from courses.h5p.files import store
from courses.h5p.models import H5PContent
from courses.h5p.state import load_state
from lms.lib.errors import NotFound


def exists(uuid: UUID) -> bool:
    """Whether the content can be played (its files are there)."""
    return str(uuid) in store().content_ids()


def content(uuid: UUID) -> H5PContent:
    """The content's row. Raises NotFound."""
    found = H5PContent.objects.filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def title(uuid: UUID) -> str:
    """The content's title, "" where there is no such content."""
    return H5PContent.objects.filter(uuid=uuid).values_list("title", flat=True).first() or ""


def play_url(uuid: UUID) -> str:
    """Absolute address of the player page, at the origin for foreign content. For a sandboxed frame."""
    return settings.CONTENT_URL + reverse("h5p:play", args=[uuid])


def activity_iri(uuid: UUID) -> str:
    """What the content is called in xAPI statements; stable whatever origin serves it."""
    return f"{settings.PUBLIC_URL}/h5p/content/{uuid}"


def frame(uuid: UUID, person: UUID | None) -> dict[str, object]:
    """What `h5p/frame.html` needs to show a content to a person (None: a visitor)."""
    return {
        "uuid": uuid,
        "src": play_url(uuid),
        "title": title(uuid),
        "state": load_state(person, uuid),
        "state_id": f"h5p-state-{uuid}",
    }


def files(uuid: UUID) -> PlayerFiles:
    """What a player loads for the content. Raises NotFound where the content or one of its libraries is
    gone."""
    try:
        return player_files(store(), str(uuid))
    except H5PError as error:
        raise NotFound from error


def export(uuid: UUID) -> bytes:
    """The content as an .h5p file with its libraries. Raises NotFound."""
    try:
        return export_content(store(), str(uuid))
    except H5PError as error:
        raise NotFound from error
