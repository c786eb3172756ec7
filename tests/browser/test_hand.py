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
# What the page lets sound, heard before it reaches the loudspeaker.
LISTEN = """
  window.heard = [];
  const value = Object.getOwnPropertyDescriptor(AudioParam.prototype, "value");
  Object.defineProperty(AudioParam.prototype, "value", {
    ...value,
    set(volume) { window.heard.push(volume); value.set.call(this, volume); },
  });
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
    # a busy machine may ask too late for the first word of a second and a half
    expect(page.locator("#lamp")).to_have_attribute("data-word", re.compile("holding|sent|on-air|heard"))
    page.wait_for_timeout(1500)
    page.mouse.up()
    expect(page.locator("#lamp")).to_have_attribute("data-word", re.compile("heard|shown"))


@pytest.mark.parametrize("way", ["the space bar", "the enter key", "a finger"])
def test_the_button_can_be_held_with_other_things_than_a_mouse(page: Page, demo: Demo, way: str) -> None:
    in_hand(page, {"the space bar": "31st & Fern", "the enter key": "32nd & Elm", "a finger": "33rd & Hazel"}[way])
    lamp = page.locator("#lamp")
    box = page.locator("#press").bounding_box()
    assert box is not None
    at = [{"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}]
    touch = page.context.new_cdp_session(page)
    page.locator("#press").focus()
    if way == "a finger":
        touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": at})
    else:
        page.keyboard.down("Space" if "space" in way else "Enter")
    expect(lamp).to_have_attribute("data-word", "holding")
    page.wait_for_timeout(1700)
    if way == "a finger":
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    else:
        page.keyboard.up("Space" if "space" in way else "Enter")
    expect(lamp).to_have_attribute("data-word", re.compile("sent|on-air|heard|shown"))


def test_who_wants_to_hear_the_whistle_hears_it(page: Page, demo: Demo) -> None:
    page.add_init_script(LISTEN)
    in_hand(page, "34th & Elm")
    page.frame_locator("#captain").locator("#arm-button").click()
    page.wait_for_timeout(1000)
    assert not loud(page), "nobody has asked to hear anything"
    page.locator("#hear").check()
    page.locator("#press").hover()
    page.mouse.down()
    page.wait_for_timeout(1800)
    page.mouse.up()
    expect(page.locator("#lamp")).to_have_attribute("data-word", "shown", timeout=30_000)  # which it whistles for
    page.wait_for_timeout(1000)
    assert loud(page)


def loud(page: Page) -> bool:
    return bool(page.evaluate("window.heard.some((volume) => volume > 0.1)"))
