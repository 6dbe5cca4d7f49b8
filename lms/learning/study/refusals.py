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
report_refused: list[Callable[[User, bytes, str], object]] = []


def heard(user: User, body: bytes) -> Taken:
    """Take a report from a request's body. Raises what `parse` and `take_report` raise."""
    try:
        return take_report(user, parse(body))
    except Refusal as refusal:
        for listener in report_refused:
            try:
                listener(user, body, refusal.code)
            except Exception:  # the page must hear why it was refused, whatever becomes of the note
                logger.exception("a refused report could not be noted")
        raise
