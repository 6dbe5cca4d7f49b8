"""nginx in front of a film that lies in an object store: its own slices, from the application, and then from its own disk."""

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.wsgi import get_wsgi_application

from tests.objects.s3 import server, where  # noqa: F401 -- fixtures
from tests.production.proxy import nginx
from tools.processes import stop_all
from tools.services import HOST, free_port

MIB = 1024 * 1024
FILM = bytes(range(256)) * (3 * MIB // 256) + b"the end"


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_said: object) -> None:
        pass


class _Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


@pytest.fixture
def asked_for() -> list[tuple[str, str]]:
    """What reached the application: path and range."""
    return []


@pytest.fixture
def base(where: dict[str, Any], settings: Any, tmp_path: Path, asked_for: Any) -> Iterator[str]:  # noqa: F811
    there = {"BACKEND": "lms.lib.objects.ObjectStorage", "OPTIONS": where | {"base_url": "/media/"}}
    settings.STORAGES = settings.STORAGES | {"default": there}
    application = get_wsgi_application()

    def counting(environ: dict[str, Any], start: Any) -> Any:
        asked_for.append((environ["PATH_INFO"], environ.get("HTTP_RANGE", "")))
        return application(environ, start)

    tmp_path.chmod(0o755)
    web = make_server(HOST, 0, counting, server_class=_Threads, handler_class=_Quiet)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    port = free_port()
    env = {"PUBLIC_URL": f"http://{HOST}:{port}", "CONTENT_URL": f"http://{HOST}:{free_port()}"}
    env |= {"PATH": "/usr/sbin:/usr/bin:/bin", "RONGTONG_S3_BUCKET": where["bucket"]}
    proxy = nginx(
        tmp_path / "nginx",
        env,
        log=tmp_path / "nginx.log",
        LISTEN=f"{HOST}:{port}",
        CONTENT_LISTEN=env["CONTENT_URL"].removeprefix("http://"),
        UPSTREAM=f"{HOST}:{web.server_port}",
        ACCESS_LOG=str(tmp_path / "access.log"),
        MEDIA_CACHE=str(tmp_path / "cache"),
        MEDIA_CACHE_SIZE="100m",
    )
    try:
        for _ in range(100):
            try:
                ask(f"{env['PUBLIC_URL']}/media/documents/x")
                break
            except OSError:
                assert proxy.ended() is None, (tmp_path / "nginx.log").read_text()
                threading.Event().wait(0.1)
        asked_for.clear()
        yield env["PUBLIC_URL"]
    finally:
        stop_all([proxy])
        web.shutdown()
        web.server_close()


def ask(url: str, **headers: str) -> tuple[int, Any, bytes]:
    request = urllib.request.Request(url, headers={name.replace("_", "-"): v for name, v in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def test_films_are_fetched_in_slices_and_once(base: str, asked_for: list[tuple[str, str]]) -> None:
    default_storage.save("videos/第一课.mp4", ContentFile(FILM))
    film = f"{base}{default_storage.url('videos/第一课.mp4')}"
    place = "/media/videos/第一课.mp4".encode().decode("latin-1")

    # Seeking: the slice of the asked place alone.
    status, headers, body = ask(film, Range=f"bytes={MIB + 10}-{MIB + 13}", Cookie="a=b")
    assert (status, body) == (206, FILM[MIB + 10 : MIB + 14])
    assert headers["Content-Range"] == f"bytes {MIB + 10}-{MIB + 13}/{len(FILM)}"
    assert asked_for == [(place, f"bytes={MIB}-{2 * MIB - 1}")]

    # The same by somebody else, in another language: nothing is asked for again.
    assert ask(film, Range=f"bytes={MIB}-{MIB + 1}", Accept_Language="en")[2] == FILM[MIB : MIB + 2]
    assert len(asked_for) == 1

    # Whole, to its last byte; with what tells a browser how to keep it.
    status, headers, body = ask(film)
    assert (status, len(body), body == FILM) == (200, len(FILM), True)
    assert sorted(span for _, span in asked_for) == [f"bytes={n * MIB}-{(n + 1) * MIB - 1}" for n in range(4)]
    assert headers["Content-Type"] == "video/mp4"
    assert "sandbox" in headers["Content-Security-Policy"]
    mark = headers["ETag"]
    with urllib.request.urlopen(urllib.request.Request(film, method="HEAD"), timeout=20) as answer:
        assert (answer.status, answer.headers["Content-Length"]) == (200, str(len(FILM)))
    assert ask(film, If_None_Match=mark)[0] == 304
    assert ask(film, Range="bytes=0-1", If_Range=mark)[:3:2] == (206, FILM[:2])
    assert ask(film, Range="bytes=0-1", If_Range='"other"')[0] == 200
    assert len(asked_for) == 4


def test_what_is_not_media_is_not_answered(base: str, asked_for: list[tuple[str, str]]) -> None:
    default_storage.save("documents/a.pdf", ContentFile(b"%PDF-"))
    default_storage.save("trap.html", ContentFile(b"<script>1</script>"))
    default_storage.save("empty.vtt", ContentFile(b""))
    assert ask(f"{base}/media/documents/a.pdf")[0] == 404
    assert asked_for == []
    status, headers, _ = ask(f"{base}/media/trap.html")
    assert (status, headers["Content-Disposition"]) == (200, "attachment")
    assert ask(f"{base}/media/empty.vtt")[::2] == (200, b"")
