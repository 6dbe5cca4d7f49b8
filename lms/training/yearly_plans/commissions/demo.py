"""Demo commissions of courses of public subjects: one handed in, one under way, one taken back. Safe to run twice."""

from collections.abc import Mapping
from datetime import date, timedelta

from courses.api import CoursePage
from lms.accounts.api import Organisation
from lms.lib.actor import Actor
from lms.lib.clock import today
from lms.training.yearly_plans.commissions import services
from lms.training.yearly_plans.commissions.models import Commission

DEMO = Actor.system("demo")
MADE = "emergency-2026"


def load_demo_commissions(organisations: Mapping[str, Organisation], authority: Organisation) -> int:
    """organisations: "hxpx" and "shkd". Returns how many the authority has given; none without the demo's course."""
    given = Commission.objects.filter(authority=authority)
    if not given.exists() and CoursePage.objects.live().filter(code=MADE).exists():
        centre, college = organisations["hxpx"], organisations["shkd"]
        made = _give(authority, centre, "应急管理公需科目课程：现场处置和避险", ago=300, days=200)
        services.deliver(DEMO, made, MADE, "按大纲完成，含考核题 6 道。")
        _give(authority, college, "数字技术公需科目课程：人工智能工具的规范使用", ago=40, days=160)
        gone = _give(authority, centre, "知识产权公需科目课程：商业秘密保护", ago=120, days=90)
        services.end(DEMO, gone, "受委托单位提出师资不足，双方同意收回，另行委托。")
    return given.count()


def _give(authority: Organisation, body: Organisation, subject: str, *, ago: int, days: int) -> Commission:
    on: date = today() - timedelta(days=ago)
    asked = services.Asked(
        body, subject, on, on + timedelta(days=days), "演示委托书", "演示用的委托，没有文件依据。"
    )
    return services.commission(DEMO, authority, asked)
