"""The page's meter in a real browser, with a clock of the test's: which part of a text the time spent before it meets."""

import pytest

pytestmark = pytest.mark.browser
RULE = {"idle_ms": 300_000, "speed_hundredths": 200}
# Looks at the page once a second: `shown` holds the share on the screen at each look, [from, to].
READ = """
async ({ rule, lengths, shown }) => {
  const { Meter } = await import("/study/meter.js");
  let now = 0;
  const meter = new Meter(rule, lengths, {}, () => now);
  meter.use();
  meter.tick({ visible: true, texts: [] });
  for (const [from, to] of shown) {
    now += 1000;
    meter.use();
    meter.tick({ visible: true, texts: [{ block: "b", from, to }] });
  }
  return meter.met.b || [];
}
"""


@pytest.fixture
def met(module_page):
    """met(length_ms, shown) → ranges of the text that were met."""
    return lambda length, shown: module_page.evaluate(
        READ, {"rule": RULE, "lengths": {"b": length}, "shown": shown}
    )


def test_what_is_on_the_screen_is_met_from_the_top_at_the_permitted_speed(met):
    assert met(60_000, [(0.0, 0.5)] * 3) == [[0, 6_000]]
    assert met(60_000, [(0.5, 1.0)] * 3) == [[30_000, 36_000]]


def test_time_left_over_goes_to_what_went_by_too_fast(met):
    """Ten screens of 6 s each in a second each, and then the last one for as long as the whole text needs."""
    screens = [(number / 10, (number + 1) / 10) for number in range(10)]
    assert met(60_000, [*screens, *[(0.9, 1.0)] * 20]) == [[0, 60_000]]


def test_what_was_never_shown_is_not_met_however_long_one_stays(met):
    assert met(60_000, [(0.9, 1.0)] * 60) == [[54_000, 60_000]]
    assert met(60_000, [(0.0, 0.1), *[(0.9, 1.0)] * 60]) == [[0, 6_000], [54_000, 60_000]]
