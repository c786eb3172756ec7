"""Which pages have made parts, and what makes each part."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from alertwire import kinds
from alertwire.receipt import pack_answer

from tools.travels import anatomy, journey, onbus, tables, times
from tools.travels.markdown import dump, fence, spaced, table

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = ("docs/how-an-alert-travels.md", "docs/resident.md")
PART: Final = re.compile(r"<!-- made: ([a-z-]+) -->\n.*?<!-- end -->", re.S)

HEARD: Final = pack_answer(kinds.HEARD)
COMING: Final = pack_answer(kinds.COMING, ordinal=1)


class NoSuchPart(Exception):
    """A page asks for a part that nothing makes."""


def made(text: str) -> str:
    """A page with all its made parts made anew."""

    def part(found: re.Match[str]) -> str:
        name = found[1]
        if name not in PARTS:
            raise NoSuchPart(f"nothing makes {name}: there are {', '.join(PARTS)}")
        return f"<!-- made: {name} -->\n\n{PARTS[name]()}\n\n<!-- end -->"

    return PART.sub(part, text)


def cast() -> str:
    """Who and what the page's alert is made of."""
    return table(
        ("what", "here"),
        (
            ["master key", f"{spaced(journey.MASTER[:3])} … {spaced(journey.MASTER[-1:])} (never do this)"],
            ["site id", spaced(journey.SITE)],
            ["beacon", f"`!{journey.NODE:08x}`, at *{journey.PLACE}*, device epoch {journey.EPOCH}"],
            ["channel", f"`{journey.CHANNEL}`, key {spaced(journey.PSK[:3])} … {spaced(journey.PSK[-1:])}"],
            ["air", f"{journey.PRESET}: SF{journey.MODEM.sf}, {journey.MODEM.bw_hz // 1000} kHz"],
            ["`up` key of the beacon", f"`{journey.KEYS.up.hex()}`"],
            ["`down` key of the beacon", f"`{journey.KEYS.down.hex()}`"],
            ["`status` key of the beacon", f"`{journey.KEYS.status.hex()}`"],
            ["group key of the site", f"`{journey.GROUP.hex()}`"],
        ),
    )


def sizes() -> str:
    """Length and airtime of each frame of the page."""
    flights = {
        "line": journey.alert(),
        "receipt with one answer": journey.answered(HEARD, journey.RECEIPT_ID),
        "beacon pulse": journey.alive(),
        "gateway pulse": journey.tick(COMING),
    }
    head = ("frame", "port", "payload, bytes", "frame, bytes", f"airtime on {journey.PRESET}, ms")
    return table(
        head,
        (
            [name, str(one.port), str(len(one.payload)), str(len(one.frame)), f"{one.airtime_ms:.1f}"]
            for name, one in flights.items()
        ),
    )


def decode() -> str:
    """The command that reads the page's line."""
    return fence("sh", [f"echo {journey.alert().frame.hex()} |", f"  whistle air decode {journey.channel_words()}"])


def relay() -> str:
    """What a relay changes in a frame: the bytes that differ."""
    first = journey.alert().frame
    again = journey.relayed(first)
    changed = [at for at in range(len(first)) if first[at] != again[at]]
    what = {12: "flags: one hop less", 15: "relay node: the last byte of who repeats it"}
    rows = ([str(at), f"`{first[at]:02x}`", f"`{again[at]:02x}`", what[at]] for at in changed)
    return table(("at", "as it left the beacon", "as the relay sends it", "what"), rows)


def polls() -> str:
    """The routine pulse beside the same pulse that says an alert stands."""
    rows = []
    for name, one in (("routine", journey.alive()), ("an alert stands, *shown* is known", journey.poll())):
        rows.append([name, spaced(one.payload[:24]), spaced(one.payload[24:28]), spaced(one.payload[28:])])
    return table(("what it says", "metrics and head", "status", "tag"), rows)


PARTS: Final[dict[str, Callable[[], str]]] = {
    "cast": cast,
    "finger": times.finger,
    "gestures": tables.gestures,
    "line-text": lambda: anatomy.readable(journey.alert().payload),
    "line-seal": lambda: anatomy.line_seal(journey.alert().payload),
    "line-data": lambda: anatomy.data(journey.alert()),
    "line-header": lambda: anatomy.header(journey.alert()),
    "line-frame": lambda: dump(journey.alert().frame),
    "decode": decode,
    "sizes": sizes,
    "relay": relay,
    "unanswered": lambda: f"{times.unanswered()} …",
    "story": times.story,
    "refusals": tables.refusals,
    "lines": tables.lines,
    "pulses": tables.pulses,
    "receipt-text": lambda: anatomy.readable(journey.answered(HEARD, journey.RECEIPT_ID).payload),
    "receipt-seal": lambda: anatomy.receipt_seal(journey.answered(HEARD, journey.RECEIPT_ID).payload),
    "receipt-frame": lambda: dump(journey.answered(HEARD, journey.RECEIPT_ID).frame),
    "coming-text": lambda: anatomy.readable(journey.answered(COMING, journey.COMING_ID).payload),
    "coming-seal": lambda: anatomy.receipt_seal(journey.answered(COMING, journey.COMING_ID).payload),
    "pulse": lambda: anatomy.beacon_pulse(journey.alive().payload, "plain `00 00 00 00`: nothing stands"),
    "pulse-frame": lambda: dump(journey.alive().frame),
    "polls": polls,
    "gateway-pulse": lambda: anatomy.gateway_pulse(
        journey.tick(COMING).payload, "*coming*, to the poll above; nobody but that beacon can tell"
    ),
    "gateway-pulse-frame": lambda: dump(journey.tick(COMING).frame),
    "bus-message": onbus.message,
    "bus-envelope": onbus.sealed,
    "answering": times.answering,
    "limits": times.limits,
    "life-of-a-call": tables.life_of_a_call,
    "calls": tables.calls,
    "open-states": tables.open_states,
    "card": tables.card,
    "cards": tables.cards,
    "lamps": tables.lamps,
}
