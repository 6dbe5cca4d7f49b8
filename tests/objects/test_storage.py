"""The storage itself, against a server over HTTP: what it says of files, how it brings parts of them, what it refuses."""

import io
import tracemalloc
import urllib.error
import urllib.request
import zipfile

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile, File
from django.core.signals import request_finished
from django.db import close_old_connections
from django.http import FileResponse
from django.test import RequestFactory
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from lms.lib import objects
from lms.lib.errors import NotFound, Refusal
from lms.lib.files import serve_file, serve_stored
from lms.lib.objects import PART_BYTES, READ_BYTES, ObjectStorage
from tools.services import HOST, free_port

MIB = 1024 * 1024


@pytest.fixture(autouse=True)
def _no_request_ends():
    """Answers are closed here without a request around them: no connection to the database is theirs to close."""
    request_finished.disconnect(close_old_connections)
    yield
    request_finished.connect(close_old_connections)


TEXT = bytes(range(256)) * 20


def test_what_is_put_is_there_under_its_name(store):
    assert store.save("测试/第一课 +&.txt", ContentFile("先断电".encode())) == "测试/第一课 +&.txt"
    assert store.exists("测试/第一课 +&.txt")
    assert store.size("测试/第一课 +&.txt") == 9
    with store.open("测试/第一课 +&.txt") as file:
        assert file.read().decode() == "先断电"
    # A second file of a name has another; none is written over.
    second = store.save("测试/第一课 +&.txt", ContentFile(b"2"))
    assert second != "测试/第一课 +&.txt"
    assert store.size("测试/第一课 +&.txt") == 9
    store.delete(second)
    store.delete(second)
    assert not store.exists(second)
    assert store.get_modified_time("测试/第一课 +&.txt").tzinfo is not None


def test_folders_are_parts_of_names(store):
    for number in range(3):
        store.save(f"videos/sizes/a/{number}.mp4", ContentFile(b"x"))
    store.save("videos/b.mp4", ContentFile(b"x"))
    assert store.listdir("videos") == (["sizes"], ["b.mp4"])
    assert store.listdir("videos/sizes/a") == ([], ["0.mp4", "1.mp4", "2.mp4"])
    assert store.listdir("") == (["videos"], [])
    assert store.listdir("nothing") == ([], [])


def test_more_names_than_one_answer_holds(store):
    for number in range(5):
        store.save(f"many/{number}/a", ContentFile(b""))
        store.save(f"many/{number}.txt", ContentFile(b""))

    def three(params, **_more):
        params["MaxKeys"] = 3

    store.client.meta.events.register("provide-client-params.s3.ListObjectsV2", three)
    try:
        folders, files = store.listdir("many")
    finally:
        store.client.meta.events.unregister("provide-client-params.s3.ListObjectsV2", three)
    assert sorted(folders) == ["0", "1", "2", "3", "4"]
    assert sorted(files) == [f"{number}.txt" for number in range(5)]


def test_prefixes_part_what_shares_a_bucket(where):
    media, private = (ObjectStorage(**where | {"prefix": f"city/{name}/"}) for name in ("media", "private"))
    private.save("evidence/a.pdf", ContentFile(b"%PDF-"))
    assert not media.exists("evidence/a.pdf")
    for name in ("../private/evidence/a.pdf", "a/../../private/evidence/a.pdf", "/etc/passwd", "..", "a\0b"):
        with pytest.raises(SuspiciousFileOperation):
            media.exists(name)
        with pytest.raises(NotFound):
            serve_stored(RequestFactory().get("/"), media, name)


def test_addresses_are_ours_or_none(where):
    media = ObjectStorage(**where | {"base_url": "/media/"})
    assert media.url("videos/第一课.mp4") == "/media/videos/%E7%AC%AC%E4%B8%80%E8%AF%BE.mp4"
    with pytest.raises(ValueError, match="no public address"):
        ObjectStorage(**where).url("a.pdf")


@pytest.mark.long
def test_a_large_file_goes_up_in_parts_and_little_of_it_is_in_memory(store, tmp_path, asked):
    path = tmp_path / "film.mp4"
    with path.open("wb") as out:
        for number in range(40):
            out.write(bytes([number]) * MIB)
    tracemalloc.start()
    try:
        with path.open("rb") as file:
            store.save("film.mp4", File(file))
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [name for name, _ in asked].count("UploadPart") == 5
    # However large the file: a part, what of the next has come, and how it is sent.
    assert most < 4 * PART_BYTES
    assert store.size("film.mp4") == 40 * MIB
    with store.open("film.mp4") as found:
        found.seek(39 * MIB - 1)
        assert found.read(2) == bytes([38, 39])


def test_what_is_saved_passes_through_its_own_chunks(store):
    """Files that hash what passes, or keep a job alive by it, do so there (packs, evidence)."""
    seen = []

    class Watched(File):
        def chunks(self, chunk_size=None):
            for data in super().chunks(MIB):
                seen.append(len(data))
                yield data

    store.save("a.bin", Watched(io.BytesIO(bytes(9 * MIB + 1))))
    assert sum(seen) == store.size("a.bin") == 9 * MIB + 1
    store.save("b.txt", ContentFile("先断电"))
    assert store.size("b.txt") == 9


def test_a_private_file_is_answered_whole_with_its_length(store):
    """As packs and evidence are: from what `open` gives."""
    store.save("a.zip", ContentFile(TEXT * 300))
    answer = FileResponse(store.open("a.zip"), as_attachment=True)
    assert answer["Content-Length"] == str(len(TEXT) * 300)
    assert body(answer) == TEXT * 300


def test_an_upload_that_breaks_leaves_nothing(store):
    class Broken(io.BytesIO):
        def read(self, size=-1):
            if self.tell() > PART_BYTES:
                raise OSError("the disk has a bad place")
            return super().read(size)

    with pytest.raises(OSError, match="bad place"):
        store.save("film.mp4", File(Broken(bytes(3 * PART_BYTES))))
    assert not store.exists("film.mp4")
    # Nor parts of it, which nobody sees and everybody pays for.
    assert "Uploads" not in store.client.list_multipart_uploads(Bucket=store.bucket)


def test_only_what_is_read_is_fetched(store, asked):
    store.save("film.mp4", ContentFile(bytes(8 * MIB)))
    asked.clear()
    with store.open("film.mp4") as file:
        file.seek(5 * MIB)
        file.read(10)
    assert [params["Range"] for name, params in asked if name == "GetObject"] == [
        f"bytes={5 * MIB}-{5 * MIB + READ_BYTES - 1}"
    ]


def test_archives_are_read_where_they_lie(store):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for number in range(50):
            made.writestr(f"{number}.txt", f"第 {number} 课" * 1000)
    store.save("a.zip", ContentFile(out.getvalue()))
    with store.open("a.zip") as file, zipfile.ZipFile(file) as found:
        assert found.testzip() is None
        assert found.read("49.txt").decode().startswith("第 49 课")


@pytest.mark.long
@given(steps=st.lists(st.tuples(st.integers(0, len(TEXT) + 9), st.integers(-1, 300)), max_size=5))
@how(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
def test_reading_is_as_from_a_disk(store, monkeypatch, steps):
    monkeypatch.setattr(objects, "READ_BYTES", 64)
    if not store.exists("a"):
        store.save("a", ContentFile(TEXT))
    there = io.BytesIO(TEXT)
    with store.open("a") as here:
        assert here.size == len(TEXT)
        for place, size in steps:
            here.seek(place), there.seek(place)
            assert here.read(size) == there.read(size)


SPANS = [
    "bytes=2-4",
    "bytes=5000-",
    "bytes=-3",
    "bytes=0-0",
    "bytes=9999-",
    "bytes=-0",
    "bytes=0-9,20-29",
    None,
]


def body(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("method", ["get", "head"])
def test_ranges_are_answered_as_from_a_folder(store, tmp_path, asked, span, method):
    store.save("film.mp4", ContentFile(TEXT))
    (tmp_path / "film.mp4").write_bytes(TEXT)
    request = getattr(RequestFactory(), method)("/", headers={"Range": span} if span else {})
    asked.clear()
    here, there = serve_stored(request, store, "film.mp4"), serve_file(request, tmp_path, "film.mp4")
    same = ("Content-Type", "Content-Length", "Content-Range", "Accept-Ranges", "Cache-Control")
    assert (here.status_code, [here.get(name) for name in same]) == (
        there.status_code,
        [there.get(name) for name in same],
    )
    assert body(here) == body(there)
    # One look, and one request for exactly these bytes; none for HEAD.
    names = [name for name, _ in asked]
    assert names[:1] == ["HeadObject"]
    assert names[1:] == (["GetObject"] if here.streaming else [])
    if here.status_code == 206:
        assert asked[1][1]["Range"].startswith("bytes=")
        first, _, last = asked[1][1]["Range"].removeprefix("bytes=").partition("-")
        assert int(last) - int(first) + 1 == int(here["Content-Length"])


def test_an_empty_file_is_whole_in_every_part(store):
    store.save("a.vtt", ContentFile(b""))
    answer = serve_stored(RequestFactory().get("/", headers={"Range": "bytes=0-1048575"}), store, "a.vtt")
    assert (answer.status_code, body(answer), answer["Content-Length"]) == (200, b"", "0")


@pytest.mark.parametrize("folder", [True, False])
def test_what_the_browser_has_is_not_sent_again(store, tmp_path, folder):
    store.save("film.mp4", ContentFile(TEXT))
    (tmp_path / "film.mp4").write_bytes(TEXT)

    def ask(**headers):
        request = RequestFactory().get("/", headers=headers)
        return (
            serve_file(request, tmp_path, "film.mp4") if folder else serve_stored(request, store, "film.mp4")
        )

    first = ask()
    mark, moment = first["ETag"], first["Last-Modified"]
    first.close()
    assert mark.startswith('"')
    for headers, status in (
        ({"If-None-Match": mark}, 304),
        ({"If-None-Match": f'"x", W/{mark}'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-Modified-Since": moment}, 304),
        # The mark is asked first.
        ({"If-None-Match": '"x"', "If-Modified-Since": moment}, 200),
        ({"Range": "bytes=0-1", "If-Range": mark}, 206),
        ({"Range": "bytes=0-1", "If-Range": moment}, 206),
        # Another file by now: all of it.
        ({"Range": "bytes=0-1", "If-Range": '"x"'}, 200),
        ({"Range": "bytes=0-1", "If-Range": f"W/{mark}"}, 200),
        ({"Range": "bytes=0-1", "If-Range": "Sat, 01 Jan 2000 00:00:00 GMT"}, 200),
    ):
        answer = ask(**headers)
        assert (answer.status_code, answer["ETag"]) == (status, mark), headers
        assert len(body(answer)) == {200: len(TEXT), 206: 2, 304: 0}[status]
        answer.close()


@pytest.mark.long
def test_a_film_passes_in_small_pieces_and_ends_where_the_browser_leaves(store, asked):
    store.save("film.mp4", ContentFile(bytes(24 * MIB)))
    answer = serve_stored(RequestFactory().get("/"), store, "film.mp4")
    tracemalloc.start()
    try:
        size = sum(map(len, answer.streaming_content))
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size == 24 * MIB
    assert most < 2 * MIB
    answer.close()
    left = serve_stored(RequestFactory().get("/"), store, "film.mp4")
    next(iter(left.streaming_content))
    left.close()
    assert store.size("film.mp4") == 24 * MIB


@pytest.mark.parametrize("name", ["nothing.mp4", "videos", "", "x" * 2000])
def test_what_is_not_there_is_not_found(store, name):
    store.save("videos/a.mp4", ContentFile(b"x"))
    with pytest.raises(NotFound):
        serve_stored(RequestFactory().get("/"), store, name)


def test_what_is_not_there_is_missing_as_on_a_disk(store):
    for ask in (store.open, store.size, store.get_modified_time):
        with pytest.raises(FileNotFoundError):
            ask("nothing")


def test_a_file_that_was_replaced_meanwhile_is_not_mixed(store):
    store.save("a", ContentFile(bytes(100)))
    with store.open("a") as file:
        store.delete("a")
        store.save("a", ContentFile(bytes(200)))
        with pytest.raises(OSError, match="object store"):
            file.read()


def test_a_store_that_is_away_says_so(where):
    away = ObjectStorage(**where | {"endpoint": f"http://{HOST}:{free_port()}"})
    with pytest.raises(OSError, match="did not answer"):
        away.reach()
    with pytest.raises(Refusal) as refused:
        serve_stored(RequestFactory().get("/"), away, "film.mp4")
    assert refused.value.status == 503


def test_a_bucket_that_is_not_there_says_so(where):
    with pytest.raises(OSError):
        ObjectStorage(**where | {"bucket": "no-such-bucket"}).reach()


def test_nothing_in_the_bucket_is_open_to_all(store, where):
    """The store's own address of a file, without a signature."""
    store.save("film.mp4", ContentFile(TEXT))
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{where['endpoint']}/{where['bucket']}/city/film.mp4")
    assert refused.value.code == 403
