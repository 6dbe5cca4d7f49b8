"""Skills training bases of the invented year: in each unit, one application to every end, and six bases that stand for grants."""

from dataclasses import asdict

from django.db import transaction

from lms.accounts.api import Role
from lms.training.bases.process import CODE, CONDITIONS
from lms.training.bases.rules import Facts, Project
from lms.training.year.world import Way, World

ENDS = ("removed", "closed", "upheld", "withdrawn", "lapsed")
# What becomes of the grant of a base that stands.
STANDING = ("settled", "refused", "declined", "cancelled", "withdrawn", "lapsed")
VALUES = {
    "accept_days": 5,
    "supplement_days": 10,
    "review_days": 20,
    "appeal_days": 10,
    "recheck_days": 20,
}
_PROJECTS = (
    Project("数控车削", "key_industry", "6-18-01-01", "own", 60),
    Project("机床装调维修", "high_demand", "6-20-03-01", "apprentice", 24),
    Project("竹编", "heritage", "6-09-03-05", "apprentice", 12),
)


def key_of(unit: int, path: str) -> str:
    return f"{unit}-{path}"


def number_of(unit: int, path: str) -> int:
    """Of the body's GB 32100 code; each path of each unit has its own."""
    paths = [*(f"end-{path}" for path in ENDS), *(f"base-{path}" for path in STANDING)]
    return unit * len(paths) + paths.index(path)


def make(world: World) -> None:
    world.rule(CODE, world.district, VALUES)
    done = world.made(CODE, world.district)
    for unit in world.units:
        for path in [*(f"end-{path}" for path in ENDS), *(f"base-{path}" for path in STANDING)]:
            if world.code(key_of(unit, path)) not in done:
                with transaction.atomic():
                    _walk(world, unit, path)


def _walk(world: World, unit: int, path: str) -> None:
    pick = world.random("base", unit, path)
    key = key_of(unit, path)
    body = world.firm(key, number_of(unit, path))
    clerk = world.person(f"{key}-hr", body, Role.HR)
    officer, second = world.officer(world.district), world.officer(world.district, 2)
    facts = Facts(
        site=f"实训车间 {pick.randrange(2, 20) * 100} 平方米，设备 {pick.randrange(4, 40)} 台",
        department="技能培训部",
        staff=pick.randrange(1, 6),
        experts=pick.randrange(2, 9),
        projects=(pick.choice(_PROJECTS),),
        sources=("staff",),
    )
    # A year ago at the earliest; a notice takes five working days, with a long holiday 18 days.
    since = pick.randrange(330, 360)
    way = Way(CODE, body, world.district, clerk).begun(asdict(facts), since, CONDITIONS)
    way.act(clerk, "submit", since)
    if path == "end-withdrawn":
        way.act(clerk, "withdraw", since - 2)
    elif path == "end-lapsed":
        way.act(officer, "ask", since - 3, "演示年：请补充场地租赁合同。")
    elif path in ("end-closed", "end-upheld"):
        way.act(officer, "accept", since - 3).act(officer, "refuse", since - 10, "演示年：没有专职管理人员。")
        if path == "end-upheld":
            way.act(clerk, "appeal", since - 14, "演示年：已经任命专职人员。")
            way.act(second, "uphold", since - 20, "演示年：任命在申报之后。")
    else:
        way.act(officer, "accept", since - 3)
        if path == "base-refused":
            # Refused at first, and the appeal was right.
            way.act(officer, "refuse", since - 6, "演示年：现场没有看到设备。")
            way.act(clerk, "appeal", since - 8, "演示年：设备在另一车间。")
            way.act(second, "overturn", since - 12, "演示年：到场核实，设备齐全。")
            officer = second
        way.act(officer, "hear", since - 14, "演示年：专家到场评审，意见一致。")
        way.act(officer, "pass", since - 15, "演示年：四项条件都具备。").act(officer, "name", since - 45)
        if path == "end-removed":
            way.act(officer, "recheck", since - 200)
            way.act(officer, "intend", since - 205, "演示年：已经停止培训。")
            way.act(clerk, "defend", since - 208, "演示年：正在招聘教师。")
            way.act(second, "remove", since - 215, "演示年：已经停止培训。").act(
                clerk, "accept_removal", since - 216
            )
        elif path == "base-settled":
            way.act(officer, "recheck", since - 300).act(clerk, "report_now", since - 302)
            way.act(officer, "keep", since - 305, "演示年：复核合格。")
