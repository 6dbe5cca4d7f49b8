"""`python -m lms import_pack FILE --organisation CODE`: a course pack from the command line."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from courses.packs.api import ImportReport, State, import_pack
from lms.accounts.api import Organisation
from lms.lib.actor import Actor
from lms.lib.errors import Refusal


class _Line:
    """The JobContext of a terminal: one line that is written over."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.args: dict[str, Any] = {}
        self.actor = Actor.system("import_pack")
        self.shown = 0

    def progress(self, done: int, total: int, message: str = "") -> None:
        out = self.command.stderr
        text = f"[{done}/{total}] {message}"
        if out.isatty():
            out.write("\r" + text.ljust(self.shown), ending="\n" if done == total else "")
            self.shown = len(text)
        else:
            out.write(text)

    def check_cancelled(self) -> None:
        """Ctrl-C does it."""


class Command(BaseCommand):
    help = "Import a course pack for an organisation: all or nothing, with a report."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the pack, a zip file")
        parser.add_argument("--organisation", required=True, metavar="CODE", help="the provider's code")
        parser.add_argument("--draft", action="store_true", help="make drafts, publish nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        code = options["organisation"]
        organisation = Organisation.objects.filter(code=code).first()
        if organisation is None:
            known = "、".join(Organisation.objects.order_by("code").values_list("code", flat=True)[:20])
            message = _("没有代码为「%(code)s」的单位。已有：%(known)s")
            raise CommandError(message % {"code": code, "known": known or "—"})
        line = _Line(self)
        try:
            report = import_pack(
                options["file"],
                organisation=organisation,
                actor=line.actor,
                publish=not options["draft"],
                ctx=line,
            )
        except Refusal as refusal:
            raise CommandError(str(refusal.message)) from refusal
        self._tell(report)

    def _tell(self, report: ImportReport) -> None:
        for warning in report.warnings:
            self.stderr.write(self.style.WARNING(str(warning)))
        if not report.ok:
            raise CommandError("\n".join([_("没有导入，什么也没有写入："), *map(str, report.problems)]))
        self.stdout.write(f"{report.title}（{report.code}）：{State(report.state).label}")
        for label, number in report.count_rows():
            self.stdout.write(f"  {label}\t{number}")
        if report.release_number:
            self.stdout.write("  " + _("第 %(number)d 次发布") % {"number": report.release_number})
        for title in report.retired:
            self.stdout.write("  " + _("新的课程包里没有「%(title)s」，已取消发布") % {"title": title})
