"""`python -m lms ledger_root`: closes the days that have ended and makes their roots; safe to run again."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from creditbank.proofs.services import make_roots


class Command(BaseCommand):
    help = "Close the days that have ended and publish the Merkle root of the ledger for each."

    def handle(self, *args: Any, **options: Any) -> None:
        made = make_roots()
        for row in made:
            self.stdout.write(f"{row.day} {row.root}")
        if not made:
            self.stdout.write(_("所有已结束的日子都已有根。"))
