"""Compare the supervision dashboard with the ledger and the rows it counts: `python -m lms check_dashboard`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lms.training.access import bodies
from lms.training.supervision import dashboard


class Command(BaseCommand):
    help = "Compares each authority's supervision figures with the rows they are counted from; fails where any differ."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--rebuild", action="store_true", help="throw away the kept figures and count anew first"
        )

    def handle(self, *args: Any, rebuild: bool, **options: Any) -> None:
        if rebuild:
            dashboard.forget()
            dashboard.keep()
        count = 0
        for authority in bodies():
            for row in dashboard.differences(authority):
                count += 1
                self.stdout.write(
                    f"{authority.code} {row.figure} {row.part}: shown {row.shown}, counted {row.counted}"
                )
        if count:
            raise CommandError(f"{count} figures differ; --rebuild counts the kept ones anew")
        self.stdout.write("the dashboard equals the ledger and the rows")
