"""Rosters for tests: workbooks as an office would send them, and a firm with its personnel officer. All invented."""

from datetime import date
from io import BytesIO
from typing import Any

from openpyxl import Workbook

from lms.accounts.employment import queries, services
from lms.accounts.employment.models import Employment, RosterLine
from lms.accounts.employment.rules import HEADINGS
from tests.factories.accounts import OrganisationFactory, UserFactory, member

SINCE = date(2026, 3, 1)


def workbook(*rows: Any, headings: Any = HEADINGS) -> bytes:
    """An xlsx whose first sheet has these rows under the headings."""
    book = Workbook()
    for row in (headings, *rows):
        book.active.append(list(row))
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def row(name: str = "张三", phone: Any = "13800138000", **changes: Any) -> list[Any]:
    values = {
        "name": name,
        "phone": phone,
        "email": None,
        "number": None,
        "department": "一车间",
        "post": "操作工",
        "since": SINCE,
    } | changes
    return list(values.values())


def of(user: Any, name: str = "张三", **changes: Any) -> list[Any]:
    """The row of a user, by their phone number."""
    return row(name, user.phone.removeprefix("+86"), **changes)


class Firm:
    """An enterprise with a personnel officer."""

    def __init__(self, **organisation: Any) -> None:
        self.organisation = OrganisationFactory(
            **{"kind": "enterprise", "name": "青申精密机械有限公司"} | organisation
        )
        self.hr = member("hr", self.organisation, display_name="钱芳")

    def load(self, *rows: Any, **options: Any) -> services.Upload:
        """Upload and apply."""
        found = services.upload(self.hr, self.organisation, workbook(*rows, **options))
        if found.draft:
            services.apply(self.hr, found.draft, seen=services.fingerprint(found.changes))
        return found

    def lines(self) -> list[RosterLine]:
        return list(queries.on_roster(self.organisation).order_by("id"))

    def employ(self, *users: Any, **changes: Any) -> list[Employment]:
        """Put these people, and nobody else, on the roster; each confirms."""
        self.load(
            *(of(user, f"职工{'甲乙丙丁戊己庚辛壬癸'[at % 10]}", **changes) for at, user in enumerate(users))
        )
        return [services.confirm(user, self.invitation(user)) for user in users]

    def invitation(self, user: Any) -> RosterLine:
        return queries.lines_for(user).get(organisation=self.organisation)


def worker(**fields: Any) -> Any:
    return UserFactory(**fields)
