"""The models of the credit bank's applets, gathered for Django."""

from creditbank.applications.models import (
    Application,
    ApplicationFile,
    ApplicationStep,
    CaseTerms,
    CourseCredit,
    ExpiryNotice,
    OutcomeUse,
    Redemption,
    UseDraw,
    UseRelease,
)
from creditbank.credentials.models import CredentialSet, IssuedCredential, IssuerKey, StatusList
from creditbank.deposits.models import DepositBatch, DepositFault, DepositRow
from creditbank.dual.models import (
    Exemption,
    ExemptionRequest,
    ExemptionRevocation,
    FusedAward,
    FusedCredit,
    FusedEnrolment,
    FusedPlan,
    FusedPlanVersion,
    FusedResult,
    FusedSubsidy,
)
from creditbank.holders.models import AccountMerge, LearningAccount, MergePosting
from creditbank.honours.models import (
    Cohort,
    CohortMember,
    CohortRelease,
    Reward,
    RewardReversal,
    RewardRule,
)
from creditbank.ledger.models import Account, AccountHead, Entry, Transaction, Unit
from creditbank.outcomes.models import (
    CatalogueEntry,
    IssuingRight,
    LearningOutcome,
    LevelEquivalence,
    OutcomeEvidence,
)
from creditbank.promotion.models import Promotion, PromotionRule
from creditbank.proofs.models import LedgerBranch, LedgerDay, LedgerRoot
from creditbank.rules.drafts.models import PanelTerms, RuleDraft, RuleVote
from creditbank.rules.models import ConversionRule, ConversionRuleVersion, Programme
from creditbank.shares.models import Share, ShareExport, ShareExportRecord, ShareLook
from creditbank.statistics.models import StatisticsRelease
from creditbank.transcripts.models import TranscriptSnapshot

__all__ = [
    "Account",
    "AccountHead",
    "AccountMerge",
    "Application",
    "ApplicationFile",
    "ApplicationStep",
    "CaseTerms",
    "CatalogueEntry",
    "Cohort",
    "CohortMember",
    "CohortRelease",
    "ConversionRule",
    "ConversionRuleVersion",
    "CourseCredit",
    "CredentialSet",
    "DepositBatch",
    "DepositFault",
    "DepositRow",
    "Entry",
    "Exemption",
    "ExemptionRequest",
    "ExemptionRevocation",
    "ExpiryNotice",
    "FusedAward",
    "FusedCredit",
    "FusedEnrolment",
    "FusedPlan",
    "FusedPlanVersion",
    "FusedResult",
    "FusedSubsidy",
    "IssuedCredential",
    "IssuerKey",
    "IssuingRight",
    "LearningAccount",
    "LearningOutcome",
    "LedgerBranch",
    "LedgerDay",
    "LedgerRoot",
    "LevelEquivalence",
    "MergePosting",
    "OutcomeEvidence",
    "OutcomeUse",
    "PanelTerms",
    "Programme",
    "Promotion",
    "PromotionRule",
    "Redemption",
    "Reward",
    "RewardReversal",
    "RewardRule",
    "RuleDraft",
    "RuleVote",
    "Share",
    "ShareExport",
    "ShareExportRecord",
    "ShareLook",
    "StatisticsRelease",
    "StatusList",
    "Transaction",
    "TranscriptSnapshot",
    "Unit",
    "UseDraw",
    "UseRelease",
]
