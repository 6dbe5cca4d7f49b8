"""The front door of the public notice board for the other rooms of training.

    from lms.training.board import api as board

    board.post(by, kind=board.Kind.ENROLMENT, title=…, authority=…, subject=f"programme:{uuid}", key=f"programme:{uuid}:enrolment")
    board.announced(f"programme:{uuid}", board.Kind.ENROLMENT)      # date | None

Enrolment opens only after its notice (372号 四(三), A15): whoever opens something asks `announced` first.
"""

from lms.training.board.models import Kind, Posting
from lms.training.board.queries import announced, standing_on
from lms.training.board.services import post, withdraw

__all__ = ["Kind", "Posting", "announced", "post", "standing_on", "withdraw"]
