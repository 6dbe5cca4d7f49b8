"""Changing how an organisation shows itself.

Owns: Brand, `Organisation.brand_version` and the stored logos. Refuses: everybody but the organisation's administrators,
colours nobody can read, pictures that are more than pictures, and a name that is the platform's or another organisation's.
"""

from __future__ import annotations

import hashlib
import unicodedata

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from lms.accounts.branding import logo as logos
from lms.accounts.branding import rules
from lms.accounts.branding.models import Brand
from lms.accounts.organisations.models import Organisation, Role
from lms.accounts.organisations.queries import require_role_or_platform
from lms.accounts.people.models import User
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid
from lms.lib.outbox.services import emit

LONGEST_NAME, LONGEST_INTRODUCTION, LONGEST_WEBSITE = 60, 400, 200
# The platform's own, which nobody else goes by.
PLATFORM_NAMES = ("融通", "rongtong")
_website = URLValidator(schemes=["https"])


def set_brand(
    by: User | Actor,
    organisation: Organisation,
    *,
    name: str = "",
    introduction: str = "",
    website: str = "",
    accent: str = "",
    logo: bytes | None = None,
    drop_logo: bool = False,
    seen: int | None = None,
) -> Brand:
    """A new version, in force at once; saying what is said already changes nothing and returns that.

    accent: "#rrggbb" or "". logo: a file as it came; None keeps the one there is, drop_logo takes it away. seen: the version
    the change was made from; another one by now is a Conflict. Raises NotAllowed, Invalid with ``details["field"]``.
    """
    actor = require_role_or_platform(by, Role.ADMIN, organisation=organisation)
    said = {
        "name": _name(name, organisation),
        "introduction": _line(introduction, LONGEST_INTRODUCTION, "introduction"),
        "website": _address(website),
        **_colours(accent),
    }
    judged = logos.read(logo) if logo else None
    # Named by its content: the same picture again is the same file, and one of a change that fails is used by the next.
    stored = _store(organisation, judged) if judged else ""
    with transaction.atomic():
        # Without the key, which every row that names the organisation holds till the end of its transaction.
        row = Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        if seen is not None and row.brand_version != seen:
            raise Conflict(_("刚刚有人改过，请刷新页面，看过以后再改。"), code="brand_changed")
        before = Brand.objects.filter(organisation=row, version=row.brand_version).first()
        picture = _picture(before, judged, stored, drop=drop_logo)
        if before is not None and all(
            getattr(before, key) == value for key, value in (said | picture).items()
        ):
            return before
        made = Brand.objects.create(
            organisation=row, version=row.brand_version + 1, made_at=now(), **said, **picture
        )
        row.brand_version = made.version
        row.save(update_fields=["brand_version"])
        record(
            actor,
            action="organisation.brand",
            target_type="accounts.Organisation",
            target=row.uuid,
            data={"version": made.version, **said, "logo": picture["logo"]},
        )
        emit(
            "organisation.branded",
            {"organisation": str(row.uuid), "version": made.version},
            key=f"organisation.branded:{row.uuid}:{made.version}",
        )
    organisation.brand_version = made.version
    return made


def _picture(
    before: Brand | None, judged: logos.Logo | None, stored: str, *, drop: bool
) -> dict[str, str | int]:
    if judged is not None:
        return {"logo": stored, "logo_width": judged.width, "logo_height": judged.height}
    if drop or before is None:
        return {"logo": "", "logo_width": 0, "logo_height": 0}
    return {"logo": before.logo, "logo_width": before.logo_width, "logo_height": before.logo_height}


def _store(organisation: Organisation, judged: logos.Logo) -> str:
    digest = hashlib.sha256(judged.data).hexdigest()[:32]
    name = f"brands/{organisation.code}/{digest}.{judged.extension}"
    return name if default_storage.exists(name) else default_storage.save(name, ContentFile(judged.data))


def _line(text: str, longest: int, field: str) -> str:
    kept = " ".join("".join(c for c in text if unicodedata.category(c)[0] != "C" or c in "\n\t").split())
    if len(kept) > longest:
        raise Invalid(_("太长了，最多 %(most)d 个字。") % {"most": longest}, details={"field": field})
    return kept


def _name(typed: str, organisation: Organisation) -> str:
    name = _line(typed, LONGEST_NAME, "name")
    if name == organisation.name:
        return ""
    plain = unicodedata.normalize("NFKC", name).casefold()
    for taken in PLATFORM_NAMES:
        if taken in plain and taken not in organisation.name.casefold():
            raise Invalid(_("显示的名称里不能有平台的名称。"), details={"field": "name"})
    others = Organisation.objects.exclude(pk=organisation.pk)
    used = Q(name__iexact=name) | Q(brands__name__iexact=name, brands__version=F("brand_version"))
    if name and others.filter(used).exists():
        raise Invalid(_("另一个单位已经用这个名称，请换一个。"), details={"field": "name"})
    return name


def _address(typed: str) -> str:
    address = typed.strip()
    if not address:
        return ""
    try:
        _website(address)
    except ValidationError:
        raise Invalid(_("网址要以 https:// 开头。"), details={"field": "website"}) from None
    if len(address) > LONGEST_WEBSITE or "@" in address:
        raise Invalid(_("这个网址太长，或者不是普通的网址。"), details={"field": "website"})
    return address


def _colours(chosen: str) -> dict[str, str]:
    if not chosen.strip():
        return {"accent": "", "light": "", "dark": ""}
    try:
        made = rules.accent(chosen)
    except rules.Unreadable as faint:
        raise Invalid(
            _("这个颜色太浅，看不清：对比度 %(ratio)s，至少要 4.5。同一色相可以用 %(nearest)s。")
            % {"ratio": f"{int(faint.ratio * 10) / 10:.1f}", "nearest": faint.nearest},
            details={"field": "accent"},
        ) from None
    except ValueError:
        raise Invalid(_("颜色写成 #1d4f91 这样。"), details={"field": "accent"}) from None
    return {"accent": made.light, "light": made.light, "dark": made.dark}
