"""The planner: one learner's best allocation beside the bare loop and the bare relaxation, a draft rule over many.

Outcomes and rules are generated as colleges write them: skill levels in a dozen occupations, courses of other colleges,
hours by unit, awards; caps of every kind on most of them. "Hostile" has few issuers and two units, so that nearly every
cap is reached and ties everything together.
"""

import random
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from creditbank.planner.effect import Profile, effect
from creditbank.planner.offers import Offer
from creditbank.planner.rules import what_if
from creditbank.rules.engine import allocate
from creditbank.rules.facts import (
    CourseFact,
    Kind,
    OutcomeFact,
    ProgrammeFact,
    Rate,
    RuleFact,
    about,
)
from creditbank.rules.rules import judged_alone

DAY = date(2026, 3, 2)
OCCUPATIONS = [f"6-{10 + n}-01-0{n % 9 + 1}" for n in range(12)]
COURSES = 60
PAPERS = (Kind.AWARD, Kind.PAPER, Kind.FIVE_SMALL)
# Learners under a draft rule.
FULL = [25_000, 50_000, 100_000]
SHORT = [5_000, 10_000, 20_000]
Say = Callable[..., None]
clock = time.perf_counter


def rules(count: int, units: str) -> list[RuleFact]:
    """The rules of one programme: three in ten on skill levels, three on courses, the rest on everything else."""

    def course(n: int) -> CourseFact:
        return CourseFact(f"C{n % COURSES:02}", "课程", 100 * (n % 5 + 1))

    def rule(kind: str, *courses: CourseFact, **more: Any) -> RuleFact:
        asked = {"occupation_code": "", "level": None, "or_higher": True, "cap_permille": 500} | more
        return RuleFact(
            code=f"r{len(made):04}",
            version=1,
            programme="p",
            outcome_kind=kind,
            courses=courses,
            valid_from=date(2024, 1, 1),
            valid_until=None,
            source="bench",
            **asked,
        )

    made: list[RuleFact] = []
    for n in range(count * 3 // 10):
        field, level = n % 12, 5 - n // 12 % 5
        given = [course(field * 5 + k) for k in range((5 - level) // 2 + 2)]
        group = f"g{field}" if field % 3 == 0 else ""
        made.append(rule(Kind.SKILL, *given, occupation_code=OCCUPATIONS[field], level=level, group=group))
    for n in range(count // 10):
        field = OCCUPATIONS[n % 12]
        made.append(rule(Kind.QUALIFICATION, course(n * 5), course(n * 5 + 3), occupation_code=field))
        made.append(
            rule(Kind.X, course(n * 5 + 1), course(n * 7 + 2), occupation_code=field, level=5 - n % 3)
        )
    for n in range(count * 3 // 10):
        asked = {"course_code": f"X{n}", "min_score": 6000, "cap_per_institution": 3000}
        made.append(rule(Kind.COURSE, course(n), **asked))
    for n in range(count // 20):
        rate = Rate(1600, 100, step=50, unit=units[n % len(units)])
        made.append(rule(Kind.HOURS, rate=rate, cap_per_rule=400, cap_per_year=1500))
    while len(made) < count:
        n = len(made)
        awards = ("city-1", "city-2") if n % 3 == 0 else None
        made.append(rule(PAPERS[n % 3], free=100 * (n % 4 + 1), stackable=n % 2 == 0, awards=awards))
    return made


def outcomes(chance: random.Random, count: int, issuers: str, units: str) -> list[OutcomeFact]:
    """What one learner brings: certificates of a few occupations, courses, hours, awards."""
    fields = chance.sample(OCCUPATIONS, 4)
    certificates = (Kind.SKILL, Kind.QUALIFICATION, Kind.X, Kind.ABILITY)
    made = []
    for n in range(count):
        kind = chance.choices(list(Kind), [6, 2, 2, 2, 6, 6, 2, 2, 2])[0]
        course, hours = kind == Kind.COURSE, kind == Kind.HOURS
        made.append(
            OutcomeFact(
                id=f"o{n:03}",
                achievement=f"a{n}",
                kind=kind,
                occupation_code=chance.choice(fields) if kind in certificates else "",
                level=chance.randint(1, 5) if kind in (Kind.SKILL, Kind.X) else None,
                issued_on=DAY - timedelta(days=chance.randrange(4000)),
                expires_on=None,
                status=chance.choice(["verified", "verified", "submitted"]),
                issuer=chance.choice(issuers),
                course_code=f"X{chance.randrange(COURSES)}" if course else "",
                score=chance.randint(5000, 10000) if course else None,
                centicredits=300 if course else None,
                centihours=chance.randrange(800, 9600, 50) if hours else None,
                unit=chance.choice(units) if hours else "",
                award=chance.choice(["city-1", "city-3"]) if kind == Kind.AWARD else "",
            )
        )
    return made


def bare_loop(mine: list[OutcomeFact], some: list[RuleFact]) -> int:
    """The least that any answer takes: each pair judged alone, nothing chosen."""
    return sum(about(one, rule) and judged_alone(one, rule, DAY) is None for one in mine for rule in some)


def _p95(figures: list[float]) -> float:
    return round(statistics.quantiles(figures, n=20)[-1], 1)


def learners(count: int, say: Say) -> None:
    """p95 for 30 outcomes against 200 rules, and for sizes around it."""
    sizes = [("", 30, 200), ("", 15, 200), ("", 60, 200), ("", 30, 400), (", hostile", 30, 200)]
    for name, has, ruled in sizes:
        issuers, units = ("xyz", "ab") if name else ("abcdefgh", "abcde")
        some = rules(ruled, units)
        allocate(
            outcomes(random.Random(0), has, issuers, units), some, ProgrammeFact("p", 8000), DAY, steps=0
        )
        found: list[float] = []
        limit: list[float] = []
        by_solver = 0
        for seed in range(count):
            mine = outcomes(random.Random(seed), has, issuers, units)
            programme = ProgrammeFact("p", (12000, 8000, 5000)[seed % 3])
            started = clock()
            bare_loop(mine, some)
            between = clock()
            by_solver += allocate(mine, some, programme, DAY).by_solver
            found.append((clock() - between) * 1000)
            limit.append((between - started) * 1000)
        say(
            f"planner, {has} outcomes × {ruled} rules{name}",
            learners=count,
            p50_ms=round(statistics.median(found), 1),
            p95_ms=_p95(found),
            limit_p95_ms=_p95(limit),
            by_solver_share=round(by_solver / count, 3),
            **({"aim_p95_ms": 50} if (has, ruled) == (30, 200) and not name else {}),
        )


def ways(count: int, say: Say) -> None:
    """The same learners with the shortest way to what is missing, beside the allocation alone."""
    some = rules(200, "abcde")
    offers = [Offer(f"c{n}", f"c{n}", 400 + 100 * n, "abcde"[n % 5], "/") for n in range(60)]
    found: list[float] = []
    limit: list[float] = []
    proven = 0
    for seed in range(count):
        mine = outcomes(random.Random(seed), 30, "abcdefgh", "abcde")
        programme = ProgrammeFact("p", (12000, 8000, 5000)[seed % 3])
        started = clock()
        allocate(mine, some, programme, DAY)
        between = clock()
        answer = what_if(mine, some, programme, DAY, (), offers)
        found.append((clock() - between) * 1000)
        limit.append((between - started) * 1000)
        proven += answer.way is None or answer.way.proven
    say(
        "planner with the shortest way, 30 outcomes × 200 rules × 60 courses",
        learners=count,
        p50_ms=round(statistics.median(found), 1),
        p95_ms=_p95(found),
        limit_p95_ms=_p95(limit),
        proven_share=round(proven / count, 3),
    )


def student(chance: random.Random) -> Profile:
    """One of a college's learners: a field of three, seldom more than a few outcomes, of which many are like others'."""
    field = chance.choice(OCCUPATIONS[:3])
    kinds = chance.choices([Kind.SKILL, Kind.HOURS, Kind.COURSE, Kind.X, Kind.PAPER], [8, 5, 4, 2, 1], k=4)
    made = []
    for n, kind in enumerate(kinds[: chance.choice([0, 0, 1, 1, 2, 2, 3, 4])]):
        made.append(
            OutcomeFact(
                id=str(n),
                achievement=str(n),
                kind=kind,
                occupation_code=field if kind in (Kind.SKILL, Kind.X) else "",
                level=chance.choice([5, 4, 4, 3, 3, 3, 2]) if kind in (Kind.SKILL, Kind.X) else None,
                issued_on=DAY - timedelta(days=chance.randrange(2500)),
                expires_on=None,
                status=chance.choice(["verified", "verified", "submitted"]),
                issuer=chance.choice("abc"),
                course_code=f"X{chance.randrange(8)}" if kind == Kind.COURSE else "",
                score=chance.randint(5000, 10000) if kind == Kind.COURSE else None,
                centihours=chance.choice([1600, 2400, 3200, 7200]) if kind == Kind.HOURS else None,
                unit=chance.choice("ab") if kind == Kind.HOURS else "",
            )
        )
    return Profile(tuple(made))


def draft_rule(sizes: list[int], say: Say) -> None:
    """A draft over ever more learners: growth linear, memory flat; beside it the bare loop over the same learners."""
    some = rules(200, "abcde")
    given = (CourseFact("N1", "课程", 400),)
    draft = replace(some[0], code="draft", courses=given, level=4, group="", max_age_days=1825)
    first = None
    for size in sizes:
        started = clock()
        for seed in range(size):
            bare_loop(list(student(random.Random(seed)).outcomes), [draft])
        between = clock()
        found = effect(
            (student(random.Random(seed)) for seed in range(size)), draft, some, ProgrammeFact("p", 8000), DAY
        )
        seconds = clock() - between
        first = first or seconds / size
        say(
            f"a draft rule over {size} learners",
            learners=found.learners,
            touched=found.touched,
            qualify=found.qualify,
            gain=found.gain,
            solved=found.solved,
            solved_share=round(found.solved_share, 3),
            seconds=round(seconds, 1),
            limit_seconds=round(between - started, 1),
            per_learner_against_first_size=round(seconds / size / first, 2),
            most_memory_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            **({"aim_seconds": 60} if size == 100_000 else {}),
        )


def run(count: int, sizes: list[int], say: Say) -> None:
    learners(count, say)
    ways(max(count // 4, 20), say)
    draft_rule(sizes, say)
