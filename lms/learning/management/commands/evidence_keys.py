"""`python -m lms evidence_keys`: the published keys; `--fresh` prints a new secret key for the environment, `--rotate`
puts one in place (embedded shape).
"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lms.learning.evidence import keys
from lms.lib.errors import Refusal


class Command(BaseCommand):
    help = "Show the public keys of evidence packs; make a new one."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--fresh", action="store_true", help="print a new secret key for RONGTONG_EVIDENCE_KEYS"
        )
        parser.add_argument(
            "--rotate", action="store_true", help="embedded shape: sign with a new key from now on"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["fresh"]:
            self.stdout.write(keys.fresh_seed())
            return
        try:
            if options["rotate"]:
                keys.rotate()
            self.stdout.write(json.dumps(keys.published(), indent=2))
        except (Refusal, ValueError) as error:
            raise CommandError(str(error)) from None
