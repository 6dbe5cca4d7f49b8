"""The front door of the credit bank: other packages import nothing behind it."""

from creditbank.hours.queries import (
    Posting,
    posted_hours,
    posted_in_all,
    posting_of_completion,
    postings_of,
)
from creditbank.hours.services import post_hours
from creditbank.ledger.audit import audit, rebuild_balances
from creditbank.ledger.models import LEDGER_TABLES
from creditbank.ledger.queries import balances_of

__all__ = [
    "APPEND_ONLY_TABLES",
    "LEDGER_TABLES",
    "Posting",
    "audit",
    "balances_of",
    "post_hours",
    "posted_hours",
    "posted_in_all",
    "posting_of_completion",
    "postings_of",
    "rebuild_balances",
]

# Tables of which production's role may SELECT and INSERT, nothing else, and which it must not own.
APPEND_ONLY_TABLES = (
    *LEDGER_TABLES,
    "creditbank_conversionruleversion",
    "creditbank_outcomeuse",
    "creditbank_coursecredit",
    "creditbank_userelease",
)
