"""Statements' part of a person's own data (PIPL art. 45): papers handed out, packages with their receipts, requests."""

import json
from typing import Any

from lms.accounts.api import User
from lms.learning.statements.models import (
    NameRequest,
    PackageItem,
    PaperContent,
    ReviewPackage,
    YearStatement,
)


def part(user: User) -> dict[str, Any]:
    """In a fixed number of queries."""
    said = dict(PaperContent.objects.filter(person=user).values_list("paper", "content"))
    packages = ReviewPackage.objects.filter(person=user).order_by("id")
    items = PackageItem.objects.filter(package__person=user).order_by("package", "position")
    by_package: dict[int, list[PackageItem]] = {}
    for item in items.prefetch_related("receipts"):
        by_package.setdefault(item.package_id, []).append(item)
    return {
        "year_statements": [
            {
                "number": row.number,
                "version": row.version,
                "hidden": row.link.hidden,
                "ends_on": row.link.ends_on,
                "revoked_at": row.link.revoked_at,
                "replaced_by": row.reissued_as.statement.number if hasattr(row, "reissued_as") else "",
                "content_sha256": row.content_hash,
                "content": json.loads(said[row.uuid]) if row.uuid in said else None,
            }
            for row in YearStatement.objects.filter(person=user)
            .select_related("link", "reissued_as__statement")
            .order_by("id")
        ],
        "review_packages": [
            {
                "number": row.number,
                "use": row.use,
                "years": row.years,
                "sender": row.sender,
                "content_sha256": row.content_hash,
                "content": json.loads(said[row.uuid]) if row.uuid in said else None,
                "items": [_item(item) for item in by_package.get(row.pk, [])],
            }
            for row in packages
        ],
        "name_requests": [
            {
                "old_name": row.old_name,
                "new_name": row.new_name,
                "why": row.why,
                "state": row.state,
                "asked_at": row.asked_at,
                "decided_at": row.decided_at,
                "reason": row.reason,
                "files": [{"name": file.name, "sha256": file.sha256} for file in row.files.all()],
            }
            for row in NameRequest.objects.filter(person=user).prefetch_related("files").order_by("id")
        ],
    }


def _item(item: PackageItem) -> dict[str, Any]:
    return {
        "position": item.position,
        "record": item.record,
        "state": item.state,
        "receipts": [
            {"state": row.state, "reason": row.reason, "reference": row.reference, "at": row.at}
            for row in item.receipts.all()
        ],
    }
