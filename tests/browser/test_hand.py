"""The button of the demo page under a slow line, a page that goes away, and a page that gets no stream."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.conftest import ORIGIN, Demo

pytestmark = pytest.mark.browser
PLACE = "36th & Elm"
CALLS = ("holding", "sent", "heard", "shown")
# The first press of a page arrives a second and a half late, as over a line that stumbles.
STUMBLE = """
  const real = window.fetch;
  let late = 1500;
  window.fetch = async (url, init) => {
    if (late && String(init?.body).includes('"down":true')) {
      const wait = late;
      late = 0;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
    return real(url, init);
  };
"""


def in_hand(page: Page, place: str) -> None:
    page.goto(f"{ORIGIN}/demo/")
    page.locator("#which").select_option(label=place)
    page.locator("#press").hover()


def test_a_release_never_overtakes_its_press(page: Page, demo: Demo) -> None:
    page.add_init_script(STUMBLE)
    in_hand(page, PLACE)
    page.mouse.down()
    page.wait_for_timeout(300)
    page.mouse.up()
    page.wait_for_timeout(5000)  # a button that stayed down would have called by now
    assert page.locator("#lamp").get_attribute("data-word") not in CALLS


def test_a_page_that_is_closed_while_it_holds_lets_go(page: Page, context: BrowserContext, demo: Demo) -> None:
    other = context.new_page()
    in_hand(other, "33rd & Birch")
    in_hand(page, "33rd & Birch")
    page.mouse.down()
    lamp = other.locator("#lamp")
    expect(lamp).to_have_attribute("data-word", "holding")
    page.close()
    # a button held on for five seconds would open the service window, and that is not to happen either
    expect(lamp).not_to_have_attribute("data-word", "holding", timeout=4000)


def test_a_page_without_a_stream_asks_and_shows_the_same(page: Page, demo: Demo) -> None:
    def full(route: Route) -> None:
        route.fulfill(status=503, headers={"Retry-After": "30"})

    page.route("**/demo/events*", full)
    in_hand(page, "39th & Hazel")
    expect(page.locator("#link")).to_have_text("live")
    page.mouse.down()
    expect(page.locator("#lamp")).to_have_attribute("data-word", "holding")
    page.wait_for_timeout(1500)
    page.mouse.up()
    expect(page.locator("#lamp")).to_have_attribute("data-word", re.compile("heard|shown"))
