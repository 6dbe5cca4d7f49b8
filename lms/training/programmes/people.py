"""A person's own part of programmes: their applications and theory output. What they did for a host or an authority is that body's."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from lms.accounts.api import ErasurePart, User, register_erasure_part, register_export_part
from lms.lib.evidence import discard
from lms.training.programmes.models import OutputFile, ProgrammeApplication, ProgrammeResult, TheoryOutput

PART = "programmes"


def part(user: User) -> dict[str, Any]:
    """Everything of the user's own that is kept here."""
    rows = ProgrammeApplication.objects.filter(person=user).select_related("programme").order_by("pk")
    return {
        "applications": [
            {
                "programme": row.programme.title,
                "title": row.title,
                "title_number": row.title_number,
                "manager": row.manager,
                "backbone": row.backbone,
                "grassroots": row.grassroots,
                "birth_year": row.birth_year,
                "employer": row.employer,
                "exception": row.exception,
                "state": row.state,
                "reason": row.reason,
                "applied_at": row.applied_at,
                "decided_at": row.decided_at,
            }
            for row in rows
        ],
        "passed": [
            {"programme": row.programme.title, "day": row.passed_on}
            for row in ProgrammeResult.objects.filter(person=user).select_related("programme")
        ],
        "outputs": [
            {
                "programme": row.programme.title,
                "title": row.title,
                "authors": row.authors,
                "about": row.about,
                "state": row.state,
                "reason": row.reason,
                "at": row.handed_in_at,
                "files": [
                    {"name": file.name, "sha256": file.sha256, "size": file.size} for file in row.files.all()
                ],
            }
            for row in TheoryOutput.objects.filter(person=user)
            .select_related("programme")
            .prefetch_related("files")
            .order_by("pk")
        ],
    }


def obstacles(user: User) -> Iterable[str]:
    """None: a seat is given up with the classes."""
    return ()


def erase(user: User) -> list[UUID]:
    """What they said of themselves goes; that there was an application, and what became of it, stays for the counts."""
    applications = ProgrammeApplication.objects.filter(person=user)
    outputs = TheoryOutput.objects.filter(person=user)
    uuids = [*applications.values_list("uuid", flat=True), *outputs.values_list("uuid", flat=True)]
    applications.update(
        title="none", title_number="", employer="", exception="", reason="", birth_year=None, manager=False
    )
    discard(OutputFile.objects.filter(output__person=user))
    for row in outputs:
        # The title is what makes it one of a kind: it keeps a mark of its own.
        TheoryOutput.objects.filter(pk=row.pk).update(title=str(row.uuid), authors="", about="", reason="")
    return uuids


def register() -> None:
    register_export_part(PART, part)
    register_erasure_part(PART, ErasurePart(obstacles, erase))
