"""What answers where the service should be, and is not it, or is not well: each is told apart, and none waits for ever."""

import json
import socket
import threading
import time

import pytest
from django.urls import reverse

from courses.h5p.authoring import service as platform
from courses.h5p.authoring.lumi_client import LumiClient, ServiceFailed, TooSlow, Unreachable
from courses.h5p.authoring.models import H5PDraft
from lms.accounts.api import staff_group
from tests.courses.h5p.authoring.conftest import SECRET

HEALTHY = json.dumps({"status": "ok", "service": "h5p-authoring", "editor": "form"}).encode()


def answer(body, status="200 OK", kind="application/json"):
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


class Odd:
    """Answers each request with the same bytes, by pieces with a pause between them."""

    def __init__(self):
        self.pieces, self.pause, self.health = [b""], 0.0, b""
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                line, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=[line], daemon=True).start()

    def _answer(self, line):
        asked = line.recv(65536)
        with line:
            try:
                if self.health and b"/health" in asked:
                    line.sendall(self.health)
                    return
                for piece in self.pieces:
                    line.sendall(piece)
                    time.sleep(self.pause)
            except OSError:
                return


@pytest.fixture
def odd():
    there = Odd()
    yield there
    there.listening.close()


def client(odd, seconds=5):
    return LumiClient(odd.url, SECRET, organisation="shkd", seconds=seconds)


@pytest.mark.parametrize(
    "said",
    [
        answer(b"<html>It works!</html>", kind="text/html"),
        answer(b"[]"),
        answer(b"{}"),
        answer(b'{"id": "1", "library": "H5P.A 1.0", "metadata": 7}'),
        answer(b'{"id": "1", "library": "H5P.A 1.0", "metadata": {}, "params": "x"}'),
        answer(b"\xff\xfe\x00"),
        answer(b"[" * 200_000),
        answer(b"<h1>Bad Gateway</h1>", "502 Bad Gateway", "text/html"),
        answer(b"<h1>Not Found</h1>", "404 Not Found", "text/html"),
        answer(b"", "302 Found"),
    ],
)
def test_what_is_no_answer_of_the_service(odd, said):
    odd.pieces = [said]
    with pytest.raises(ServiceFailed):
        client(odd).content("1")


@pytest.mark.parametrize("where", ["head", "body", "open end"])
def test_an_answer_that_drips_ends_with_the_time_of_the_call(odd, where):
    """Each byte is well in time for the socket, the whole would take an hour."""
    whole = answer(b" " * 3000 + b"{}")
    begin, rest = (b"", whole) if where == "head" else (whole[:-3000], whole[-3000:])
    if where == "open end":
        begin = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{}"
    odd.pieces, odd.pause = [begin, *(rest[n : n + 1] for n in range(len(rest)))], 0.2
    with pytest.raises(TooSlow):
        client(odd, seconds=1).content("1")


def test_nothing_there_is_another_thing_than_slow(odd):
    odd.listening.close()
    with pytest.raises(Unreachable) as error:
        client(odd).content("1")
    assert not isinstance(error.value, TooSlow)


@pytest.fixture
def screens(odd, settings, tmp_path, editor, client):
    settings.H5P_ROOT = tmp_path / "h5p"
    settings.H5P_AUTHORING_URL = odd.url
    settings.H5P_AUTHORING_PUBLIC_URL = "https://content.example.org"
    settings.H5P_AUTHORING_SECRET = SECRET
    odd.health = answer(HEALTHY)
    editor.groups.add(staff_group())
    client.force_login(editor)
    return client


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("pieces", "pause", "status", "word"),
    [
        ([answer(b"oops", "500 Internal Server Error", "text/plain")], 0, 502, "不正常"),
        ([answer(b"<html>")], 0, 502, "不正常"),
        ([b"H"] * 50, 0.2, 504, "限定时间"),
    ],
)
def test_the_screens_say_it_with_a_status(odd, screens, college, monkeypatch, pieces, pause, status, word):
    monkeypatch.setattr(platform, "_CALL_SECONDS", 1)
    odd.pieces, odd.pause = pieces, pause
    new = screens.post(reverse("courses_h5p_writing"), {"library": "H5P.RtTrueFalse 1.0", "title": "一"})
    assert (new.status_code, word in new.content.decode()) == (status, True)
    draft = H5PDraft.objects.create(
        organisation=college, title="二", library="H5P.RtTrueFalse 1.0", service_id="1"
    )
    page = reverse("courses_h5p_write", args=[draft.uuid])
    done = screens.post(page, {"finish": ""})
    assert (done.status_code, word in done.content.decode()) == (status, True)
    assert H5PDraft.objects.filter(pk=draft.pk).exists()
    odd.health = answer(b"<html>")
    for address in (page, reverse("courses_h5p_writing")):
        assert screens.get(address).status_code == 502


@pytest.mark.django_db
def test_h5ps_own_editor_is_not_opened_under_the_sites_host_name(odd, screens, settings):
    """Cookies know no ports: at 127.0.0.1:8010 foreign scripts would write those of 127.0.0.1:8000."""
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    odd.health = answer(HEALTHY.replace(b'"form"', b'"h5p"'))
    for address, status in (
        ("http://127.0.0.1:8010", 503),
        ("http://127.0.0.1.:8010", 503),
        ("http://localhost:8010", 200),
    ):
        settings.H5P_AUTHORING_PUBLIC_URL = address
        assert screens.get(reverse("courses_h5p_writing")).status_code == status, address


def test_an_origin_is_compared_as_browsers_do(settings):
    settings.H5P_AUTHORING_SECRET = SECRET
    settings.PUBLIC_URL = "https://learn.example.org"
    for same in ("https://LEARN.example.org", "https://learn.example.org:443", "https://learn.example.org./"):
        settings.H5P_AUTHORING_PUBLIC_URL = same
        assert "origin" in platform.trouble(), same
    for other in ("https://learn.example.org.evil.example", "https://content.learn.example.org"):
        settings.H5P_AUTHORING_PUBLIC_URL = other
        assert platform.trouble() == "", other
