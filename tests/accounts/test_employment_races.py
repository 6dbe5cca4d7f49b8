"""Real connections at the same moment: one yes, one list, one end."""

import pytest

from lms.accounts.employment import services
from lms.accounts.employment.models import Employment, Roster, RosterLine
from lms.lib.audit.models import AuditRow
from lms.lib.errors import Refusal
from tests.accounts.rosters import Firm, of, row, workbook, worker
from tests.races import at_once, won

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_the_same_yes_four_times():
    firm, user = Firm(), worker()
    firm.load(of(user))
    line = firm.invitation(user)
    results = at_once(*(lambda: services.confirm(user, line) for _ in range(4)))
    assert {made.pk for made in won(results)} == {Employment.objects.get().pk}
    assert AuditRow.objects.filter(action="employment.confirm").count() == 1


def test_two_people_one_line():
    firm, first, second = Firm(), worker(), worker(email="zhang@example.com")
    firm.load(of(first, email="zhang@example.com"))
    line = firm.lines()[0]
    results = at_once(lambda: services.confirm(first, line), lambda: services.confirm(second, line))
    assert len(won(results)) == 1
    assert Employment.objects.count() == 1


def test_one_person_two_lines():
    firm, user = Firm(), worker(email="zhang@example.com")
    firm.load(of(user), row("张三", None, email="zhang@example.com"))
    results = at_once(*(lambda line=line: services.confirm(user, line) for line in firm.lines()))
    assert len(won(results)) == 1
    assert sorted(line.state for line in firm.lines()) == ["confirmed", "invited"]


def test_a_list_applied_four_times():
    firm = Firm()
    found = services.upload(firm.hr, firm.organisation, workbook(row(), row("李四", "13900139000")))
    seen = services.fingerprint(found.changes)
    results = at_once(*(lambda: services.apply(firm.hr, found.draft, seen=seen) for _ in range(4)))
    assert len(won(results)) == 4
    assert RosterLine.objects.count() == 2
    assert AuditRow.objects.filter(action="roster.apply").count() == 1


def test_a_yes_while_the_line_goes():
    firm, user = Firm(), worker()
    firm.load(of(user))
    line = firm.invitation(user)
    found = services.upload(firm.hr, firm.organisation, workbook(row("李四", "13900139000")))
    seen = services.fingerprint(found.changes)
    results = at_once(
        lambda: services.confirm(user, line), lambda: services.apply(firm.hr, found.draft, seen=seen)
    )
    assert not isinstance(results[1], Refusal)
    assert not Employment.objects.filter(ended_at=None).exists()
    assert Employment.objects.count() == len(won(results[:1]))
    assert Roster.objects.filter(applied_at=None).count() == 0


def test_both_sides_end_it():
    firm, user = Firm(), worker()
    employment = firm.employ(user)[0]
    line = firm.lines()[0]
    at_once(
        lambda: services.end_own(user, employment),
        lambda: services.remove_line(firm.hr, line, reason="合同到期"),
    )
    assert Employment.objects.get().ended_at is not None
    assert AuditRow.objects.filter(action="employment.end").count() == 1
