"""Demo suggestions: one with a reply, one that waits. Loaded again, nothing is doubled."""

from collections.abc import Mapping
from datetime import date

from lms.accounts.api import Organisation, User
from lms.lib.actor import Actor
from lms.lib.clock import today
from lms.training.suggestions import queries, services
from lms.training.suggestions.models import Suggestion
from lms.training.suggestions.services import Given

DEMO = Actor.system("demo")
SOURCE = "演示设定，没有文件依据"
FIRST_DAY = date(2022, 1, 1)
REPLY_DAYS = 15
ANSWERED = Given("课程目录里按工种查找", "在手机上找叉车司机的课程要翻很多页，希望能按工种查找。")
WAITING = Given("夜班职工的面授时间", "我们车间上夜班，白天的面授参加不了，希望有周末的班次。")


def load_demo_suggestions(people: Mapping[str, User], authority: Organisation) -> None:
    """A rule without a document behind it, which says so, and two learners' suggestions."""
    if queries.rule_on(authority, today()) is None:
        services.set_rule(DEMO, authority, FIRST_DAY, REPLY_DAYS, SOURCE)
    for key, given in (("learner", ANSWERED), ("learner2", WAITING)):
        if not Suggestion.objects.filter(person=people[key]).exists():
            made = services.hand_in(people[key], authority, given).suggestion
            if given is ANSWERED and made.owner is not None:
                services.reply(
                    made.owner, made, "已经可以按工种查找：在搜索框里输入工种名称，或者在筛选里选“职业”。"
                )
