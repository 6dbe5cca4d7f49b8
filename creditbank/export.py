"""The credit bank's part of a person's own data (PIPL art. 45): certificates, applications, and every line of the books.

Amounts are integers of the unit's scale (hundredths of an hour or credit). Owns: the shape. Refuses: who decided: staff
are named by role and body, as everywhere.
"""

from typing import Any

from creditbank.applications.models import Application
from creditbank.ledger.models import Account, Entry
from creditbank.outcomes.models import LearningOutcome
from creditbank.transcripts.models import TranscriptSnapshot
from lms.accounts.api import User


def part(user: User) -> dict[str, Any]:
    """Everything kept about the user here, in a fixed number of queries."""
    return {
        "outcomes": [
            _outcome(row)
            for row in LearningOutcome.objects.filter(holder=user).prefetch_related("evidence").order_by("id")
        ],
        "applications": [
            {
                "uuid": row.uuid,
                "outcome": row.outcome.title,
                "programme": row.programme.name,
                "state": row.state,
                "centicredits": row.centicredits,
                "worth": row.worth,
                "decision": row.decision,
                "submitted_at": row.submitted_at,
                "decided_at": row.decided_at,
                "reason": row.reason,
                "transaction": row.transaction_id,
            }
            for row in Application.objects.filter(applicant=user)
            .select_related("outcome", "programme")
            .order_by("id")
        ],
        "accounts": list(
            Account.objects.filter(holder=user.uuid)
            .order_by("id")
            .values("uuid", "unit", "organisation", "opened_at")
        ),
        "entries": [
            {
                "account": row.account.uuid,
                "unit": row.account.unit_id,
                "amount": row.amount,
                "number": row.seq,
                "transaction": row.transaction_id,
                "kind": row.transaction.kind,
                "occurred_on": row.transaction.occurred_on,
                "posted_at": row.transaction.posted_at,
                "memo": row.transaction.memo,
                "evidence": row.transaction.evidence,
                "rule": [row.transaction.rule_code, row.transaction.rule_version],
                "role": row.transaction.role,
            }
            for row in Entry.objects.filter(account__holder=user.uuid)
            .select_related("account", "transaction")
            .order_by("id")
        ],
        "transcripts": list(
            TranscriptSnapshot.objects.filter(holder=user)
            .order_by("id")
            .values("uuid", "made_at", "revoked_at")
        ),
    }


def _outcome(row: LearningOutcome) -> dict[str, Any]:
    return {
        "uuid": row.uuid,
        "kind": row.kind,
        "title": row.title,
        "occupation_code": row.occupation_code,
        "level": row.level,
        "issuer": row.issuer_name,
        "number": row.number,
        "issued_on": row.issued_on,
        "expires_on": row.expires_on,
        "status": row.status,
        "deposited_at": row.deposited_at,
        "verified_at": row.verified_at,
        "method": row.method,
        "note": row.note,
        "files": [
            {"name": file.name, "sha256": file.sha256, "size": file.size} for file in row.evidence.all()
        ],
    }
