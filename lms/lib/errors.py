"""What a service says when it will not do something: a sentence for the user, a code for programs, an HTTP status.

Owns: the refusals every package raises. Pages and the API turn them into answers (middleware.py, lms.config.api).
"""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """A request that was understood and is not carried out; nothing was written.

    message: what happened, why, and what can be done, in the user's language. code: a stable word for programs.
    """

    status = 400
    default_code = "refused"

    def __init__(
        self,
        message: str | Promise,
        *,
        code: str | None = None,
        status: int | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.status = status or self.status
        self.details = details or {}


class Invalid(Refusal):
    """The input cannot be right (422)."""

    status = 422
    default_code = "invalid"


class NotAllowed(Refusal):
    """This person, in this role, may not (403)."""

    status = 403
    default_code = "not_allowed"

    def __init__(self, message: str | Promise = _("你没有做这件事的权限。"), **kwargs: Any) -> None:
        super().__init__(message, **kwargs)


class NotFound(Refusal):
    """No such thing, or none this person may see: the two are not told apart (404)."""

    status = 404
    default_code = "not_found"

    def __init__(self, message: str | Promise = _("没有找到，或者你无权查看。"), **kwargs: Any) -> None:
        super().__init__(message, **kwargs)


class Conflict(Refusal):
    """True a moment ago, not any more; or the same key with other content (409)."""

    status = 409
    default_code = "conflict"


class TooMany(Refusal):
    """Too often; wait (429)."""

    status = 429
    default_code = "too_many"
