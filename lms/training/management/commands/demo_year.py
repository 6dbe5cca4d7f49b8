"""Makes the invented year of training administration, as large as is wanted."""

from argparse import ArgumentParser
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand

from lms.training.year.services import make


class Command(BaseCommand):
    help = (
        "One invented district and year in which every process is walked to each of its ends, --times over. Repeating it makes "
        "only what is missing. Load the demo first: programmes are delivered in one of its courses."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--times", type=int, default=1, choices=range(1, 1001), metavar="N")
        parser.add_argument("--seed", type=int, default=1, choices=range(1, 1000), metavar="N")

    def handle(self, *args: Any, **options: Any) -> None:
        began = monotonic()
        made = make(options["times"], options["seed"], self.stderr.write)
        for (process, state), number in sorted(made.cases.items()):
            self.stdout.write(f"{process:<24} {state:<12} {number}")
        for note in made.notes:
            self.stdout.write(note)
        self.stdout.write(f"{sum(made.cases.values())} cases, {monotonic() - began:.0f} s")
