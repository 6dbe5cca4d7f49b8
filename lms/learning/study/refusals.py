"""Taking a report at a door, and telling who wants to know when it was refused.

Listeners are told after the refused transaction is over, with nothing of it left; what they do is theirs. Owns: that
order. Refuses: holding a refusal back, or letting a listener change it.
"""

import logging
from collections.abc import Callable

from lms.accounts.api import User
from lms.learning.study.reports import parse
from lms.learning.study.services import Taken, take_report
from lms.lib.errors import Refusal

logger = logging.getLogger(__name__)
# Told who was signed in, the body of the report and the refusal's code (registered.py puts them here).
Listener = Callable[[User, bytes, str], object]
report_refused: list[Listener] = []
# The same for parts of study without a line (offline/http.py).
part_refused: list[Listener] = []


def heard(user: User, body: bytes) -> Taken:
    """Take a report from a request's body. Raises what `parse` and `take_report` raise."""
    try:
        return take_report(user, parse(body))
    except Refusal as refusal:
        tell(report_refused, user, body, refusal.code)
        raise


def tell(listeners: list[Listener], user: User, body: bytes, code: str) -> None:
    """Tell who wants to know that a body was refused, at this door or at the one of study without a line."""
    for listener in listeners:
        try:
            listener(user, body, code)
        except Exception:  # the page must hear why it was refused, whatever becomes of the note
            logger.exception("a refused report could not be noted")
