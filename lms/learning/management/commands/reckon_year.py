"""`python -m lms reckon_year [YEAR]`: everybody's figures of a year now, without waiting for the night."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from lms.learning.hours.years import this_year
from lms.learning.statements import figures


class Command(BaseCommand):
    help = "Reckon everybody's hours of a year (this year unless one is given)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("year", nargs="?", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        year = options["year"] or this_year()
        people = written = 0
        more = True
        while more:
            done = figures.step(year)
            people, written, more = people + done.people, written + done.written, done.more
        self.stdout.write(f"reckon_year {year}: {people} people, {written} figures written")
