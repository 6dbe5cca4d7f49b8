"""A request to another record store, over https to a public address and nowhere else (lms/lib/outgoing.py).

Owns: how long one is waited for, and why there was no answer, in words for staff.
"""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from lms.lib import outgoing

TIMEOUT_S = 15
LONGEST_S = 60
MOST_BYTES = 1024 * 1024


class Unreachable(Exception):
    """No answer; str: why, in words for staff."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def said(self) -> str:
        return self.body[:2000].decode("utf-8", "replace").replace("\0", "")


def ask(
    method: str, url: str, headers: dict[str, str], body: bytes = b"", *, timeout_s: float = TIMEOUT_S
) -> Answer:
    """The answer, whatever its status. Raises Unreachable."""
    try:
        found = outgoing.ask(
            method,
            url,
            headers,
            body,
            allowed=settings.XAPI_FORWARD_HOSTS,
            timeout_s=timeout_s,
            longest_s=LONGEST_S,
            most_bytes=MOST_BYTES,
        )
    except outgoing.Unreachable as error:
        raise Unreachable(_said(error, urlsplit(url).hostname or "")) from error
    return Answer(found.status, found.body, found.headers)


def _said(error: outgoing.Unreachable, host: str) -> str:
    if error.why == "address":
        return _("只能用 https 地址。")
    if error.why == "certificate":
        return _("对方的证书不可信。")
    if error.why == "host":
        return _("找不到主机 %(host)s。") % {"host": host[:100]}
    if error.why == "private":
        return _("主机 %(host)s 不在公网上，不能转发到那里。") % {"host": host[:100]}
    return _("连接不上，或连接中断了（%(error)s）。") % {"error": error}
