"""What every page on a phone's screen must hold."""

from typing import Any

PHONE_PX = 360


def fits(page: Any) -> None:
    """Nothing sticks out of a phone's screen, once its styles are there."""
    page.wait_for_load_state("load")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE_PX
