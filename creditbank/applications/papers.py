"""Whether two registered outcomes are one paper. Where no number says so, an outcome is keyed with its holder's uuid:
after a merge the same paper can stand under two keys, and is still one achievement with one use."""

from uuid import UUID

from creditbank.outcomes import rules
from creditbank.outcomes.models import LearningOutcome
from creditbank.outcomes.services import achievement_key


def keys_for(row: LearningOutcome, holder: UUID) -> frozenset[str]:
    """The key that the outcome has, and the one that it would have, were it registered by `holder` (a person's uuid)."""
    said = rules.Deposit(
        kind=row.kind,
        title=row.title,
        occupation_code=row.occupation_code,
        level=row.level,
        issuer_name=row.issuer_name,
        number=row.number,
        issued_on=row.issued_on,
        starts_on=row.starts_on,
        course_code=row.course_code,
        **{name: row.details.get(name, "") for name in rules.DETAILS},
    )
    return frozenset({row.achievement, achievement_key(rules.identity(said, str(holder)))})


def same_paper(one: LearningOutcome, two: LearningOutcome, holder: UUID) -> bool:
    """Whether the two would be one outcome of `holder`'s."""
    return one.kind == two.kind and not keys_for(one, holder).isdisjoint(keys_for(two, holder))
