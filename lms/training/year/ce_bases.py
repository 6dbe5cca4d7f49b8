"""Continuing-education bases of the invented year: in each unit one application to every end, and bases that stand and file their year."""

from datetime import date, timedelta

from django.db import transaction

from lms.accounts.api import Organisation, Role, User
from lms.lib.clock import today
from lms.training.ce_bases import reviews
from lms.training.ce_bases.demo import COLLEGE, TERMS
from lms.training.ce_bases.demo import VALUES as DEMO_VALUES
from lms.training.ce_bases.process import ASKED_FOR, CODE, FILING_CODE
from lms.training.ce_bases.reviews import Mark, NewStandard, Past
from lms.training.ce_bases.rules import Plan, PlannedClass, dump
from lms.training.year.world import DEMO, IN_FORCE, SOURCE, Way, World, ago

VALUES = {**DEMO_VALUES, "accept_days": 5, "review_days": 20}
ENDS = ("removed", "closed", "upheld", "withdrawn", "lapsed")
# What becomes of the yearly plan of a base that stands; "filed" stands until the year is over.
FILINGS = ("filed", "revoked", "withdrawn")
PATHS = (*(f"end-{end}" for end in ENDS), *(f"base-{end}" for end in FILINGS))


def make(world: World) -> None:
    world.rule(CODE, world.city, VALUES)
    world.rule(FILING_CODE, world.city, {})
    if reviews.standard_on(world.city, today()) is None:
        title = "继续教育基地评估标准（演示年）"
        reviews.publish_standard(DEMO, NewStandard(world.city, title, IN_FORCE, SOURCE, TERMS))
    done, filed = world.made(CODE, world.city), world.made(FILING_CODE, world.city)
    for unit in world.units:
        for path in PATHS:
            if world.code(_key(unit, path)) not in done:
                with transaction.atomic():
                    _walk(world, unit, path)
        for end in FILINGS:
            if world.code(_key(unit, f"base-{end}")) not in filed:
                with transaction.atomic():
                    _file(world, unit, end)


def _key(unit: int, path: str) -> str:
    return f"ce-{unit}-{path}"


def host_of(world: World, unit: int, path: str) -> tuple[Organisation, User]:
    """The body of a path, and who applies for it."""
    key = _key(unit, path)
    name = f"第{unit + 1}继续教育学院{PATHS.index(path) + 1}（演示年）"
    body = world.body(key, name, Organisation.Kind.COLLEGE)
    return body, world.person(f"{key}-hr", body, Role.HR)


def _walk(world: World, unit: int, path: str) -> None:
    body, clerk = host_of(world, unit, path)
    officer, second = world.officer(world.city), world.officer(world.city, 2)
    way = Way(CODE, body, world.city, clerk).begun(dump(COLLEGE), 340, ASKED_FOR)
    way.act(clerk, "submit", 340)
    if path == "end-withdrawn":
        way.act(clerk, "withdraw", 338)
    elif path == "end-lapsed":
        way.act(officer, "ask", 338, "演示年：请补充近三年办班情况。")
    elif path in ("end-closed", "end-upheld"):
        way.act(officer, "accept", 338)
        _marked(world, way, 332, 45)
        way.act(officer, "score", 330).act(officer, "refuse", 328, "演示年：评审得分低于合格线。")
        if path == "end-upheld":
            way.act(clerk, "appeal", 324, "演示年：请复核师资一项。")
            way.act(second, "uphold", 318, "演示年：复核无误。")
    else:
        way.act(officer, "accept", 338)
        _marked(world, way, 332, 82)
        way.act(officer, "score", 330).act(officer, "pass", 328).act(officer, "name", 295)
        if path == "end-removed":
            way.act(officer, "evaluate", 200).act(clerk, "report", 195)
            _marked(world, way, 188, 48)
            way.act(officer, "tally", 185).act(officer, "fail", 180, "演示年：限期整改。")
            way.act(second, "expire", 100, "演示年：逾期没有报送整改报告。")


def _marked(world: World, way: Way, days: int, mark: int) -> None:
    """Two experts from elsewhere mark every criterion."""
    way.case.refresh_from_db()
    review = reviews.last_review(way.case)
    assert review is not None
    past = Past(DEMO, ago(days))
    for number in (1, 2):
        expert = world.expert(number)
        seat = reviews.appoint(world.officer(world.city), review, expert, past=past)
        reviews.declare(expert, seat, independent=True, past=past)
        given = {item.code: Mark(mark - number, "演示年：依据材料和现场查看。") for item in TERMS.criteria}
        reviews.hand_in(expert, seat, given, past=past)


def _file(world: World, unit: int, end: str) -> None:
    body, clerk = host_of(world, unit, f"base-{end}")
    officer = world.officer(world.city)
    day = min(today() + timedelta(days=10), date(today().year, 12, 31)).isoformat()
    planned = PlannedClass(
        title="智能制造系统集成研修班（演示年）",
        centihours=1600,
        people=30,
        first_day=day,
        last_day=day,
        fee_fen=0,
        teachers=str(clerk),
        place="实训中心",
    )
    way = Way(FILING_CODE, body, world.city, clerk).begun(dump(Plan(today().year, "", (planned,))), 40)
    way.act(clerk, "submit", 40)
    if end == "withdrawn":
        way.act(clerk, "withdraw", 38)
    else:
        way.act(officer, "accept", 36)
        if end == "revoked":
            way.act(officer, "revoke", 20, "演示年：班次不再举办。")
