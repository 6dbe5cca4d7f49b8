"""Reading how organisations show themselves. A version never changes: once read, a process keeps it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.core.files.storage import default_storage
from django.urls import reverse

from lms.accounts.branding.models import Brand
from lms.accounts.branding.rules import accent
from lms.accounts.organisations.models import Organisation


@dataclass(frozen=True)
class Shown:
    """What pages show of an organisation; every address is the organisation's own or the platform's.

    style: the address of its stylesheet, "" where it chose no colour. logo: an address, "" for none. logo_name: as stored.
    light, dark: its colour on light and dark pages, "" for none.
    """

    code: str
    version: int
    name: str
    legal_name: str
    introduction: str
    website: str
    logo: str
    logo_name: str
    logo_width: int
    logo_height: int
    style: str
    light: str
    dark: str


def brand_of(organisation: Organisation) -> Shown:
    """How an organisation shows itself now; one that never said anything by its name alone. At most one query a version
    and process.
    """
    return _shown(organisation.uuid, organisation.code, organisation.name, organisation.brand_version)


def brands_of(organisations: Iterable[Organisation]) -> dict[int, Shown]:
    """The same for many, by primary key, in one query."""
    wanted = {row.pk: row for row in organisations}
    with_one = [row for row in wanted.values() if row.brand_version]
    rows = {
        row.organisation_id: row
        for row in Brand.objects.filter(organisation__in=with_one).order_by("version")
    }
    return {pk: _of(rows.get(pk), row.code, row.name) for pk, row in wanted.items()}


def brand_when(organisation: Organisation, moment: datetime) -> Brand | None:
    """The version in force at a moment, for papers that are printed again; None for none."""
    found = Brand.objects.filter(organisation=organisation, made_at__lte=moment)
    return found.order_by("-version").first()


@lru_cache(maxsize=500)
def _shown(uuid: UUID, code: str, name: str, version: int) -> Shown:
    row = Brand.objects.filter(organisation__uuid=uuid, version=version).first() if version else None
    return _of(row, code, name)


def _of(row: Brand | None, code: str, legal_name: str) -> Shown:
    if row is None:
        return Shown(code, 0, legal_name, legal_name, "", "", "", "", 0, 0, "", "", "")
    return Shown(
        code=code,
        version=row.version,
        name=row.name or legal_name,
        legal_name=legal_name,
        introduction=row.introduction,
        website=row.website,
        logo=default_storage.url(row.logo) if row.logo else "",
        logo_name=row.logo,
        logo_width=row.logo_width,
        logo_height=row.logo_height,
        style=reverse("provider_style", args=[code, row.version]) if row.light else "",
        light=row.light,
        dark=row.dark,
    )


def stylesheet(row: Brand) -> str:
    """Two tokens, for light pages and for dark ones (asked for by the system, or by the person: as in tokens.css)."""
    made = accent(row.accent)
    light = f"--provider:{made.light};--on-provider:{made.on_light}"
    dark = f"--provider:{made.dark};--on-provider:{made.on_dark}"
    return (
        f":root{{{light}}}\n"
        f':root[data-theme="dark"]{{{dark}}}\n'
        f'@media (prefers-color-scheme:dark){{:root:not([data-theme="light"]){{{dark}}}}}\n'
    )


def version_of(code: str, version: int) -> Brand | None:
    """One version of an organisation, whichever is in force: pages that were kept still ask for it."""
    return Brand.objects.filter(organisation__code=code, version=version).first()
