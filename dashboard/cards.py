"""An alert as a captain sees it: one value with everything its card shows, made from a store row and the roster."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from dashboard import words
from dashboard.clock import Clock
from dashboard.places import Place, Places, metres
from dashboard.store_pages import Card
from dashboard.words import Mark


@dataclass(frozen=True)
class Said:
    """One captain's last word on an alert, and whether the beacon shows it."""

    answer: str
    who: str
    mine: bool
    lamp: str


@dataclass(frozen=True)
class View:
    """A card. `since` is on the dashboard's steady clock; `rank` orders the list (lower is higher up)."""

    id: int
    kind: str
    word: str
    place: Place
    state: str
    ring: str
    silent: bool
    drill: bool
    since: float
    age_s: float
    raised_at: float
    rank: int
    status: str
    steps: tuple[tuple[str, str], ...]
    marks: tuple[Mark, ...]
    said: tuple[Said, ...]
    heard_by: tuple[str, ...]
    hearings: int
    presses: int
    newest: int
    text: str
    lat: float | None
    lon: float | None
    moved_m: float | None

    @property
    def open(self) -> bool:
        """Whether it still calls for people."""
        return self.state == "open"

    @property
    def coming(self) -> tuple[str, ...]:
        """Who is coming."""
        return tuple(said.who for said in self.said if said.answer == "coming")

    def mine(self, answer: str) -> bool:
        """Whether the captain who looks has last said this."""
        return any(said.mine and said.answer == answer for said in self.said)


class Cards:
    """Makes views. `name_of` turns gateway ids into names; ages are counted on the steady clock."""

    def __init__(self, places: Places, clock: Clock, gateway_names: dict[str, str]) -> None:
        self._places, self._clock, self._gateways = places, clock, gateway_names
        self._since: dict[tuple[int, float], float] = {}

    def view(self, card: Card, people: dict[int, str], me: int | None = None) -> View:
        """The card as captain `me` sees it; `people` are all captains' names by number."""
        row = card.alert
        place = self._places.of(row.node)
        answers = [one for one in card.answers if one.number > row.answers_from]
        said = tuple(self._said(answers, people, me))
        lat, lon = (row.lat, row.lon) if row.lat is not None else (place.lat, place.lon)
        since = self._steady(row)
        return View(
            id=row.id,
            kind=row.kind,
            word=words.KINDS[row.kind],
            place=place,
            state=row.state,
            ring=row.ring,
            silent=row.silent,
            drill=row.drill,
            since=since,
            age_s=max(0.0, self._clock.steady() - since),
            raised_at=row.raised_at,
            rank=_rank(row, said),
            status=_status(row, said),
            steps=_steps(row, said),
            marks=tuple(_marks(row, place)),
            said=said,
            hearings=row.hearings,
            heard_by=tuple(self._gateways.get(gateway, gateway) for gateway in card.gateways),
            presses=row.presses,
            newest=row.newest,
            text=row.text,
            lat=lat,
            lon=lon,
            moved_m=_moved(row, place),
        )

    def _steady(self, row: Row[Any]) -> float:
        """When it was raised, on the clock that never jumps: fixed when an alert is first looked at."""
        key = (row.id, row.raised_at)
        if key not in self._since:
            if len(self._since) > 4096:
                self._since.clear()
            self._since[key] = self._clock.steady() - max(0.0, self._clock.wall() - row.raised_at)
        return self._since[key]

    def _said(self, answers: Sequence[Row[Any]], people: dict[int, str], me: int | None) -> list[Said]:
        last = {row.person: row for row in answers if row.person is not None}
        sent = {row.answer: row.state for row in answers if row.ordinal is not None and row.state != "kept"}
        made = [
            Said(
                row.answer,
                people.get(row.person, "a captain"),
                row.person == me,
                words.LAMP[sent.get(row.answer, "kept")],
            )
            for row in last.values()
        ]
        return sorted(made, key=lambda said: (["clear", "coming", "seen"].index(said.answer), said.who))


def _rank(row: Row[Any], said: Sequence[Said]) -> int:
    """Unanswered first, then seen, then somebody is coming; a drill below what is real; closed ones last."""
    if row.state != "open":
        return 4
    if row.drill:
        return 3
    if row.ring in ("siren", "soft") or not said:
        return 0
    return 1 if not any(one.answer == "coming" for one in said) else 2


def _status(row: Row[Any], said: Sequence[Said]) -> str:
    if row.state == "cancelled":
        return "Cancelled by whoever pressed"
    if row.state == "clear":
        who = [one.who for one in said if one.answer == "clear"]
        return f"All clear, says {who[0]}" if who else "All clear"
    coming = [one.who for one in said if one.answer == "coming"]
    if coming:
        return f"{words.listed(coming)} {'is' if len(coming) == 1 else 'are'} coming"
    seen = [one.who for one in said if one.answer == "seen"]
    return f"Seen by {words.listed(seen)}. Nobody is coming yet" if seen else "Nobody has answered yet"


def _steps(row: Row[Any], said: Sequence[Said]) -> tuple[tuple[str, str], ...]:
    """The way of the answer, each step with done, now or todo."""
    answers = {one.answer for one in said}
    reached = [True, row.shown_at is not None, bool(answers), "coming" in answers, row.state == "clear"]
    done = max(i for i, one in enumerate(reached) if one)
    names = ("Heard", "Shown", "Seen", "Coming", "All clear")
    return tuple((name, "done" if reached[i] else "todo" if i > done else "skipped") for i, name in enumerate(names))


def _marks(row: Row[Any], place: Place) -> list[Mark]:
    moved = words.moved(_moved(row, place))
    chosen = [
        (row.duress, words.DURESS),
        (moved is not None, moved),
        (row.silent and row.state == "open", words.SILENT),
        (row.asks, words.ASKS),
        (row.drill, words.DRILL),
        (row.judged == "clone-or-rollback", words.CLONE),
        (row.judged == "late-or-copied", words.LATE),
        (not place.known, words.STRANGER),
        (place.beacon is not None and place.beacon.revoked, words.REVOKED),
        (place.beacon is not None and place.beacon.suspended, words.SUSPENDED),
        (row.age == "unknown", words.age_unknown(row.age_limit_s)),
        (row.doubt, words.DOUBT),
        (row.low, words.LOW),
    ]
    return [mark for holds, mark in chosen if holds and mark is not None]


def _moved(row: Row[Any], place: Place) -> float | None:
    return None if row.lat is None else metres(row.lat, row.lon, place)
