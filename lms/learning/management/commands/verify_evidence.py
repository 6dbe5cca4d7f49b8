"""`python -m lms verify_evidence FILE`: whether an evidence pack is what the platform signed, and agrees with itself."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lms.learning.evidence.checking import check, sentences
from lms.learning.evidence.keys import public_keys, read_published


class Command(BaseCommand):
    help = "Check an evidence pack offline: signature, hashes, counts, totals recomputed from the reports."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--keys",
            type=Path,
            help="the platform's published keys as a file; without it, the keys of this installation",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            keys = (
                read_published(options["keys"].read_text(encoding="utf-8"))
                if options["keys"]
                else public_keys()
            )
        except (OSError, ValueError) as error:
            raise CommandError(f"{options['keys']}: {error}") from None
        report = check(options["file"], keys)
        for line in sentences(report):
            self.stdout.write(line)
        if not report.right:
            raise CommandError(f"{report.faults} faults")
