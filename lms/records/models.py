"""Every model of the record store, where Django looks for them."""

from lms.records.credentials.models import Credential, Store
from lms.records.documents.models import Document
from lms.records.forwarding.models import Aside, Target
from lms.records.statements.models import (
    Activity,
    AgentName,
    Attachment,
    Authority,
    Mention,
    Reference,
    Statement,
    StatementKey,
    Voided,
    Voiding,
)

__all__ = [
    "Activity",
    "AgentName",
    "Aside",
    "Attachment",
    "Authority",
    "Credential",
    "Document",
    "Mention",
    "Reference",
    "Statement",
    "StatementKey",
    "Store",
    "Target",
    "Voided",
    "Voiding",
]
