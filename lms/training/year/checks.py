"""Checks of the invented year: in each unit a base is visited by two officers, and what they found comes to each of its ends: put right, found to be
untrue, and left as it was.
"""

from django.db import transaction

from lms.accounts.api import Role
from lms.training.bases.models import Base
from lms.training.lifecycle.models import Case
from lms.training.supervision import checks
from lms.training.supervision.checks import Filled, NewForm
from lms.training.supervision.demo import ITEMS, VALUES
from lms.training.supervision.models import CheckFinding, Sort
from lms.training.supervision.process import CODE
from lms.training.year.bases import key_of
from lms.training.year.world import DEMO, IN_FORCE, SOURCE, Way, World, ago

# What the check finds, and what becomes of it.
FINDINGS = (
    ("closed", "演示年：两天的签到表缺签退时间。"),
    ("cancelled", "演示年：一台设备不在登记的位置。"),
    ("uncorrected", "演示年：培训制度没有上墙。"),
)
ORDERED, CONFIRMED = 130, 124


def make(world: World) -> None:
    world.rule(CODE, world.district, VALUES)
    if checks.form_on(world.district, ago(0).date()) is None:
        checks.set_form(DEMO, NewForm(world.district, IN_FORCE, ITEMS, SOURCE))
    done = world.made(CODE, world.district)
    for unit in world.units:
        if world.code(key_of(unit, "base-settled")) not in done:
            with transaction.atomic():
                _visit(world, unit)


def _visit(world: World, unit: int) -> None:
    key = key_of(unit, "base-settled")
    base = Base.objects.select_related("body").get(body__code=world.code(key))
    one, two, judge = (world.officer(world.district, number) for number in (1, 2, 3))
    reason = "演示年：按年度安排定期检查。"
    check = checks.order(judge, world.district, Sort.BASE, base.uuid, reason, at=ago(ORDERED), by=DEMO)
    checks.assign(judge, check, [one, two], at=ago(ORDERED), by=DEMO)
    pick = world.random("check", unit)
    answers = {row["key"]: {"mark": pick.randrange(62, 95), "remark": ""} for row in check.form.items}
    said = "演示年：到场查看，听取了学员意见。"
    revision = checks.save(one, check, Filled(answers, said, [text for _end, text in FINDINGS]))
    checks.hand_in(one, check, revision=revision, at=ago(CONFIRMED), by=DEMO)
    checks.confirm(two, check, at=ago(CONFIRMED), by=DEMO)
    clerk = world.person(f"{key}-hr", base.body, Role.HR)
    raised = CheckFinding.objects.filter(check_of=check).select_related("case").order_by("number")
    for (end, _text), row in zip(FINDINGS, raised, strict=True):
        way = Way(CODE, base.body, world.district, clerk)
        way.case = Case.objects.get(pk=row.case_id)
        if end == "closed":
            way.act(clerk, "correct", 118, "演示年：已经补齐，改用扫码签退。")
            way.act(judge, "close", 114, "演示年：抽看三天一致，销号。")
        elif end == "cancelled":
            way.act(clerk, "contest", 118, "演示年：设备当天在计量检定。")
            way.act(judge, "cancel", 114, "演示年：检定证书属实。")
        else:
            # Ten working days have passed, whatever holidays there were.
            way.clock("escalate_late", 90).act(judge, "record", 85, "演示年：到期仍未整改。")
