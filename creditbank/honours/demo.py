"""Demo data of honours: an enterprise's invented rule with one reward, and a cohort with one who has joined. Safe to run
twice.
"""

from collections.abc import Mapping
from datetime import date

from creditbank.holders.queries import numbers_of
from creditbank.holders.services import open_account
from creditbank.honours.cohorts import answer, invite, open_cohort
from creditbank.honours.models import Cohort, Reward, RewardRule
from creditbank.honours.queries import qualifying
from creditbank.honours.services import give, set_rule
from lms.accounts.api import Organisation, User
from lms.lib.actor import Actor
from lms.lib.clock import today

WHO = Actor.system("demo")
SOURCE = "演示规定，仅用于试用"
HONOUR, FEN = "技术能手", 200_000
COHORT, TARGET = "劳模工匠学历提升", 120


def load_demo_honours(people: Mapping[str, User], organisations: Mapping[str, Organisation]) -> int:
    """people: "learner", who works at the enterprise "qsjx" and won a contest; organisations: "sjgh", the union of the cohort.
    Returns how many rewards there are.
    """
    employer, union = organisations["qsjx"], organisations["sjgh"]
    if not RewardRule.objects.filter(organisation=employer).exists():
        rule = set_rule(
            WHO, employer, honour=HONOUR, fen=FEN, award="city-1", valid_from=date(2024, 1, 1), source=SOURCE
        )
        first = qualifying(rule).filter(holder=people["learner"]).first()
        if first is not None:
            give(WHO, rule, first.uuid, reason="全市职工大赛第一名，演示数据")
    if not Cohort.objects.filter(organisation=union).exists():
        cohort = open_cohort(WHO, union, name=COHORT, first_year=today().year, target=TARGET, source=SOURCE)
        learner = people["learner"]
        open_account(learner)
        member = invite(
            WHO,
            cohort,
            number=numbers_of(learner)[0],
            college=organisations["shkd"].name,
            programme="机电一体化技术",
        )
        answer(learner, member, accept=True)
    return Reward.objects.count()
