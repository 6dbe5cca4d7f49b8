"""`python -m lms install_h5p FILE`: libraries for everybody's contents, by whoever runs the platform."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from courses.h5p.api import install_package
from lms.lib.actor import Actor
from lms.lib.errors import Refusal


class Command(BaseCommand):
    help = "Install an H5P package whose libraries all providers' contents may run (docs/decisions/h5p-shelves.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the package, .h5p; look at what its scripts do first")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with open(options["file"], "rb") as package:
                content = install_package(package, actor=Actor.system("install_h5p"))
        except OSError as error:
            raise CommandError(str(error)) from error
        except Refusal as refusal:
            raise CommandError("\n".join(refusal.details.get("reasons", [str(refusal.message)]))) from refusal
        self.stdout.write(f"{content.title}  {content.main_library}  {content.uuid}")
