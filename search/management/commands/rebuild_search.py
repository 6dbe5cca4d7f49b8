"""python -m lms rebuild_search: make the index again from the database, beside the one in use, then swap."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lms.lib.actor import Actor
from lms.lib.errors import Refusal
from lms.lib.jobs.services import enqueue
from search import documents
from search.indexing import rebuild


class Command(BaseCommand):
    help = "Build the search index anew from the database, beside the one in use, then swap."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--type", help="only this type of document (all registered types if left out)")
        parser.add_argument("--background", action="store_true", help="leave it to a worker")

    def handle(self, *args: Any, **options: Any) -> None:
        document_type = options["type"]
        if document_type and document_type not in documents.types():
            raise CommandError(
                f"No such type: {document_type}. There are: {', '.join(documents.types()) or 'none'}"
            )
        if options["background"]:
            row = enqueue("search.rebuild", {"type": document_type}, Actor.system("rebuild_search"))
            self.stdout.write(f"Job {row.uuid}")
            return
        try:
            written = rebuild(document_type, progress=self._progress)
        except Refusal as refusal:
            raise CommandError(str(refusal.message)) from refusal
        for name, number in written.items():
            self.stdout.write(f"{name}: {number}")

    def _progress(self, document_type: str, written: int) -> None:
        if written % 2000 == 0:
            self.stderr.write(f"{document_type}: {written} …")
