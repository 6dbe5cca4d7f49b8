"""Grants of the invented year: the bases of each unit that stand apply, and each grant comes to another end."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.db import transaction

from lms.accounts.api import Organisation, Role, User
from lms.training.coordination.api import state_opinion
from lms.training.coordination.demo import group_of
from lms.training.grants.models import Fund
from lms.training.grants.process import CODE, PLAN
from lms.training.grants.rules import BudgetLine, Facts
from lms.training.grants.services import NewFund, set_fund
from lms.training.year.bases import STANDING, key_of
from lms.training.year.world import DEMO, IN_FORCE, SOURCE, Way, World, ago, day_ago

VALUES = {"accept_days": 10, "supplement_days": 10, "decide_days": 20, "pay_days": 20, "settle_days": 20}
FUND = "松陵区地方教育附加区级统筹资金（演示年）"
BODIES = ("松陵区财政局（演示年）", "松陵区总工会（演示年）")


def make(world: World) -> None:
    world.rule(CODE, world.district, VALUES)
    fund = Fund.objects.filter(authority=world.district, name=FUND).first() or set_fund(
        DEMO, NewFund(world.district, "district", FUND, SOURCE, IN_FORCE)
    )
    group = [
        world.person("group-0"),
        *(world.person(f"group-{number + 1}") for number, _name in enumerate(BODIES)),
    ]
    bodies = [
        world.district,
        *(
            world.body(f"group-body-{number}", name, Organisation.Kind.AUTHORITY)
            for number, name in enumerate(BODIES)
        ),
    ]
    group_of(world.district, list(zip(group, bodies, strict=True)))
    done = world.made(CODE, world.district)
    for unit in world.units:
        for path in STANDING:
            key = key_of(unit, f"base-{path}")
            if world.code(key) not in done:
                with transaction.atomic():
                    _walk(world, fund, group, unit, path)


def _walk(world: World, fund: Fund, group: Sequence[User], unit: int, path: str) -> None:
    pick = world.random("grant", unit, path)
    key = key_of(unit, f"base-{path}")
    body = world.body(key, "", Organisation.Kind.ENTERPRISE)
    clerk = world.person(f"{key}-hr", body, Role.HR)
    officer = world.officer(world.district)
    materials, teachers = pick.randrange(40, 90) * 100_000, pick.randrange(20, 60) * 100_000
    facts = Facts(
        "演示年：添置实训耗材，培养内部培训师。",
        (BudgetLine("materials", materials, "刀具、量具"), BudgetLine("teachers", teachers, "内训师进修")),
    )
    way = Way(CODE, body, world.district, clerk).begun(asdict(facts), 240, [PLAN])
    way.act(clerk, "submit", 240)
    if path == "withdrawn":
        way.act(clerk, "withdraw", 238)
    elif path == "lapsed":
        way.act(officer, "ask", 238, "演示年：请按用途细化预算。")
    elif path == "refused":
        way.act(officer, "refuse", 236, "演示年：预算与基地项目不符。")
    else:
        way.act(officer, "check", 236)
        decided: Mapping[str, Any] = {"decided_on": day_ago(227)}
        for person in group:
            state_opinion(
                person,
                way.case,
                "against" if path == "declined" else "agree",
                "演示年：会议意见。",
                at=ago(228),
            )
        if path == "declined":
            way.act(officer, "decline", 226, "演示年：本年度资金已经安排完毕。", **decided)
            return
        way.act(officer, "approve", 226, fund=fund, fen=facts.fen, **decided)
        if path == "cancelled":
            way.act(officer, "cancel", 224, "演示年：单位提出不再需要。")
            return
        _spent(way, officer, materials, teachers, f"{world.seed}-{unit}")


def _spent(way: Way, officer: User, materials: int, teachers: int, mark: str) -> None:
    clerk = way.clerk
    way.act(officer, "pay", 220, paid_on=day_ago(221), voucher=f"BK-{mark}")
    wrong = materials // 2
    for number, (use, fen) in enumerate(
        (("materials", wrong), ("materials", materials), ("teachers", teachers))
    ):
        days = 180 - number * 20
        if number == 1:
            # The first was entered with the wrong sum, and is entered anew.
            way.act(officer, "strike", days + 1, "演示年：金额录错。", spend=1)
        said: dict[str, Any] = {
            "fen": fen,
            "voucher": f"FP-{mark}-{number + 1}",
            "payee": "演示商行",
            "paid_on": day_ago(days),
        }
        way.act(clerk, "spend", days, use=use, **said)
    way.act(clerk, "settle_up", 60).act(officer, "settle", 50)
