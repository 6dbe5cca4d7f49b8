"""Reading batches: an issuer's own, for those who hand lists in and for its machines."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from creditbank.deposits.models import DepositBatch, DepositFault
from creditbank.deposits.services import DEPOSITORS
from lms.accounts.api import Machine, Organisation, User, organisations_for
from lms.lib.errors import NotFound
from lms.lib.jobs.models import Job


def issuers_of(user: User) -> QuerySet[Organisation]:
    """The organisations in whose name the user hands lists in."""
    return organisations_for(user, *DEPOSITORS).order_by("name", "id")


def issuer_of(user: User, code: str) -> Organisation:
    """Raises NotFound."""
    found = issuers_of(user).filter(code=code).first()
    if found is None:
        raise NotFound
    return found


def batches_of(issuer: Organisation) -> QuerySet[DepositBatch]:
    return DepositBatch.objects.filter(issuer=issuer).select_related("by").order_by("-made_at", "-id")


def batch_of(user: User, uuid: UUID) -> DepositBatch:
    """A batch of one's own organisation. Raises NotFound."""
    found = DepositBatch.objects.filter(uuid=uuid, issuer__in=issuers_of(user))
    batch = found.select_related("issuer", "by").first()
    if batch is None:
        raise NotFound
    return batch


def batch_of_machine(machine: Machine, uuid: UUID) -> DepositBatch:
    """Raises NotFound."""
    batch = (
        DepositBatch.objects.filter(uuid=uuid, issuer=machine.organisation).select_related("issuer").first()
    )
    if batch is None:
        raise NotFound
    return batch


def faults_of(batch: DepositBatch) -> QuerySet[DepositFault]:
    return batch.faults.order_by("row", "id")


def job_of(batch: DepositBatch) -> Job | None:
    """How far the work on a batch is."""
    return Job.objects.filter(uuid=batch.job).first() if batch.job else None


def report_rows(batch: DepositBatch) -> Iterable[tuple[int | str, str, str]]:
    """Row, column and sentence of every fault that was kept."""
    for row, column, sentence in faults_of(batch).values_list("row", "column", "sentence").iterator():
        yield row or "", column, sentence
