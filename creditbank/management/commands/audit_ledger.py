"""`python -m lms audit_ledger`: proves the books, or says where they are broken and ends with status 1."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from creditbank.ledger.audit import Report, audit, rebuild_balances


class Command(BaseCommand):
    help = "Prove the ledger: sums, seals, hashes, chains, cached balances, reversals, triggers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--rebuild-balances",
            action="store_true",
            help="first write the cached balances anew from the entries",
        )

        parser.add_argument(
            "--all-roots",
            action="store_true",
            help="make every daily root again, not only the newest",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["rebuild_balances"]:
            self.stdout.write(_("重建余额：更正 %(count)s 个账户。") % {"count": rebuild_balances()})
        report = audit(thorough=options["all_roots"])
        self._print(report)
        if report.broken:
            raise SystemExit(1)

    def _print(self, report: Report) -> None:
        names = {
            "triggers": _("数据库触发器"),
            "transactions": _("记账（条数、合计、内容与封印的哈希）"),
            "entries": _("分录"),
            "reversals": _("冲正"),
            "chains": _("账户哈希链与缓存余额"),
            "announced": _("已通知的记账"),
            "roots": _("每日根（自身的哈希、前后相连、当日记账）"),
            "roots_again": _("由分录重新算出的每日根"),
            "uses": _("成果的使用、课程与撤销"),
            "completions": _("课程完成与入账学时"),
            "top_ups": _("学完后的补记与入账学时"),
            "declarations": _("学时申报与入账学时"),
            "corrections": _("学时更正与入账学时"),
            "class_hours": _("班次出席与入账学时"),
        }
        for what, number in report.checked.items():
            # Other packages may register parts of their own.
            self.stdout.write(f"{names.get(what, what)}: {number}")
        for sentence in report.breaks:
            self.stderr.write(sentence)
        if report.broken:
            self.stderr.write(_("账目有 %(count)s 处不符。") % {"count": report.broken})
        else:
            self.stdout.write(_("账目相符。"))
