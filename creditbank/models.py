"""The models of the credit bank's applets, gathered for Django."""

from creditbank.applications.models import Application, CourseCredit, OutcomeUse, UseRelease
from creditbank.ledger.models import Account, AccountHead, Entry, Transaction, Unit
from creditbank.outcomes.models import LearningOutcome, OutcomeEvidence
from creditbank.rules.models import ConversionRule, ConversionRuleVersion, Programme
from creditbank.transcripts.models import TranscriptSnapshot

__all__ = [
    "Account",
    "AccountHead",
    "Application",
    "ConversionRule",
    "ConversionRuleVersion",
    "CourseCredit",
    "Entry",
    "LearningOutcome",
    "OutcomeEvidence",
    "OutcomeUse",
    "Programme",
    "Transaction",
    "TranscriptSnapshot",
    "Unit",
    "UseRelease",
]
