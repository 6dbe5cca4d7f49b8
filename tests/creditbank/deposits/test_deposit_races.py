"""Real connections at the same moment: one paper is deposited once, one request is one batch, one row is given once."""

import pytest

from creditbank.deposits.models import DepositBatch, DepositRow
from creditbank.deposits.requests import deposit_many
from creditbank.deposits.services import accept
from creditbank.deposits.waiting import give_waiting
from creditbank.outcomes.models import LearningOutcome
from creditbank.outcomes.services import verify_outcome
from lms.lib.errors import Conflict
from lms.lib.jobs import services as jobs
from lms.lib.jobs.models import Job
from tests import races
from tests.accounts.machines.programs import machine
from tests.creditbank.deposits.lists import assessor, deposited, issuer, planned, row, seen, xlsx
from tests.creditbank.deposits.test_requests import item
from tests.factories.creditbank import certificate, person, skill_number
from tests.races import won

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def at_once(*tasks):
    return races.at_once(*tasks, refused=Conflict)


def test_a_number_deposited_for_two_people_at_once_is_one_persons():
    number = skill_number(3)
    machines = [machine(issuer(), name=f"系统 {n}").machine for n in range(2)]
    papers = [seen(person(name)) for name in ("李明", "王芳")]
    tasks = [
        lambda m=m, name=name, paper=paper: deposit_many(
            m, str(m.uuid), [item(name, paper, number=number), item("赵强", f"P555{m.pk:04d}")]
        )
        for m, (name, paper) in zip(machines, papers, strict=True)
    ]
    assert len(won(at_once(*tasks))) == 1
    assert LearningOutcome.objects.filter(status="verified").count() == 1
    assert DepositBatch.objects.count() == 1
    assert DepositRow.objects.count() == 2


def test_a_number_kept_for_two_unknown_people_at_once_waits_for_one():
    number = skill_number(3)
    machines = [machine(issuer(), name=f"系统 {n}").machine for n in range(2)]
    tasks = [
        lambda m=m, n=n: deposit_many(m, str(m.uuid), [item("李明", f"P765432{n}", number=number)])
        for n, m in enumerate(machines)
    ]
    assert len(won(at_once(*tasks))) == 1
    assert DepositRow.objects.filter(state="waiting").count() == 1


def test_one_key_sent_several_times_at_once_is_one_batch():
    program = machine(issuer()).machine
    items = [item("李明", "P7654321")]
    answers = won(at_once(*(lambda: deposit_many(program, "same", items) for _n in range(4))))
    assert len(answers) == 4
    assert sum(answer.fresh for answer in answers) == 1
    assert len({answer.batch.pk for answer in answers}) == 1


def test_a_reviewers_yes_and_the_issuers_list_about_two_people_at_once():
    number = skill_number(3)
    name, paper = seen(person("李明"))
    claim = certificate(person("张三"), number=number, issuer=issuer())
    who, other = assessor(), assessor()
    batch = planned(xlsx(row(name, paper, number=number)), who)
    batch = accept(who, batch)
    job = Job.objects.get(uuid=batch.job)
    at_once(lambda: verify_outcome(other, claim, method="issuer"), lambda: jobs.run(job.id))
    assert LearningOutcome.objects.filter(status="verified").count() == 1
    batch.refresh_from_db()
    assert (batch.state == "done") == LearningOutcome.objects.filter(method="deposit").exists()


def test_a_plan_accepted_and_written_by_several_at_once_is_written_once():
    who = assessor()
    batch = planned(xlsx(row("李明", "P7654321"), row("王芳", "P7654322")), who)
    at_once(*(lambda: accept(who, batch) for _n in range(3)))
    ids = list(Job.objects.filter(kind="creditbank.deposits.write").values_list("id", flat=True))
    at_once(*(lambda: jobs.run(ids[0]) for _n in range(3)))
    assert len(ids) == 1
    assert DepositRow.objects.filter(state="waiting").count() == 2


def test_a_waiting_row_is_given_once():
    later = person("李明")
    from lms.accounts.models import Identity

    deposited(row("李明", Identity.objects.get(user=later).number))
    seen(later)
    given = at_once(*(lambda: give_waiting(later) for _n in range(4)))
    assert sum(won(given)) == 1
    assert LearningOutcome.objects.count() == 1
