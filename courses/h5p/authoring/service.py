"""The service as the settings name it: whether there is one, and a client for an organisation.

Owns: the settings H5P_AUTHORING_*, and turning the client's errors into refusals with a sentence.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import urllib3
from django.conf import settings
from django.core import checks
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation
from lms.lib.errors import Conflict, Invalid, Refusal

from .lumi_client import (
    AuthoringError,
    LumiClient,
    NotSigned,
    Refused,
    ServiceFailed,
    TooLarge,
    TooSlow,
    UnknownContent,
    transport,
)
from .lumi_client.tokens import MIN_SECRET

_log = logging.getLogger(__name__)
# An address that a browser edits at; afterwards the page is opened again.
FRAME_SECONDS = 4 * 3600
_CALL_SECONDS = 60


class Unavailable(Refusal):
    """The service is not there (503)."""

    status = 503
    default_code = "h5p_authoring_unavailable"


class OddAnswer(Unavailable):
    """It answers, and not as it should (502)."""

    status = 502
    default_code = "h5p_authoring_odd"


class NoAnswer(Unavailable):
    """It had not answered when the time was up (504)."""

    status = 504
    default_code = "h5p_authoring_slow"


def available() -> bool:
    """Whether the platform has the service. Whether it answers, only asking tells."""
    return bool(settings.H5P_AUTHORING_URL and settings.H5P_AUTHORING_SECRET)


@lru_cache(maxsize=1)
def _transport() -> urllib3.PoolManager:
    return transport(maxsize=4)


def client(organisation: Organisation | None, user: str = "site") -> LumiClient:
    """A client for the contents of an organisation. Raises Unavailable where there is no service."""
    if not available() or trouble():
        raise Unavailable(_("这个平台没有开通在线编写 H5P 练习。"))
    return LumiClient(
        settings.H5P_AUTHORING_URL,
        settings.H5P_AUTHORING_SECRET,
        organisation=organisation.code if organisation else "",
        user=user,
        language="zh-hans" if (get_language() or "zh").startswith("zh") else "en",
        seconds=_CALL_SECONDS,
        transport=_transport(),
    )


@contextmanager
def asking() -> Iterator[None]:
    """Around calls of the client: its errors come out as refusals. What the service says is for the log; people get a
    sentence."""
    try:
        yield
    except UnknownContent as error:
        raise Conflict(_("编写服务里没有这份草稿了，请放弃它，重新开始。"), code="h5p_draft_gone") from error
    except TooLarge as error:
        raise Invalid(_("练习太大，编写服务不接收。请改用上传 H5P 包。"), code="h5p_too_large") from error
    except NotSigned as error:
        _log.error("the authoring service refuses our tokens: %s", error)
        raise Unavailable(_("编写服务与平台的密钥不一致，请联系平台管理员。")) from error
    except Refused as error:
        _log.warning("the authoring service refuses: %s (%s)", error, error.code)
        raise Invalid(
            _("编写服务不接收这份内容（%(code)s）。") % {"code": error.code}, code="h5p_authoring_refused"
        ) from error
    except ServiceFailed as error:
        _log.error("the authoring service answers oddly: %s", error)
        raise OddAnswer(_("编写服务的回应不正常，什么也没有改动。请联系平台管理员。")) from error
    except TooSlow as error:
        _log.warning("the authoring service is too slow: %s", error)
        raise NoAnswer(_("编写服务没有在限定时间内回应，请稍后再试。")) from error
    except AuthoringError as error:
        _log.warning("the authoring service does not answer: %s", error)
        raise Unavailable(_("编写服务暂时没有回应，请稍后再试。")) from error


def trouble() -> str:
    """Why the settings can't be used, or ""."""
    if len(settings.H5P_AUTHORING_SECRET) < MIN_SECRET:
        return f"H5P_AUTHORING_SECRET must have at least {MIN_SECRET} characters."
    if _origin(settings.H5P_AUTHORING_PUBLIC_URL) == _origin(settings.PUBLIC_URL):
        return "H5P_AUTHORING_PUBLIC_URL is the site's own origin: foreign scripts would run beside people's sessions."
    return ""


def require_own_host(editor: str) -> None:
    """H5P's own editor runs the scripts of foreign libraries with an origin. Cookies know hosts and no ports: beside the
    site's own name those scripts could write its cookies, where plain http keeps no name safe. Raises Unavailable."""
    if editor == "h5p" and _host(settings.H5P_AUTHORING_PUBLIC_URL) == _host(settings.PUBLIC_URL):
        raise Unavailable(
            _(
                "H5P 编辑器与平台用着同一个主机名，平台不打开它。请管理员给它另一个名字（H5P_AUTHORING_PUBLIC_URL）。"
            ),
            code="h5p_authoring_same_host",
        )


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").rstrip(".")


def _origin(url: str) -> tuple[str, str, int | None]:
    """As browsers compare: the scheme's own port is the same written or not, and so is a name in capitals."""
    parts = urlsplit(url)
    return parts.scheme, _host(url), parts.port or {"https": 443, "http": 80}.get(parts.scheme)


@checks.register()
def settings_fit(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """`check`: a service that is named but could not be used."""
    if not settings.H5P_AUTHORING_URL or not (reason := trouble()):
        return []
    return [checks.Error(reason, id="courses.E010")]
