"""What an approval at this moment would grant, line by line, and what the rule's caps leave: for whoever decides.

Owns: the reckoning before a decision, by the same judgement as the decision itself, without its locks. Reads only; what
is granted is what the caps leave at the decision, and `decisions.decide` refuses an amount that nobody has seen.
"""

from dataclasses import dataclass

from django.db.models import Sum

from creditbank.applications import lifecycle
from creditbank.applications.judging import judge, source_fact, used_in
from creditbank.applications.models import Application
from creditbank.applications.words import capped_sentence, room_text
from creditbank.rules.engine import Before
from creditbank.rules.facts import ProgrammeFact
from creditbank.rules.queries import fact


@dataclass(frozen=True)
class Cap:
    """One cap of the rule. text: which, and how high; used, left: centicredits, left never below 0."""

    text: str
    used: int
    left: int


@dataclass(frozen=True)
class Foreseen:
    """centicredits: what would be posted now, 0: nothing; asked: what was reckoned at submission. rows: (code, name,
    centicredits) of each course, then of what stands for none (code ""). others, others_centicredits: further
    applications of the same person to the programme that wait, and what they come to."""

    centicredits: int
    asked: int
    rows: tuple[tuple[str, str, int], ...]
    sentence: str
    caps: tuple[Cap, ...]
    others: int
    others_centicredits: int

    @property
    def changed(self) -> bool:
        return self.centicredits != self.asked


def foresee(row: Application) -> Foreseen | None:
    """What the college would grant if it decided now; None where nothing waits for it. A handful of queries."""
    source = row.outcome or row.course
    if row.state not in lifecycle.AT_COLLEGE or source is None:
        return None
    line = judge(row.applicant, row.programme, row.rule_version, row.evaluated_on, source).line
    given = line.centicredits if line.gives else 0
    named = [(course.code, course.name, course.centicredits) for course in line.courses] if given else []
    lump = given - sum(amount for _code, _name, amount in named)
    about = ProgrammeFact(str(row.programme.uuid), row.programme.centicredits)
    before = Before(about, row.evaluated_on, used_in(row.applicant, row.programme))
    waiting = Application.objects.filter(
        applicant=row.applicant, programme=row.programme, state__in=lifecycle.OPEN
    ).exclude(pk=row.pk)
    return Foreseen(
        centicredits=given,
        asked=row.centicredits,
        rows=(*named, *([("", "", lump)] if lump > 0 else [])),
        sentence=capped_sentence(line),
        caps=tuple(
            Cap(room_text(room), room.limit - room.left, max(room.left, 0))
            for room in before.rooms(source_fact(source), fact(row.rule_version))
        ),
        others=waiting.count(),
        others_centicredits=waiting.aggregate(all=Sum("centicredits"))["all"] or 0,
    )
