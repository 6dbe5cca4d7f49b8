"""The embedded shape's broker: messages appear whole, and a broken one ends nobody."""

from pathlib import Path
from queue import Empty
from threading import Thread

import pytest
from django.conf import settings
from kombu import Connection

from lms.config.file_broker import SCHEME


# kombu remembers per process which queues were bound, so every test has a queue of its own.
@pytest.fixture
def broker(tmp_path: Path):
    options = {
        "data_folder_in": str(tmp_path / "queue"),
        "data_folder_out": str(tmp_path / "queue"),
        "control_folder": str(tmp_path / "control"),
    }
    for name in ("queue", "control"):
        (tmp_path / name).mkdir()
    with Connection(f"{SCHEME}://", transport_options=options) as connection:
        yield connection


def test_the_embedded_shape_uses_it() -> None:
    assert not settings.EMBEDDED or f"{SCHEME}://" == settings.CELERY_BROKER_URL


def test_every_message_arrives_once_and_whole_while_others_are_written(broker: Connection) -> None:
    queue = broker.SimpleQueue("wake")

    def write() -> None:
        with broker.clone() as own, own.SimpleQueue("wake") as out:
            for number in range(200):
                out.put({"number": number, "padding": "x" * 3000})

    writers = [Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    found = []
    while len(found) < 400:
        message = queue.get(timeout=10)
        found.append(message.payload["number"])
        message.ack()
    for writer in writers:
        writer.join()
    assert sorted(found) == sorted([*range(200)] * 2)


def test_a_message_that_cannot_be_read_is_left_out(broker: Connection, tmp_path: Path) -> None:
    queue = broker.SimpleQueue("torn")
    queue.put({"number": 1})
    for name, data in (("0_a.torn.msg", b""), ("0_b.torn.msg", b'{"cut'), ("0_c.torn.msg", b"\xff\xfe")):
        (tmp_path / "queue" / name).write_bytes(data)
    assert queue.get(timeout=5).payload == {"number": 1}
    with pytest.raises((queue.Empty, Empty)):
        queue.get(timeout=0.2)
    assert list((tmp_path / "queue").iterdir()) == []


def test_a_table_that_is_being_written_stops_no_sender(broker: Connection, tmp_path: Path) -> None:
    queue = broker.SimpleQueue("table")
    (tmp_path / "control" / "table.exchange").write_bytes(b"")
    queue.channel.get_table("table")
    assert queue.channel.get_table("table") == []
