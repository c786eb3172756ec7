"""The pages in a real Chromium that can reach nothing else: what a captain sees, hears and presses."""

import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from dashboard.rounds import BEAT_S
from tests.dashboard.running import Broker, Gateway, Running, command
from tests.support.dashboards import COURT, PASSWORD, bundle, place
from tests.support.waiting import until
from tools.browser import chromium
from whistle.bus.messages import NO_TAG, Answer, Watch
from whistle.demo import basemap, town
from whistle.site.roster import Private

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LAPTOP, PHONE, SMALL = (1280, 800), (360, 740), (320, 568)
LONG = 0x2F00
STALL_MS = 20_000  # a shared machine's disk may hold a commit for seconds; how fast a row comes is for bench/page.py
PIXELS = """() => new Promise((done) => {
  const map = window.whistle.map.map;
  map.once("render", () => {
    const from = map.getCanvas(), to = document.createElement("canvas");
    to.width = 200; to.height = 150;
    const pen = to.getContext("2d");
    pen.drawImage(from, 0, 0, 200, 150);
    const data = pen.getImageData(0, 0, 200, 150).data, seen = new Map();
    for (let i = 0; i < data.length; i += 4) {
      const key = data[i] << 16 | data[i + 1] << 8 | data[i + 2];
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    done([seen.size, Math.max(...seen.values()) / 30000]);
  });
  map.triggerRepaint();
})"""


@pytest.fixture(scope="module")
def browser(need) -> Iterator[Browser]:
    expect.set_options(timeout=STALL_MS)
    with chromium(need("chromium"), unasked=False) as made:
        yield made
    expect.set_options(timeout=None)


@pytest.fixture(scope="module")
def broker(need, tmp_path_factory) -> Iterator[Broker]:
    made = Broker(need("mosquitto"), tmp_path_factory.mktemp("broker")).start()
    yield made
    made.stop()


def neighbourhood() -> list[Any]:
    """The town's places, as a roster's."""
    private = [Private(**one.private) for one in town.draw().places]
    made = [place(0x2000 + n, one.name, one.x, one.y, private[n]) for n, one in enumerate(town.draw().places)]
    long = Private(door="14 left", note="Przybyszewski-Schwarzenbacher-Wolkenstein on the bell. " * 4)
    return [*made, place(LONG, "Schwarzenbacher Straßenbahndepot", 50, 50, long)]


@pytest.fixture
def running(broker: Broker, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Running]:
    if not Path("dashboard/static/vendor/maplibre-gl.mjs").is_file():
        pytest.skip("missing: browser libraries (`make setup` fetches them)")
    made = Running(bundle(neighbourhood()), tmp_path / "data", broker.url)
    basemap.write(town.draw(), made.data / "basemap.pmtiles")
    command("add-person", "Maria", "--data", str(made.data), "--password-stdin", stdin=PASSWORD + "\n")
    yield made.start()
    made.end(signal.SIGKILL)
    made.gateway.link.close()
    request.node.add_report_section("teardown", "log", made.log())  # shown where the test fails


@pytest.fixture
def gateway(running: Running) -> Gateway:
    running.gateway.met()
    running.gateway.say(running.gateway.speaker.state(at=time.time()))
    return running.gateway


class Desk:
    """A captain's browser, with everything it asked for and complained of."""

    def __init__(self, browser: Browser, url: str, size: tuple[int, int], **options: Any) -> None:
        viewport = {"width": size[0], "height": size[1]}
        self.context: BrowserContext = browser.new_context(viewport=viewport, **options)  # type: ignore[arg-type]
        self.page: Page = self.context.new_page()
        self.url, self.requests, self.complaints = url, [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._console)

    def _console(self, message: Any) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def sign_in(self) -> "Desk":
        self.page.goto(self.url)
        self.page.fill("#name", "Maria")
        self.page.fill("#password", PASSWORD)
        self.page.click("button.primary")
        self.page.wait_for_selector("html[data-ready]")
        expect(self.page.locator("#line")).to_have_attribute("data-state", "live")
        return self

    def on_watch(self) -> "Desk":
        self.page.click("#arm-button")
        expect(self.page.locator("html")).to_have_attribute("data-sound", "armed")
        return self

    def map_drawn(self) -> Page:
        until(lambda: self.page.evaluate("Boolean(window.whistle?.map?.map?.loaded())"), 30)
        return self.page

    def foreign(self) -> list[str]:
        return [one for one in self.requests if not one.startswith((self.url, "data:", "blob:"))]


@pytest.fixture
def desk(browser: Browser, running: Running) -> Iterator[Any]:
    made: list[Desk] = []

    def sit(size: tuple[int, int] = LAPTOP, **options: Any) -> Desk:
        made.append(Desk(browser, running.url, size, **options))
        return made[-1]

    yield sit
    for one in made:
        one.context.close()


def test_an_alert_appears_sounds_is_answered_and_falls_silent(desk, gateway: Gateway) -> None:
    maria = desk().sign_in().on_watch()
    page = maria.page
    until(lambda: gateway.told(Watch)[-1].watchers == 1)
    page.evaluate("window.notReloaded = true")
    gateway.say(gateway.speaker.alert(node=0x2008, heard_at=time.time()))
    card = page.locator("#open .card")
    expect(card.locator(".place")).to_have_text("34th & Cedar")
    expect(page.locator("html")).to_have_attribute("data-ringing", "siren")
    until(lambda: page.evaluate("whistle.siren.level()") > 0.02)
    expect(page.locator(".pin .pin-name")).to_have_text("34th & Cedar")
    expect(page.locator("#assertive")).to_have_text("Help at 34th & Cedar. Nobody has answered yet.")
    assert page.title().startswith("(1) Help: 34th & Cedar")
    until(lambda: any(one.answer == "shown" for one in gateway.told(Answer)))
    card.get_by_role("button", name="I am coming").click()
    expect(card.locator(".status")).to_contain_text("Maria is coming")
    expect(page.locator("html")).to_have_attribute("data-ringing", "none")
    until(lambda: page.evaluate("whistle.siren.level()") < 0.001)
    until(lambda: any(one.answer == "coming" for one in gateway.told(Answer)))
    assert page.evaluate("window.notReloaded") is True
    assert maria.foreign() == [] and maria.complaints == []


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_the_map_goes_to_where_the_alert_is(desk, gateway: Gateway, width: int, height: int) -> None:
    """On a page that was open before: the whole site is too far away to see a corner by."""
    page = desk((width, height)).sign_in().on_watch().page
    until(lambda: page.evaluate("whistle.map?.map.loaded()"))
    assert page.evaluate("whistle.map.map.getZoom()") < 15.5, "the whole site"
    gateway.say(gateway.speaker.alert(node=0x2008, heard_at=time.time()))
    until(lambda: page.evaluate("whistle.map.map.getZoom() > 15.9 && !whistle.map.map.isMoving()"))
    pin, screen = page.locator(".pin").bounding_box(), page.locator("#map").bounding_box()
    bar = page.locator(".watchbar").bounding_box() if width < 700 else None
    assert pin and screen
    floor = min(screen["y"] + screen["height"], bar["y"] if bar else height)
    assert screen["y"] <= pin["y"] and pin["y"] + pin["height"] <= floor, "in sight, without scrolling"
    assert screen["x"] <= pin["x"] and pin["x"] + pin["width"] <= screen["x"] + screen["width"]


def test_a_new_row_is_drawn_once_and_then_the_page_stands_still(desk, gateway: Gateway) -> None:
    """Without a graphics chip every frame costs tens of milliseconds, and the next row waits behind it."""
    maria = desk().sign_in().on_watch()
    page = maria.map_drawn()
    until(lambda: gateway.told(Watch)[-1].watchers == 1)
    before = len(maria.requests)
    gateway.say(gateway.speaker.alert(node=0x2008, heard_at=time.time()))
    expect(page.locator(".pin .pin-name")).to_have_text("34th & Cedar")
    until(lambda: any(one.answer == "shown" for one in gateway.told(Answer)))
    asked = {one.removeprefix(maria.url) for one in maria.requests[before:] if "/static/" in one}
    assert asked <= {"/static/icon-alert.svg"}, "that is the window's; the card's own shape is here already"
    assert page.evaluate("document.getAnimations().length") == 0
    drawn = page.evaluate("document.querySelector('#open .card .shape use').getBBox().width")
    assert drawn > 0, "the card's shape"


def test_a_tap_that_meets_a_card_which_just_moved_there_answers_nothing(desk, gateway: Gateway) -> None:
    page = desk().sign_in().page
    for n in (1, 2):
        gateway.say(gateway.speaker.alert(sequence=n, tag=f"{n:016x}", node=0x2000 + n, heard_at=time.time()))
    expect(page.locator("#open .card")).to_have_count(2)
    page.wait_for_timeout(1500)
    tapped = page.evaluate("""() => {
      const [first, last] = document.querySelectorAll("#open .card"), id = first.dataset.id;
      const html = first.outerHTML.replaceAll(`alert-${id}`, "alert-9").replace(`data-id="${id}"`, 'data-id="9"');
      whistle.cards.put({ id: 9, state: "open", html, feature: null });
      last.querySelector('button[value="coming"]').dispatchEvent(
        new MouseEvent("click", { bubbles: true, cancelable: true, detail: 1 }));
      return last.id;
    }""")
    page.wait_for_timeout(500)
    expect(page.locator(f"#{tapped} .status")).to_contain_text("Nobody has answered yet")
    page.locator(f'#{tapped} button[value="coming"]').click()
    expect(page.locator(f"#{tapped} .status")).to_contain_text("Maria is coming")


def test_a_tap_that_meets_an_answer_which_just_moved_within_its_card_answers_nothing(desk, gateway: Gateway) -> None:
    page = desk().sign_in().page
    gateway.say(gateway.speaker.alert(node=0x2008, heard_at=time.time()))
    card = page.locator("#open .card")
    expect(card).to_have_count(1)
    moved = page.evaluate("""() => {
      const card = document.querySelector("#open .card"), id = Number(card.dataset.id), fresh = card.cloneNode(true);
      const top = () => document.querySelector("#open .answers").offsetTop, before = top();
      fresh.querySelector(".status").insertAdjacentHTML("afterend",
        '<ul class="marks"><li class="note"><b>Battery low.</b> <span>It may fall silent soon.</span></li></ul>');
      whistle.cards.put({ id, state: "open", html: fresh.outerHTML, feature: null });
      document.querySelector('#open button[value="coming"]').dispatchEvent(
        new MouseEvent("click", { bubbles: true, cancelable: true, detail: 1 }));
      return top() - before;
    }""")
    assert moved > 20
    page.wait_for_timeout(500)
    expect(card.locator(".status")).to_contain_text("Nobody has answered yet")
    card.locator('button[value="coming"]').click()
    expect(card.locator(".status")).to_contain_text("Maria is coming")


@pytest.mark.parametrize("width", [320, 360, 390])
def test_long_words_do_not_push_an_answer_off_the_screen(desk, gateway: Gateway, width: int) -> None:
    page = desk((width, 700), has_touch=True, device_scale_factor=2).sign_in().on_watch().page
    alert = gateway.speaker.alert
    gateway.say(alert(node=LONG, heard_at=time.time(), age="unknown", age_limit_s=7200, low=True, doubt=True))
    expect(page.locator("#open .card")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    right = page.evaluate("""() => [".since", "[value=coming]", ".private .note dd"].map(
      (one) => document.querySelector(`#open ${one}`).getBoundingClientRect().right)""")
    assert max(right) <= width - 12, right


def test_no_page_asks_anybody_else_or_breaks_the_policy(desk, gateway: Gateway) -> None:
    maria = desk().sign_in()
    gateway.say(gateway.speaker.alert(node=0x2008, heard_at=time.time()))
    expect(maria.page.locator("#open .card")).to_have_count(1)
    for path in ("/alerts/1", "/history", "/beacons", "/gateways", "/refused", "/settings", "/"):
        maria.page.goto(maria.url + path)
        maria.page.wait_for_selector("html[data-ready]")
    maria.map_drawn()
    assert len(maria.requests) > 40 and maria.foreign() == [] and maria.complaints == []


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_the_map_shows_streets(desk, gateway: Gateway, scheme: str) -> None:
    page = desk(color_scheme=scheme).sign_in().map_drawn()
    colours, largest = page.evaluate(PIXELS)
    assert colours > 12 and largest < 0.9
    assert page.evaluate("whistle.map.map.painter.context.gl.getContextAttributes().alpha") is False
    expect(page.locator("#map-note")).to_be_hidden()


def test_without_a_map_file_there_is_a_grid_with_places(desk, running: Running, gateway: Gateway) -> None:
    (running.data / "basemap.pmtiles").unlink()
    page = desk().sign_in().map_drawn()
    expect(page.locator("#map-note")).to_contain_text("No map file")
    colours, largest = page.evaluate(PIXELS)
    assert colours > 5 and largest < 0.98


def test_without_webgl_there_is_a_plan(desk, gateway: Gateway) -> None:
    maria = desk()
    maria.context.add_init_script(
        "const get = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {"
        "  return kind.startsWith('webgl') ? null : get.call(this, kind, ...rest); };"
    )
    page = maria.sign_in().page
    gateway.say(gateway.speaker.alert(node=0x2008, heard_at=time.time()))
    expect(page.locator(".plan .call-name")).to_have_text("Help: 34th & Cedar")
    page.locator(".plan .call").click()
    expect(page.locator(".card")).to_have_attribute("aria-current", "true")


def test_list_and_map_choose_the_same_alert(desk, gateway: Gateway) -> None:
    page = desk().sign_in().map_drawn()
    for n, node in enumerate((0x2008, 0x2010)):
        gateway.say(gateway.speaker.alert(node=node, sequence=n, tag=f"{n:016x}", heard_at=time.time()))
    expect(page.locator(".pin")).to_have_count(2)
    page.wait_for_timeout(1500)  # the view is still moving there
    page.locator(".pin").first.click()
    chosen = page.locator('.card[aria-current="true"] .place')
    expect(chosen).to_have_text(page.locator(".pin").first.inner_text())
    page.locator(".card:not([aria-current]) .head").click()
    expect(page.locator('.pin[aria-current="true"]')).to_have_text(chosen.inner_text())


@pytest.mark.parametrize("size", [PHONE, SMALL])
def test_on_a_phone_nothing_is_cut_off_and_the_thumb_reaches_the_answers(
    desk, gateway: Gateway, size, tmp_path: Path
) -> None:
    maria = desk(size, has_touch=True, device_scale_factor=2).sign_in().on_watch()
    page = maria.page
    gateway.say(gateway.speaker.alert(node=0x2000 + 31, heard_at=time.time(), age="unknown", age_limit_s=7200))
    expect(page.locator("#open .card")).to_have_count(1)
    page.screenshot(path=tmp_path / f"phone-{size[0]}.png")
    for path in ("/alerts/1", "/history", "/beacons", "/gateways", "/refused", "/settings", "/"):
        page.goto(maria.url + path)
        page.wait_for_selector("html[data-ready]")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size[0], (path, wide)
    for button in page.locator("button:visible, summary:visible, nav a:visible").all():
        box = button.bounding_box()
        assert box and min(box["width"], box["height"]) >= 24, button.inner_text()
    expect(page.locator("html")).to_have_attribute("data-sound", re.compile("blocked|armed"))
    page.locator(".card .status").tap()  # on watch before: any tap takes it up again
    expect(page.locator("html")).to_have_attribute("data-sound", "armed")
    for name in ("I am coming", "Seen"):
        box = page.get_by_role("button", name=name).bounding_box()
        assert box and box["height"] >= 44 and box["width"] >= 80
    top = page.locator("#open .card").bounding_box()
    below = page.locator("#map").bounding_box()
    assert top and below and top["y"] < below["y"]  # the list first


def test_a_silent_alert_calls_discreetly_and_a_drill_once(desk, gateway: Gateway) -> None:
    page = desk().sign_in().on_watch().page
    say, alert = gateway.say, gateway.speaker.alert
    say(alert(node=0x2001, sequence=1, tag="1" * 16, drill=True, heard_at=time.time()))
    expect(page.locator(".card .tag")).to_have_text("Drill")
    expect(page.locator("html")).to_have_attribute("data-ringing", "none")
    say(alert(node=0x2002, sequence=2, tag=NO_TAG, event="silent", text="", heard_at=time.time()))
    expect(page.locator("html")).to_have_attribute("data-ringing", "soft")
    expect(page.locator("#open .card").first).to_contain_text("do not ring the bell")
    say(alert(node=0x2003, sequence=3, tag="3" * 16, heard_at=time.time()))
    expect(page.locator("html")).to_have_attribute("data-ringing", "siren")


PHRASES = """
(wanted) => new Promise((done) => {
  let heard = 0, quietSince = performance.now();
  const look = setInterval(() => {
    if (whistle.siren.level() < 0.002) return void (quietSince ??= performance.now());
    if (quietSince !== null && performance.now() - quietSince > 400) heard += 1;
    quietSince = null;
    if (heard >= wanted) { clearInterval(look); done(heard); }
  }, 20);
  setTimeout(() => { clearInterval(look); done(heard); }, 40000);
})
"""


@pytest.mark.parametrize(("event", "voice"), [("raised", "siren"), ("silent", "soft")])
def test_the_sound_comes_again_until_somebody_answers(desk, gateway: Gateway, event: str, voice: str) -> None:
    """Its phrases are counted in what is really played, with the silence between them."""
    page = desk().sign_in().on_watch().page
    tag = NO_TAG if event == "silent" else "1" * 16
    gateway.say(gateway.speaker.alert(sequence=1, tag=tag, event=event, heard_at=time.time()))
    expect(page.locator("html")).to_have_attribute("data-ringing", voice)
    assert page.evaluate(PHRASES, 3) == 3, "one may be the check that sound works, so it is heard twice at least"
    page.locator("#open .card").get_by_role("button", name="Seen").click()
    expect(page.locator("html")).to_have_attribute("data-ringing", "none")
    until(lambda: page.evaluate("whistle.siren.level()") < 0.001)


def test_a_mute_ends_by_itself_and_with_the_next_alert(desk, gateway: Gateway) -> None:
    page = desk().sign_in().on_watch().page
    gateway.say(gateway.speaker.alert(sequence=1, tag="1" * 16, heard_at=time.time()))
    page.locator("#mute-button").click()
    expect(page.locator("#mute-button")).to_contain_text(re.compile(r"Muted, [45]:\d\d left"))
    expect(page.locator("html")).to_have_attribute("data-ringing", "none")
    gateway.say(gateway.speaker.alert(sequence=2, tag="2" * 16, node=COURT, heard_at=time.time()))
    expect(page.locator("html")).to_have_attribute("data-ringing", "siren")
    page.evaluate("whistle.siren.mute(0.5)")
    expect(page.locator("html")).to_have_attribute("data-ringing", "none")
    expect(page.locator("html")).to_have_attribute("data-ringing", "siren")


def test_a_page_without_the_gesture_says_that_it_is_no_watch(desk, gateway: Gateway) -> None:
    page = desk().sign_in().page
    expect(page.locator("#sound-bar")).to_contain_text("You are not on watch.")
    gateway.say(gateway.speaker.alert(heard_at=time.time(), drill=True))
    expect(page.locator("#open .card")).to_have_count(1)
    page.wait_for_timeout(500)
    expect(page.locator("html")).to_have_attribute("data-sound", "off")
    assert gateway.told(Watch)[-1].watchers == 0
    assert not any(one.answer == "shown" for one in gateway.told(Answer))


def test_a_lost_line_is_said_and_nothing_is_missed(desk, running: Running, gateway: Gateway) -> None:
    maria = desk().sign_in()
    page = maria.page
    gateway.say(gateway.speaker.alert(sequence=1, tag="1" * 16, heard_at=time.time()))
    expect(page.locator("#open .card")).to_have_count(1)
    running.end(signal.SIGKILL)
    expect(page.locator("#page-lost")).to_contain_text("This page has lost the dashboard", timeout=20_000)
    beats = len(gateway.told(Watch))  # counted before: the next but one may come 15 s later
    running.start()
    until(lambda: gateway.link.connected and len(gateway.told(Watch)) > beats, 2 * BEAT_S)
    gateway.say(gateway.speaker.alert(sequence=2, tag="2" * 16, node=COURT, heard_at=time.time()))
    expect(page.locator("#open .card")).to_have_count(2, timeout=30_000)
    expect(page.locator("#page-lost")).to_be_empty()


def test_everything_can_be_done_from_the_keyboard(desk, gateway: Gateway) -> None:
    page = desk().sign_in().page
    for n in (1, 2):
        gateway.say(gateway.speaker.alert(sequence=n, tag=f"{n:016x}", node=0x2000 + n, heard_at=time.time()))
    expect(page.locator("#open .card")).to_have_count(2)
    page.locator("#open .card").first.focus()
    page.keyboard.press("ArrowDown")
    name = page.evaluate("document.activeElement.querySelector('.place').textContent")
    page.keyboard.press("c")
    answered = page.locator(".card", has_text=name)
    expect(answered.locator(".status")).to_contain_text("Maria is coming")
    assert page.evaluate("document.activeElement.querySelector('.place')?.textContent") == name  # focus stays
    for _ in range(8):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('summary') && document.activeElement.closest('.clear')"):
            break
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#closed .card .place")).to_have_text(name)


def test_an_alert_is_one_tap_away_on_every_page(desk, gateway: Gateway) -> None:
    maria = desk().sign_in()
    maria.page.goto(maria.url + "/beacons")
    maria.page.wait_for_selector("html[data-ready]")
    gateway.say(gateway.speaker.alert(node=0x2008, heard_at=time.time()))
    maria.page.locator("#elsewhere").click()
    expect(maria.page.locator('.card[aria-current="true"] .place')).to_have_text("34th & Cedar")
