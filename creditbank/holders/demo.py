"""Demo of a merge: one invented person with two accounts, whose papers one officer has seen; another officer decides. Safe to
run twice: what a visitor of the demo decided stays decided.
"""

from collections.abc import Mapping
from datetime import date

from creditbank.holders.merging import request
from creditbank.holders.models import AccountMerge
from creditbank.holders.services import open_account
from creditbank.outcomes.models import LearningOutcome, OutcomeKind
from creditbank.outcomes.services import Deposit, deposit
from lms.accounts.api import User

EVIDENCE = "演示数据：看过本人的居民身份证和护照原件，相貌一致，复印件存窗口档案第 12 号。"


def load_demo_merge(people: Mapping[str, User]) -> None:
    """people: "twin" and "twin2", both with a real name, and "officer"."""
    survivor, other = people["twin"], people["twin2"]
    if AccountMerge.objects.filter(survivor=survivor).exists():
        return
    for person in (survivor, other):
        open_account(person)
    if not LearningOutcome.objects.filter(holder=other).exists():
        # What comes along when the two are merged.
        said = Deposit(
            OutcomeKind.HOURS,
            "工业互联网应用培训",
            "",
            None,
            "华新培训中心",
            "",
            date(2025, 6, 20),
            starts_on=date(2025, 6, 16),
            centihours=2400,
            unit="training",
        )
        deposit(other, said)
    request(people["officer"], survivor, other, evidence=EVIDENCE)
