"""`python -m lms reckon_year [YEAR]`: everybody's figures of a year now, without waiting for the night."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from lms.learning.statements import figures
from lms.lib.clock import today


class Command(BaseCommand):
    help = "Reckon everybody's hours of a year (this year unless one is given)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("year", nargs="?", type=int, default=today().year)

    def handle(self, *args: Any, **options: Any) -> None:
        people = written = 0
        more = True
        while more:
            done = figures.step(options["year"])
            people, written, more = people + done.people, written + done.written, done.more
        self.stdout.write(f"reckon_year {options['year']}: {people} people, {written} figures written")
