"""The front door of the public notice board for the other rooms of training.

    from lms.training.board import api as board

    board.post(by, kind=board.Kind.ENROLMENT, title=…, authority=…, subject=f"programme:{uuid}", key=f"programme:{uuid}:enrolment")
    board.announced(f"programme:{uuid}", board.Kind.ENROLMENT, key=f"programme:{uuid}:enrolment")      # date | None

Enrolment opens only after its notice (372号 四(三), A15): whoever opens something asks `announced` first, by the key of its own posting.
`post_list` takes a list of any length, with lines of any length (`as_posted`). What is called off is ended: `board.end_all(by, subject, reason)`; it stays on the board, marked.
"""

from lms.training.board.models import Kind, Posting
from lms.training.board.queries import announced, by_key, last_of, standing_on
from lms.training.board.services import Listed, as_posted, end, end_all, post, post_list, withdraw

__all__ = [
    "Kind",
    "Listed",
    "Posting",
    "announced",
    "as_posted",
    "by_key",
    "end",
    "end_all",
    "last_of",
    "post",
    "post_list",
    "standing_on",
    "withdraw",
]
