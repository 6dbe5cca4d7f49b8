"""A real Elasticsearch node of a test's own, which may be killed and comes back with its data."""

import os
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

from tools.processes import Process
from tools.services import HOST, elasticsearch_kit, free_port

STARTS_S = 180


class Node:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.transport = free_port(), free_port()
        self.url = f"http://{HOST}:{self.port}"
        self._process: Process | None = None

    def start(self) -> None:
        """Returns once it answers. The data of an earlier life is there."""
        env = dict(os.environ) | {
            "ES_FOREGROUND": "1",
            "ES_KEEP_DATA": "1",
            "ES_TRANSPORT_PORT": str(self.transport),
        }
        command: list[str | Path] = [
            *(elasticsearch_kit(), "--port", str(self.port), "--heap", "256m"),
            *("--state", self.folder / "state"),
        ]
        self._process = Process("elasticsearch", command, log=self.folder / "node.log", env=env)
        end = time.monotonic() + STARTS_S
        while time.monotonic() < end:
            with (
                suppress(OSError),
                urllib.request.urlopen(
                    f"{self.url}/_cluster/health?wait_for_status=yellow&timeout=1s", timeout=5
                ) as answer,
            ):
                if b'"timed_out":false' in answer.read():
                    return
            time.sleep(0.2)
        raise AssertionError("Elasticsearch did not start: " + (self.folder / "node.log").read_text()[-2000:])

    def kill(self) -> None:
        """As the power cord would."""
        if self._process is not None:
            self._process.kill_group()
            self._process = None
