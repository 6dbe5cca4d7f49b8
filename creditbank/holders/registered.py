"""What learning accounts register with other rooms when the application is ready."""

from creditbank.holders import audit, consumers, people
from creditbank.holders.settling import counterparts, make_way
from creditbank.ledger.locks import Preparation, before_reversal
from lms.accounts.api import register_erasure_part, register_export_part

MERGES = Preparation(touches=counterparts, prepare=make_way)


def register() -> None:
    audit.register()
    consumers.register()
    if MERGES not in before_reversal:
        before_reversal.append(MERGES)
    register_export_part(people.PART_NAME, people.part)
    register_erasure_part(people.PART_NAME, people.PART)
