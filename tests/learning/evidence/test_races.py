"""Real connections at the same moment: one order of a course, one pack of an order, one answer to withdrawing."""

from datetime import date

import pytest

from lms.learning.evidence import making
from lms.learning.evidence.checking import check
from lms.learning.evidence.keys import public_keys
from lms.learning.evidence.looks import consent, withdraw
from lms.learning.evidence.models import EvidenceOrder, EvidencePack
from lms.learning.evidence.services import order
from lms.lib.audit.models import AuditRow
from lms.lib.jobs import services as jobs
from lms.lib.jobs.models import Job
from tests.learning.evidence.packs import Office, made, travel
from tests.races import at_once, won

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


@pytest.fixture
def office(monkeypatch):
    # Ordered and not made at once: tests run what is queued themselves.
    monkeypatch.setattr(jobs, "_wake", lambda job_id: None)
    with travel() as clock:
        found = Office()
        for _number in range(3):
            found.learner(clock)
        yield found


def test_four_clicks_make_one_order(office):
    ask = office.ask()
    results = at_once(*(lambda: order(office.officer, ask) for _ in range(4)))
    assert len(won(results)) == 1
    assert EvidenceOrder.objects.count() == Job.objects.filter(kind="learning.evidence").count() == 1


def test_two_workers_make_one_pack(office, monkeypatch, tmp_path):
    monkeypatch.setattr(making, "CHUNK", 1)
    wanted = office.order()
    row = Job.objects.get(key=wanted.job_key).pk
    at_once(*(lambda: jobs.run(row) for _ in range(3)))
    pack, data = made(wanted)
    assert EvidencePack.objects.get() == pack
    (tmp_path / "pack.zip").write_bytes(data)
    assert check(tmp_path / "pack.zip", public_keys()).right
    assert AuditRow.objects.filter(action="evidence.pack.view").count() == 3


def test_withdrawing_twice_is_one_withdrawal(office):
    given = consent(office.teacher, office.authority, "评职称时核对学时", date(2026, 4, 1))
    at_once(*(lambda: withdraw(office.teacher, given.uuid) for _ in range(4)))
    assert AuditRow.objects.filter(action="record.withdraw").count() == 1
