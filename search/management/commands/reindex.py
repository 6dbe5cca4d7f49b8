"""python -m lms reindex: make the index again from the database, beside the one in use, then swap."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lms.lib.actor import Actor
from lms.lib.errors import Refusal
from lms.lib.jobs.services import enqueue
from search import documents, engines
from search.indexing import rebuild
from search.state import standing

EVERY_S = 2.0


class Command(BaseCommand):
    help = "Build the search index anew from the database, beside the one in use, then swap."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--type", help="only this type of document (all registered types if left out)")
        parser.add_argument("--engine", help="only this engine (all that are kept if left out)")
        parser.add_argument(
            "--anew", action="store_true", help="do not go on with a rebuild that was interrupted"
        )
        parser.add_argument("--background", action="store_true", help="leave it to a worker")
        parser.add_argument(
            "--configure",
            action="store_true",
            help="build nothing: give the cluster's indices the copies, refreshing and lifecycle of the settings",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        document_type, engine = options["type"], options["engine"]
        known = [one.name for one in engines.kept()]
        for given, there in ((document_type, list(documents.types())), (engine, known)):
            if given and given not in there:
                raise CommandError(f"There is no {given}, only: {', '.join(there) or 'none'}")
        if options["configure"]:
            self._configure([document_type] if document_type else list(documents.types()))
            return
        if options["background"]:
            wanted = {"type": document_type, "engine": engine, "anew": options["anew"]}
            self.stdout.write(f"Job {enqueue('search.rebuild', wanted, Actor.system('reindex')).uuid}")
            return
        self.standing = standing()
        self.began = self.told = time.monotonic()
        try:
            written = rebuild(document_type, engine=engine, anew=options["anew"], progress=self._progress)
        except Refusal as refusal:
            raise CommandError(f"{refusal.message} ({refusal.code})") from refusal
        for name, number in written.items():
            self.stdout.write(f"{name}: {number}")

    def _configure(self, types: list[str]) -> None:
        cluster = engines.cluster()
        if cluster is None:
            raise CommandError("There is no cluster: ELASTICSEARCH_URL is not set.")
        for document_type in types:
            try:
                cluster.configure(document_type)
            except Refusal as refusal:
                raise CommandError(f"{document_type}: {refusal.message} ({refusal.code})") from refusal
            self.stdout.write(document_type)

    def _progress(self, document_type: str, done: int) -> None:
        """A line every few seconds; how many there are is known from the index in use."""
        moment = time.monotonic()
        if moment - self.told >= EVERY_S:
            self.told = moment
            about = max(done, self.standing.get(document_type, 0))
            self.stderr.write(
                f"{document_type}: {done} / ~{about} ({100 * done // about} %, {moment - self.began:.0f} s)"
            )
