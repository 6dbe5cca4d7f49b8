"""Where Wagtail's workflow ends (WAGTAIL_FINISH_WORKFLOW_ACTION). Imported before any model is: it imports none itself."""

from typing import Any


def finish(workflow_state: Any, user: Any = None) -> None:
    from courses.review.services import finish as finished

    finished(workflow_state, user)
