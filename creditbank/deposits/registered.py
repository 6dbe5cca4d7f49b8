"""What deposits register when the application is ready: their jobs, and what they do on events of others."""

from creditbank.deposits.services import READ, WRITE, read_batch, write_batch
from creditbank.deposits.waiting import give_on_identity
from lms.lib.jobs.registry import job
from lms.lib.outbox.registry import consumer


def register() -> None:
    """Called once, when the application is ready."""
    job(READ)(read_batch)
    job(WRITE)(write_batch)
    consumer("identity.changed", name="creditbank.give_waiting_deposits")(give_on_identity)
