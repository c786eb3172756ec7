"""What was measured where beacons hang, and what it means: which places are weak, and where a relay would help.

A slip is one place and one gateway, both directions (docs/survey.md says where each number comes from). The margin of a
way is its signal-to-noise ratio above the least that the preset's spreading factor is still read at; of a place, that
of its best way, by the weaker of the two directions: a press that is heard and an answer that is not are no help.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple

import msgspec
from meshwire.presets import PRESETS
from msgspec import Meta

from whistle.site import files
from whistle.site.roster import Node, Place
from whistle.workbench.errors import BadSlips

NAME: Final = "survey.jsonl"
MOST: Final = 64 << 20  # bytes: of slips there are some hundred thousand
ENOUGH_DB: Final = 10.0
REACH_M: Final = 200.0

# The least signal-to-noise ratio, dB, that an SX1262 still demodulates, by spreading factor (its datasheet's table).
LEAST_SNR_DB: Final = {5: -2.5, 6: -5.0, 7: -7.5, 8: -10.0, 9: -12.5, 10: -15.0, 11: -17.5, 12: -20.0}


class Heard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A frame as it arrived: dB, dBm; `hops` it travelled, `relay` the last byte of who sent it last (0 hops: none)."""

    snr: float
    rssi: float | None = None
    hops: Annotated[int, Meta(ge=0, le=7)] = 0
    relay: Annotated[int, Meta(ge=0, le=255)] | None = None


class Slip(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One place and one gateway. `up`: as the gateway heard the beacon; `down`: the other way; None: not heard."""

    v: Literal[1] = 1
    at: Annotated[float, Meta(ge=0)]
    node: Node
    place: str
    gateway: str
    preset: str
    up: Heard | None = None
    down: Heard | None = None


class Standing(NamedTuple):
    """A place and how it is connected. `margin` in dB, None when nothing goes both ways; `relays` it hangs on."""

    node: int
    place: str
    margin: float | None
    gateway: str | None
    direct: bool
    relays: frozenset[int]

    @property
    def word(self) -> str:
        """What the lamp would show: good, weak, none."""
        return "none" if self.margin is None else "good" if self.margin >= ENOUGH_DB else "weak"


class Advice(NamedTuple):
    """A relay at this node's place would serve those nodes."""

    node: int
    serves: tuple[int, ...]


class Report(NamedTuple):
    """Weakest first; `hanging`: on one relay alone; `unserved`: weak, and no good place within reach."""

    standings: list[Standing]
    hanging: list[Standing]
    advice: list[Advice]
    unserved: list[int]

    @property
    def weak(self) -> list[Standing]:
        """Places under ten dB of margin, or without any way."""
        return [one for one in self.standings if one.word != "good"]


def read(path: Path, named: bool = False) -> list[Slip]:
    """The slips of a file, one JSON object a line; BadSlips names the line. No file: no slips, unless it was named."""
    try:
        lines = files.take(path, MOST).splitlines()
    except FileNotFoundError:
        if named:
            raise BadSlips(f"There are no slips {path}: name the file that `survey --collect` wrote.") from None
        return []
    except OSError as error:
        raise BadSlips(f"The slips {path} cannot be read ({error.strerror}): name the right file.") from None
    return [_slip(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]


def least_snr_db(preset: str) -> float:
    """The least ratio at which this preset is read; KeyError for none of Meshtastic's."""
    return LEAST_SNR_DB[PRESETS[preset].sf]


def margin(slip: Slip) -> float | None:
    """The weaker direction's margin, dB; None when one of them was not heard."""
    if slip.up is None or slip.down is None:
        return None
    return min(slip.up.snr, slip.down.snr) - least_snr_db(slip.preset)


def newest(slips: Iterable[Slip]) -> list[Slip]:
    """Of each place and gateway the slip that was written last: a clock may have been set back in between."""
    last: dict[tuple[int, str], Slip] = {}
    for slip in slips:
        last.pop((slip.node, slip.gateway), None)  # so that what is newest comes last
        last[slip.node, slip.gateway] = slip
    return list(last.values())


def report(slips: Iterable[Slip], places: Sequence[Place], reach_m: float = REACH_M) -> Report:
    """What the newest slips say of the places of the roster that were measured; others are left out."""
    by_node: dict[int, list[Slip]] = defaultdict(list)
    for slip in newest(slips):
        by_node[slip.node].append(slip)
    known = {place.node: place for place in places}
    standings = sorted(
        (_standing(node, found) for node, found in by_node.items() if node in known),
        key=lambda one: (-math.inf if one.margin is None else one.margin, one.place),
    )
    hanging = [one for one in standings if not one.direct and len(one.relays) == 1]
    return Report(standings, hanging, *_advised(standings, known, reach_m))


def _standing(node: int, slips: Sequence[Slip]) -> Standing:
    ways = [(found, slip) for slip in slips if (found := margin(slip)) is not None]
    best = max(ways, key=lambda way: way[0], default=None)
    frames = [heard for _, slip in ways for heard in (slip.up, slip.down) if heard is not None]
    direct = any(
        slip.up is not None and slip.down is not None and not slip.up.hops + slip.down.hops for _, slip in ways
    )
    return Standing(
        node,
        slips[-1].place,
        None if best is None else best[0],
        None if best is None else best[1].gateway,
        direct,
        frozenset(heard.relay for heard in frames if heard.hops and heard.relay is not None),
    )


def _advised(standings: Sequence[Standing], places: dict[int, Place], reach_m: float) -> tuple[list[Advice], list[int]]:
    """Good places with weak ones within reach, the one that serves most first; and the weak ones that none serves."""
    weak = {one.node for one in standings if one.word != "good"}
    good = [one.node for one in standings if one.word == "good" and one.direct]
    near = {at: {node for node in weak if _metres(places[at], places[node]) <= reach_m} for at in good}
    advice: list[Advice] = []
    while near and (served := near[best := max(near, key=lambda at: (len(near[at]), -at))] & weak):
        advice.append(Advice(best, tuple(sorted(served))))
        weak -= served
        near = {at: nodes - served for at, nodes in near.items()}
    return advice, sorted(weak)


def _metres(one: Place, other: Place) -> float:
    east = math.radians(one.lon - other.lon) * math.cos(math.radians(one.lat))
    return 6_371_008.8 * math.hypot(east, math.radians(one.lat - other.lat))


def _slip(path: Path, number: int, line: bytes) -> Slip:
    try:
        slip = msgspec.json.decode(line, type=Slip)
        least_snr_db(slip.preset)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        if files.form(line) > 1:
            raise BadSlips(files.later(f"{path}, line {number},")) from None
        raise BadSlips(f"{path}, line {number}: {error}: take the line out, or measure that place again.") from None
    except KeyError as error:
        raise BadSlips(f"{path}, line {number}: {error} is no preset of Meshtastic's: take the line out.") from None
    return slip
