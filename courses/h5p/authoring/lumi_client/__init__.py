"""A client of the H5P authoring service (``authoring/`` in this project, around Lumi's H5P server). See README.md."""

from .client import Content, Health, Library, LumiClient
from .deadline import transport
from .errors import (
    AuthoringError,
    NotSigned,
    Refused,
    ServiceFailed,
    TooLarge,
    TooSlow,
    UnknownContent,
    Unreachable,
)
from .tokens import sign

__all__ = [
    "AuthoringError",
    "Content",
    "Health",
    "Library",
    "LumiClient",
    "NotSigned",
    "Refused",
    "ServiceFailed",
    "TooLarge",
    "TooSlow",
    "UnknownContent",
    "Unreachable",
    "sign",
    "transport",
]
