"""Who walks: a learner on a phone, strangers, and the demo's staff at PCs; and what is seen to after every step."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.people import Learner, email_of, give_real_name, sign_in, sign_up
from tests.browser.site import Site
from tests.browser.visitor import Visitor, keep_picture

LEARNER = Learner(1041, "秦望舒")


class Crew:
    """Everybody on the way, each with a browser of their own, made when first needed."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self.browser = browser
        self.site = site
        self.visitors: dict[str, Visitor] = {}
        self._verified = False

    def someone(self, name: str, *, phone: bool) -> Visitor:
        if name not in self.visitors:
            self.visitors[name] = Visitor(self.browser, self.site, name, phone=phone)
        return self.visitors[name]

    def stranger(self, *, phone: bool = False) -> Visitor:
        """Somebody without an account."""
        return self.someone("stranger-phone" if phone else "stranger-pc", phone=phone)

    def learner(self) -> Visitor:
        """The learner on a phone, signed up and with a real name."""
        known = "learner" in self.visitors
        visitor = self.someone("learner", phone=True)
        if not known:
            sign_up(visitor, LEARNER)
            give_real_name(visitor, LEARNER)
        return visitor

    def verified_learner(self) -> Visitor:
        """The learner after an officer saw the paper."""
        visitor = self.learner()
        if not self._verified:
            self._verified = True
            officer = self.staff("officer", "/admin/people/")
            officer.page.locator("#registers-q").fill(LEARNER.identity)
            officer.page.locator("#registers-q").press("Enter")
            officer.page.locator("table.listing td.title a").first.click()
            officer.page.locator("[name=reason]").fill("窗口核对身份证原件")
            officer.press("已看过证件原件，记为核实")
            officer.sees("已核实")
        return visitor

    def staff(self, key: str, path: str) -> Visitor:
        """One of the demo's staff at a PC, led through signing in the first time."""
        known = key in self.visitors
        visitor = self.someone(key, phone=False)
        visitor.page.goto(path)
        if not known:
            visitor.page.wait_for_url("**/accounts/login/**")
            sign_in(visitor, email_of(key))
            assert visitor.page.url.endswith(path), visitor.page.url
        return visitor

    def close(self) -> None:
        for visitor in self.visitors.values():
            visitor.close()


class Way:
    """What the parts of the walk share: one site, one crew. Real seconds pass; no clock is moved."""

    @pytest.fixture(scope="class")
    @classmethod
    def crew(cls, site: Site, chromium: Browser) -> Iterator[Crew]:
        made = Crew(chromium, site)
        yield made
        made.close()

    @pytest.fixture(autouse=True)
    def _watched(self, crew: Crew, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
        """After each test: nobody met a script error, a failed answer or a page that scrolls sideways."""
        before = request.session.testsfailed
        for visitor in crew.visitors.values():
            visitor.problems.clear()
        yield
        if request.session.testsfailed > before:
            for visitor in crew.visitors.values():
                print(keep_picture(visitor, tmp_path))
                print(*visitor.problems, sep="\n")
        else:
            for visitor in crew.visitors.values():
                visitor.clean()
