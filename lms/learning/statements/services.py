"""Handing out a year's statement and saying what its link may show.

Owns: every write to statements and their links. Refuses: changing what was handed out; a later statement of the same
year has the next version and names the one before.
"""

import secrets
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lms.accounts.api import User, actor
from lms.learning.hours.years import FIRST_YEAR, this_year
from lms.learning.statements import queries, rules
from lms.learning.statements.models import PaperContent, StatementLink, YearStatement
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid
from lms.lib.verify import services as verify
from lms.lib.verify.rules import ALPHABET

TARGET = queries.TARGET


def issue(user: User, year: int) -> YearStatement:
    """The year as it stands now, as a numbered paper with a code. What says the same as the last version, whose link
    still answers, is that one again: two clicks make one. Raises Invalid (a year that has not begun, or before any).
    """
    if not FIRST_YEAR <= year <= this_year():
        raise Invalid(_("没有这个年度的学时。"), code="no_such_year", details={"field": "year"})
    with transaction.atomic():
        # Versions are given one after another.
        User.objects.select_for_update().get(pk=user.pk)
        last = queries.newest(user, year)
        facts = queries.facts(user, year)
        standing = last is not None and last.link.revoked_at is None
        if last is not None and standing and rules.says_the_same(queries.content_of(last), facts):
            return last
        return hand_out(user, year, facts, last)


def hand_out(user: User, year: int, facts: dict[str, Any], last: YearStatement | None) -> YearStatement:
    """A new version of the year that says `facts`. The caller holds the person's row."""
    moment = now()
    number = _fresh_number(year)
    text = rules.canonical(
        facts
        | {
            "number": number,
            "version": last.version + 1 if last else 1,
            "supersedes": last.number if last else "",
            "issued_at": moment.isoformat(timespec="seconds"),
        }
    )
    made = YearStatement.objects.create(
        number=number,
        person=user,
        year=year,
        version=last.version + 1 if last else 1,
        content_hash=rules.digest(text),
        issued_at=moment,
    )
    PaperContent.objects.create(paper=made.uuid, person=user, content=text)
    StatementLink.objects.create(statement=made)
    verify.issue(queries.KIND, made.uuid)
    record(
        actor(user),
        action="year_statement.issue",
        target_type=TARGET,
        target=made.uuid,
        data={"number": number, "year": year, "version": made.version, "hash": made.content_hash},
    )
    return made


def _fresh_number(year: int) -> str:
    """NS-2026-7K3M9QXA: the year and eight digits that can't be mistaken for each other, not guessable in sequence."""
    while True:
        number = f"NS-{year}-" + "".join(secrets.choice(ALPHABET) for _digit in range(8))
        if not YearStatement.objects.filter(number=number).exists():
            return number


# --- the link --------------------------------------------------------------------------------------------


def set_link(user: User, statement: YearStatement, *, hidden: bool, ends_on: date | None) -> StatementLink:
    """Whether the public check shows the statement, and until which day (in). Raises Invalid (a day gone by), Conflict
    (revoked: that is for good).
    """
    if ends_on is not None and ends_on < today():
        raise Invalid(
            _("截止日期已经过去，请选今天或以后的日期。"), code="past_day", details={"field": "ends_on"}
        )
    with transaction.atomic():
        link = _open_link(user, statement)
        link.hidden, link.ends_on = hidden, ends_on
        link.save(update_fields=["hidden", "ends_on"])
        record(
            actor(user),
            action="year_statement.link",
            target_type=TARGET,
            target=statement.uuid,
            data={"hidden": hidden, "ends_on": ends_on.isoformat() if ends_on else ""},
        )
    return link


def revoke(user: User, statement: YearStatement) -> StatementLink:
    """The code verifies nothing any more, for good; the statement itself stays with its holder."""
    with transaction.atomic():
        link = _open_link(user, statement)
        link.revoked_at = now()
        link.save(update_fields=["revoked_at"])
        verify.revoke(queries.KIND, statement.uuid, gettext_noop("持有人已停用这份证明的验证。"))
        record(actor(user), action="year_statement.revoke", target_type=TARGET, target=statement.uuid)
    return link


def _open_link(user: User, statement: YearStatement) -> StatementLink:
    """The link of one's own statement, locked."""
    queries.must_own(user, statement)
    link = StatementLink.objects.select_for_update().get(statement=statement)
    if link.revoked_at is not None:
        raise Conflict(
            _("这份证明的验证已经停用，不能再改。需要时可以重新出具一份。"), code="already_revoked"
        )
    return link
