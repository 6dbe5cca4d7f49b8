"""An S3-compatible server over HTTP on loopback: moto's, in a process of its own, one for the run and a bucket for each test."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from lms.lib.objects import ObjectStorage
from tools.services import HOST, free_port

KEYS = {"access_key": "tests", "secret_key": "tests-secret"}
_buckets = count()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address."""
    address, log = f"http://{HOST}:{(port := free_port())}", tmp_path_factory.mktemp("s3") / "log"
    # Nothing of whoever runs the tests: neither keys nor addresses of a store of theirs.
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", HOST, "-p", str(port)],
            env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        _wait(process, address, log)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    for _ in range(600):
        assert process.poll() is None, log.read_text(encoding="utf-8")
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"the S3 server did not come up:\n{log.read_text(encoding='utf-8')}")


@pytest.fixture
def where(server: str) -> dict[str, Any]:
    """What reaches a new bucket, as ObjectStorage takes it."""
    reach = KEYS | {
        "bucket": f"rongtong-{os.getpid()}-{next(_buckets)}",
        "endpoint": server,
        "prefix": "city/",
    }
    store = ObjectStorage(**reach)
    store.client.create_bucket(Bucket=reach["bucket"])
    return reach


@pytest.fixture
def store(where: dict[str, Any]) -> ObjectStorage:
    return ObjectStorage(**where)


@pytest.fixture
def asked(where: dict[str, Any]) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """What the store is asked from here on: operation and parameters."""
    client, seen = ObjectStorage(**where).client, []

    def note(params: dict[str, Any], model: Any, **_more: Any) -> None:
        seen.append((model.name, params))

    client.meta.events.register("provide-client-params.s3", note)
    yield seen
    client.meta.events.unregister("provide-client-params.s3", note)
