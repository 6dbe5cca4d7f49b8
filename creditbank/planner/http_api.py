"""/api/v1/credit/plan: the same answer as the page, for outcomes one has and others one might get. Writes nothing."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema

from creditbank.planner import answers
from creditbank.planner.forms import MOST_HYPOTHESES, pack, unpack
from creditbank.planner.rules import Hypothesis
from creditbank.rules.words import rule_url
from lms.accounts.api import user_of
from lms.lib.clock import today
from lms.lib.errors import Invalid

router = Router()


class HypothesisIn(Schema):
    """An outcome one might get. Hours, credits and score in hundredths; level as in the outcomes' API."""

    kind: str
    occupation_code: str = ""
    level: int | None = None
    centihours: int | None = None
    unit: str = ""
    course_code: str = ""
    score: int | None = None
    centicredits: int | None = None
    award: str = ""


class PlanIn(Schema):
    programme: UUID
    outcomes: list[HypothesisIn] = Field(default_factory=list, max_length=MOST_HYPOTHESES)


class LineOut(Schema):
    """outcome: its uuid, or "if:1" for the first one typed in. source: the rule's document; null: no rule fits."""

    outcome: str
    title: str
    registered: bool
    reason: str
    sentence: str
    centicredits: int
    rule: str
    version: int
    address: str
    source: str | None
    cap: str
    limit: int | None
    courses: list[dict[str, Any]]
    exemptions: list[dict[str, Any]]


class StepOut(Schema):
    text: str
    centicredits: int
    centihours: int | None
    rules: list[str]
    course: str | None
    address: str | None
    starts_on: date | None


class PlanOut(Schema):
    """Amounts in hundredths. needed, missing null: nobody has set what the diploma takes. left: what no further outcome
    can bring by recognition; way null: nothing is missing, or nobody knows how much. way_proven false: the time was over,
    the way is the best one found by then (perhaps none), and left is no more than what it leaves."""

    programme: UUID
    needed: int | None
    credited: int
    offered: int
    missing: int | None
    lines: list[LineOut]
    way: list[StepOut] | None
    left: int | None
    way_proven: bool


def _out(planned: answers.Planned) -> PlanOut:
    result = planned.result
    way = result.way
    return PlanOut(
        programme=planned.programme.uuid,
        needed=planned.programme.centicredits,
        credited=result.used,
        offered=result.allocation.centicredits,
        missing=result.missing,
        lines=[_line(named) for named in planned.lines],
        way=None if way is None else [_step(named) for named in planned.steps],
        left=None if way is None else way.left,
        way_proven=way is None or way.proven,
    )


def _line(named: answers.NamedLine) -> LineOut:
    line = named.line
    return LineOut(
        outcome=line.outcome,
        title=named.title,
        registered=named.real,
        reason=str(line.reason),
        sentence=named.sentence,
        centicredits=line.centicredits,
        rule=line.rule_code,
        version=line.rule_version,
        address=rule_url(line.rule_code, line.rule_version) if line.rule_code else "",
        source=named.version.source_document if named.version else None,
        cap=line.cap,
        limit=line.limit,
        courses=[
            {"code": course.code, "name": course.name, "centicredits": course.centicredits}
            for course in line.courses
        ],
        exemptions=[{"code": part.code, "name": part.name} for part in line.exemptions],
    )


def _step(named: answers.NamedStep) -> StepOut:
    step = named.step
    return StepOut(
        text=named.text,
        centicredits=step.centicredits,
        centihours=step.centihours,
        rules=[f"{version.rule.code} v{version.number}" for version in named.versions],
        course=step.offer.title if step.offer else None,
        address=step.offer.address if step.offer else None,
        starts_on=step.offer.starts_on if step.offer else None,
    )


@router.get(
    "", response=PlanOut, summary="What my outcomes give in a programme, and what is missing; writes nothing"
)
def plan(request: HttpRequest, programme: UUID) -> PlanOut:
    found = answers.programme_with_rules(programme)
    with answers.turn(user_of(request)):
        return _out(answers.plan(user_of(request), found, [], today()))


@router.post("", response=PlanOut, summary="The same with outcomes I might get; writes nothing")
def plan_with(request: HttpRequest, said: PlanIn) -> PlanOut:
    programme = answers.programme_with_rules(said.programme)
    typed = [_checked(one) for one in said.outcomes]
    with answers.turn(user_of(request)):
        return _out(answers.plan(user_of(request), programme, typed, today()))


def _checked(one: HypothesisIn) -> Hypothesis:
    """The same bounds as on the page. Raises Invalid."""
    found = unpack(pack(Hypothesis(**one.dict())))
    if found is None:
        raise Invalid(_("假设的成果里有不认识的类型、编码、等级或数。"), code="invalid_hypothesis")
    return found
