"""The words captains read: short, plain, one for one thing. Pages take every sentence about an alert from here."""

import time
from typing import Final, NamedTuple


class Mark(NamedTuple):
    """Something a captain must know of an alert: `level` danger, warn or note; a short word and a sentence."""

    level: str
    word: str
    text: str


UNASKED: Final = ("That is not possible.", "This dashboard cannot do what was asked. Go back, then try again.")
HTTP: Final = {  # what a page that cannot be had says: title, and a sentence where nothing better is known
    403: ("That is not for you.", "Ask a keeper."),
    404: ("There is no such page.", "Nothing is at this address."),
    429: ("Too often.", "Wait a moment, then try again."),
    500: ("Something went wrong here.", "Tell who runs this dashboard; its log says more."),
}
KINDS: Final = {"help": "Help", "medical": "Medical", "fire": "Fire", "watch": "Watch"}
URGENT: Final = {"fire": 0, "medical": 1, "help": 2, "watch": 3}
EVENTS: Final = {
    "raised": "Pressed",
    "refined": "Named",
    "again": "Pressed again",
    "cancelled": "Cancelled",
    "duress": "Duress cancel",
    "silent": "Silent alert",
}
SAID: Final = {"shown": "Shown on a watched screen", "seen": "Seen", "coming": "Coming", "clear": "All clear"}
LAMP: Final = {  # what is known of an answer's way to the lamp (replies.py), as a clause on the card
    "sent": "not yet on the air",
    "aired": "sent on the air",
    "told": "their beacon shows it",
    "expired": "no word from their beacon in 10 minutes: they may not know",
    "kept": "",
}
GATEWAY_COUNTS: Final = {  # what a gateway counts since its start (gateway/counts.py), after the number
    "received": "packets heard by its radios",
    "alerts": "alerts stored",
    "duplicate": "heard before: absorbed",
    "pulses": "signs of life of beacons",
    "gateways": "frames of other gateways here",
    "foreign": "packets of other people",
    "own": "packets of its own, heard again",
    "garbled": "pieces from a radio that were no message",
    "wrong_group": "alerts under an old group key, accepted",
    "refused": "refused: see Refused",
    "dropped_alert": "alerts that found no place and were told nothing: their beacons call again",
    "dropped_pulse": "signs of life that found no place",
    "dropped_word": "words of dashboards that found no place: said again",
    "dropped_sample": "samples of what was refused, not sent here",
    "dropped_bus": "messages not sent because the bus was down or full; never an alert",
    "unreadable": "messages on the bus that were not for it, not whole, or old",
    "reopened": "times a radio was opened again",
    "uncommitted": "times its disk took nothing: tried again",
    "contradictory": "alerts it could not store beside what it has: tell who runs it",
    "receipts": "receipts given to a radio",
    "ticks": "gateway pulses given to a radio",
    "rekeys": "new group keys given to a radio",
    "newer_version": "frames of a newer Whistle, which it cannot read: install that one on it",
    "unsent": "packets a radio would not take",
    "stuck_s": "seconds in which its disk has taken nothing",
    "waiting": "packets heard and not yet judged",
}
MODES: Final = {"press": "button only", "listen": "listens", "relay": "relays"}
REASONS: Final = {
    "malformed": ("Malformed", "Looked like ours and was not whole: damage on the air, or somebody trying."),
    "tag": ("Forged", "The seal was wrong: made without that beacon's key."),
    "unknown-node": ("Unknown beacon", "Named a beacon that is not in the roster."),
    "revoked": ("Revoked", "Sealed by a beacon that was taken out of the roster, perhaps stolen."),
    "replay": ("Replayed", "A routine pulse heard before, sent again."),
}
BUS_REASONS: Final = {
    "bus not-ours": "on the bus: not an envelope of ours",
    "bus other-epoch": "on the bus: sealed under another bus epoch",
    "bus not-authentic": "on the bus: forged or altered",
    "bus not-canonical": "on the bus: sealed, but not in the one allowed form",
    "bus unknown-message": "on the bus: a message this version does not know",
    "bus unknown-gateway": "on the bus: from a gateway not of this site",
    "bus replayed": "on the bus: replayed or out of order",
    "bus retained": "on the bus: kept by the broker from before, never obeyed",
    "bus unstorable": "on the bus: holds a number or text that no store takes",
    "lost alert": "alerts that came too fast (their gateways send them again)",
    "lost other": "other messages that came too fast",
}
DURESS: Final = Mark(
    "danger",
    "Duress",
    "Cancelled under threat. It stays open and their beacon looks cancelled: do not call, do not ring the bell.",
)
SILENT: Final = Mark("danger", "Silent", "Nothing sounds or lights at the beacon: do not call, do not ring the bell.")
ASKS: Final = Mark(
    "warn", "Asks to cancel", "Cancelled more than 30 seconds after the press. Make sure, then say all clear."
)
DRILL: Final = Mark("note", "Drill", "A test press. Nobody is in need.")
AWAY: Final = "Its beacon was taken out of the roster, perhaps stolen: nobody was alerted, and it gets no answer."
LATE: Final = Mark("warn", "Late, or a copied key", "Its number is from before alerts already heard. Treat it as real.")
CLONE: Final = Mark(
    "warn",
    "Clone or rollback",
    "Two beacons with one key, or one with an old memory. Treat it as real, and tell the technician.",
)
DOUBT: Final = Mark("note", "Storage doubt", "The beacon could not save its numbers.")
LOW: Final = Mark("note", "Battery low", "The beacon may fall silent soon.")
SUSPENDED: Final = Mark("warn", "Suspended", "The roster says this beacon is suspended.")
REVOKED: Final = Mark("warn", "Revoked", "The roster says this beacon was taken out, perhaps stolen.")
STRANGER: Final = Mark("warn", "Not in the roster", "This dashboard's bundle does not know the beacon: make a new one.")


FAR_M: Final = 30  # closer than this, a position says no more than the place


def moved(metres: float | None) -> Mark | None:
    """The mark of a beacon that says it is elsewhere than its place."""
    if metres is None or metres < FAR_M:
        return None
    return Mark("warn", "Moved", f"It says it is {int(metres)} m from its place: go by the map.")


def age_unknown(limit_s: int | None) -> Mark:
    """The mark of an alert whose age its beacon could not prove."""
    upto = "" if limit_s is None else f", up to {span(limit_s)}"
    return Mark("warn", f"Age unknown{upto}", "The beacon had not heard a gateway lately. Treat it as real.")


def span(seconds: float) -> str:
    """A time span for people: 40 s, 12 min, 3 h, 2 d."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size or (unit == "min" and seconds >= 60):
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"


def elapsed(seconds: float) -> str:
    """A counting clock: 0:07, 12:41, 3:02:10, 2 d 4 h."""
    whole = max(0, int(seconds))
    if whole >= 86400:
        return f"{whole // 86400} d {whole % 86400 // 3600} h"
    if whole >= 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
    return f"{whole // 60}:{whole % 60:02d}"


def clock(stamp: float, day: bool = False) -> str:
    """A moment, in UTC; pages put it into the time of the device that shows them."""
    return time.strftime("%d %b %H:%M:%SZ" if day else "%H:%M:%SZ", time.gmtime(stamp))


def listed(people: list[str]) -> str:
    """Ana, Ana and Bo, Ana, Bo and Cy."""
    return people[0] if len(people) == 1 else f"{', '.join(people[:-1])} and {people[-1]}"
