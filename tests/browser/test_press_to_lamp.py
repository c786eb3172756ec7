"""The whole way of one alert with real parts: a hand on the demo page, the captain's page, and the lamp."""

import base64
import re
import time
from contextlib import suppress

import pytest
from playwright.sync_api import Browser, Error, FrameLocator, Locator, Page, expect

from tests.browser.conftest import ORIGIN, Demo

pytestmark = pytest.mark.browser
LAMP_MS = 30_000
PAGES = ("/", "/history", "/beacons", "/gateways", "/refused", "/settings", "/alerts/1", "/demo/")
NO_SUCH = ("/alerts/999999", "/nowhere")  # each is a page of its own words, with a way back
COLOURS = """
async (png) => {
  const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
  const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const drawn = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
  drawn.drawImage(picture, 0, 0);
  const { data } = drawn.getImageData(0, 0, picture.width, picture.height);
  const counts = new Map();
  for (let at = 0; at < data.length; at += 4) {
    const colour = data.slice(at, at + 3).join();
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  return [...counts.values()].map((count) => count / (data.length / 4)).sort((a, b) => b - a);
}
"""

STEPPED = """
async (states) => {
  const frame = () => new Promise(requestAnimationFrame);
  let card;
  do { // news may put a new card in its place; one is laid out with the first frame that shows it
    card = document.querySelector("#open article");
    card?.scrollIntoView();
    await frame();
    await frame();
  } while (!card?.isConnected);
  return states.map(([reached, lines]) => {
    card.querySelectorAll(".steps li").forEach((step, at) => { step.className = at < reached ? "done" : "todo"; });
    card.querySelector(".said")?.remove();
    const said = document.createElement("ul");
    said.className = "said";
    for (let at = 0; at < lines; at += 1) said.append(document.createElement("li"));
    for (const line of said.children) line.textContent = "Maria is coming: their beacon shows it";
    card.querySelector(".facts").before(said);
    return card.querySelector(".answers").getBoundingClientRect().top - card.getBoundingClientRect().top;
  });
}
"""


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


def test_no_other_network_can_be_reached(browser: Browser) -> None:
    stranger = browser.new_page()
    with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED|ERR_ADDRESS_UNREACHABLE|ERR_NETWORK"):
        stranger.goto("http://192.0.2.1/")
    stranger.close()


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
    assert_relayed_each_way(page, cards.get_attribute("data-id"))


@pytest.mark.parametrize("width", [1440, 390, 320, 302])  # the last: the demo's phone on a phone
def test_what_comes_to_pass_meanwhile_moves_no_answer_from_under_a_finger(page: Page, demo: Demo, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 1200})
    page.goto(f"{ORIGIN}/demo/")  # signs in
    ensure_an_alert(page.context.new_page())
    page.goto(f"{ORIGIN}/")
    tops = page.evaluate(STEPPED, [(0, 0), (1, 0), (2, 0), (4, 3)])
    assert len(set(tops)) == 1, tops
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def assert_relayed_each_way(page: Page, alert: str | None) -> None:
    """Every answer that changed the lamp came over a relay, and every frame by which the gateway heard the alert."""
    rows = page.locator("#times li")
    relays = [row.get_attribute("data-relays") for row in rows.all()]
    assert relays and all(count is not None and int(count) >= 1 for count in relays), rows.all_text_contents()
    story = page.context.new_page()
    story.goto(f"{ORIGIN}/alerts/{alert}")
    hops = story.get_by_role("region", name="Hearings").locator("tbody tr td:nth-child(4)").all_text_contents()
    story.close()
    assert hops and all(int(count) >= 1 for count in hops), hops


def colour_shares(page: Page, part: Locator) -> list[float]:
    """The share of each colour in what is painted there, the greatest first; read back from the real pixels."""
    shares: list[float] = page.evaluate(COLOURS, base64.b64encode(part.screenshot()).decode())
    return shares


def test_the_map_shows_the_town_and_the_alert_stands_on_it(page: Page, demo: Demo) -> None:
    page.goto(f"{ORIGIN}/demo/")  # signs in
    page.goto(f"{ORIGIN}/")
    marker = page.locator("#map .maplibregl-marker").first
    expect(marker).to_be_visible()
    page.wait_for_timeout(3000)  # tiles and their fading in
    shares = colour_shares(page, page.locator("#map canvas"))
    assert shares[0] < 0.9, "one colour covers the map: it is blank"
    assert len([share for share in shares if share > 0.002]) >= 5, "a town has ground, water, park, streets, houses"


@pytest.mark.parametrize("width", [1440, 390, 320])
def test_every_page_works_alone_and_fits_its_screen(page: Page, demo: Demo, width: int) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.set_viewport_size({"width": width, "height": 800})
    fits(page, "/sign-in", width)
    expect(page.locator("[name=password]")).to_be_visible()
    page.goto(f"{ORIGIN}/demo/")  # signs in
    ensure_an_alert(page.context.new_page())
    for path in PAGES:
        fits(page, path, width)
    assert errors == []
    for path in NO_SUCH:
        fits(page, path, width, status=404)
        expect(page.locator("main").get_by_role("link", name="To the alerts")).to_be_visible()
    assert [text for text in errors if "404" not in text] == []  # the browser's own word for such an answer


def ensure_an_alert(page: Page) -> None:
    """The first alert is there, also when no test before has pressed; closes the page."""
    answer = page.goto(f"{ORIGIN}/alerts/1")
    if answer is not None and answer.status == 404:
        page.goto(f"{ORIGIN}/demo/")
        hold(page, 1.8)
        expect(page.locator("#lamp")).to_have_attribute("data-word", re.compile("heard|shown"), timeout=LAMP_MS)
    page.close()


def fits(page: Page, path: str, width: int, status: int = 200) -> None:
    """The page answers so, and nothing of it lies beyond the screen's edge."""
    answer = page.goto(f"{ORIGIN}{path}")
    assert answer is not None and answer.status == status, path
    page.wait_for_timeout(500)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, f"{path} is {wide} px wide on a screen of {width}"


def since(page: Page, name: str) -> Locator:
    """The line under a switch: what came since it was pressed."""
    return page.locator(f"[data-since={name}]")


def test_trouble_is_real_and_its_price_is_shown(page: Page, demo: Demo) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{ORIGIN}/demo/")
    figure = {name: page.locator(f"[data-tally={name}]") for name in ("refused", "lost", "calls")}
    expect(figure["calls"]).not_to_have_text("…")
    expect(since(page, "forge")).to_have_text("")
    for _ in range(3):  # one frame, which nobody repeats: in a busy town it may meet another on the air
        page.locator("[data-switch=forge]").click()
        with suppress(AssertionError):
            expect(since(page, "forge")).to_contain_text("refused 1: forged, the seal was wrong", timeout=15_000)
            break
    expect(since(page, "forge")).to_contain_text("refused 1: forged, the seal was wrong", timeout=LAMP_MS)
    expect(figure["refused"]).to_have_text("1", timeout=LAMP_MS)
    expect(page.locator("#refusals li").first).to_contain_text("1 refused")

    cable = page.locator("[data-switch=dashboard]")
    cable.click()
    expect(cable).to_have_attribute("aria-pressed", "true")
    banner = phone(page).locator("#banner")
    expect(banner).not_to_be_empty(timeout=LAMP_MS)
    cable.click()
    expect(cable).to_have_attribute("aria-pressed", "false")

    page.locator("#which").select_option(label="37th & Birch")
    page.locator("[data-switch=gateway]").click()
    expect(page.locator("[data-switch=gateway]")).to_have_attribute("aria-pressed", "true")
    hold(page, 1.8)
    lamp(page, "sent")
    page.locator("[data-switch=gateway]").click()
    expect(page.locator("[data-switch=gateway]")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#lamp")).to_have_attribute("data-word", re.compile("heard|shown"), timeout=120_000)
    expect(figure["lost"]).to_have_text("0")
    expect(since(page, "gateway")).to_have_text("Since then: lost 0 of 1 call")
    expect(since(page, "forge")).to_contain_text("refused 1: forged")
    expect(since(page, "forge")).to_have_attribute("aria-live", "polite")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
