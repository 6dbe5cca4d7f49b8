"""What search says when it cannot answer."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lms.lib.errors import Refusal

MESSAGE = _("搜索暂时不可用，请稍后再试。")


class SearchUnavailable(Refusal):
    """The engine cannot be reached (503). The catalogue itself is untouched: nothing is kept only in the
    index.
    """

    status = 503
    default_code = "search_unavailable"

    def __init__(self, message: str | Promise = MESSAGE, **kwargs: Any) -> None:
        super().__init__(message, **kwargs)


class NotAnswered(SearchUnavailable):
    """The engine is there and does not answer this one question: an index is missing, or the question too big."""
