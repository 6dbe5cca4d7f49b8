"""H5P's own editor where the browser keeps nothing for it: its first script gives it a memory instead of an error."""

import json

import pytest

from tools.authoring import SERVICE

pytestmark = pytest.mark.browser

SCRIPT = (SERVICE / "page" / "storage.js").read_text()
USE = """
const said = [];
for (const storage of [localStorage, sessionStorage]) {
  storage.setItem("a", 1);
  said.push([storage.getItem("a"), storage.getItem("b"), storage.length, storage.key(0)]);
  storage.clear();
  said.push(storage.length);
}
document.title = JSON.stringify(said);
"""


@pytest.fixture
def framed(chromium):
    """framed(sandbox, script) → the title of a frame that ran it."""
    page = chromium.new_page()

    def run(sandbox, script):
        page.set_content(f"<iframe sandbox='{sandbox}'></iframe>")
        page.evaluate(
            "text => { document.querySelector('iframe').srcdoc = text }", f"<script>{script}</script>"
        )
        page.wait_for_timeout(300)
        return page.frames[-1].title()

    yield run
    page.close()


def test_a_frame_without_storage_has_a_memory(framed):
    assert framed("allow-scripts", USE) == ""
    assert json.loads(framed("allow-scripts", SCRIPT + USE)) == [["1", None, 1, "a"], 0] * 2
