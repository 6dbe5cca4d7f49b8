"""tus 1.0.0 at the door, section by section; the quotations are the protocol's own sentences."""

import base64
import hashlib
import os
import resource
from datetime import timedelta
from email.utils import parsedate_to_datetime
from uuid import uuid4

import pytest

from courses.models import Upload
from courses.packs.uploads import store
from courses.packs.uploads.services import sweep
from lms.lib.clock import now
from tests.courses.packs.uploads.speaking import BYTES, URL, encoded
from tests.factories.accounts import OrganisationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def the_file():
    return store.data_path(Upload.objects.get().uuid)


def said(answer):
    """A refusal has a code and a sentence, and wrote nothing."""
    assert answer["Tus-Resumable"] == "1.0.0"
    body = answer.json()
    assert body["message"]
    return body["code"]


# -- Core Protocol -----------------------------------------------------------------------------------------


def test_options(tus, client):
    """ "A successful response … MUST contain the Tus-Version header." "… MUST ignore the [Tus-Resumable] header." """
    client.logout()
    answer = client.options(URL)
    assert answer.status_code == 204
    assert answer["Tus-Resumable"] == answer["Tus-Version"] == "1.0.0"
    assert answer["Tus-Max-Size"] == str(2 * 1024**3)
    assert set(answer["Tus-Extension"].split(",")) == {
        *("creation", "creation-with-upload", "expiration", "termination", "checksum")
    }
    assert answer["Tus-Checksum-Algorithm"] == "sha1,sha256"


def test_head(tus):
    """ "The Server MUST always include the Upload-Offset header in the response for a HEAD request, even if the offset
    is 0, or the upload is already considered completed." "… adding the Cache-Control: no-store header" """
    where = tus.begun(5)
    for at, piece in ((0, b"hello"), (5, b"")):
        answer = tus.ask("HEAD", where)
        assert (answer.status_code, answer["Upload-Offset"], answer["Upload-Length"]) == (200, str(at), "5")
        assert "no-store" in answer["Cache-Control"]
        if piece:
            tus.patch(where, piece, at)


def test_head_of_none(tus):
    """ "If the resource is not found, the Server SHOULD return … 404 … without the Upload-Offset header." """
    answer = tus.ask("HEAD", f"{URL}/{uuid4()}")
    assert answer.status_code == 404
    assert not answer.has_header("Upload-Offset")


def test_patch(tus):
    """ "The Server MUST acknowledge successful PATCH requests with the 204 No Content status. It MUST include the
    Upload-Offset header containing the new offset." """
    where = tus.begun(11)
    first = tus.patch(where, b"hello ", 0)
    assert (first.status_code, first["Upload-Offset"]) == (204, "6")
    assert the_file().read_bytes() == b"hello "
    second = tus.patch(where, b"world", 6)
    assert (second.status_code, second["Upload-Offset"]) == (204, "11")
    row = Upload.objects.get()
    assert (row.state, row.sha256) == ("complete", hashlib.sha256(b"hello world").hexdigest())
    assert the_file().read_bytes() == b"hello world"
    assert oct(the_file().stat().st_mode & 0o777) == "0o600"


@pytest.mark.parametrize("at", [0, 2, 7])
def test_patch_at_another_offset(tus, at):
    """ "If the offsets do not match, the Server MUST respond with the 409 Conflict status without modifying the upload
    resource." """
    where = tus.begun(11)
    tus.patch(where, b"hello", 0)
    answer = tus.patch(where, b"world", at)
    assert (answer.status_code, said(answer)) == (409, "offset")
    assert tus.offset(where) == 5
    assert the_file().read_bytes() == b"hello"


def test_patch_of_another_content_type(tus):
    """ "All PATCH requests MUST use Content-Type: application/offset+octet-stream, otherwise the server SHOULD return a
    415 Unsupported Media Type status." """
    where = tus.begun(5)
    answer = tus.ask("PATCH", where, b"hello", content_type="application/octet-stream", Upload_Offset=0)
    assert (answer.status_code, said(answer)) == (415, "content_type")
    assert tus.offset(where) == 0


def test_patch_of_none(tus):
    """ "If the server receives a PATCH request against a non-existent resource it SHOULD return a 404 Not Found" """
    assert tus.patch(f"{URL}/{uuid4()}", b"hello", 0).status_code == 404


def test_more_than_announced_is_refused_whole(tus):
    where = tus.begun(5)
    answer = tus.patch(where, b"hello!", 0)
    assert (answer.status_code, said(answer)) == (413, "too_long")
    assert tus.offset(where) == 0


@pytest.mark.parametrize("version", [None, "0.2.2", "1.0.1"])
def test_another_version(tus, client, version):
    """ "If the version specified by the Client is not supported by the Server, it MUST respond with the 412 Precondition
    Failed status and MUST include the Tus-Version header into the response. … MUST NOT process the request." """
    where = tus.begun(5)
    headers = {"Upload-Offset": "0"} | ({"Tus-Resumable": version} if version else {})
    answer = client.generic("PATCH", where, b"hello", content_type=BYTES, headers=headers)
    assert (answer.status_code, answer["Tus-Version"]) == (412, "1.0.0")
    assert tus.offset(where) == 0


def test_method_override(tus):
    """ "The X-HTTP-Method-Override request header MUST be … interpreted as the request's method by the Server" """
    where = tus.begun(5)
    more = {"Upload_Offset": 0, "X_HTTP_Method_Override": "PATCH"}
    answer = tus.ask("POST", where, b"hello", content_type=BYTES, **more)
    assert (answer.status_code, answer["Upload-Offset"]) == (204, "5")
    assert tus.ask("POST", where, X_HTTP_Method_Override="DELETE").status_code == 204
    assert tus.ask("POST", where, X_HTTP_Method_Override="GET").status_code == 404


@pytest.mark.parametrize("offset", ["", "-1", "1.0", "٣", "0x1", "9" * 30])
def test_offsets_that_are_none(tus, offset):
    """ "The value MUST be a non-negative integer." """
    where = tus.begun(5)
    assert tus.patch(where, b"hello", offset).status_code == 400


# -- Creation ----------------------------------------------------------------------------------------------


def test_creation(tus):
    """ "The Server MUST acknowledge a successful upload creation with the 201 Created status. The Server MUST set the
    Location header" "… responses to HEAD requests MUST include the Upload-Metadata header and its value as specified" """
    answer = tus.create(100)
    assert answer.status_code == 201
    row = Upload.objects.get()
    assert answer["Location"] == f"{URL}/{row.uuid}"
    assert (row.name, row.size, row.offset, row.organisation.code) == ("课程.zip", 100, 0, "shkd")
    told = tus.ask("HEAD", answer["Location"])["Upload-Metadata"]
    assert told == encoded(filename="课程.zip", organisation="shkd")


def test_an_empty_file(tus):
    """ "Such an upload is immediately complete after its creation without transferring data using PATCH requests." """
    tus.begun(0)
    row = Upload.objects.get()
    assert (row.state, row.sha256) == ("complete", hashlib.sha256(b"").hexdigest())


def test_too_large(tus):
    """ "If the length of the upload exceeds the maximum … the Server MUST respond with the 413" """
    answer = tus.create(2 * 1024**3 + 1)
    assert (answer.status_code, said(answer)) == (413, "too_large")
    assert tus.create(2 * 1024**3).status_code == 201


def test_a_length_is_needed(tus):
    assert tus.create("", Upload_Length="no").status_code == 400
    answer = tus.ask("POST", URL, Upload_Defer_Length=1)
    assert (answer.status_code, said(answer)) == (400, "defer_length")
    assert not Upload.objects.exists()


@pytest.mark.parametrize(
    "metadata",
    [
        "filename",
        "filename ====",
        "filename \N{SNOWMAN}",
        f"{encoded(filename='a')},{encoded(filename='b')}",
        f"filename {base64.b64encode(bytes([0xFF])).decode()}",
        encoded(filename="x" * 256),
        encoded(filename="\n\t"),
        encoded(filename="folder/"),
        "x " + "A" * 4000,
    ],
)
def test_metadata_that_are_none(tus, metadata):
    """ "The value MUST be Base64 encoded. All keys MUST be unique." """
    written = f"{metadata},{encoded(organisation='shkd')}"
    assert tus.ask("POST", URL, Upload_Length=5, Upload_Metadata=written).status_code == 400
    assert not Upload.objects.exists()


def test_a_name_is_no_path(tus):
    tus.begun(1, name="C:\\packs\\..\\课程\x00\x1f.zip")
    assert Upload.objects.get().name == "课程.zip"


# -- Creation With Upload ----------------------------------------------------------------------------------


def test_creation_with_upload(tus):
    """ "The Server SHOULD accept as many bytes as possible and MUST include the Upload-Offset header in the response" """
    answer = tus.create(100, b"hello")
    assert (answer.status_code, answer["Upload-Offset"]) == (201, "5")
    assert the_file().read_bytes() == b"hello"
    assert tus.patch(answer["Location"], b"x" * 95, 5)["Upload-Offset"] == "100"


def test_creation_with_an_upload_that_is_refused(tus, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        assert tus.create(3, b"hello").status_code == 413
    assert not Upload.objects.exists()
    assert list(store.folder().iterdir()) == []


# -- Expiration --------------------------------------------------------------------------------------------


def test_expiration(tus):
    """ "This header MUST be included in every PATCH response if the upload is going to expire." """
    created = tus.create(10)
    answer = tus.patch(created["Location"], b"hello", 0)
    for one in (created, answer):
        left = parsedate_to_datetime(one["Upload-Expires"]) - now()
        assert timedelta(days=6, hours=23) < left <= timedelta(days=7)


def test_after_its_expiry(tus):
    """ "If a Client does attempt to resume an upload which has since been removed by the Server, the Server SHOULD respond
    with the 404 Not Found or 410 Gone status." """
    where, other = tus.begun(10), tus.begun(10)
    tus.patch(where, b"hello", 0)
    Upload.objects.filter(uuid=where[-36:]).update(expires_at=now() - timedelta(seconds=1))
    assert tus.patch(where, b"world", 5).status_code == 404
    assert sweep() == 1
    assert tus.ask("HEAD", where).status_code == 404
    assert tus.offset(other) == 0
    assert {path.name[:36] for path in store.folder().iterdir()} == {other[-36:]}


def test_files_without_a_row_are_swept(tus):
    where = tus.begun(10)
    stray = store.data_path(uuid4())
    stray.write_bytes(b"left by a killed worker")
    sweep()
    assert stray.exists()
    for path in store.folder().iterdir():
        os.utime(path, (0, 0))
    sweep()
    assert not stray.exists()
    assert tus.patch(where, b"0123456789", 0).status_code == 204


# -- Checksum ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_checksum(tus, algorithm):
    """ "460 Checksum Mismatch if the checksums mismatch … the uploaded chunk MUST be discarded, and the upload and its
    offset MUST NOT be updated." """
    where = tus.begun(11)
    right = base64.b64encode(hashlib.new(algorithm, b"hello ").digest()).decode()
    wrong = tus.patch(where, b"jello ", 0, Upload_Checksum=f"{algorithm} {right}")
    assert (wrong.status_code, said(wrong)) == (460, "checksum")
    assert tus.offset(where) == 0
    assert the_file().read_bytes() == b""
    assert tus.patch(where, b"hello ", 0, Upload_Checksum=f"{algorithm} {right}")["Upload-Offset"] == "6"


@pytest.mark.parametrize("checksum", ["md5 XrY7u+Ae7tCTyyK7j1rNww==", "sha1", "sha1 AAAA", "sha1 %%"])
def test_checksums_that_are_none(tus, checksum):
    """ "400 Bad Request if the checksum algorithm is not supported by the server" """
    where = tus.begun(5)
    assert tus.patch(where, b"hello", 0, Upload_Checksum=checksum).status_code == 400
    assert tus.offset(where) == 0


# -- Termination -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [5, 10])
def test_termination(tus, size, django_capture_on_commit_callbacks):
    """ "the Server SHOULD free associated resources and MUST respond with the 204 No Content status … For all future
    requests to this URL, the Server SHOULD respond with the 404" """
    where = tus.begun(size)
    tus.patch(where, b"hello", 0)
    with django_capture_on_commit_callbacks(execute=True):
        assert tus.ask("DELETE", where).status_code == 204
    assert list(store.folder().iterdir()) == []
    for method in ("HEAD", "DELETE"):
        assert tus.ask(method, where).status_code == 404


# -- what goes wrong ---------------------------------------------------------------------------------------


def test_a_full_disk_leaves_what_was_there(tus):
    """The limit on file sizes stands for the disk: the system refuses the write in the same way."""
    where = tus.begun(1024**3 + 4 * 1024**2)
    uuid = Upload.objects.get().uuid
    os.truncate(store.data_path(uuid), 1024**3)
    Upload.objects.update(offset=1024**3)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024**3 + 1024**2, before[1]))
    try:
        answer = tus.patch(where, b"x" * 2 * 1024**2, 1024**3)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (answer.status_code, said(answer)) == (507, "disk_full")
    assert tus.offset(where) == store.data_path(uuid).stat().st_size == 1024**3
    assert tus.patch(where, b"x", 1024**3).status_code == 204


def test_bytes_that_are_gone(tus):
    where = tus.begun(10)
    tus.patch(where, b"hello", 0)
    os.truncate(the_file(), 3)
    answer = tus.patch(where, b"world", 5)
    assert (answer.status_code, said(answer)) == (410, "gone")
    the_file().unlink()
    assert tus.patch(where, b"world", 5).status_code == 410


def test_a_link_in_the_place_of_the_file_is_not_followed(tus, tmp_path):
    where = tus.begun(10)
    victim = tmp_path / "victim"
    victim.write_bytes(b"kept")
    the_file().unlink()
    the_file().symlink_to(victim)
    with pytest.raises(OSError, match="symbolic links"):
        tus.patch(where, b"hello", 0)
    assert victim.read_bytes() == b"kept"


def test_what_was_written_beyond_the_offset_does_not_count(tus):
    """A worker killed between the bytes and their row."""
    where = tus.begun(11)
    tus.patch(where, b"hello ", 0)
    with the_file().open("ab") as file:
        file.write(b"rubbish")
    tus.patch(where, b"w", 6)
    assert the_file().read_bytes() == b"hello w"


def test_a_writer_at_work_is_not_disturbed_and_a_silent_one_loses_its_turn(tus):
    where = tus.begun(10)
    with store.Turn(Upload.objects.get().uuid) as turn:
        answer = tus.patch(where, b"hello", 0)
        assert (answer.status_code, said(answer)) == (423, "locked")
        # As if nothing had come for a while: a phone that lost its line without saying so.
        turn_file = store.data_path(turn.uuid).with_suffix(".turn")
        long_ago = now().timestamp() - store.SILENT_S - 1
        os.utime(turn_file, (long_ago, long_ago))
        assert tus.patch(where, b"hello", 0).status_code == 204
        with pytest.raises(store.Busy):
            turn.write(b"HELLO", 0)
    assert the_file().read_bytes() == b"hello"
    assert tus.patch(where, b"world", 5).status_code == 204


def others(college, user, count, **values):
    """Uploads that stand in the table only."""
    given = {"size": 0, "expires_at": now() + timedelta(days=1)} | values
    Upload.objects.bulk_create(
        Upload(organisation=college, user=user, name="x", metadata="", **given) for _ in range(count)
    )


def test_an_organisation_keeps_so_many_uploads(tus, college, editor):
    others(college, editor, 39)
    assert tus.create(1).status_code == 201
    answer = tus.create(1)
    assert (answer.status_code, said(answer)) == (429, "uploads_count")
    assert Upload.objects.count() == 40


def test_an_organisation_keeps_so_many_bytes(tus, college, editor):
    others(college, editor, 10, size=2 * 1024**3 - 1, offset=2 * 1024**3 - 1, state="complete")
    assert tus.create(10).status_code == 201
    answer = tus.create(1)
    assert (answer.status_code, said(answer)) == (429, "uploads_total")


def test_what_others_were_promised_is_not_given_away(tus, editor):
    others(OrganisationFactory(), editor, 1, size=10**17)
    answer = tus.create(1)
    assert (answer.status_code, said(answer)) == (507, "disk_full")
    assert list(store.folder().iterdir()) == []
