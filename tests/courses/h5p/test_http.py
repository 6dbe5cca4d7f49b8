"""The player page and its files: policy, types, ranges, caching; what is not there says so."""

import json
from pathlib import Path
from uuid import uuid4

import pytest
from django.template.loader import render_to_string

from courses.h5p import api, queries
from courses.h5p.files import store
from lms.lib.actor import Actor

from .packages import PNG, files, good, library_json, pack

pytestmark = pytest.mark.django_db
EDITOR = Actor.system("tests")


@pytest.fixture(autouse=True)
def own_store(settings, tmp_path):
    settings.H5P_ROOT = tmp_path / "h5p"


@pytest.fixture
def uuid():
    return api.install_package(good(defaultLanguage="zh-CN", title="</script><b>题"), actor=EDITOR).uuid


def directives(response):
    policy = response["Content-Security-Policy"]
    return {part.split()[0]: part.split()[1:] for part in policy.split("; ")}


def test_the_page_is_shut_in(client, uuid):
    response = client.get(f"/h5p/play/{uuid}/")
    policy = directives(response)
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == ["http://testserver"]
    assert policy["connect-src"] == ["http://testserver"]
    assert policy["form-action"] == policy["frame-src"] == ["'none'"]
    assert policy["base-uri"] == ["http://testserver"]
    # Neither our origin, nor a way out: what a content opens is shut in with it.
    assert policy["sandbox"] == ["allow-scripts", "allow-forms", "allow-popups"]
    assert "http://testserver" in policy["frame-ancestors"]
    # frame-ancestors decides who may frame it; the older header could not name another origin.
    assert "X-Frame-Options" not in response
    assert response["Cache-Control"] == "no-cache"
    assert "Set-Cookie" not in response


def test_the_page_carries_no_script_of_its_own(client, uuid):
    page = client.get(f"/h5p/play/{uuid}/").content.decode()
    scripts = page.split("<script")[1:]
    assert [script.split(">")[0].strip().split()[-1] for script in scripts] == [
        'type="application/json"',
        "defer",
        "defer",
    ]
    assert "</script><b>" not in page
    config = json.loads(page.split('type="application/json">')[1].split("</script>")[0])
    assert config["library"] == "H5P.Greet 1.0"
    assert config["language"] == "zh-CN"
    assert config["libraries"] == "http://testserver/h5p/libraries/0"
    assert config["content"] == f"http://testserver/h5p/content/{uuid}"


def test_eval_only_for_libraries_that_need_it(client, uuid):
    entries = {**files(title="Old"), "H5P.Greet-1.0/library.json": library_json(patchVersion=3)}
    other = api.install_package(pack({**entries, "H5P.Greet-1.0/greet.js": "eval('1')"}), actor=EDITOR)
    assert "'unsafe-eval'" in directives(client.get(f"/h5p/play/{other.uuid}/"))["script-src"]


def test_handlers_as_attributes_only_for_libraries_that_write_them(client, uuid):
    script = {"H5P.Greet-1.0/greet.js": "a.setAttribute('onclick', 'go()')"}
    newer = {"H5P.Greet-1.0/library.json": library_json(patchVersion=3)}
    api.install_package(pack({**files(title="Old"), **newer, **script}), actor=EDITOR)
    assert "'unsafe-inline'" in directives(client.get(f"/h5p/play/{uuid}/"))["script-src"]


def test_files_may_be_asked_for_with_headers(client, uuid):
    response = client.options(f"/h5p/content/{uuid}/content/images/earth.png")
    assert response.status_code == 204
    assert response["Access-Control-Allow-Origin"] == response["Access-Control-Allow-Headers"] == "*"


def test_more_origins_for_media_only_where_the_host_names_them(client, uuid, settings):
    settings.H5P_MEDIA_ORIGINS = ("https://media.example",)
    policy = directives(client.get(f"/h5p/play/{uuid}/"))
    assert "https://media.example" in policy["media-src"]
    assert policy["frame-src"] == ["https://media.example"]
    assert "https://media.example" not in policy["script-src"] + policy["connect-src"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("content/{uuid}/h5p.json", "application/json"),
        ("content/{uuid}/content/content.json", "application/json"),
        ("content/{uuid}/content/images/earth.png", "image/png"),
        ("libraries/0/H5P.Greet-1.0/greet.js", "text/javascript; charset=utf-8"),
        ("libraries/0/H5P.Greet-1.0/greet.css", "text/css; charset=utf-8"),
    ],
)
def test_files(client, uuid, path, kind):
    response = client.get("/h5p/" + path.format(uuid=uuid))
    assert response.status_code == 200
    assert response["Content-Type"] == kind
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "immutable" in response["Cache-Control"]
    assert "sandbox" in response["Content-Security-Policy"]
    assert "Content-Disposition" not in response


def test_unknown_types_are_downloads(client):
    entries = {**files(), "content/a.docx": "x"}
    uuid = api.install_package(pack(entries), actor=EDITOR).uuid
    response = client.get(f"/h5p/content/{uuid}/content/a.docx")
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"] == "attachment"


def test_byte_ranges(client, uuid):
    url = f"/h5p/content/{uuid}/content/images/earth.png"
    part = client.get(url, headers={"Range": "bytes=0-7"})
    assert part.status_code == 206
    assert b"".join(part.streaming_content) == PNG[:8]
    assert part["Content-Range"] == f"bytes 0-7/{len(PNG)}"
    assert client.get(url, headers={"Range": f"bytes={len(PNG)}-"}).status_code == 416


@pytest.mark.parametrize(
    "path",
    [
        "play/{other}/",
        "content/{other}/h5p.json",
        "content/{uuid}/nothing.json",
        "content/{uuid}/../../generation",
        "content/{uuid}/content/..%2f..%2f..%2f..%2fgeneration",
        "libraries/0/H5P.Greet-1.0/../../../lock",
        "libraries/0/H5P.Greet-1.1/greet.js",
        "libraries/0/-/-",
    ],
)
def test_what_is_not_there(client, uuid, path):
    assert client.get("/h5p/" + path.format(uuid=uuid, other=uuid4())).status_code == 404


def test_only_reading(client, uuid):
    assert client.post(f"/h5p/play/{uuid}/").status_code == 405
    assert client.head(f"/h5p/play/{uuid}/").status_code == 200


def test_a_newer_patch_changes_the_address_of_libraries(client, uuid):
    api.install_package(
        pack({**files(title="New"), "H5P.Greet-1.0/library.json": library_json(patchVersion=3)}), actor=EDITOR
    )
    assert store().generation == 1
    assert "/h5p/libraries/1" in client.get(f"/h5p/play/{uuid}/").content.decode()
    assert client.get("/h5p/libraries/0/H5P.Greet-1.0/greet.js")["Cache-Control"] == "no-cache"
    assert "immutable" in client.get("/h5p/libraries/1/H5P.Greet-1.0/greet.js")["Cache-Control"]


def test_the_player_asks_the_database_nothing(client, uuid, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get(f"/h5p/play/{uuid}/")
        client.get(f"/h5p/content/{uuid}/content/content.json")


def test_the_frame_for_a_lesson(uuid):
    html = render_to_string("h5p/frame.html", {"h5p": api.frame(uuid, None)})
    assert 'sandbox="allow-scripts allow-forms allow-popups"' in html
    host = Path("themes/src/js/h5p-host.js").read_text("utf-8")
    assert 'const SANDBOX = "allow-scripts allow-forms allow-popups";' in host
    assert "&lt;/script&gt;" in html
    assert f'id="h5p-state-{uuid}"' in html


@pytest.mark.parametrize(
    ("written", "said"), [("zh_CN", "zh-CN"), ("pt-br", "pt-br"), ("x", ""), ("en_US_POSIX", "")]
)
def test_a_packages_language_is_one_that_statements_can_name(written, said):
    content = api.install_package(good(defaultLanguage=written), actor=EDITOR).uuid
    assert queries.language_of(content) == said
    assert {"zh-CN": "练习"}.items() <= queries.titles(content, "练习").items()
