"""PostgreSQL as Django has it, but for one question: is a kept connection still there?

Owns: that question. Refuses: everything else of the backend.
Django asks the server itself before a request's first query (CONN_HEALTH_CHECKS), a round trip in every five or six of a page.
What a server sends when it ends a connection lies in its socket: a connection that waits with nothing to read is the one
that the last request left. (A line that was cut without a word is found by neither; the kernel's keepalive ends it.)
"""

import select

from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """Whether the connection can be used again. Asks the server only where something speaks against it."""
        raw = self.connection
        if raw is None or raw.closed:
            return False
        if (
            self.errors_occurred
            or raw.info.transaction_status != TransactionStatus.IDLE
            or _holds_something(raw.fileno())
        ):
            return bool(super().is_usable())
        return True


def _holds_something(socket: int) -> bool:
    """Data, its end, or an error."""
    looked = select.poll()
    looked.register(socket, select.POLLIN | select.POLLPRI)
    return bool(looked.poll(0))
