"""What learning accounts register with other rooms when the application is ready."""

from creditbank.holders import audit, consumers, people
from creditbank.holders.settling import make_way
from creditbank.ledger.services import before_reversal
from lms.accounts.api import register_erasure_part, register_export_part


def register() -> None:
    audit.register()
    consumers.register()
    if make_way not in before_reversal:
        before_reversal.append(make_way)
    register_export_part(people.PART_NAME, people.part)
    register_erasure_part(people.PART_NAME, people.PART)
