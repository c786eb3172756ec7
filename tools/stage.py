"""One press on the demo page, filmed: a hand that can be seen, a caption for each step, frames as they are drawn."""

import base64
import time
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.sync_api import Locator, Page, TimeoutError

from tools.still import save

SIZE: Final = (960, 600)
LARGEST: Final = 2 * 1024 * 1024 - 4096
# (frames a second, quality), the best first: the first film that is small enough is kept
QUALITIES: Final = ((10, 85), (8, 80), (6, 70), (5, 60), (4, 50))
LAST_S: Final = 3.0
LONGEST_MS: Final = 900  # what stands still for longer, on a busy machine, is cut short
REST: Final = (986.0, 700.0)  # where the hand covers nothing
STEPS: Final = 6  # of the hand from one place to another
WORD_S: Final = 30.0

OVERLAY: Final = """() => {
  const add = (id, style) => {
    const element = document.createElement("div");
    element.id = id;
    element.style.cssText = style;
    element.setAttribute("aria-hidden", "true");
    document.body.append(element);
  };
  const waves = new CSSStyleSheet();
  waves.replaceSync("#town .wave { animation: wave .9s ease-out !important; }");
  document.adoptedStyleSheets = [waves];
  add("picture-words", "position:fixed;left:0;right:0;bottom:0;padding:14px 24px;z-index:9;pointer-events:none;" +
    "background:#14171bee;color:#fff;font:600 26px system-ui,sans-serif;text-align:center");
  add("picture-hand", "position:fixed;left:0;top:0;width:34px;height:34px;margin:-17px 0 0 -17px;z-index:10;" +
    "border-radius:50%;border:3px solid #14171b;background:#ffffffb0;pointer-events:none;box-shadow:0 2px 8px #0006");
}"""


class Stage:
    """Plays the story once: hold, ring, coming, lamp. Each step waits for the page to show it."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._phone = page.frame_locator("#captain")
        self._frames: list[tuple[float, bytes]] = []
        self._hand = REST

    def play(self, folder: Path) -> None:
        """Press, wait, answer; write the film and a still of the end."""
        self._set_up()
        self._roll(2)
        self._hold()
        answer = self._phone.get_by_role("button", name="I am coming")
        answer.wait_for()
        self._say("2   Relays carry it. The captain's phone rings.")
        self._roll(2)
        self._say("3   The captain answers: I am coming")
        self._move(answer)
        self._click()
        self._away()
        self._lamp("coming")
        self._say("4   The lamp says: somebody is coming")
        self._roll(LAST_S)
        self._film.detach()
        self._clean()
        save(self._page.screenshot(), folder / "demo.webp")
        write(self._frames, folder / "press.webp")

    def _set_up(self) -> None:
        self._phone.locator("#arm-button").click()
        self._phone.locator("#watchers-count", has_text="1").wait_for()
        self._roll(2)  # the gateway learns that somebody is on watch
        self._page.evaluate(OVERLAY)
        self._say("A neighbourhood on one machine: beacons, relays, gateway, captain")
        self._place()
        self._film = self._page.context.new_cdp_session(self._page)
        self._film.on("Page.screencastFrame", self._frame)
        self._film.send("Page.startScreencast", {"format": "png", "maxWidth": SIZE[0], "maxHeight": SIZE[1]})

    def _frame(self, event: dict[str, Any]) -> None:
        self._frames.append((event["metadata"]["timestamp"], base64.b64decode(event["data"])))
        self._film.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})

    def _hold(self) -> None:
        self._say("1   Hold the button")
        self._move(self._page.locator("#press"))
        self._page.mouse.down()
        self._roll(1.7)
        self._page.mouse.up()

    def _say(self, words: str) -> None:
        self._page.evaluate("words => { document.getElementById('picture-words').textContent = words; }", words)

    def _lamp(self, word: str) -> None:
        until = time.monotonic() + WORD_S
        while self._page.locator("#lamp").get_attribute("data-word") != word:
            if time.monotonic() > until:
                raise TimeoutError(f"the lamp never said {word}")
            self._roll(0.05)

    def _roll(self, seconds: float) -> None:
        self._page.wait_for_timeout(seconds * 1000)

    def _move(self, to: Locator) -> None:
        box = to.bounding_box()
        if box is None:
            raise TimeoutError("what should be pressed is not there")
        self._glide((box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.7))

    def _away(self) -> None:
        self._glide(REST)

    def _glide(self, end: tuple[float, float]) -> None:
        start = self._hand
        for step in range(1, STEPS + 1):
            part = step / STEPS
            self._hand = (start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part)
            self._page.mouse.move(*self._hand)
            self._place()

    def _place(self) -> None:
        self._page.evaluate(
            "([x, y]) => { document.getElementById('picture-hand').style.transform = `translate(${x}px, ${y}px)`; }",
            list(self._hand),
        )

    def _click(self) -> None:
        self._page.mouse.down()
        self._roll(0.15)
        self._page.mouse.up()

    def _clean(self) -> None:
        for name in ("picture-words", "picture-hand"):
            self._page.evaluate("id => document.getElementById(id).remove()", name)


def write(frames: list[tuple[float, bytes]], path: Path) -> None:
    """Write the film at the best quality that fits into 2 MB; a film that fits at none is an error."""
    for rate, quality in QUALITIES:
        animation(frames, path, rate, quality)
        if path.stat().st_size <= LARGEST:
            return
    raise ValueError(f"{path.name} is larger than {LARGEST} bytes at the lowest quality")


def animation(frames: list[tuple[float, bytes]], path: Path, rate: int, quality: int) -> None:
    """A film of `rate` frames a second at most, in real time but for waits in which nothing moves."""
    chosen = thinned(frames, rate)
    drawn = [Image.open(BytesIO(raw)).convert("RGB") for _, raw in chosen]
    times = [at for at, _ in chosen]
    lasts = [min(round((after - at) * 1000), LONGEST_MS) for at, after in pairwise(times)] + [int(LAST_S * 1000)]
    drawn[0].save(
        path,
        save_all=True,
        append_images=drawn[1:],
        duration=lasts,
        loop=0,
        quality=quality,
        method=4,
        minimize_size=True,
    )


def thinned(frames: list[tuple[float, bytes]], rate: int) -> list[tuple[float, bytes]]:
    """The frames that a film of this rate shows: the last of each interval, moved to its start."""
    began = frames[0][0]
    found = {int((at - began) * rate): raw for at, raw in frames}
    return [(slot / rate, raw) for slot, raw in sorted(found.items())]
