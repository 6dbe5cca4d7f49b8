"""The client against the service itself: what it makes it finds again, and what it may not it does not."""

import io
import json
import os
import time
import zipfile

import pytest
import urllib3

from courses.h5p.authoring.lumi_client import (
    LumiClient,
    NotSigned,
    Refused,
    ServiceFailed,
    TooLarge,
    UnknownContent,
    Unreachable,
    sign,
)
from courses.h5p.authoring.packages import for_service
from courses.h5p.own.build import build_package
from tests.courses.h5p.authoring.conftest import SECRET, Service

pytestmark = pytest.mark.long

TYPE = "H5P.RtTrueFalse 1.0"
EXERCISE = {"statements": [{"statement": "1 + 1 = 2", "correct": True}]}
COMPARED = {"statements": [{"statement": "1 < 2", "correct": True}]}


@pytest.fixture(scope="module")
def package():
    return for_service(build_package("H5P.RtTrueFalse", COMPARED, title="比大小"))


@pytest.fixture
def client(service, package):
    made = service.client()
    made.install_libraries(package)
    return made


def eventually(holds, seconds=10):
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.05)
    return holds()


def exported(client, content_id):
    file = io.BytesIO()
    assert client.export(content_id, file, most=10**6) == len(file.getvalue())
    return zipfile.ZipFile(file)


def test_it_says_who_it_is(client):
    assert client.health().editor == "form"


def test_libraries_come_from_packages_once(service, package):
    client = service.client("fresh")
    assert client.libraries() == []
    assert client.install_libraries(io.BytesIO(package)) == 2
    assert {(each.library, each.runnable) for each in client.libraries()} == {
        (TYPE, True),
        ("H5P.RtCommon 1.0", False),
    }
    assert client.install_libraries(package) == 0


def test_a_content_is_made_read_saved_exported_and_deleted(client):
    made = client.create(TYPE, {}, {"title": "空的"})
    assert client.content(made.id).params == {}
    client.save(made.id, TYPE, EXERCISE, {"title": "写好了"})
    there = client.content(made.id)
    assert (there.library, there.params, there.metadata["title"]) == (TYPE, EXERCISE, "写好了")
    archive = exported(client, made.id)
    assert json.loads(archive.read("content/content.json")) == EXERCISE
    assert json.loads(archive.read("h5p.json"))["mainLibrary"] == "H5P.RtTrueFalse"
    assert "H5P.RtTrueFalse-1.0/scripts/rt-true-false.js" in archive.namelist()
    assert client.editor_model(made.id)["integration"]["editor"]["nodeVersionId"] == made.id
    client.delete(made.id)
    with pytest.raises(UnknownContent):
        client.content(made.id)
    with pytest.raises(UnknownContent):
        client.delete(made.id)


def test_markup_has_no_place_in_a_plain_text(client):
    made = client.create(TYPE, {"introduction": "<img src=x onerror=alert(1)>5 < 6"}, {"title": "x"})
    assert "<" not in client.content(made.id).params["introduction"]


def test_a_content_is_made_of_a_package(client, package):
    made = client.create_from_package(package)
    assert (made.library, made.metadata["title"]) == (TYPE, "比大小")
    assert client.content(made.id).params["statements"] == [{"statement": "1 &lt; 2", "correct": True}]


def test_organisations_do_not_meet(service, client):
    made = client.create(TYPE, EXERCISE, {"title": "我们的"})
    other = service.client("other")
    for ask in (other.content, other.delete, other.editor_model):
        with pytest.raises(UnknownContent):
            ask(made.id)
    with pytest.raises(Refused, match="not installed"):
        other.create(TYPE, EXERCISE, {"title": "没有库"})


@pytest.mark.parametrize("bad", ["..", "a/b", "../../other/contents/1", "%2e%2e", ""])
def test_ids_are_no_paths(client, bad):
    with pytest.raises((UnknownContent, Refused)):
        client.save(bad, TYPE, {}, {"title": "x"})


def test_bad_input_is_refused_and_says_why(client):
    for library, params, metadata in (
        ("H5P.RtTrueFalse", {}, {"title": "x"}),
        (TYPE, [], {"title": "x"}),
        (TYPE, {}, {}),
        (TYPE, {}, {"title": "  "}),
        ("H5P.Nothing 1.0", {}, {"title": "x"}),
    ):
        with pytest.raises(Refused) as refused:
            client.create(library, params, metadata)
        assert refused.value.status == 422
    with pytest.raises(Refused, match="unzip"):
        client.create_from_package(b"no zip at all")


def test_too_much_is_refused_on_both_sides(client, package, service):
    with pytest.raises(TooLarge):
        client.install_libraries(os.urandom(3 * 1024 * 1024))
    made = client.create_from_package(package)
    with pytest.raises(TooLarge):
        client.export(made.id, io.BytesIO(), most=100)
    # What was gathered for the answer goes when the answer is over.
    assert eventually(lambda: not os.listdir(service.folder / "incoming"))


def test_only_who_knows_the_secret_is_heard(service):
    stranger = LumiClient(service.url, "x" * 40, organisation="shkd")
    with pytest.raises(NotSigned):
        stranger.libraries()


def grant(**changes):
    given = {
        "scope": "edit",
        "organisation": "shkd",
        "user": "u1",
        "content": "1",
        "language": "en",
        "expires": int(time.time()) + 60,
    }
    return sign(SECRET, **(given | changes))


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b",
        grant(expires=int(time.time()) - 1),
        grant(scope="manage"),
        grant(content=""),
        grant(organisation="../x"),
        grant(user="a/b"),
        grant()[:-1] + "A" * 3,
        grant().replace(".", "A.", 1),
    ],
)
def test_a_browser_needs_a_token_that_holds(service, token):
    answer = urllib3.request("GET", f"{service.url}/h5p-authoring/t/{token}/", retries=False)
    assert answer.status in (401, 404)


def test_a_browsers_token_is_for_one_content_and_not_for_managing(service, client):
    mine, other = (client.create(TYPE, EXERCISE, {"title": title}) for title in "ab")
    frame = client.frame_url(service.url, mine.id, seconds=60)
    token = frame.rstrip("/").rpartition("/")[2]

    def ask(path, method="GET", **options):
        return urllib3.request(method, frame + path, retries=False, **options).status

    assert ask("") == 200
    assert ask(f"params/{mine.id}") == 200
    assert ask(f"params/{other.id}") == 404
    assert ask("ajax?action=libraries&machineName=H5P.RtTrueFalse&majorVersion=1&minorVersion=0") == 200
    # Nothing of the Hub, and no libraries by a browser.
    for action in ("library-install&id=H5P.Blanks", "library-upload", "get-content"):
        assert ask(f"ajax?action={action}", "POST", json={}) == 403
    assert ask("ajax?action=content-hub-metadata-cache") == 200
    assert (
        ask("save", "POST", json={"library": "H5P.Other 1.0", "params": {}, "metadata": {"title": "x"}})
        == 422
    )
    managing = urllib3.request(
        "GET",
        f"{service.url}/h5p-authoring/h5p/{mine.id}",
        headers={"Authorization": f"Bearer {token}"},
        retries=False,
    )
    assert managing.status == 401


def test_a_content_cannot_break_out_of_its_page(service, client):
    made = client.create(TYPE, {"introduction": "</script><script>top.x=1</script>"}, {"title": "<b>&\"'"})
    answer = urllib3.request("GET", client.frame_url(service.url, made.id, seconds=60))
    text = answer.data.decode()
    assert "</script><script>top" not in text
    assert "<title>&#60;b&#62;&#38;&#34;&#39;</title>" in text
    policy = answer.headers["Content-Security-Policy"]
    assert "sandbox allow-scripts allow-forms" in policy
    assert "allow-same-origin" not in policy
    assert "unsafe" not in policy


def test_drafts_that_nobody_touches_are_swept(tmp_path, package):
    first = Service(tmp_path, "http://127.0.0.1:9")
    client = first.client()
    old, new = (client.create_from_package(package) for _ in "ab")
    first.close()
    long_ago = time.time() - 31 * 86400
    os.utime(tmp_path / "organisations/shkd/contents" / old.id / "content.json", (long_ago, long_ago))
    second = Service(tmp_path, "http://127.0.0.1:9")
    client = second.client()
    try:
        assert eventually(lambda: not (tmp_path / "organisations/shkd/contents" / old.id).exists())
        assert client.content(new.id).id == new.id
    finally:
        second.close()


def test_silence_is_told_from_failure(service):
    with pytest.raises(Unreachable):
        LumiClient("http://127.0.0.1:9", SECRET, organisation="shkd", seconds=1).health()
    with pytest.raises((ServiceFailed, Refused)):
        LumiClient(service.url + "/else", SECRET, organisation="shkd").health()


def test_a_secret_that_can_be_guessed_is_none():
    with pytest.raises(ValueError, match="32"):
        LumiClient("http://127.0.0.1:9", "short", organisation="shkd")
