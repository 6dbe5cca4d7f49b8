"""The production shape stands: through nginx, with the rights, headers and compression that deploy/ names."""

import gzip
import http.client
import json
import re
import time
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.production.shape import WEBS, ProductionShape


def ask(
    url: str, *, method: str = "GET", headers: dict[str, str] | None = None, body: bytes | None = None
) -> tuple[int, dict[str, str], bytes]:
    """One request without a client's own ideas about compression or redirects."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        connection.request(
            method, parts.path + (f"?{parts.query}" if parts.query else ""), body, headers or {}
        )
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def stylesheet(shape: ProductionShape) -> str:
    status, _, page = ask(f"{shape.base_url}/")
    assert status == 200
    found = re.search(r'href="(/static/[^"]+\.css)"', page.decode())
    assert found, "the home page links no stylesheet"
    return shape.base_url + found[1]


def test_every_component_is_well(production_shape: ProductionShape) -> None:
    said = production_shape.wait()
    assert said["status"] == "ok"
    components = said["components"]
    assert isinstance(components, dict)
    assert components["database"]["kind"] == "postgresql"
    assert components["cache"]["kind"] == "redis"
    assert "elasticsearch" in components["search"]["kind"].lower()


def test_static_files_are_compressed_beforehand_and_kept(production_shape: ProductionShape) -> None:
    url = stylesheet(production_shape)
    assert re.search(r"\.[0-9a-f]{12}\.css$", url)
    _, plain, text = ask(url)
    assert "content-encoding" not in plain
    assert plain["cache-control"] == "public, max-age=31536000, immutable"
    assert plain["x-content-type-options"] == "nosniff"
    _, brotli, small = ask(url, headers={"Accept-Encoding": "gzip, br"})
    assert brotli["content-encoding"] == "br"
    assert len(small) < len(text) / 2
    _, zipped, packed = ask(url, headers={"Accept-Encoding": "gzip"})
    assert zipped["content-encoding"] == "gzip"
    assert gzip.decompress(packed) == text


def test_pages_are_compressed_and_say_how_they_may_be_used(production_shape: ProductionShape) -> None:
    status, headers, _ = ask(f"{production_shape.base_url}/", headers={"Accept-Encoding": "gzip"})
    assert status == 200
    assert headers["content-encoding"] == "gzip"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert "camera=()" in headers["permissions-policy"]
    assert "server" not in headers or not re.search(r"\d", headers["server"])


def test_media_come_in_ranges_and_never_run(production_shape: ProductionShape) -> None:
    media = production_shape.home / "media"
    (media / "film.mp4").write_bytes(bytes(range(256)) * 16)
    (media / "trap.html").write_text("<script>1</script>", encoding="utf-8")
    (media / "documents").mkdir(exist_ok=True)
    (media / "documents" / "private.pdf").write_bytes(b"%PDF-")
    base = f"{production_shape.base_url}/media"
    status, headers, body = ask(f"{base}/film.mp4", headers={"Range": "bytes=256-259"})
    assert (status, body) == (206, bytes(range(4)))
    assert headers["content-range"] == "bytes 256-259/4096"
    assert headers["content-type"] == "video/mp4"
    assert "content-disposition" not in headers
    status, headers, _ = ask(f"{base}/trap.html")
    assert headers["content-disposition"] == "attachment"
    assert "sandbox" in headers["content-security-policy"]
    assert ask(f"{base}/documents/private.pdf")[0] == 404
    assert ask(f"{base}/../secrets.json")[0] in (400, 404)


def test_too_large_a_body_is_refused_before_it_reaches_the_application(
    production_shape: ProductionShape,
) -> None:
    url = f"{production_shape.base_url}/api/v1/nowhere"
    length = {"Content-Length": str(57 * 1024 * 1024), "Content-Type": "application/json"}
    status, headers, body = ask(url, method="POST", headers=length, body=b"")
    assert (status, headers["content-type"]) == (413, "application/json")
    assert json.loads(body)["code"] == "too_large"
    status, headers, body = ask(
        f"{production_shape.base_url}/credit/", method="POST", headers=length, body=b""
    )
    assert (status, headers["content-type"]) == (413, "text/html; charset=utf-8")
    assert "没有提交" in body.decode()


def test_the_origin_of_foreign_content_gives_nothing_else(production_shape: ProductionShape) -> None:
    content = production_shape.content_url
    for path in (
        "/",
        "/courses/",
        "/admin/",
        "/accounts/login/",
        "/api/v1/openapi.json",
        "/healthz",
        "/media/film.mp4",
    ):
        assert ask(content + path)[0] == 404, path
    assert ask(f"{content}/h5p/", method="POST", body=b"")[0] == 403
    static = urlsplit(stylesheet(production_shape)).path
    status, headers, _ = ask(content + static)
    assert status == 200
    assert headers["access-control-allow-origin"] == "*"
    assert "set-cookie" not in ask(f"{content}/h5p/")[1]


def test_the_application_cannot_rewrite_what_only_grows(production_shape: ProductionShape) -> None:
    with psycopg.connect(production_shape.env["DATABASE_URL"], autocommit=True) as connection:
        rows = connection.execute(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'rt_append_only'"
        ).fetchall()
        assert rows
        for (table,) in rows:
            for statement in (
                f"DELETE FROM {table}",
                f"TRUNCATE {table} CASCADE",
                f"ALTER TABLE {table} DISABLE TRIGGER ALL",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement.encode())
            (may_update,) = connection.execute(
                "SELECT has_table_privilege(current_user, %s, 'UPDATE')", [table]
            ).fetchone() or (None,)
            assert may_update is False, table
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE intruder (id int)")


def test_pages_answer_while_one_of_the_web_processes_is_gone(production_shape: ProductionShape) -> None:
    """So that a machine's web processes are restarted one after the other and nobody waits."""
    production_shape.stop(WEBS[0])
    try:
        assert {ask(f"{production_shape.base_url}/verify/")[0] for _ in range(10)} == {200}
    finally:
        production_shape.start(WEBS[0])


def test_web_comes_back_after_being_killed(production_shape: ProductionShape) -> None:
    production_shape.stop(*WEBS)
    status, _, _ = ask(f"{production_shape.base_url}/healthz")
    assert status == 502
    for name in WEBS:
        production_shape.start(name)
    began = time.monotonic()
    assert production_shape.wait()["status"] == "ok"
    assert time.monotonic() - began < 60
