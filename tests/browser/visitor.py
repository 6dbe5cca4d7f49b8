"""One person's browser: every page it opens is watched for errors, failed requests and sideways scrolling."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, expect

from tests.browser.site import Site
from tools.common import ROOT

AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "screen": {"width": 360, "height": 740},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "user_agent": (
        "Mozilla/5.0 (Linux; Android 12; Phone) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/140.0.0.0 Mobile Safari/537.36"
    ),
}
PC: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
WAIT_MS = 15_000

# In every page of ours, twice a second: does anything stick out sideways? Said once a page, as an error.
_SIDEWAYS = """(() => {
  if (window.top !== window) return;
  let said = false;
  setInterval(() => {
    const root = document.documentElement;
    if (said || !root || location.protocol === "about:" || location.pathname.startsWith("/admin/")) return;
    const over = root.scrollWidth - root.clientWidth;
    if (over <= 0 && root.clientWidth <= screen.width) return;
    said = true;
    const wide = [...document.body.querySelectorAll("*")].filter((node) => {
      const box = node.getBoundingClientRect();
      return box.width > 0 && box.right > root.clientWidth + 1;
    });
    const names = wide.slice(-3).map((node) => `${node.tagName.toLowerCase()}.${node.className}`);
    console.error(`scrolls sideways by ${over}: ${names.join(", ")}`);
  }, 500);
})();"""


class Visitor:
    """A context of its own (cookies, storage) and the page in front of it.

    `problems` gathers what went wrong without anybody looking; `clean()` says that there is none. A failed
    answer that a step brings about on purpose stands in `with visitor.expecting(422):`.
    """

    def __init__(self, browser: Browser, site: Site, name: str, *, phone: bool) -> None:
        self.site = site
        self.name = name
        self.phone = phone
        self.problems: list[str] = []
        self._expected: set[int | str] = set()
        self._offline = False
        self.context = browser.new_context(
            base_url=site.base_url, locale="zh-CN", timezone_id="Asia/Shanghai", accept_downloads=True,
            **(PHONE if phone else PC),
        )  # fmt: skip
        self.context.set_default_timeout(WAIT_MS)
        self.context.add_init_script(_SIDEWAYS)
        self.context.on("page", self._watch)
        self.page = self.context.new_page()

    # --- what is watched ---------------------------------------------------------------------------------

    def _watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._problem(page.url, f"script: {error}"))
        page.on("response", self._response)
        page.on("requestfailed", self._failed)

    def _problem(self, where: str, text: str) -> None:
        self.problems.append(f"{self.name} at {where.removeprefix(self.site.base_url)}: {text}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        where = message.location.get("url", "")
        # Failed answers are judged by _response and _failed, which know what a step expects.
        if not message.text.startswith("Failed to load resource"):
            page = message.page.url if message.page else where
            self._problem(page, f"console: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self._expected:
            self._problem(
                response.frame.page.url if response.frame else "", f"{response.status} {response.url}"
            )

    def _failed(self, request: Request) -> None:
        # Left pages cut off what they were loading, and downloads are "aborted" as pages.
        if self._offline or request.failure in ("net::ERR_ABORTED", None):
            return
        self._problem(request.url, f"failed: {request.failure}")

    @contextmanager
    def expecting(self, *statuses: int) -> Iterator[None]:
        """Answers with these statuses are part of this step."""
        before = set(self._expected)
        self._expected |= set(statuses)
        try:
            yield
        finally:
            self._expected = before

    @contextmanager
    def offline(self) -> Iterator[None]:
        """The line is lost for a while."""
        self._offline = True
        self.context.set_offline(True)
        try:
            yield
        finally:
            self.context.set_offline(False)
            self._offline = False

    def clean(self) -> None:
        found, self.problems = self.problems, []
        assert not found, "\n".join(found)

    # --- what is done ------------------------------------------------------------------------------------

    def go(self, path: str) -> Page:
        """Opens an address of the site; its answer must be a page (200)."""
        response = self.page.goto(path)
        assert response is not None, path
        if not self._expected:
            assert response.status == 200, f"{path}: {response.status}"
        self.look()
        return self.page

    def look(self) -> None:
        """The page as it stands: nothing scrolls sideways, and it has one heading of the first order."""
        root = self.page.evaluate(
            "({over: document.documentElement.scrollWidth - document.documentElement.clientWidth, "
            "width: document.documentElement.clientWidth})"
        )
        if self.phone:
            assert root["over"] <= 0, f"{self.page.url} scrolls sideways by {root['over']} px"
            assert root["width"] <= 360, f"{self.page.url} is {root['width']} px wide"

    def accessible(self) -> None:
        """No serious or critical violation by axe-core on the page as it stands."""
        # Evaluated, not added as a script: the pages' policy forbids foreign ones.
        self.page.evaluate(AXE)
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations'], iframes: false})")
        grave = [
            f"{one['id']} ({one['impact']}): {json.dumps([node['target'] for node in one['nodes'][:3]])}"
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
        ]
        assert not grave, f"{self.page.url}: " + "; ".join(grave)

    def press(self, name: str, *, exact: bool = True) -> None:
        """Clicks or taps the button of this name."""
        button = self.page.get_by_role("button", name=name, exact=exact).first
        button.tap() if self.phone else button.click()

    def follow(self, name: str, *, exact: bool = False) -> None:
        """Clicks or taps the first link of this name and waits for its page."""
        link = self.page.get_by_role("link", name=name, exact=exact).first
        before = self.page.url
        link.tap() if self.phone else link.click()
        self.page.wait_for_url(lambda url: url != before)

    def sees(self, text: str) -> None:
        # An entry of a closed menu may say it, too.
        expect(self.page.get_by_text(text).filter(visible=True).first).to_be_visible(timeout=WAIT_MS)

    def until(self, expression: str, *, seconds: float = 15) -> None:
        """Waits for a JavaScript expression to be true (Playwright's own way is stopped by the pages' policy)."""
        end = time.monotonic() + seconds
        while not self.page.evaluate(expression):
            assert time.monotonic() < end, f"{self.page.url}: not within {seconds:.0f} s: {expression}"
            self.page.wait_for_timeout(200)

    def text(self) -> str:
        return str(self.page.inner_text("body"))

    def download(self, selector: str) -> bytes:
        """What the link leads to, asked with this visitor's cookies as its browser would."""
        address = self.page.locator(selector).first.get_attribute("href")
        assert address, selector
        answer = self.context.request.get(address)
        assert answer.status == 200, f"{address}: {answer.status}"
        return answer.body()

    def close(self) -> None:
        self.context.close()


def keep_picture(visitor: Visitor, folder: Path) -> str:
    """A picture of what the visitor sees, for the report of a failure."""
    path = folder / f"{visitor.name}.png"
    try:
        visitor.page.screenshot(path=path)
    except Exception as error:
        return f"{visitor.name}: no picture ({error})"
    return f"{visitor.name} at {visitor.page.url}: {path}"
