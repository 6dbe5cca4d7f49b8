"""A request to a machine that somebody else named: over https, to a public address, and nowhere else.

Owns: looking up the host once and speaking to the very address that was judged, so that a name cannot mean one machine
when it is judged and another when it is called. Refuses: http, private, local and reserved addresses (except hosts the
caller's setting allows), redirects, answers that are too long or without end.
"""

import socket
import ssl
from collections.abc import Collection
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from ipaddress import IPv6Address, ip_address, ip_network
from time import monotonic
from urllib.parse import SplitResult, urlsplit

TIMEOUT_S = 5
LONGEST_S = 15
MOST_BYTES = 256 * 1024
# IPv4 addresses dressed as IPv6 ones (NAT64): what lies behind them is not seen.
_TRANSLATED = ip_network("64:ff9b::/96")


class Unreachable(Exception):
    """No answer that may be used; str: why, for a log. why: address, host, private, certificate, long or line."""

    def __init__(self, why: str, said: str = "") -> None:
        super().__init__(said or why)
        self.why = why


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public net."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        if found.sixtofour or found.teredo or found in _TRANSLATED:
            return False
    return found.is_global and not found.is_multicast


def split_address(url: str, allowed: Collection[str] = ()) -> SplitResult:
    """The parts of an address that may be called as far as it can be seen from its letters. Raises ValueError."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    named = {host, f"{host}:{parts.port}"}
    if not host or parts.username is not None or parts.fragment or any(c.isspace() or c == "\\" for c in url):
        raise ValueError("address")
    if parts.scheme != "https" and not (parts.scheme == "http" and named & set(allowed)):
        raise ValueError("scheme")
    return parts


def ask(
    method: str,
    url: str,
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    *,
    allowed: Collection[str] = (),
    timeout_s: float = TIMEOUT_S,
    longest_s: float = LONGEST_S,
    most_bytes: int = MOST_BYTES,
) -> Answer:
    """The answer, whatever its status. allowed: hosts ("name" or "name:port") that may be private and speak http.
    timeout_s: of each wait; longest_s: of the whole answer. Raises Unreachable.
    """
    try:
        parts = split_address(url, allowed)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise Unreachable("address", str(error)) from error
    host = parts.hostname or ""
    address = _address(host, port, known=bool({host, f"{host}:{port}"} & set(allowed)))
    kind = _Secure if parts.scheme == "https" else _Plain
    line: HTTPConnection = kind(host, port, address, timeout_s)
    until = monotonic() + longest_s
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        line.request(method, path, body or None, headers or {})
        response = line.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, _read(response, until, most_bytes), found)
    except ssl.SSLCertVerificationError as error:
        raise Unreachable("certificate", type(error).__name__) from error
    except (OSError, HTTPException, ValueError) as error:
        raise Unreachable("line", type(error).__name__) from error
    finally:
        line.close()


def _address(host: str, port: int, *, known: bool) -> str:
    try:
        found = [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise Unreachable("host", "no such host") from error
    if not found or not (known or all(is_public(address) for address in found)):
        raise Unreachable("private", "not a public address")
    return found[0]


def _read(response: HTTPResponse, until: float, most_bytes: int) -> bytes:
    found = b""
    while piece := response.read1(65536):
        found += piece
        if len(found) > most_bytes or monotonic() > until:
            raise Unreachable("long", "too long")
    return found


class _Plain(HTTPConnection):
    def __init__(self, host: str, port: int, address: str, timeout_s: float) -> None:
        super().__init__(host, port, timeout=timeout_s)
        self.address = address

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), self.timeout)


class _Secure(HTTPSConnection):
    def __init__(self, host: str, port: int, address: str, timeout_s: float) -> None:
        self.own_context = ssl.create_default_context()
        super().__init__(host, port, timeout=timeout_s, context=self.own_context)
        self.address = address

    def connect(self) -> None:
        plain = socket.create_connection((self.address, self.port), self.timeout)
        # The certificate is the name's, whichever of its addresses answers.
        self.sock = self.own_context.wrap_socket(plain, server_hostname=self.host)
