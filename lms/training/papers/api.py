"""What other rooms of training use of papers."""

from lms.training.papers.queries import rendered
from lms.training.papers.services import canonical, end_notice, issue, sentence_of_lacks, withdraw
from lms.training.papers.sheets import Room, Told
from lms.training.papers.sheets import register as register_sheet
from lms.training.papers.templates import (
    MISSING,
    NOTICE,
    RECEIPT,
    REFUSAL,
    Template,
    register_template,
    template_of,
    templates,
)

__all__ = [
    "MISSING",
    "NOTICE",
    "RECEIPT",
    "REFUSAL",
    "Room",
    "Template",
    "Told",
    "canonical",
    "end_notice",
    "issue",
    "register_sheet",
    "register_template",
    "rendered",
    "sentence_of_lacks",
    "template_of",
    "templates",
    "withdraw",
]
