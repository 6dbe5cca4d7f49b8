"""What others may ask about H5P contents: whether there is one, what it is called, where it is played."""

import io
import re
from typing import IO
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db.models import TextField
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext as _

from courses.h5p.client import H5PError, LibraryName, PlayerFiles, export_to, player_files
from courses.h5p.files import store
from courses.h5p.models import H5PContent, H5PFormerVersion
from courses.h5p.state import load_state
from courses.releases.models import Release, ReleaseLesson
from lms.lib.errors import NotFound

# A page of many contents is worked through in one sitting.
UPGRADE_S = 12 * 3600
_UPGRADE = "courses.h5p.upgrade"
# Language, script, region of RFC 5646, in which statements name languages; packages say what they like ("zh_CN").
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?")


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
    """The content's title, also of a version before an upgrade; "" where there is no such content."""
    found = H5PContent.objects.filter(uuid=uuid).values_list("title", flat=True).first()
    if found is None:
        # Not in one query: an OR over two tables reads both of them whole.
        former = H5PFormerVersion.objects.filter(uuid=uuid)
        found = former.values_list("content__title", flat=True).first()
    return found or ""


def played_in(uuid: UUID, most: int = 5) -> list[str]:
    """The releases whose lessons play this very version of a content (or a foreign package), as people call them, at most so
    many. Looks through the text of all lessons: for what is done seldom."""
    said = ReleaseLesson.objects.annotate(said=Cast("blocks", TextField())).filter(said__contains=str(uuid))
    releases = Release.objects.filter(pk__in=said.values("release")).order_by("-pk")
    return [
        _("《%(course)s》第 %(number)d 次发布") % {"course": title, "number": number}
        for title, number in releases.values_list("title", "number")[:most]
    ]


def play_url(uuid: UUID) -> str:
    """Absolute address of the player page, at the origin for foreign content. For a sandboxed frame."""
    return settings.CONTENT_URL + reverse("h5p:play", args=[uuid])


def titles(uuid: UUID, shown: str = "") -> dict[str, str]:
    """The content's names by language: its own title in the language that the package says, and what the course calls it
    (``shown``) in the platform's. Empty where there is neither."""
    found = {}
    own = title(uuid)
    if own:
        found[language_of(uuid) or _tag(settings.LANGUAGE_CODE)] = own
    if shown:
        found[_tag(settings.LANGUAGE_CODE)] = shown
    return found


def language_of(uuid: UUID) -> str:
    """The language the package says its content is written in (BCP 47); "" where it says none, or none that is."""
    try:
        language = store().manifest(str(uuid)).default_language
    except H5PError:
        return ""
    language = language.replace("_", "-")
    return _tag(language) if language != "und" and _TAG.fullmatch(language) else ""


def _tag(language: str) -> str:
    """One spelling of Chinese in simplified characters, so that two titles don't stand there as two languages."""
    return "zh-CN" if language.lower() in ("zh", "zh-cn", "zh-hans", "zh-hans-cn") else language


def upgrade_url(uuid: UUID, to: LibraryName) -> str:
    """Absolute address of the page that upgrades a content, at the origin for foreign content. For a sandboxed frame.

    Whoever is given it may see which libraries the organisation has: it is signed, for UPGRADE_S, since nobody is known
    at that origin."""
    key = signing.dumps([str(uuid), to.folder], salt=_UPGRADE)
    return settings.CONTENT_URL + reverse("h5p:upgrade", args=[uuid, to.folder]) + f"?key={key}"


def may_upgrade(uuid: UUID, folder: str, key: str) -> bool:
    """Whether an address was made by `upgrade_url`, and not too long ago."""
    try:
        signed = signing.loads(key, salt=_UPGRADE, max_age=UPGRADE_S)
    except signing.BadSignature:
        return False
    return bool(signed == [str(uuid), folder])


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
    out = io.BytesIO()
    write_export(uuid, out)
    return out.getvalue()


def write_export(uuid: UUID, target: IO[bytes]) -> None:
    """Like `export`, into a file: a content may be as large as the films in it. Raises NotFound."""
    try:
        export_to(store(), str(uuid), target)
    except H5PError as error:
        raise NotFound from error
