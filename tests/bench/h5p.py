"""The start of an H5P content in Chromium: in our sandboxed frame, beside the same content in a bare static page with the
same player, both in a frame of the same page, from the same server program.

The content is as heavy as an interactive video: two dozen libraries that need one another, scripts and styles of their usual
sizes. It is made here; nobody's package is needed.
"""

import io
import json
import os
import shutil
import statistics
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.load import alone

Say = Callable[..., None]
LIBRARIES = 24
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCRIPT = """var H5P = H5P || {};
H5P.%(name)s = H5P.%(name)s || function () { this.attach = function ($container) { $container.append('<p>%(name)s</p>'); }; };
"""
HOST = """<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><iframe width="800"></iframe>
<script type="module">
%(imports)s
const frame = document.querySelector("iframe");
window.run = (address) => new Promise((resolve, reject) => {
  const began = performance.now();
  const started = () => resolve(performance.now() - began);
  %(start)s
});
window.ready = true;
</script>"""
OURS = {
    "imports": 'import { mountH5P } from "/static/rt/js/h5p-host.js";',
    "start": "mountH5P(frame, { contentUrl: address, onStart: started, onFail: reject });",
}
BARE = {
    "imports": "",
    "start": "window.addEventListener('message', started); frame.src = address;",
}
# The page of h5p-standalone's own instructions, and a word to the page around it.
BARE_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>bare</title><div id="h5p"></div>
<script src="/player/main.bundle.js"></script>
<script>
new H5PStandalone.H5P(document.getElementById("h5p"), {
  id: "bare", h5pJsonPath: "/content", frameJs: "/player/frame.bundle.js", frameCss: "/player/styles/h5p.css", embedType: "div",
}).then(() => parent.postMessage("started", "*"));
</script>"""


def package() -> dict[str, bytes]:
    """The files of a package by path."""
    made: dict[str, Any] = {}
    for n in range(LIBRARIES):
        name = f"Bench{n}"
        folder = f"H5P.{name}-1.0"
        scripts = [f"scripts/{part}.js" for part in ("a", "b", "c")]
        # Each needs those at twice and thrice its number, as a tree that grows together again.
        needs = sorted({k for k in (2 * n + 1, 2 * n + 2, 3 * n + 1) if n < k < LIBRARIES})
        made[f"{folder}/library.json"] = {
            "title": name,
            "machineName": f"H5P.{name}",
            "majorVersion": 1,
            "minorVersion": 0,
            "patchVersion": 1,
            "runnable": int(n == 0),
            "preloadedJs": [{"path": path} for path in scripts],
            "preloadedCss": [{"path": "styles/a.css"}],
            "preloadedDependencies": [_dependency(k) for k in needs],
        }
        for path in scripts:
            # Comments cost a transfer and next to no time in the browser.
            made[f"{folder}/{path}"] = SCRIPT % {"name": name} + f"/* {path} {'x' * 12_000} */"
        made[f"{folder}/styles/a.css"] = f".{name} {{ color: #000 }}\n/* {'x' * 4_000} */"
    made["content/content.json"] = {"text": "x" * 2_000}
    made["h5p.json"] = {
        "title": "bench",
        "language": "en",
        "mainLibrary": "H5P.Bench0",
        "embedTypes": ["div"],
        "preloadedDependencies": [_dependency(n) for n in range(LIBRARIES)],
    }
    return {
        path: (value if isinstance(value, str) else json.dumps(value)).encode()
        for path, value in made.items()
    }


def _dependency(n: int) -> dict[str, str | int]:
    return {"machineName": f"H5P.Bench{n}", "majorVersion": 1, "minorVersion": 0}


def install(files: dict[str, bytes]) -> str:
    """Into our store; gives the content's id."""
    from courses.h5p.client import open_package
    from courses.h5p.files import store
    from lms.lib.ids import uuid7

    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    content_id = str(uuid7())
    with open_package(data, installed=store()) as opened:
        store().install(opened, content_id)
    return content_id


def bare_folder(folder: Path, files: dict[str, bytes]) -> Path:
    """The bare page with the player and the package unpacked, as a folder to be served."""
    from django.conf import settings

    root = folder / "bare"
    for path, content in files.items():
        target = root / "content" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    shutil.copytree(Path(settings.BASE_DIR) / "themes/static/vendor/h5p", root / "player", dirs_exist_ok=True)
    (root / "index.html").write_text(BARE_PAGE)
    return root


@contextmanager
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    path = os.environ.get("RONGTONG_CHROMIUM") or shutil.which("chromium")
    if not path:
        raise SystemExit("The bench needs Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Starts:
    """How long a content takes to start in a frame, with nothing in the browser's cache and with all of it."""

    def __init__(self, browser: Any, site: str, address: str, host: dict[str, str]) -> None:
        self.browser, self.site, self.address, self.host = browser, site, address, host
        self.cold: list[float] = []
        self.warm: list[float] = []
        self.requests = 0

    def once(self) -> None:
        context = self.browser.new_context()
        for kept in (self.cold, self.warm):
            page = context.new_page()
            page.route(
                "**/host.html",
                lambda route: route.fulfill(body=HOST % self.host, content_type="text/html"),
            )
            page.goto(f"{self.site}/host.html")
            page.wait_for_function("window.ready")
            asked: list[str] = []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            kept.append(page.evaluate("(address) => run(address)", self.address))
            self.requests = len(asked)
            page.close()
        context.close()


def start(say: Say, folder: Path, *, times: int) -> None:
    files = package()
    content = install(files)
    root = bare_folder(folder, files)
    with (
        alone("lms.config.wsgi:application", folder) as site,
        alone("tests.bench.bare_static:application", folder, BARE_FOLDER=str(root)) as bare,
        chromium() as browser,
    ):
        ours = Starts(browser, site, f"{site}/h5p/play/{content}/", OURS)
        limit = Starts(browser, bare, f"{bare}/index.html", BARE)
        # The first of each wakes the servers.
        for one in (ours, limit):
            one.once()
            one.cold.clear()
            one.warm.clear()
        for _ in range(times):
            ours.once()
            limit.once()
    for name, found, beside in (("cold", ours.cold, limit.cold), ("warm", ours.warm, limit.warm)):
        say(
            f"H5P content start in Chromium, {name} cache",
            libraries=LIBRARIES,
            requests=ours.requests,
            ms=round(statistics.median(found)),
            limit_requests=limit.requests,
            limit_ms=round(statistics.median(beside)),
            ratio=round(statistics.median(found) / statistics.median(beside), 2),
            aim_ratio=2,
        )
