"""A draft rule over many learners: the same counts as one by one, equal profiles solved once, only a college's own."""

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from creditbank.applications.judging import used_in
from creditbank.applications.models import Application
from creditbank.applications.services import decide
from creditbank.outcomes.services import verify_outcome
from creditbank.planner.effect import MOST_KEPT, Profile, effect, effect_of, told
from creditbank.planner.queries import learners_of, profiles
from creditbank.rules.engine import allocate
from creditbank.rules.facts import (
    CourseFact,
    Kind,
    OutcomeFact,
    ProgrammeFact,
    Rate,
    Reason,
    RuleFact,
    UsedFact,
)
from creditbank.rules.queries import fact
from lms.lib.errors import NotFound
from tests.creditbank.applications.cases import House
from tests.factories.creditbank import certificate, college, person, programme, rule_version

DAY = date(2026, 3, 2)
PROGRAMME = ProgrammeFact("p", 2000)


def rule(code, *courses, **more):
    base = RuleFact(
        *(code, 1, "p", Kind.SKILL, "6-31-01-03", 3, True),
        courses=tuple(CourseFact(name, name, amount) for name, amount in courses),
        valid_from=date(2025, 1, 1),
        valid_until=None,
        source="文件",
    )
    return replace(base, **more)


PUBLISHED = [
    rule("r1", ("A", 300)),
    rule("r2", ("B", 200), occupation_code="6-18-02-04", max_age_days=900),
    rule(
        "r3", outcome_kind=Kind.HOURS, occupation_code="", level=None, rate=Rate(1600, 100), cap_per_rule=250
    ),
]
DRAFT = rule("new", ("A", 100), ("C", 350), max_age_days=700, cap_per_institution=600)


def learner(chance):
    made = []
    for number in range(chance.randint(0, 4)):
        kind = chance.choice([Kind.SKILL, Kind.SKILL, Kind.HOURS, Kind.PAPER])
        made.append(
            OutcomeFact(
                id=str(number),
                achievement=chance.choice("xyz") if chance.random() < 0.3 else f"{number}",
                kind=kind,
                occupation_code=chance.choice(["6-31-01-03", "6-18-02-04"]) if kind == Kind.SKILL else "",
                level=chance.choice([4, 3, 2]) if kind == Kind.SKILL else None,
                issued_on=DAY - timedelta(days=chance.choice([10, 699, 700, 701, 900, 901])),
                expires_on=chance.choice([None, DAY, DAY - timedelta(days=1)]),
                status=chance.choice(["verified", "submitted"]),
                issuer=chance.choice("gh"),
                centihours=chance.choice([1600, 3200]) if kind == Kind.HOURS else None,
            )
        )
    used = (
        [UsedFact(chance.choice("0x"), "p", "B", 200, rule_code="r2", issuer="g")]
        if chance.random() < 0.3
        else []
    )
    return Profile(tuple(made), tuple(used))


@pytest.mark.parametrize("seed", range(3))
def test_the_same_as_one_by_one(seed):
    chance = random.Random(seed)
    profiles = [learner(chance) for _ in range(150)]
    found = effect(profiles, DRAFT, PUBLISHED, PROGRAMME, DAY)
    giving = [
        [
            line
            for line in allocate(p.outcomes, [*PUBLISHED, DRAFT], PROGRAMME, DAY, p.used).giving
            if line.rule_code == "new"
        ]
        for p in profiles
    ]
    assert found.learners == 150
    assert 0 < found.qualify == sum(bool(lines) for lines in giving) < found.touched
    assert found.centicredits == sum(line.centicredits for lines in giving for line in lines)
    assert found.verified == sum(
        bool(lines) and all(line.reason == Reason.GRANTED for line in lines) for lines in giving
    )
    assert found.solved < found.touched
    assert sum(found.blocked.values()) == found.touched - found.qualify


def test_a_draft_takes_the_place_of_its_published_version():
    profile = Profile((OutcomeFact("1", "1", Kind.SKILL, "6-31-01-03", 3, DAY, None, "verified"),))
    draft = replace(PUBLISHED[0], version=2, courses=(CourseFact("A", "A", 400),))
    found = effect([profile], draft, PUBLISHED, PROGRAMME, DAY)
    assert (found.qualify, found.centicredits, found.gained_centicredits) == (1, 400, 100)
    later = replace(draft, valid_from=DAY + timedelta(days=30), max_age_days=20)
    missed = effect([profile], later, PUBLISHED, PROGRAMME, DAY)
    assert (missed.day, missed.touched, dict(missed.against)) == (later.valid_from, 0, {Reason.TOO_OLD: 1})


def test_memory_stays_flat_and_progress_is_told():
    def profiles(count):
        for number in range(count):
            hours = OutcomeFact(
                "1", "1", Kind.HOURS, "", None, DAY, None, "verified", centihours=1600 + number
            )
            yield Profile((hours,))

    said = []
    counting = effect(
        profiles(2500), PUBLISHED[2], [], PROGRAMME, DAY, lambda done, total: said.append((done, total)), 2500
    )
    assert said == [(1000, 2500), (2000, 2500), (2500, 2500)]
    # 16 to 41 hours make 26 sums of whole hundredths of a credit up to the cap: as many answers, not 2,500.
    assert counting.solved < 200 < MOST_KEPT


def test_small_counts_are_not_told():
    assert [told(count) for count in (0, 1, 4, 5)] == ["0", "少于 5", "少于 5", "5"]


@pytest.mark.django_db
def test_only_a_colleges_own_learners():
    home, other = college(), college("other", "别的学院")
    target = programme(home)
    draft = replace(fact(rule_version(target)), code="draft")
    for _ in range(2):
        certificate(person(), issuer=home)
    certificate(person(), issuer=home, level=5)
    certificate(person(), issuer=other)
    certificate(person())
    assert learners_of(home).count() == 3
    found = effect_of(draft, home, day=DAY)
    assert (found.learners, found.touched, found.solved) == (3, 2, 1)
    # What is published gives the same already: the draft only ties with it.
    assert found.gain == 0
    assert dict(found.against) == {Reason.LEVEL_TOO_LOW: 1}
    with pytest.raises(NotFound):
        effect_of(draft, other)


@pytest.mark.django_db
@pytest.mark.parametrize("before_sharing", [False, True])
def test_the_stream_reads_what_is_used_as_a_decision_does(before_sharing):
    """A use is shared by what it says of itself: one of before the field, under a rule that shares, is not."""
    house = House(reviewers=1)
    target = programme(house.home, code="shared")
    version = rule_version(target, code="shared-a", shares_outcome=True)
    user, row = house.case(version=version, verified=False, issuer=house.home)
    if before_sharing:
        Application.objects.filter(pk=row.pk).update(shared_rule="")
        row.refresh_from_db()
    verify_outcome(house.second, row.outcome, method="register")
    decide(house.first, row, approve=True, reason="相符")
    (profile,) = profiles(house.home, target, Kind.SKILL)
    assert list(profile.used) == used_in(user, target)
    assert {used.shares_outcome for used in profile.used} == {not before_sharing}
