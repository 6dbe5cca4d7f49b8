"""The embedded shape's broker: kombu's folder of files, without its two races.

kombu opens a message's file under its final name and writes it afterwards: a worker that looks in between takes an
empty message, and ends. Here a message appears whole, by renaming; and what cannot be read is thrown away with a
line in the log, since messages only wake up work that stands in rows.
"""

import logging
import os
from pathlib import Path
from queue import Empty
from time import time_ns
from typing import Any
from uuid import uuid4

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps, loads

logger = logging.getLogger(__name__)
SCHEME = "rongtong-files"


class Channel(filesystem.Channel):  # type: ignore[misc]  # kombu has no types
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # as kombu's own
        # Sorted by name is sorted by age; names that begin with a dot are nobody's message.
        path = Path(self.data_folder_out) / f"{time_ns():020d}_{uuid4()}.{queue}.msg"
        draft = path.with_name(f".{path.name}")
        try:
            draft.write_bytes(dumps(payload).encode())  # type: ignore[no-untyped-call]
            draft.rename(path)
        except OSError as error:
            raise ChannelError(f"Cannot add file {path} to directory") from error

    def _get(self, queue: str, timeout: Any = None) -> Any:
        for name in sorted(os.listdir(self.data_folder_in)):
            if name.startswith(".") or name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = Path(self.data_folder_in) / f".{name}"
            try:
                (Path(self.data_folder_in) / name).rename(taken)
                data = taken.read_bytes()
                taken.unlink()
            except OSError:
                # Another worker was faster.
                continue
            try:
                return loads(data.decode())  # type: ignore[no-untyped-call]
            except ValueError:
                logger.warning("A message that cannot be read was thrown away: %s", name)
        raise Empty

    def get_table(self, exchange: str) -> list[Any]:
        try:
            found: list[Any] = super().get_table(exchange)  # type: ignore[no-untyped-call]
        except ValueError:
            # Somebody is just writing it; without it a message goes to the queue of its own name.
            return []
        return found


class Transport(filesystem.Transport):  # type: ignore[misc]
    Channel = Channel


TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"
