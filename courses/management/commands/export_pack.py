"""`python -m lms export_pack CODE FILE`: a course as a native pack or a Common Cartridge, from the command line."""

from __future__ import annotations

import shutil
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from courses.packs.api import export_cartridge, export_course
from courses.pages.models import CoursePage
from lms.lib.actor import Actor
from lms.lib.errors import Refusal


class Command(BaseCommand):
    help = "Write a course as a native pack, from which an equal course can be imported."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", help="the course's code")
        parser.add_argument("file", help="where the pack goes, a zip file")
        parser.add_argument("--cartridge", action="store_true", help="as an IMS Common Cartridge 1.3")
        parser.add_argument("--drafts", action="store_true", help="the newest drafts, not what is live")

    def handle(self, *args: Any, **options: Any) -> None:
        course = CoursePage.objects.select_related("provider").filter(code=options["code"]).first()
        if course is None:
            raise CommandError(_("没有代码为「%(code)s」的课程。") % {"code": options["code"]})
        try:
            who = Actor.system("export_pack")
            if options["cartridge"]:
                pack, lost = export_cartridge(course, who, drafts=options["drafts"])
            else:
                lost = []
                pack = export_course(course, who, drafts=options["drafts"], lost=lost)
        except Refusal as refusal:
            raise CommandError(
                "\n".join([str(refusal.message), *refusal.details.get("reasons", [])])
            ) from refusal
        with pack, open(options["file"], "wb") as out:
            shutil.copyfileobj(pack, out, 1024 * 1024)
        for item in lost:
            self.stderr.write(self.style.WARNING(f"{item.path} {item.title}: {item.reason.message}"))
