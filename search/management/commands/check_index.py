"""python -m lms check_index: compare the search index with the database, and put right what differs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from search import documents
from search.checking import Finding, check, orphans
from search.errors import SearchUnavailable


class Command(BaseCommand):
    help = (
        "Compare every engine's index with the database, page by page. "
        "Exit code: 0 nothing differs (any more), 1 something does, 2 an engine does not answer."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--type", help="only this type of document (all registered types if left out)")
        parser.add_argument("--repair", action="store_true", help="put right what differs")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted, repair = options["type"], options["repair"]
        if wanted and wanted not in documents.types():
            raise CommandError(
                f"There is no {wanted}, only: {', '.join(documents.types()) or 'none'}", returncode=2
            )
        try:
            found = [
                finding
                for one in ([wanted] if wanted else documents.types())
                for finding in check(one, repair=repair)
            ]
            left = orphans() if wanted is None else []
            for engine, document_type, generation in left if repair else []:
                engine.drop(document_type, generation)
        except SearchUnavailable as refusal:
            raise CommandError(f"{refusal.message} {refusal.details}", returncode=2) from refusal
        for finding in found:
            self._tell(finding)
        for engine, document_type, generation in left:
            self.stdout.write(
                f"{engine.name} {document_type}: generation {generation} is used by nobody"
                + (", dropped" if repair else "")
            )
        if not all(finding.clean for finding in found) or (left and not repair):
            raise CommandError("The index differs from the database.", returncode=1)

    def _tell(self, finding: Finding) -> None:
        told = f"{finding.engine} {finding.type}: {finding.looked_at} looked at"
        for kind, count in finding.counts.items():
            told += f", {count} {kind} ({', '.join(finding.differing[kind])}{', …' if count > 5 else ''})"
        if finding.repaired:
            told += f", {finding.repaired} repaired"
        if finding.owed:
            told += f", {finding.owed} owed"
        if not finding.complete:
            told += ", not filled yet: python -m lms reindex"
        if finding.outdated:
            told += ", cut in a former way: python -m lms reindex"
        self.stdout.write(told)
