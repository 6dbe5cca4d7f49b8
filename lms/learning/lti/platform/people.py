"""What a tool may know of people: a pseudonym of its own, and a name where organisation and person both say so.

Owns: pseudonyms and each person's answer. Refuses: addresses, phone numbers and identity numbers, which no tool is told.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from lms.accounts.api import User
from lms.learning.lti.platform.models import LtiSubject, LtiTool
from lms.lib.clock import now
from lms.lib.crypto import lookup_hash


def pseudonym(tool: LtiTool, person: UUID) -> str:
    """What the tool calls the person: the same each time, another one for each tool, and nothing to reckon back from."""
    return lookup_hash(f"{tool.uuid}\0{person}", "lti.sub")[:40]


def subject_of(tool: LtiTool, person: User) -> LtiSubject:
    row, _made = LtiSubject.objects.get_or_create(
        tool=tool, person=person, defaults={"sub": pseudonym(tool, person.uuid)}
    )
    return row


def subjects_of(tool: LtiTool, people: Sequence[User]) -> dict[int, LtiSubject]:
    """Person id → what the tool calls them, for many: two queries."""
    rows = [LtiSubject(tool=tool, person=one, sub=pseudonym(tool, one.uuid)) for one in people]
    LtiSubject.objects.bulk_create(rows, ignore_conflicts=True)
    return {row.person_id: row for row in LtiSubject.objects.filter(tool=tool, person__in=people)}


def asking(tools: Iterable[str]) -> set[str]:
    """Those among the tools (uuids as blocks have them) that may ask for names: one query, none where there are no tools."""
    wanted = list(tools)
    rows = LtiTool.objects.filter(uuid__in=wanted, asks_names=True) if wanted else LtiTool.objects.none()
    return {str(uuid) for uuid in rows.values_list("uuid", flat=True)}


def answer(tool: LtiTool, person: User, *, named: bool) -> LtiSubject:
    """The person lets the tool have their name, or not; they may say otherwise at any time."""
    row = subject_of(tool, person)
    row.named, row.answered_at = named, now()
    row.save(update_fields=["named", "answered_at"])
    return row


def name_for(tool: LtiTool, subject: LtiSubject, person: User) -> str:
    """The name the tool is told; "" for none."""
    return str(person.display_name) if tool.asks_names and subject.named else ""
