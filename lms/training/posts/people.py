"""A person's own part of posts: which they hold or held, and what was paid, struck and awarded. The numbers are the enterprise's accounts
and stay when the person is erased; the words go."""

from typing import Any
from uuid import UUID

from django.db.models import Q

from lms.accounts.api import ErasurePart, User, register_erasure_part, register_export_part
from lms.lib.appendonly import erase_words
from lms.training.posts.models import PaymentStrike, SkillAward, SkillPost

PART = "skill_posts"


def part(user: User) -> dict[str, Any]:
    """Everything that is kept here of a user. Four queries."""
    rows = (
        SkillPost.objects.filter(person=user)
        .select_related("base__body")
        .prefetch_related("payments__strike", "awards")
    )
    return {
        "posts": [
            {
                "kind": row.kind,
                "title": row.title,
                "body": row.base.body.name,
                "first_day": row.first_day,
                "last_day": row.last_day,
                "ended_on": row.ended_on,
                "ended_reason": row.ended_reason,
                "allowance_fen": row.allowance_fen,
                "funds_fen": row.funds_fen,
                "document": row.document,
                "payments": [
                    {
                        "month": paid.month,
                        "allowance_fen": paid.allowance_fen,
                        "funds_fen": paid.funds_fen,
                        "paid_on": paid.paid_on,
                        "voucher": paid.voucher,
                        "struck": paid.strike.at if hasattr(paid, "strike") else None,
                        "struck_for": paid.strike.reason if hasattr(paid, "strike") else "",
                    }
                    for paid in row.payments.all()
                ],
                "awards": [
                    {"title": given.title, "reason": given.reason, "fen": given.fen, "day": given.day}
                    for given in row.awards.all()
                ],
            }
            for row in rows
        ]
    }


def obstacles(user: User) -> list[str]:
    """None: the enterprise's post does not keep anybody's account."""
    return []


def erase(user: User) -> list[UUID]:
    """Titles, reasons and what the document is called may name the person: they go. The rows whose audit is about them."""
    rows = SkillPost.objects.filter(person=user)
    uuids = list(rows.values_list("uuid", flat=True))
    rows.update(title="", ended_reason="", document="")
    erase_words(SkillAward, Q(post__person=user))
    erase_words(PaymentStrike, Q(payment__post__person=user))
    return uuids


def register() -> None:
    register_export_part(PART, part)
    register_erasure_part(PART, ErasurePart(obstacles, erase))
