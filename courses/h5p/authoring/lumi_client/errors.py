"""What can go wrong with the service, one class each. Messages are English and meant for logs."""

from __future__ import annotations


class AuthoringError(Exception):
    """Base of everything this package raises."""


class Unreachable(AuthoringError):
    """No answer: nothing listens there, or it took longer than the timeout. Whether a write was done is not known."""


class TooSlow(Unreachable):
    """It was there, and had not answered whole within the time of the call."""


class ServiceFailed(AuthoringError):
    """The service answered that it failed (5xx), or with something that is not its answer."""


class Refused(AuthoringError):
    """The service will not do this (4xx). ``code`` is stable, ``status`` is HTTP's."""

    def __init__(self, message: str, *, code: str = "", status: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status


class NotSigned(Refused):
    """The token does not hold: another secret there, or clocks that differ (401)."""


class UnknownContent(Refused):
    """There is no such content in this organisation (404)."""


class TooLarge(Refused):
    """More bytes than the service, or the caller, permits (413)."""
