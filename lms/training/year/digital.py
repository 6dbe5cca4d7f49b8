"""Digital-technology items of the invented year: in each unit, one item to every end."""

from django.db import transaction

from lms.accounts.api import Organisation, Role
from lms.training.digital.process import AGREEMENT, CODE, PLAN
from lms.training.digital.rules import Facts, dump
from lms.training.year.world import Way, World, day_ago

VALUES = {"review_days": 10, "supplement_days": 10, "close_days": 20}
ENDS = ("closed", "refused", "cancelled", "withdrawn", "lapsed")


def make(world: World) -> None:
    world.rule(CODE, world.city, VALUES)
    done = world.made(CODE, world.city)
    for unit in world.units:
        for end in ENDS:
            if world.code(f"digital-{unit}-{end}") not in done:
                with transaction.atomic():
                    _walk(world, unit, end)


def _walk(world: World, unit: int, end: str) -> None:
    key = f"digital-{unit}-{end}"
    name = f"第{unit + 1}数字技术学院{ENDS.index(end) + 1}（演示年）"
    body = world.body(key, name, Organisation.Kind.COLLEGE)
    clerk = world.person(f"{key}-admin", body, Role.ADMIN)
    officer = world.officer(world.city)
    facts = Facts(
        track="leaders",
        title=f"数字技术引领人才研修营（演示年 {unit + 1}-{ENDS.index(end) + 1}）",
        year=day_ago(200).year,
        about="演示年：面向本市企业的数字技术人员。",
        level="city",
        fund="city",
        budget_fen=world.random("digital", unit, end).randrange(50, 150) * 100_000,
        people=30,
        centihours=4000,
        enrol_until=day_ago(100).isoformat(),
    )
    way = Way(CODE, body, world.city, clerk).begun(dump(facts), 200, (PLAN, AGREEMENT))
    way.act(clerk, "submit", 200)
    if end == "withdrawn":
        way.act(clerk, "withdraw", 198)
    elif end == "lapsed":
        way.act(officer, "ask", 198, "演示年：请补充实施方案。")
    elif end == "refused":
        way.act(officer, "refuse", 195, "演示年：与另一项目重复。")
    else:
        way.act(officer, "approve", 195)
        if end == "cancelled":
            way.act(officer, "cancel", 190, "演示年：单位提出不再实施。")
        else:
            way.act(clerk, "announce", 190).act(clerk, "report", 60).act(officer, "close", 50)
