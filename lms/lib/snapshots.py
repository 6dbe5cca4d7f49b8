"""Reading several tables as they were at one moment.

Owns: the snapshot. Refuses: writing in it, and a second moment inside of one: who is in a transaction already reads in that.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def one_moment(*, brief: bool) -> Iterator[None]:
    """What is read inside is of one moment, whatever others commit meanwhile. brief: it takes some milliseconds; what takes longer is
    not held together on SQLite, which would keep all writers out as long.
    """
    postgresql = connection.vendor == "postgresql"
    if connection.in_atomic_block or not (postgresql or brief):
        yield
        return
    with transaction.atomic():
        if postgresql:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
