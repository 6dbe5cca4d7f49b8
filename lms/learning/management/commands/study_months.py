"""`python -m lms study_months [--check]`: make the months of the raw study reports (PostgreSQL), or say how they stand."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lms.learning.study import partitions


class Command(BaseCommand):
    help = "Make the tables of the coming months for raw study reports; as the tables' owner."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="make nothing; fail when few are left")

    def handle(self, *args: Any, **options: Any) -> None:
        made = [] if options["check"] else partitions.make_ahead()
        found = partitions.standing()
        if found is None:
            self.stdout.write("study_months: reports are one table here")
            return
        rest = ", reports lie outside all months" if found.outside else ""
        self.stdout.write(f"study_months: {len(made)} made, {found.ahead} ahead{rest}")
        if not found.is_well:
            raise CommandError(
                f"months of study reports: {found.ahead} ahead, {partitions.LEAST_AHEAD} are the least{rest}; "
                "run study_months as the owner of the tables"
            )
