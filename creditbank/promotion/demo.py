"""Demo data of promotions: two invented rules, and an award whose holder waits for the assessor. Safe to run twice."""

from collections.abc import Mapping
from datetime import date

from django.db import transaction

from creditbank.outcomes.models import LearningOutcome, OutcomeKind
from creditbank.outcomes.rules import Deposit
from creditbank.outcomes.vouching import vouch
from creditbank.promotion.models import Promotion, PromotionRule
from creditbank.promotion.services import propose, set_rule
from lms.accounts.api import Organisation, User
from lms.lib.actor import Actor

WHO = Actor.system("demo")
SOURCE = "演示规定，仅用于试用"
FROM = date(2024, 1, 1)
# Place in a city's contest → the level it proposes.
RULES = (("1", 2), ("2", 3))
TITLE = "申江市职工职业技能大赛 车工项目"


def load_demo_promotions(people: Mapping[str, User], organisations: Mapping[str, Organisation]) -> int:
    """people: "learner", who won a city's contest; organisations: "sjgh", which held it, and "sjpj", which assesses.
    Returns how many promotions there are.
    """
    if not PromotionRule.objects.exists():
        for rank, level in RULES:
            set_rule(WHO, award_level="city", award_rank=rank, level=level, valid_from=FROM, source=SOURCE)
    holder, union = people["learner"], organisations["sjgh"]
    if not LearningOutcome.objects.filter(holder=holder, kind=OutcomeKind.AWARD, title=TITLE).exists():
        said = Deposit(
            kind=OutcomeKind.AWARD,
            title=TITLE,
            occupation_code="6-18-01-01",
            level=None,
            issuer_name=union.name,
            issuer=union,
            number="",
            issued_on=date(2025, 10, 22),
            award_level="city",
            award_rank="1",
        )
        with transaction.atomic():
            award = vouch(holder, union, said, None, room="demo", about={})
            propose(holder, award, organisations["sjpj"].code)
    return Promotion.objects.count()
