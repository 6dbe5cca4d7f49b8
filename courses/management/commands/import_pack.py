"""`python -m lms import_pack FILE --organisation CODE`: a course pack from the command line."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from courses.packs.api import ImportReport, State, import_pack, plan_of
from lms.accounts.api import Organisation
from lms.lib.actor import Actor
from lms.lib.errors import Refusal
from lms.lib.units import format_centi


def _read(path: str) -> dict[str, Any]:
    try:
        with open(path, encoding="utf-8") as file:
            given = json.load(file)
    except (OSError, ValueError) as error:
        raise CommandError(f"{path}: {error}") from error
    if not isinstance(given, dict):
        raise CommandError(_("这里要是{expected}。").format(expected=_("一个对象")))
    return given


class _Line:
    """The JobContext of a terminal: one line that is written over."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.args: dict[str, Any] = {}
        self.actor = Actor.system("import_pack")
        self.attempt = 1
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

    def held(self) -> AbstractContextManager[None]:
        """Nobody else could take it over."""
        return nullcontext()

    def require_lease(self) -> None:
        """Nobody else has it."""


class Command(BaseCommand):
    help = "Import a course pack of any known format for an organisation: all or nothing, with a report."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the pack: native, or of another system")
        parser.add_argument("--organisation", required=True, metavar="CODE", help="the provider's code")
        parser.add_argument("--draft", action="store_true", help="make drafts, publish nothing")
        parser.add_argument("--plan", action="store_true", help="say what would come in, write nothing")
        parser.add_argument(
            "--details",
            metavar="FILE",
            help="JSON with the fields of the native manifest that a foreign pack does not say",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        code = options["organisation"]
        organisation = Organisation.objects.filter(code=code).first()
        if organisation is None:
            known = "、".join(Organisation.objects.order_by("code").values_list("code", flat=True)[:20])
            message = _("没有代码为「%(code)s」的单位。已有：%(known)s")
            raise CommandError(message % {"code": code, "known": known or "—"})
        line = _Line(self)
        if options["plan"]:
            self._plan(plan_of(options["file"], organisation=organisation, actor=line.actor))
            return
        try:
            report = import_pack(
                options["file"],
                organisation=organisation,
                actor=line.actor,
                publish=not options["draft"],
                ctx=line,
                details=_read(options["details"]) if options["details"] else None,
            )
        except Refusal as refusal:
            raise CommandError(str(refusal.message)) from refusal
        self._tell(report)

    def _plan(self, report: ImportReport) -> None:
        if report.problems:
            raise CommandError("\n".join([_("不能导入："), *map(str, report.problems)]))
        self.stdout.write(f"{report.title}：{format_centi(report.centihours)} {_('学时')}")
        for chapter in report.contents:
            self.stdout.write(chapter["title"])
            for lesson in chapter["lessons"]:
                self.stdout.write(f"  {lesson['title']}\t{', '.join(lesson['kinds'])}")
        self._left(report)
        self.stdout.write(json.dumps(report.suggested, ensure_ascii=False, indent=2))

    def _left(self, report: ImportReport) -> None:
        for item in report.lost:
            self.stderr.write(self.style.WARNING(f"{item.path} {item.title}: {item.reason.message}"))

    def _tell(self, report: ImportReport) -> None:
        self._left(report)
        for warning in report.warnings:
            self.stderr.write(self.style.WARNING(str(warning)))
        if not report.ok:
            raise CommandError("\n".join([_("没有导入，什么也没有写入："), *map(str, report.problems)]))
        self.stdout.write(f"{report.title}（{report.code}）：{State(report.state).label}")
        for label, number in report.count_rows():
            self.stdout.write(f"  {label}\t{number}")
        for language, done, total in report.translation_rows():
            self.stdout.write(
                "  "
                + _("译文：%(language)s\t%(done)d/%(total)d 段")
                % {"language": language, "done": done, "total": total}
            )
        if report.release_number:
            self.stdout.write("  " + _("第 %(number)d 次发布") % {"number": report.release_number})
        for title in report.retired:
            self.stdout.write("  " + _("新的课程包里没有「%(title)s」，已取消发布") % {"title": title})
