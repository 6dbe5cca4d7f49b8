"""Reading packages: one's own, each record with its receipts, and the file that is handed over."""

from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from lms.accounts.api import User
from lms.learning.statements import paper
from lms.learning.statements.models import ItemState, PackageItem, PackageReceipt, ReviewPackage
from lms.learning.statements.queries import content_of
from lms.lib.clock import local_day
from lms.lib.errors import NotFound
from lms.lib.pdf import qr_svg, render_typst
from lms.lib.units import format_centi

TARGET = "learning.ReviewPackage"
FORMAT = "rongtong-review-package/1"
TEMPLATE = "learning/statements/package.typ"


def own_all(user: User) -> QuerySet[ReviewPackage]:
    """One's own packages, newest first, with how many records are where."""
    counts = {state: Count("items", filter=Q(items__state=state)) for state in ItemState.values}
    rows = ReviewPackage.objects.filter(person=user).annotate(**counts)
    return rows.order_by("-ordered_at", "-id")


def own(user: User, uuid: UUID) -> ReviewPackage:
    found = ReviewPackage.objects.filter(person=user, uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def lines(package: ReviewPackage, content: dict[str, Any]) -> list[dict[str, Any]]:
    """Every record with its words, where it is, and its receipts. Two queries."""
    items = {item.position: item for item in package.items.prefetch_related("receipts")}
    return [_line(words, items[words["position"]]) for words in paper.lines(content)]


def _line(words: dict[str, Any], item: PackageItem) -> dict[str, Any]:
    receipts = list(item.receipts.all())
    last = receipts[-1] if receipts else None
    return words | {
        "state": item.state,
        "state_word": str(ItemState(item.state).label),
        "attempts": item.attempts,
        # Our own sentences are kept as they stand in the catalogue; a receiver's own words stay what they are.
        "reason": _(last.reason) if last and last.reason and item.state != ItemState.WAITING else "",
        "reference": last.reference if last and item.state == ItemState.TAKEN else "",
        "receipts": [_receipt(row) for row in receipts],
    }


def _receipt(row: PackageReceipt) -> dict[str, Any]:
    return {
        "number": row.number,
        "state": row.state,
        "reason": row.reason,
        "reference": row.reference,
        "at": row.at.isoformat(timespec="seconds"),
    }


def document(package: ReviewPackage) -> dict[str, Any]:
    """The file as data: what was ordered (its hash is over `content` in canonical JSON), and every receipt."""
    content = content_of(package)
    return {
        "content": content,
        "content_sha256": package.content_hash,
        "items": [
            {name: line[name] for name in ("position", "uuid", "state", "attempts", "receipts")}
            for line in lines(package, content)
        ],
    }


def pdf(package: ReviewPackage) -> bytes:
    """The file as paper: those taken, those not with the reason, and the code of each year's statement."""
    content = content_of(package)
    with override("zh-hans"):
        rows = [line | {"hours": format_centi(line["centihours"])} for line in lines(package, content)]
        rule = content["title_rule"]
        data = {
            "number": package.number,
            "use": str(package.get_use_display()),
            "name": content["name"],
            "ordered_on": local_day(package.ordered_at).isoformat(),
            "statements": [
                item | {"yearly": format_centi(item["yearly_centihours"]), "qr": qr_svg(item["address"])}
                for item in content["statements"]
            ],
            "rule": _rule_line(rule) if rule else "",
            "taken": [row for row in rows if row["state"] == ItemState.TAKEN],
            "others": [row for row in rows if row["state"] != ItemState.TAKEN],
            "hash": package.content_hash,
        }
    return render_typst(TEMPLATE, data, made_at=package.ordered_at)


def _rule_line(rule: dict[str, Any]) -> str:
    return _("职称学时规则第 %(version)s 版（%(day)s 起）：%(source)s") % {
        "version": rule["version"],
        "day": rule["valid_from"],
        "source": rule["source"],
    }
