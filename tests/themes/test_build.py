"""What the front-end build leaves in themes/static, and what its lock file may say."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "themes" / "static"
SOURCES = ROOT / "themes" / "src"

EXPECTED = [
    "rt/css/app.css",
    "rt/css/admin.css",
    *(f"rt/js/{path.name}" for path in sorted((SOURCES / "js").glob("*.js"))),
    *(f"rt/img/{path.name}" for path in sorted((SOURCES / "img").glob("*.*"))),
    "vendor/h5p/main.bundle.js",
    "vendor/h5p/frame.bundle.js",
    "vendor/h5p/styles/h5p.css",
    "vendor/h5p/LICENSE.txt",
    "vendor/h5p/GPL-3.0.txt",
    "vendor/fonts/NotoSansSC-Regular.ttf",
    "vendor/fonts/NotoSansSC-Bold.ttf",
    "vendor/fonts/OFL.txt",
]


@pytest.mark.parametrize("name", EXPECTED)
def test_build_leaves(name):
    path = STATIC / name
    assert path.is_file(), f"{name} is missing: build the front end first (`make dev` or `npm run build`)"
    assert path.stat().st_size > 0


def test_css_is_flat_for_old_phones_and_light():
    css = (STATIC / "rt/css/app.css").read_text(encoding="utf-8")
    assert "&" not in css, "nesting was not lowered"
    assert len(css) < 90_000


def test_app_script_is_light():
    assert (STATIC / "rt/js/app.js").stat().st_size < 12_000


def test_fonts_are_truetype():
    """Typst takes them as they are."""
    assert (STATIC / "vendor/fonts/NotoSansSC-Regular.ttf").read_bytes()[:4] == b"\x00\x01\x00\x00"


def test_lock_file_names_no_registry():
    lock = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    assert not re.search(r"https?://(?!opencollective|github|www\.patreon|tidelift|feross)[^\"]*\.tgz", lock)


def test_versions_are_exact():
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    versions = {**package["dependencies"], **package["devDependencies"]}
    assert package["private"] is True
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions.values()), versions
