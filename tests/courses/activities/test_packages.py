"""Foreign packages: installed once, whole or not at all, served at the content host alone."""

import io
import os
from pathlib import Path
from signal import SIGKILL

import pytest

from courses.activities import files
from courses.activities.api import (
    ContentPackage,
    check_package,
    file_url,
    install_package,
    remove_package,
    sweep_packages,
    write_package,
)
from courses.models import StoredItem
from lms.lib.actor import Actor
from lms.lib.errors import Invalid, NotAllowed, Refusal
from tests.courses.activities import making
from tests.factories.accounts import OrganisationFactory
from tests.races import killed_at

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("tests")
SITE, CONTENT = "learn.example.org", "content.example.org"


@pytest.fixture(autouse=True)
def _places(settings, tmp_path):
    settings.HOME = tmp_path
    settings.PUBLIC_URL, settings.CONTENT_URL = f"https://{SITE}", f"https://{CONTENT}"
    settings.ALLOWED_HOSTS = [SITE, CONTENT]


@pytest.fixture
def college():
    return OrganisationFactory(code="shkd")


def install(data=None, **more):
    return install_package(io.BytesIO(data or making.simple()), actor=more.pop("actor", SYSTEM), **more)


def folders():
    root = files.root()
    return sorted(path.name for path in root.iterdir()) if root.exists() else []


def test_the_disk_has_every_file_and_name_before_the_package_is_there(college, monkeypatch):
    flushed, fsync = set(), os.fsync

    def noting(opened):
        flushed.add(os.fstat(opened).st_ino)
        fsync(opened)

    monkeypatch.setattr(os, "fsync", noting)
    at_once = []
    row = install(organisation=college, noting=lambda _row: at_once.extend(flushed))
    place = files.folder(row.uuid)
    there = [files.root(), place, *place.rglob("*")]
    assert {path.stat().st_ino for path in there} <= set(at_once)


def test_a_disk_that_does_not_take_a_package_leaves_none(college, monkeypatch):
    def refuse(_opened):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="Input/output"):
        install(organisation=college)
    assert folders() == []
    assert not ContentPackage.objects.exists()


def test_the_same_files_are_installed_once_for_an_organisation(college):
    made = []
    row = install(organisation=college, noting=made.append)
    assert install(organisation=college, noting=made.append) == row
    assert made == [row]
    assert install() != row
    assert (row.kind, row.version, row.title) == ("scorm12", "1.2", "用电安全")
    assert StoredItem.objects.get(key=f"package:{row.uuid}").bytes == row.bytes
    assert (files.folder(row.uuid) / "one" / "index.html").is_file()


def test_a_package_goes_out_as_it_came(college):
    row = install(organisation=college)
    out = io.BytesIO()
    write_package(row.uuid, out)
    assert install(out.getvalue(), organisation=college) == row


def test_removing_takes_its_files_and_its_count(college, django_capture_on_commit_callbacks):
    row = install(organisation=college)
    with pytest.raises(Invalid):
        remove_package(row.uuid, actor=SYSTEM, reason=" ")
    with django_capture_on_commit_callbacks(execute=True):
        remove_package(row.uuid, actor=SYSTEM, reason="测试")
    assert (folders(), StoredItem.objects.count(), ContentPackage.objects.count()) == ([], 0, 0)


@pytest.mark.parametrize(
    "data",
    [
        b"no zip",
        making.zipped({"a.html": "<p>"}),
        making.zipped({"imsmanifest.xml": making.manifest("1.2")}),
        making.simple(**{"../evil.html": "x"}),
        making.simple(**{"/etc/passwd": "x"}),
    ],
)
def test_what_is_no_package_leaves_nothing(data):
    assert check_package(io.BytesIO(data))
    with pytest.raises(Invalid):
        install(data)
    assert (folders(), ContentPackage.objects.count()) == ([], 0)


def test_only_who_writes_courses_installs():
    with pytest.raises(NotAllowed):
        install(actor=Actor(role="learner", user_id=1, person=None))


def test_more_than_the_organisation_may_store_is_refused(college, settings):
    settings.STORAGE_LIMIT_BYTES = 100
    with pytest.raises(Refusal) as refused:
        install(organisation=college)
    assert refused.value.status == 413
    assert folders() == []


def test_what_a_killed_worker_unpacked_is_found_and_removed():
    assert killed_at(ContentPackage, install) == -SIGKILL
    left = folders()
    assert len(left) == 1
    assert not ContentPackage.objects.exists()
    # It might be one whose row is just being written.
    assert sweep_packages() == 0
    kept = install()
    half = files.root() / ".half"
    half.mkdir()
    for path in (*files.root().iterdir(), files.root()):
        os.utime(path, (0, 0))
    assert sweep_packages() == 2
    assert folders() == [str(kept.uuid)]


# -- serving ------------------------------------------------------------------------------------------------


def get(client, url, host=CONTENT, **headers):
    return client.get(url, headers={"host": host, **headers}, secure=True)


def path_of(row, name):
    return file_url(row.uuid, name).removeprefix(f"https://{CONTENT}")


def test_files_are_the_content_hosts(client):
    row = install()
    found = get(client, path_of(row, "one/index.html"))
    assert (found.status_code, found["Content-Type"]) == (200, "text/html")
    policy = found["Content-Security-Policy"]
    assert "sandbox allow-scripts" in policy
    assert f"frame-ancestors https://{CONTENT} https://{SITE}" in policy
    assert not found.cookies
    assert get(client, path_of(row, "one/index.html"), host=SITE).status_code == 404
    worker = get(client, path_of(row, "one/index.html"), **{"service-worker": "script"})
    assert worker.status_code == 404


@pytest.mark.parametrize("name", ["gone.html", "../../secret", "..%2f..%2fsecret", "one", ""])
def test_nothing_beside_a_package_is_served(client, name):
    row = install()
    (Path(files.root()) / "secret").write_text("x")
    address = path_of(row, "x").removesuffix("x") + name
    assert get(client, address).status_code in (301, 404)


def test_the_page_around_a_sco_is_the_sites_alone(client):
    row = install()
    found = get(client, f"/packages/{row.uuid}/scorm/?part=i1")
    page = found.content.decode()
    assert "rt/js/scorm-12.js" in page
    assert "one/index.html" in page
    assert "two/index.html" not in page
    assert f"frame-ancestors https://{SITE};" in found["Content-Security-Policy"]
    assert get(client, f"/packages/{row.uuid}/scorm/?part=nope").status_code == 404


def test_without_an_origin_of_its_own_nothing_runs(client, settings):
    row = install()
    settings.CONTENT_URL = settings.PUBLIC_URL
    assert get(client, path_of(row, "one/index.html"), host=SITE).status_code == 404
    assert get(client, f"/packages/{row.uuid}/scorm/?part=i1", host=SITE).status_code == 404
    settings.CONTENT_URL = f"https://{SITE}:8443"
    settings.EMBEDDED = False
    assert get(client, path_of(row, "one/index.html"), host=f"{SITE}:8443").status_code == 404
