"""`python -m lms months [--check]`: make the coming months of the tables that are cut by month (PostgreSQL), or say how they
stand.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lms.lib import partitions


class Command(BaseCommand):
    help = "Make the tables of the coming months; as the tables' owner."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="make nothing; fail when few are left")

    def handle(self, *args: Any, **options: Any) -> None:
        ailing = []
        for monthly in partitions.registered():
            made = [] if options["check"] else monthly.make_ahead()
            found = monthly.standing()
            if found is None:
                self.stdout.write(f"months: {monthly.table} is one table here")
                continue
            rest = ", rows lie outside all months" if found.outside else ""
            told = f"{monthly.table}: {len(made)} made, {found.ahead} ahead{rest}"
            self.stdout.write(f"months: {told}")
            if not found.is_well:
                ailing.append(told)
        if ailing:
            raise CommandError(
                f"{'; '.join(ailing)}; {partitions.LEAST_AHEAD} months ahead are the least: "
                "run months as the owner of the tables"
            )
