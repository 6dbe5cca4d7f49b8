"""What the record store says when a request is not as the specification wants it.

Owns: the fault, with its HTTP status, the place in the request and the requirement's number (ADL's list, XAPI-00001 …).
"""

from django.utils.functional import Promise

from lms.lib.errors import Refusal


class Fault(Refusal):
    """A request refused by the specification. where: the property or parameter; rule: the requirement's number, or ""."""

    default_code = "xapi"

    def __init__(
        self, message: str | Promise, *, where: str = "", rule: str = "", status: int = 400, code: str = ""
    ) -> None:
        details = {name: value for name, value in (("where", where), ("requirement", rule)) if value}
        super().__init__(message, status=status, details=details, code=code or None)
