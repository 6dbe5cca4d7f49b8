"""`python -m lms folders --fetch` on a new machine: the folders of H5P and of packages, from what the object store keeps of them;
`--keep` puts there what it lacks, as the worker does every five minutes.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from courses.folders.services import elsewhere, fetch, keep


class Command(BaseCommand):
    help = (
        "Folders that are served from the disk: bring what this machine lacks, or keep what the store lacks."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--fetch", action="store_true", help="bring what this machine lacks")
        what.add_argument("--keep", action="store_true", help="put into the store what it lacks")

    def handle(self, *args: Any, **options: Any) -> None:
        if elsewhere() is None:
            raise CommandError(
                "files lie in folders of RONGTONG_HOME; there is no object store (docs/operations.md)"
            )
        try:
            if options["fetch"]:
                self.stdout.write(f"folders: {len(fetch())} brought")
                return
            put, gone = keep()
        except OSError as error:
            raise CommandError(f"{error}; what is done stays, and the same command goes on") from error
        self.stdout.write(f"folders: {put} kept, {gone} removed")
