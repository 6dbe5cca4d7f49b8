"""Writes docs/rows.md."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from lms.training.rows.handbook import PAGE, text


class Command(BaseCommand):
    help = "Write docs/rows.md: each row of the policies, where it lives, and its tests."

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.BASE_DIR) / "docs" / PAGE
        path.write_text(text(), encoding="utf-8")
        self.stdout.write(str(path))
