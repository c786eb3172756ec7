"""A revoked beacon's press on an open page: there at once, readable on a phone, and without a sound."""

import time

import pytest
from playwright.sync_api import Browser, expect

from tests.dashboard import test_browser as pages
from tests.dashboard.running import Gateway, Running
from tests.dashboard.test_browser import PHONE, Desk
from tests.support.dashboards import GONE
from whistle.bus.messages import Refused

pytestmark = [pytest.mark.browser, pytest.mark.slow]
browser, broker, running, gateway = pages.browser, pages.broker, pages.running, pages.gateway


def test_it_is_painted_within_five_seconds_and_makes_no_sound(
    browser: Browser, running: Running, gateway: Gateway, tell
) -> None:
    desk = Desk(browser, running.url, PHONE).sign_in().on_watch()
    row = desk.page.locator("#away li")
    expect(desk.page.locator("#away")).to_be_hidden()
    began = time.monotonic()
    press = Refused(reason="revoked", node=GONE, at=time.time(), port=11, payload="07", why="revoked", kind="fire")
    gateway.say(press)
    expect(row).to_be_visible(timeout=5000)
    tell(f"a refused press is painted {1000 * (time.monotonic() - began):.0f} ms after it was told")
    expect(row).to_contain_text("Old Bakery")
    expect(row).to_contain_text("refused: revoked")
    expect(row).to_contain_text("Fire")
    gateway.say(press)
    expect(row).to_contain_text("heard 2 times")
    expect(desk.page.locator("html")).to_have_attribute("data-sound", "armed")
    expect(desk.page.locator("#open article")).to_have_count(0)
    wide = desk.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert wide and not desk.complaints and not desk.foreign()
    desk.page.screenshot(path=str(running.data / "away.png"))
    desk.context.close()
