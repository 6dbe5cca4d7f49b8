"""The credit bank's part of a person's own data (PIPL art. 45): certificates, applications, and every line of the books.

Amounts are integers of the unit's scale (hundredths of an hour or credit). Owns: the shape. Refuses: who decided: staff
are named by role and body, as everywhere.
"""

import json
from typing import Any

from django.db.models import QuerySet

from creditbank.applications.models import Application, ExpiryNotice, Redemption
from creditbank.credentials.models import CredentialSet
from creditbank.honours.export import cohorts_part, rewards_part
from creditbank.ledger.models import Account, Entry
from creditbank.outcomes.models import LearningOutcome
from creditbank.promotion.models import Promotion
from creditbank.shares.models import Share
from creditbank.transcripts.models import TranscriptSnapshot
from lms.accounts.api import User


def part(user: User) -> dict[str, Any]:
    """Everything kept about the user here, in a fixed number of queries."""
    return {
        "outcomes": [
            _outcome(row)
            for row in LearningOutcome.objects.filter(holder=user).prefetch_related("evidence").order_by("id")
        ],
        "promotions": list(
            Promotion.objects.filter(outcome__holder=user)
            .order_by("id")
            .values(
                *("uuid", "outcome__uuid", "occupation_code", "level", "assessor__code", "state"),
                *("proposed_at", "decided_at", "reason", "certificate__uuid"),
            )
        ),
        "rewards": rewards_part(user),
        "cohorts": cohorts_part(user),
        "applications": [
            {
                "uuid": row.uuid,
                "outcome": row.title,
                "programme": row.programme.name,
                "state": row.state,
                "centicredits": row.centicredits,
                "worth": row.worth,
                "decision": row.decision,
                "submitted_at": row.submitted_at,
                "decided_at": row.decided_at,
                "reason": row.reason,
                "transaction": row.transaction_id,
                "due_on": row.due_on,
                "steps": [
                    {
                        "act": step.act,
                        "role": step.role,
                        "at": step.at,
                        "reason": step.reason,
                        "state": step.state,
                    }
                    for step in row.steps.all()
                ],
                "files": [
                    {"name": file.name, "sha256": file.sha256, "size": file.size} for file in row.files.all()
                ],
            }
            for row in Application.objects.filter(applicant=user)
            .select_related("outcome", "programme", "course__programme__organisation")
            .prefetch_related("steps", "files")
            .order_by("id")
        ],
        "redemptions": list(
            Redemption.objects.filter(holder=user)
            .order_by("id")
            .values(
                *("uuid", "programme__name", "state", "centicredits", "requested_at", "decided_at"),
                *("reason", "transaction"),
            )
        ),
        "expiries": list(
            ExpiryNotice.objects.filter(use__application__applicant=user)
            .order_by("id")
            .values("days_before", "expires_on", "given_at")
        ),
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
        "credentials": [
            {"uuid": row.uuid, "issued_at": row.issued_at, "name": row.name_form, "days": row.days}
            | ({"signed": json.loads(row.content)["credentials"]} if row.content else {})
            for row in CredentialSet.objects.filter(holder=user).order_by("id")
        ],
        "shares": [_share(row) for row in _shares(user)],
    }


def _shares(user: User) -> QuerySet[Share]:
    return (
        Share.objects.filter(holder=user)
        .select_related("organisation")
        .prefetch_related("looks__organisation", "exported__export__organisation")
        .order_by("id")
    )


def _share(row: Share) -> dict[str, Any]:
    return {
        "uuid": row.uuid,
        "recipient": row.recipient,
        "organisation": row.organisation.name if row.organisation else "",
        "purpose": row.purpose,
        "lines": row.lines,
        "name": row.name_form,
        "for_export": row.for_export,
        "created_at": row.created_at,
        "until": row.until,
        "hidden": row.hidden,
        "revoked_at": row.revoked_at,
        "looks": [
            {
                "at": look.at,
                "network": look.network,
                "device": look.device,
                "organisation": look.organisation.name if look.organisation else "",
            }
            for look in row.looks.all()
        ],
        "exports": [
            {"at": item.at, "organisation": item.export.organisation.name, "state": item.state}
            for item in row.exported.all()
        ],
    }


def _outcome(row: LearningOutcome) -> dict[str, Any]:
    return {
        "uuid": row.uuid,
        "kind": row.kind,
        "title": row.title,
        "occupation_code": row.occupation_code,
        "level": row.level,
        "issuer": row.issuer_name,
        "assessor_type": row.assessor_type,
        "number": row.number,
        "starts_on": row.starts_on,
        "issued_on": row.issued_on,
        "expires_on": row.expires_on,
        "course_code": row.course_code,
        "centicredits": row.centicredits,
        "score": row.score,
        "centihours": row.centihours,
        "unit": row.unit,
        "award": row.award,
        "details": row.details,
        "status": row.status,
        "deposited_at": row.deposited_at,
        "verified_at": row.verified_at,
        "method": row.method,
        "note": row.note,
        "files": [
            {"name": file.name, "sha256": file.sha256, "size": file.size} for file in row.evidence.all()
        ],
    }
