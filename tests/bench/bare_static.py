"""The limit for contents: a folder, served by the same server program and WhiteNoise, and nothing else."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from whitenoise import WhiteNoise


def nothing(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK" if environ["PATH_INFO"] == "/healthz" else "404 Not Found", [])
    return [b""]


application = WhiteNoise(nothing, root=os.environ["BARE_FOLDER"], max_age=3600)
