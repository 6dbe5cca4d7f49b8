"""The front door of the record store: other packages import nothing behind it."""

from lms.records.credentials.models import Credential, Scope, Store
from lms.records.credentials.services import Grant, Secret, end_at, issue, platform_grant, store_of
from lms.records.documents.models import Kind
from lms.records.documents.services import Condition, Place
from lms.records.documents.services import get as get_document
from lms.records.documents.services import put as put_document
from lms.records.faults import Fault
from lms.records.live.refusals import latest_of as refusals_of
from lms.records.statements.examiners import register_examiner
from lms.records.statements.keys import activity_key, agent_identifier, agent_key
from lms.records.statements.reading_in import Received
from lms.records.statements.rules import INTERACTIONS
from lms.records.statements.services import take_in
from lms.records.values import dumps

__all__ = [
    "INTERACTIONS",
    "Condition",
    "Credential",
    "Fault",
    "Grant",
    "Kind",
    "Place",
    "Received",
    "Scope",
    "Secret",
    "Store",
    "activity_key",
    "agent_identifier",
    "agent_key",
    "dumps",
    "end_at",
    "get_document",
    "issue",
    "platform_grant",
    "put_document",
    "refusals_of",
    "register_examiner",
    "store_of",
    "take_in",
]
