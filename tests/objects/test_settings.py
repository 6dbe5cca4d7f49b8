"""The environment alone decides: nothing of it is a folder, all of it is a store, half of it is refused with a sentence."""

import json
import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from lms.config import environment
from tools.common import ROOT

WHOLE = {
    "RONGTONG_S3_BUCKET": "rongtong",
    "RONGTONG_S3_ENDPOINT": "https://s3.example.org/",
    "RONGTONG_S3_ACCESS_KEY": "a",
    "RONGTONG_S3_SECRET_KEY": "b",
}


@pytest.fixture
def said(monkeypatch):
    def say(**changes):
        for name in list(os.environ):
            if name.startswith("RONGTONG_S3_"):
                monkeypatch.delenv(name)
        for name, value in changes.items():
            monkeypatch.setenv(name, value)
        return environment.object_store()

    return say


def test_nothing_said_is_a_folder(said):
    assert said() is None
    assert said(RONGTONG_S3_BUCKET=" ") is None


def test_all_of_it(said):
    found = said(**WHOLE, RONGTONG_S3_PREFIX="/city/")
    assert found == {
        "bucket": "rongtong",
        "access_key": "a",
        "secret_key": "b",
        "endpoint": "https://s3.example.org",
        "region": "",
        "prefix": "city/",
        "style": "path",
    }
    assert said(**WHOLE)["prefix"] == ""
    assert said(**WHOLE, RONGTONG_S3_STYLE="virtual")["style"] == "virtual"
    amazon = WHOLE | {"RONGTONG_S3_ENDPOINT": "", "RONGTONG_S3_REGION": "eu-central-1"}
    assert said(**amazon)["style"] == "virtual"


@pytest.mark.parametrize("name", WHOLE)
def test_a_missing_part_is_named(said, name):
    with pytest.raises(ImproperlyConfigured, match=name):
        said(**{key: value for key, value in WHOLE.items() if key != name})


@pytest.mark.parametrize("name", ["PREFIX", "STYLE", "REGION"])
def test_no_part_stands_alone(said, name):
    with pytest.raises(ImproperlyConfigured, match="RONGTONG_S3_BUCKET"):
        said(**{f"RONGTONG_S3_{name}": "path"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"RONGTONG_S3_ENDPOINT": "s3.example.org"},
        {"RONGTONG_S3_ENDPOINT": "https://s3.example.org/rongtong"},
        {"RONGTONG_S3_ENDPOINT": "ftp://s3.example.org"},
        {"RONGTONG_S3_STYLE": "dns"},
    ],
    ids=["no scheme", "with the bucket", "another scheme", "another style"],
)
def test_what_cannot_be_is_named(said, wrong):
    with pytest.raises(ImproperlyConfigured, match=next(iter(wrong))):
        said(**WHOLE | wrong)


@pytest.mark.long
def test_a_site_of_these_variables_keeps_its_files_there(where, store, tmp_path):
    """Started as any other command of the site is, with nothing but the environment."""
    script = """
import django, json
django.setup()
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from lms.config.health import COMPONENTS
from lms.lib.private import private_storage
default_storage.save("videos/a.mp4", ContentFile(b"film"))
private_storage().save("evidence/a.pdf", ContentFile(b"%PDF-"))
print(json.dumps([COMPONENTS["files"](), default_storage.url("videos/a.mp4")]))
"""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "RONGTONG_S3_"))}
    env |= {
        "DJANGO_SETTINGS_MODULE": "lms.config.settings",
        "RONGTONG_HOME": str(tmp_path),
        "RONGTONG_S3_BUCKET": where["bucket"],
        "RONGTONG_S3_ENDPOINT": where["endpoint"],
        "RONGTONG_S3_ACCESS_KEY": where["access_key"],
        "RONGTONG_S3_SECRET_KEY": where["secret_key"],
        "RONGTONG_S3_PREFIX": "city",
    }
    env.pop("DATABASE_URL", None)
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["object store", "/media/videos/a.mp4"]
    assert store.listdir("media/videos") == ([], ["a.mp4"])
    assert store.listdir("private/evidence") == ([], ["a.pdf"])
    assert not (tmp_path / "media").exists()
