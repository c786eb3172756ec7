"""A captain at the page by plain HTTP: signs in, reads cards and what was refused, answers. No script runs."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

PATIENCE_S = 120.0


@dataclass
class Card:
    """An alert as the page shows it: `marks` are the short words of its marks."""

    id: int
    kind: str
    state: str
    place: str = ""
    status: str = ""
    marks: list[str] = field(default_factory=list)


class _Cards(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.cards: list[Card] = []
        self._in: str | None = None
        self._marks = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        classes = (said.get("class") or "").split()
        if tag == "article" and "card" in classes:
            self.cards.append(Card(int(said["data-id"] or 0), said["data-kind"] or "", said["data-state"] or ""))
        elif tag == "ul" and "marks" in classes:
            self._marks = True
        elif tag == "h2" and "place" in classes:
            self._in = "place"
        elif tag == "p" and "status" in classes:
            self._in = "status"
        elif tag == "b" and self._marks:
            self._in = "mark"
            self.cards[-1].marks.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "ul":
            self._marks = False
        if tag in ("h2", "p", "b"):
            self._in = None

    def handle_data(self, data: str) -> None:
        if not self.cards or self._in is None:
            return
        card, text = self.cards[-1], " ".join(data.split())
        if self._in == "mark":
            card.marks[-1] += text.rstrip(".")
        elif self._in == "place":
            card.place += text
        else:
            card.status += text


class Captain:
    """Signed in at http://127.0.0.1:port as `name`; a page that cannot be read raises urllib's URLError."""

    def __init__(self, port: int, name: str, password: str) -> None:
        self._origin = f"http://127.0.0.1:{port}"
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))
        self.post("/sign-in", name=name, password=password, token=self._token(self.page("/sign-in")))
        assert "Sign in" not in self.page("/"), "the captain was not let in"

    def page(self, path: str) -> str:
        """The page's HTML."""
        with self._opener.open(self._origin + path, timeout=20) as answer:
            return str(answer.read().decode())

    def post(self, path: str, token: str | None = None, **fields: str) -> str:
        """Send a form from the page; the page that follows."""
        held = token or self._token(self.page("/"))
        with self._opener.open(
            self._origin + path, urlencode({**fields, "csrf_token": held}).encode(), timeout=20
        ) as said:
            return str(said.read().decode())

    def cards(self) -> list[Card]:
        """Every card of the first page, open and closed."""
        reader = _Cards()
        reader.feed(self.page("/"))
        return reader.cards

    def story(self, card: Card) -> list[tuple[str, str]]:
        """(event, judgement) of each line of an alert, as its own page tells them: judgement empty when fresh."""
        page = self.page(f"/alerts/{card.id}")
        lines = re.findall(r"<p><b>([^<]+)</b> \([a-z]+\), heard through (.*?)(?:<br>|</p>)", page, re.DOTALL)
        return [(event, " ".join(rest.partition(", judged ")[2].split())) for event, rest in lines]

    def refused(self) -> dict[str, int]:
        """What the page says was refused, by reason, at the site's only gateway."""
        found = re.findall(r'data-reason="([a-z-]+)">(\d+)<', self.page("/refused"))
        return {reason: int(number) for reason, number in found}

    def until(self, true: Callable[[list[Card]], bool], patience_s: float = PATIENCE_S) -> list[Card]:
        """Look at the page until `true(cards)`; fails the test with what is there when it never comes."""
        end = time.monotonic() + patience_s
        while not true(cards := self.cards()):
            assert time.monotonic() < end, f"the page never showed it: {cards}"
            time.sleep(0.2)
        return cards

    @staticmethod
    def _token(page: str) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', page) or re.search(
            r'name="csrf-token" content="([^"]+)"', page
        )
        assert found is not None, page[:2000]
        return found[1]
