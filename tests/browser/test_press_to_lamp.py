"""The whole way of one alert with real parts: a hand on the demo page, the captain's page, and the lamp."""

import re
import time

import pytest
from playwright.sync_api import Error, FrameLocator, Page, expect

from tests.browser.conftest import ORIGIN, Demo

pytestmark = pytest.mark.browser
LAMP_MS = 30_000


def phone(page: Page) -> FrameLocator:
    """The captain's page within the demo page."""
    return page.frame_locator("#captain")


def hold(page: Page, seconds: float) -> None:
    """Hold the beacon's button with the mouse."""
    page.locator("#press").hover()
    page.mouse.down()
    time.sleep(seconds)
    page.mouse.up()


def lamp(page: Page, word: str, timeout: float = LAMP_MS) -> None:
    expect(page.locator("#lamp")).to_have_attribute("data-word", word, timeout=timeout)


def test_no_other_network_can_be_reached(page: Page) -> None:
    with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED|ERR_ADDRESS_UNREACHABLE|ERR_NETWORK"):
        page.context.new_page().goto("http://192.0.2.1/")


def test_a_press_reaches_the_captain_and_the_answer_reaches_the_lamp(page: Page, demo: Demo) -> None:
    page.goto(f"{ORIGIN}/demo/")
    captain = phone(page)
    captain.locator("#arm-button").click()
    cards = captain.locator("#open article")
    expect(cards).to_have_count(0)
    captain.locator("html").evaluate("html => html.dataset.unloaded = 'never'")

    hold(page, 1.8)
    lamp(page, "shown")
    expect(cards).to_have_count(1)
    expect(cards.locator(".place")).to_have_text("34th & Cedar")
    expect(cards.locator(".kind")).to_have_text(re.compile("help", re.IGNORECASE))

    cards.get_by_role("button", name="I am coming").click()
    lamp(page, "coming")
    expect(cards.locator(".said")).to_contain_text("Maria is coming")
    # the page was never loaded anew
    expect(captain.locator("html")).to_have_attribute("data-unloaded", "never")
