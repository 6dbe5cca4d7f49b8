"""Demo of employers' training money: a ratio, last year's statement with its correction, and this year's, which falls short. Safe to run twice.

The ratio is invented and says so: 372号 四(二) names none.
"""

from collections.abc import Mapping
from datetime import date

from lms.accounts.api import Organisation, User
from lms.lib.actor import Actor
from lms.lib.clock import today
from lms.training.education_funds import services
from lms.training.education_funds.models import FundRatio, FundStatement
from lms.training.education_funds.rules import Stated

DEMO = Actor.system("demo")
SOURCE = "演示设定，没有文件依据：372号 四(二) 只写“按规定比例”，没有数字。"
YUAN = 100


def load_demo_education_funds(
    people: Mapping[str, User], organisations: Mapping[str, Organisation], authority: Organisation
) -> int:
    """people: "hr"; organisations: "qsjx", their employer. Returns how many statements there are of it."""
    clerk, body, year = people["hr"], organisations["qsjx"], today().year
    if not FundRatio.objects.filter(authority=authority).exists():
        services.set_ratio(
            DEMO,
            services.NewRatio(authority, date(2023, 1, 1), rate=250, frontline_rate=6_000, source=SOURCE),
        )
    stated = FundStatement.objects.filter(body=body)
    if not stated.exists():
        wages = 18_400_000 * YUAN
        first = Stated(wages, 460_000 * YUAN, 318_000 * YUAN, 190_000 * YUAN)
        services.state(clerk, body, authority, year - 1, first)
        right = Stated(wages, 460_000 * YUAN, 346_500 * YUAN, 218_500 * YUAN)
        services.state(
            clerk, body, authority, year - 1, right, "漏记了十二月外送培训的发票两张，按审计结果更正。"
        )
        short = Stated(19_100_000 * YUAN, 430_000 * YUAN, 251_000 * YUAN, 139_000 * YUAN)
        services.state(clerk, body, authority, year, short)
    return stated.count()
