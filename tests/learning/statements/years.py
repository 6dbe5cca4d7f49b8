"""People with a year of study, for tests: completions, study after them and accepted claims, written as rows. Everybody
here is invented; how such rows come about is tested where they do.
"""

from datetime import UTC, date, datetime, time
from itertools import count
from typing import Any

from courses.models import Release
from lms.accounts.api import User, actor, set_identity, verify_identity
from lms.accounts.identity.rules import check_digit
from lms.learning.classes.hours_models import ClassHours, ClassHoursRule
from lms.learning.classes.models import ClassPlace, ClassRun, PlaceState, RunState
from lms.learning.completion.models import Completion, CompletionTopUp
from lms.learning.declarations.models import HoursDeclaration, WorkCredit
from lms.learning.enrolment.services import enrol
from lms.learning.hours.years import year_of
from lms.lib.actor import Actor
from lms.lib.clock import now
from tests.factories.accounts import OrganisationFactory, UserFactory
from tests.factories.courses import released_course

_numbers = count(1)
# What a course of a kind cannot be without.
NEEDED: dict[str, dict[str, str]] = {"public": {"theme": "ethics"}, "specialty": {"sector": "industry"}}
RULE = {
    "code": "study",
    "version": 1,
    "valid_from": "2020-01-01",
    "ms_per_hour": 2_700_000,
    "speed_hundredths": 200,
    "approved_centihours": 6000,
}


def named(user: User, name: str) -> User:
    """With a real name that somebody has seen the paper of."""
    digits = f"11010519491231{next(_numbers) % 1000:03d}"
    set_identity(user, "id_card", name, digits + check_digit(digits), Actor.system("tests"))
    verify_identity(user, Actor.system("tests"), reason="窗口核对原件")
    return user


def noon(day: date) -> datetime:
    """Shanghai's noon, in UTC."""
    return datetime.combine(day, time(4), UTC)


def completed(
    user: User, day: date, centihours: int, *, kind: str = "specialty", release: Release | None = None
) -> Completion:
    release = release or released_course(kind=kind, **NEEDED.get(kind, {}))
    return Completion.objects.create(
        enrolment=enrol(user, release.course, actor(user)),
        person=user,
        release=release,
        kind=kind,
        counted_ms=centihours * 27_000,
        centihours=centihours,
        rule=RULE,
        evidence={"lessons": []},
        completed_at=noon(day),
    )


def topped_up(completion: Completion, day: date, centihours: int) -> CompletionTopUp:
    return CompletionTopUp.objects.create(
        completion=completion,
        number=completion.top_ups.count() + 1,
        counted_ms=(completion.total_centihours + centihours) * 27_000,
        centihours=centihours,
        day=day,
        at=noon(day),
    )


def attended(
    user: User, day: date, centihours: int, *, release: Release | None = None, plan: Any = None
) -> ClassHours:
    """Hours for a class of a course that ended on the day."""
    release = release or released_course(kind="specialty", mode="blended", **NEEDED["specialty"])
    run = ClassRun.objects.create(
        course=release.course,
        provider=release.course.provider,
        title="面授班",
        place="实训楼",
        starts_on=day,
        ends_on=day,
        enrol_until=day,
        capacity=30,
        state=RunState.ENDED,
        created_at=noon(day),
    )
    rule = ClassHoursRule.objects.first() or ClassHoursRule.objects.create(
        version=1, valid_from=date(2020, 1, 1), ms_per_hour=2_700_000, source="测试"
    )
    place = ClassPlace.objects.create(
        run=run,
        person=user,
        enrolment=enrol(user, release.course, actor(user)),
        state=PlaceState.SEATED,
        seat=1,
        number=1,
        joined_at=noon(day),
        changed_at=noon(day),
    )
    told = {"code": "class", "version": rule.version, "valid_from": "2020-01-01", "ms_per_hour": 2_700_000}
    return ClassHours.objects.create(
        place=place,
        number=1,
        rule=rule,
        kind=release.kind,
        counted_ms=centihours * 27_000,
        centihours=centihours,
        evidence={
            "meetings": [],
            "total_centihours": centihours,
            "approved_centihours": centihours,
            "filing": "测〔1〕号",
            "rule": told,
        }
        | ({"plan": plan} if plan else {}),
        day=day,
        at=now(),
    )


def claimed(
    user: User,
    day: date,
    centihours: int,
    *,
    category: str = "specialty",
    state: str = "accepted",
    **more: Any,
) -> HoursDeclaration:
    number = next(_numbers)
    accepted = state == "accepted"
    declaration = HoursDeclaration.objects.create(
        person=user,
        activity="conference",
        category=category,
        title=f"学术年会（第 {number} 届）",
        organiser="申江市机械工程学会",
        starts_on=day,
        ends_on=day,
        year=year_of(day),
        centiunits=100,
        declared_centihours=centihours,
        work_key=f"number:{number}",
        title_key=f"学术年会第{number}届",
        employer=OrganisationFactory(kind="enterprise"),
        department=OrganisationFactory(kind="authority", name="申江市人力资源和社会保障局"),
        state=state,
        level="department",
        accepted_centihours=centihours if accepted else None,
        counted_centihours=centihours if accepted else None,
        submitted_at=noon(day),
        **more,
    )
    if accepted:
        WorkCredit.objects.create(
            person=user,
            work_key=declaration.work_key,
            number=1,
            declaration=declaration,
            accepted_centihours=centihours,
            before_centihours=0,
            counted_centihours=centihours,
            at=noon(day),
        )
    return declaration


__all__ = ["UserFactory", "attended", "claimed", "completed", "named", "noon", "topped_up"]
