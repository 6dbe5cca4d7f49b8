"""LTI's messages as plain values: what our id_token says, and reading what a tool sends. No database.

Source: LTI Core 1.3, Deep Linking 2.0, AGS 2.0, NRPS 2.0 of 1EdTech. Every reader returns plain values or raises Invalid with
a sentence.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from lms.lib.errors import Invalid
from lms.lib.outgoing import split_address

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
DL_CLAIM = "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS_CLAIM = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS_CLAIM = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
_ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
LEARNER = f"{_ROLE}Learner"
WRITER = f"{_ROLE}ContentDeveloper"
COURSE = "http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"
VERSION = "1.3.0"
TOKEN_S = 300
MOST_ITEMS = 20
MOST_CUSTOM = 50
ACTIVITY = ("Initialized", "Started", "InProgress", "Submitted", "Completed")
GRADING = ("FullyGraded", "Pending", "PendingManual", "Failed", "NotReady")
_MOST = Decimal("9999999")


def message(kind: str, *, deployment: str, target: str, roles: list[str]) -> dict[str, Any]:
    """The claims each message has (LTI Core 1.3, 5.3)."""
    return {
        CLAIM + "message_type": kind,
        CLAIM + "version": VERSION,
        CLAIM + "deployment_id": deployment,
        CLAIM + "target_link_uri": target,
        CLAIM + "roles": roles,
    }


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def address(value: Any, allowed: Collection[str], field: str) -> str:
    """An address that may be called or opened: https (http for allowed hosts), no user, no fragment. Raises Invalid."""
    text = value.strip() if isinstance(value, str) else ""
    try:
        if len(text) > 500:
            raise ValueError("length")
        split_address(text, allowed)
    except ValueError:
        raise Invalid(
            _("“%(address)s”不是可用的 https 地址。") % {"address": text[:100]},
            code="bad_address",
            details={"field": field},
        ) from None
    return text


def text(value: Any, most: int) -> str:
    """A string of at most so many characters; "" for anything else."""
    return " ".join(value.split())[:most] if isinstance(value, str) else ""


def custom(value: Any) -> dict[str, str]:
    """Custom parameters: words to words. Raises Invalid."""
    if value in (None, ""):
        return {}
    fits = isinstance(value, Mapping) and len(value) <= MOST_CUSTOM
    if not fits or any(
        not isinstance(name, str) or not isinstance(word, str) or len(name) > 100 or len(word) > 1000
        for name, word in value.items()
    ):
        raise Invalid(_("自定义参数应是不超过 50 个的名称和文字。"), code="bad_custom")
    return dict(value)


def substituted(given: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """Custom parameters with the variables in them put in (Core 1.3, custom properties and variables): a value that is "$" and a
    known name is what that name stands for. Any other value stays letter by letter, one of a variable we don't tell, too.
    """
    return {name: known.get(word[1:], word) if word.startswith("$") else word for name, word in given.items()}


def number(value: Any, field: str, *, positive: bool = False) -> Decimal:
    """A score or a maximum, exact to four decimals. Raises Invalid: no number, below zero, too large."""
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise InvalidOperation
        found = Decimal(str(value))
        fits = found.is_finite() and 0 <= found <= _MOST and not (positive and not found)
    except InvalidOperation:
        fits = False
    if not fits:
        raise Invalid(
            _("%(field)s 应是 0 到 9999999 之间的数。") % {"field": field},
            code="bad_number",
            details={"field": field},
        )
    return found.quantize(Decimal("0.0001"))


def column(value: Any) -> dict[str, Any] | None:
    """The column of scores that a block's details ask for; None for none, and for what an editor made of it by hand."""
    try:
        maximum = Decimal(value["maximum"]) if isinstance(value, Mapping) else Decimal(0)
        fits = maximum.is_finite() and 0 < maximum <= _MOST
    except (KeyError, TypeError, ValueError, InvalidOperation):
        return None
    if not fits:
        return None
    words = {name: text(value.get(name), 255) for name in ("label", "resource_id", "tag")}
    return {"maximum": maximum.quantize(Decimal("0.0001")), **words}


def moment(value: Any, field: str) -> datetime:
    """ISO 8601 with an offset (AGS 2.0, 3.4.5). Raises Invalid."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) and len(value) <= 40 else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Invalid(
            _("%(field)s 应是带时区的时间。") % {"field": field}, code="bad_moment", details={"field": field}
        )
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise Invalid(_("%(field)s 应是带时区的时间。") % {"field": field}, code="bad_moment") from None


def progress(value: Any, known: tuple[str, ...], field: str) -> str:
    if value not in known:
        raise Invalid(
            _("%(field)s 应是 %(known)s 之一。") % {"field": field, "known": ", ".join(known)},
            code="bad_progress",
            details={"field": field},
        )
    return str(value)


def content_items(value: Any, hosts: Collection[str], target: str) -> tuple[list[dict[str, Any]], int]:
    """What a tool chose: links of its own, with a title; and how many items are nothing a lesson can hold. hosts: those the
    tool registered, no other is opened from a lesson. Raises Invalid.
    """
    if value is None:
        value = []
    if not isinstance(value, list) or len(value) > MOST_ITEMS:
        raise Invalid(_("一次最多选 %(most)s 项内容。") % {"most": MOST_ITEMS}, code="bad_items")
    found, left = [], 0
    for item in value:
        if not isinstance(item, dict) or item.get("type") != "ltiResourceLink":
            left += 1
            continue
        url = item.get("url", target)
        if not isinstance(url, str) or len(url) > 500 or origin(url) not in hosts:
            raise Invalid(_("内容的地址不属于这个工具登记的主机。"), code="bad_item_address")
        column = item.get("lineItem")
        made: dict[str, Any] = {
            "title": text(item.get("title"), 200) or _("外部内容"),
            "url": url,
            "custom": custom(item.get("custom")),
            "score_max": None,
        }
        if isinstance(column, dict):
            made["score_max"] = str(number(column.get("scoreMaximum"), "scoreMaximum", positive=True))
            made["label"] = text(column.get("label"), 255)
            made["resource_id"] = text(column.get("resourceId"), 255)
            made["tag"] = text(column.get("tag"), 255)
        found.append(made)
    return found, left
