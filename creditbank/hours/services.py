"""Study hours become entries: once per completion, per top-up of one or per accepted claim, from the platform's issuing
account to the person's.
"""

from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from creditbank.ledger.models import Transaction
from creditbank.ledger.services import Line, Posting, holder_account, issuer_account, post
from lms.lib.actor import Actor
from lms.lib.errors import Invalid

# The name under which deliveries of `course.completed` and the like are remembered; it never changes.
CONSUMER = "creditbank.post_hours"
KINDS = ("public", "specialty", "vocational")


def hours_unit(kind: str) -> str:
    """public → study_hour.public. Raises Invalid for a kind the credit bank does not count."""
    if kind not in KINDS:
        raise Invalid(_("没有这一类学时：%(kind)s。") % {"kind": kind}, code="unknown_hours_kind")
    return f"study_hour.{kind}"


def post_hours(
    person: UUID,
    *,
    completion_uuid: UUID,
    kind: str,
    centihours: int,
    occurred_on: date,
    evidence: dict[str, Any],
    rule: tuple[str, int] = ("", 0),
    actor: Actor | None = None,
    source: str = "completion",
) -> Transaction:
    """Post hundredths of a 学时 for a completion; the completion's uuid is the key, so twice is once.

    kind: public, specialty or vocational. rule: (code, version) of the rule that counted them. source: what the uuid
    is of: "completion", "top_up" (study after one), "correction" of either, "declaration" (a claim of outside study)
    or "class_hours" (attendance at a class). Emits `hours.posted`.
    Raises Invalid (nothing to post), Conflict (the completion was posted with other content).
    """
    unit = hours_unit(kind)
    if type(centihours) is not int or centihours <= 0:
        raise Invalid(_("没有可入账的学时。"), code="no_hours")
    posting = Posting(
        kind="hours",
        occurred_on=occurred_on,
        lines=(Line(holder_account(person, unit), centihours), Line(issuer_account(unit), -centihours)),
        evidence=evidence | {source: str(completion_uuid)},
        rule_code=rule[0],
        rule_version=rule[1],
        event={"person": str(person), source: str(completion_uuid), "centihours": centihours},
    )
    return post(
        posting, idempotency_key=f"hours:{completion_uuid}", actor=actor or Actor.system("creditbank.hours")
    )
