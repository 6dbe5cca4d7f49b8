"""The front door of the credit bank: other packages import nothing behind it."""

from creditbank.hours.queries import (
    Posting,
    hours_by_day,
    posted_hours,
    posted_in_all,
    posting_of_completion,
    postings_of,
)
from creditbank.hours.services import post_hours
from creditbank.ledger.audit import audit, rebuild_balances
from creditbank.ledger.models import LEDGER_TABLES
from creditbank.ledger.money import Transfer, money_of, open_fund, open_purse, transfer, undo_transfer
from creditbank.ledger.queries import balances_of
from creditbank.letters import Letter, register_sender
from creditbank.outcomes.papers import (
    TheoryPaper,
    deposit_paper,
    paper_states,
    verify_paper,
    why_not_paper,
)
from creditbank.outcomes.rights import LevelRight, level_right
from creditbank.planner.offers import Offer, register_offers
from creditbank.proofs.models import PROOF_TABLES
from creditbank.proofs.queries import last_closed_day
from creditbank.proofs.queries import root_hash as day_root
from creditbank.searching import occupation_names, occupations_of

__all__ = [
    "APPEND_ONLY_TABLES",
    "LEDGER_TABLES",
    "Letter",
    "LevelRight",
    "Offer",
    "Posting",
    "TheoryPaper",
    "Transfer",
    "audit",
    "balances_of",
    "day_root",
    "deposit_paper",
    "hours_by_day",
    "last_closed_day",
    "level_right",
    "money_of",
    "occupation_names",
    "occupations_of",
    "open_fund",
    "open_purse",
    "paper_states",
    "post_hours",
    "posted_hours",
    "posted_in_all",
    "posting_of_completion",
    "postings_of",
    "rebuild_balances",
    "register_offers",
    "register_sender",
    "transfer",
    "undo_transfer",
    "verify_paper",
    "why_not_paper",
]

# Tables of which production's role may SELECT and INSERT, nothing else, and which it must not own.
APPEND_ONLY_TABLES = (
    *LEDGER_TABLES,
    *PROOF_TABLES,
    "creditbank_conversionruleversion",
    "creditbank_outcomeuse",
    "creditbank_coursecredit",
    "creditbank_userelease",
    "creditbank_levelequivalence",
    "creditbank_issuingright",
    "creditbank_promotionrule",
    "creditbank_rewardrule",
    "creditbank_reward",
    "creditbank_rewardreversal",
    "creditbank_cohort",
    "creditbank_cohortrelease",
    "creditbank_statisticsrelease",
    "creditbank_sharelook",
    "creditbank_learningaccount",
    "creditbank_mergeposting",
    "creditbank_applicationstep",
    "creditbank_usedraw",
    "creditbank_expirynotice",
    "creditbank_caseterms",
    "creditbank_rulevote",
    "creditbank_panelterms",
    "creditbank_fusedplanversion",
    "creditbank_fusedresult",
    "creditbank_fusedcredit",
    "creditbank_fusedaward",
    "creditbank_exemption",
    "creditbank_exemptionrevocation",
    "creditbank_fusedsubsidy",
)
