"""What others may ask about packages: what one is, where its files are, how it is shown in a lesson."""

from typing import IO, Any
from urllib.parse import quote, urlsplit
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from courses.activities import files
from courses.activities.models import ContentPackage
from lms.lib.errors import NotFound


def package(uuid: UUID) -> ContentPackage:
    """The package's row. Raises NotFound."""
    found = ContentPackage.objects.select_related("organisation").filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def file_url(uuid: UUID, path: str = "") -> str:
    """Absolute address of a file of a package at the origin for foreign content; "" is the folder, with its slash."""
    base = settings.CONTENT_URL + reverse("packages:file", args=[uuid, "x"]).removesuffix("x")
    return base + quote(path, safe="/")


def activity_iri(uuid: UUID, part: str = "") -> str:
    """What a package, or a part of it, is called in xAPI statements; stable whatever origin serves it."""
    base = f"{settings.PUBLIC_URL}/packages/{uuid}"
    return f"{base}/{quote(part, safe='')}" if part else base


def talks(uuid: UUID) -> bool:
    """Whether a package's content speaks to the record store itself."""
    return ContentPackage.objects.filter(uuid=uuid, kind=ContentPackage.Kind.CMI5).exists()


def scorm_url(uuid: UUID, part: str) -> str:
    """Absolute address of the page that plays a part of a SCORM package, for a frame of ours."""
    return settings.CONTENT_URL + reverse("packages:scorm", args=[uuid]) + f"?part={quote(part, safe='')}"


def own_origin() -> bool:
    """Whether foreign programs may run with an origin: only where that is not the site's.

    Cookies know hosts and no ports: people reach a shape only where the content has a host of its own; a laptop's own shape
    gives it a port (docs/decisions/scorm-origin.md).
    """
    site, content = urlsplit(settings.PUBLIC_URL), urlsplit(settings.CONTENT_URL)
    if (site.scheme, site.netloc.lower()) == (content.scheme, content.netloc.lower()):
        return False
    return settings.EMBEDDED or site.hostname != content.hostname


def write_package(uuid: UUID, out: IO[bytes]) -> None:
    """The package as a zip file. Raises NotFound."""
    if not files.folder(uuid).is_dir():
        raise NotFound
    files.write_zip(uuid, out)


def shown(value: dict[str, Any]) -> dict[str, Any]:
    """What templates need of a "package" block of a release: {"kind", "title", "uuid", "part", "playable"}."""
    return {
        "uuid": UUID(value["package"]),
        "kind": value["kind"],
        "part": value["part"],
        "title": value["title"],
        "playable": own_origin(),
    }
