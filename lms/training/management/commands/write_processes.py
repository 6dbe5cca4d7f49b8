"""Writes docs/processes.md and the pictures of the declared processes."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from lms.training.lifecycle.handbook import files


class Command(BaseCommand):
    help = "Write docs/processes.md and docs/processes/*.svg from the declared processes."

    def handle(self, *args: Any, **options: Any) -> None:
        for name, text in files():
            path = Path(settings.BASE_DIR) / "docs" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            self.stdout.write(str(path))
