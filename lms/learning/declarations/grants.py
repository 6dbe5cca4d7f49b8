"""Hours that an authority's process gives without a claim: a project was passed, a contest was won (372号 四(四), 三(三)).

The same rules, rows and credits as claims have (`HoursActivityRule`, `WorkCredit`), so that the same work counts once, however it came.
What was corrected is taken back: the claim stays, counts no more, and the books reverse it. Refuses: hours where no rule is in force on the
day, and a second time for the same work of a person: sent twice is given once.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction

from lms.accounts.api import Organisation, User
from lms.learning.declarations import decisions, queries, rules, steps
from lms.learning.declarations.models import Act, HoursDeclaration, Level, State
from lms.learning.hours.years import year_of
from lms.lib.actor import Actor
from lms.lib.clock import now
from lms.lib.outbox.services import emit


@dataclass(frozen=True)
class Granted:
    """identifier: the number that makes it the same work. centihours: the most it may give, hundredths of a 学时. host: who ran it;
    authority: whose process it is. about: how it comes about, for the person."""

    activity: str
    grade: str
    category: str
    title: str
    identifier: str
    host: Organisation
    authority: Organisation
    starts_on: date
    ends_on: date
    centihours: int
    about: str = ""


def rule_there(day: date, activity: str, grade: str, category: str) -> bool:
    """Whether a rule is in force on a day; without one nothing is given, and the page says 尚未设定."""
    return queries.rule_on(day, activity, grade, category) is not None


def ruled_centihours(day: date, activity: str, grade: str, category: str) -> int | None:
    """What one unit gives by the rule in force on a day, hundredths of a 学时; None: no rule."""
    rule = queries.rule_on(day, activity, grade, category)
    return None if rule is None else rules.ruled(100, rule.centihours_per_unit or 0)


def granted(person: User, identifier: str) -> HoursDeclaration | None:
    """What a process gave the person for a work, by its number."""
    return _given(person, f"number:{rules.normal(identifier)}"[:200])


def _given(person: User, key: str) -> HoursDeclaration | None:
    """What a process gave for a work: no person stands at its acceptance. A claim of theirs for the same work, which people judged,
    is another thing: what it counted is taken off, and the rest is still to be given."""
    rows = HoursDeclaration.objects.filter(person=person, work_key=key, state=State.ACCEPTED)
    return rows.filter(steps__act=Act.ACCEPT, steps__person=None).first()


def grant(who: Actor, person: User, new: Granted) -> HoursDeclaration | None:
    """Give the hours of one unit of the rule that was in force on the last day, at most `centihours`. There already: what was given.
    None: no rule in force, nothing to give, or a claim
    for the same work is still under way. Whoever calls has checked that it may be given."""
    rule = queries.rule_on(new.ends_on, new.activity, new.grade, new.category)
    if rule is None or new.centihours <= 0:
        return None
    key = rules.work_key(
        new.identifier,
        activity=new.activity,
        title=new.title,
        starts_on=new.starts_on,
        ends_on=new.ends_on,
    )
    try:
        with transaction.atomic():
            # The person first: somebody without any claim has no row that two grants could wait for.
            list(User.objects.select_for_update(no_key=True).filter(pk=person.pk).values_list("pk"))
            held = HoursDeclaration.objects.filter(person=person).order_by("pk")
            list(held.select_for_update(of=("self",)).values_list("pk", flat=True))
            there = _given(person, key)
            if there is not None:
                return there
            row = HoursDeclaration.objects.create(
                person=person,
                activity=new.activity,
                grade=new.grade,
                category=new.category,
                title=new.title[:120],
                organiser=new.host.name[:120],
                starts_on=new.starts_on,
                ends_on=new.ends_on,
                year=year_of(new.ends_on),
                centiunits=100,
                declared_centihours=new.centihours,
                identifier=new.identifier,
                work_key=key,
                title_key=rules.title_key(new.title),
                about=new.about,
                employer=new.host,
                department=new.authority,
                rule=rule,
                ruled_centihours=rules.ruled(100, rule.centihours_per_unit or 0),
                level=Level.DEPARTMENT,
                state=State.DEPARTMENT,
                submitted_at=now(),
            )
            decisions.accept_granted(row)
            step = steps.note(row, who, Act.ACCEPT, body=new.authority, reason=new.about)
            decisions.announce(row, step)
            return row
    except IntegrityError:
        # Somebody gave it at the same moment; or a claim of the person's for the same work is under way: then it waits for that one.
        return _given(person, key)


@transaction.atomic
def take_back(who: Actor, person: User, uuid: UUID, reason: str) -> HoursDeclaration | None:
    """What a process gave is taken back, since its result was corrected: the claim counts no more, and the books reverse its hours
    (`declaration.taken_back`). The same work can be given anew. None: it is taken back already. Whoever calls has checked that it may be.
    Raises DoesNotExist: nothing that a process gave."""
    list(User.objects.select_for_update(no_key=True).filter(pk=person.pk).values_list("pk"))
    held = HoursDeclaration.objects.filter(person=person).order_by("pk")
    list(held.select_for_update(of=("self",)).values_list("pk", flat=True))
    row = held.select_related("department").get(uuid=uuid, steps__act=Act.ACCEPT, steps__person=None)
    if row.state != State.ACCEPTED:
        return None
    posted = row.counted_centihours or 0
    steps.taken_back(row)
    step = steps.note(row, who, Act.WITHDRAW, body=row.department, reason=reason[: steps.LONGEST_REASON])
    if posted:
        emit(
            "declaration.taken_back",
            {"declaration": str(row.uuid), "step": str(step.uuid), "reason": step.reason},
            key=f"declaration.taken_back:{row.uuid}",
        )
    return row
