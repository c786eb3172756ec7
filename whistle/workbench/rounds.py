"""Whom to visit and why: what the dashboard last heard, what the bench wrote down, what the survey measured.

A pulse does not carry everything, so each fact has one source and "not known" where that source is silent:

    heard, battery, case, storage, mode     the dashboard's document (`whistle dashboard beacons --json`)
    margin                                  the newest survey slips; else the last pulse, if it came directly (one way)
    software, self-test                     the journal: installs, updates and checks; a survey slip is a test too
    keys, place on the board                the journal: which settings the board got last
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple

import msgspec
from meshwire.presets import PRESETS
from msgspec import Meta

from whistle.site import files
from whistle.site.roster import Beacon, Mode, Node, Place
from whistle.site.site import Site
from whistle.workbench import survey
from whistle.workbench.cache import newness
from whistle.workbench.errors import BadState
from whistle.workbench.journal import Event
from whistle.workbench.survey import Slip

TEST_DAYS: Final = 30
STALE_S: Final = 3600.0
_DAY_S: Final = 86400.0

Seconds = Annotated[float, Meta(ge=0, lt=253_402_300_800)]  # until the year 10000, where calendars end


class Pulse(msgspec.Struct, frozen=True, kw_only=True):
    """What a beacon's last pulse said. Fields a later dashboard adds are ignored."""

    at: Seconds
    battery: int | None = None
    low: bool = False
    doubt: bool = False
    tamper: bool = False
    mode: Mode
    hops: int | None = None
    snr: float | None = None


class BeaconState(msgspec.Struct, frozen=True, kw_only=True):
    """One beacon in the document."""

    node: Node
    heard_at: Seconds | None = None
    pulse: Pulse | None = None


class State(msgspec.Struct, frozen=True, kw_only=True):
    """The document `whistle dashboard beacons --json` writes."""

    v: Literal[1]
    kind: Literal["beacons"]
    site: str
    made_at: Seconds
    roster: int
    preset: str
    quiet_s: dict[str, Seconds]
    beacons: list[BeaconState]

    def of(self, node: int) -> BeaconState | None:
        """What it knows of a beacon; None when its roster has no such beacon."""
        return next((one for one in self.beacons if one.node == node), None)


class Visit(NamedTuple):
    """A beacon: why it is to be visited (empty: it is not), and what nobody knows of it."""

    node: int
    name: str
    place: str
    reasons: list[str]
    unknown: list[str]


class Bench(NamedTuple):
    """What lies at the technician's: journal, slips, and which software is the newest (None: not known)."""

    events: Sequence[Event]
    slips: Sequence[Slip]
    software: str | None


def load(path: Path, site: str) -> State:
    """The dashboard's document, of this site; BadState with one sentence."""
    data = b""
    try:
        data = files.take(path)
        state = msgspec.json.decode(data, type=State)
    except OSError as error:
        raise BadState(
            f"{path} cannot be read ({error.strerror}): write it with `whistle dashboard beacons`."
        ) from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        if files.form(data) > 1:
            raise BadState(files.later(path)) from None
        raise BadState(
            f"{path} is not what `whistle dashboard beacons --json` writes ({error}): write it anew."
        ) from None
    if state.site != site:
        raise BadState(f"{path} is of site {state.site}, ours is {site}: take the right dashboard's.")
    return state


def visits(site: Site, state: State, bench: Bench) -> list[Visit]:
    """Every beacon in use, those with the most reasons first."""
    found = []
    for beacon in site.roster.beacons:
        place = site.roster.place(beacon.node)
        if not beacon.revoked and place is not None:
            found.append(_visit(site, state, bench, beacon, place))
    return sorted(found, key=lambda one: (-len(one.reasons), one.place, one.name))


def newest_software(events: Sequence[Event]) -> str | None:
    """The highest version that was installed or seen, of equal ones the last; None when the journal tells of none."""
    stamps = [entry["software"] for entry in events if entry.get("software")]
    return max(reversed(stamps), key=lambda stamp: newness(stamp.partition(" ")[0]), default=None)


def _visit(site: Site, state: State, bench: Bench, beacon: Beacon, place: Place) -> Visit:
    reasons: list[str] = []
    unknown: list[str] = []
    _heard(beacon, state, reasons, unknown)
    _margin(beacon, state, bench.slips, reasons, unknown)
    _software(beacon, bench, reasons, unknown)
    _keys(site, beacon, place, bench.events, reasons, unknown)
    _tested(beacon, bench, state.made_at, reasons)
    return Visit(beacon.node, place.name, place.public, reasons, unknown)


def _heard(beacon: Beacon, state: State, reasons: list[str], unknown: list[str]) -> None:
    known = state.of(beacon.node)
    if known is None:
        unknown.append("everything the dashboard hears: its bundle is older than this beacon")
        return
    if known.heard_at is None:
        reasons.append("never heard")
    elif state.made_at - known.heard_at > state.quiet_s.get(beacon.mode, 0):
        reasons.append(f"silent for {_span(state.made_at - known.heard_at)}, too long for mode {beacon.mode}")
    if known.pulse is None:
        unknown.append("battery")
        return
    said = (
        (known.pulse.low, "battery low" + (f" ({known.pulse.battery} %)" if known.pulse.battery is not None else "")),
        (known.pulse.tamper, "case open, cable out or a button stuck"),
        (known.pulse.doubt, "doubts its storage"),
        (known.pulse.mode != beacon.mode, f"in mode {known.pulse.mode}, the roster says {beacon.mode}"),
    )
    reasons.extend(words for wrong, words in said if wrong)


def _margin(beacon: Beacon, state: State, slips: Sequence[Slip], reasons: list[str], unknown: list[str]) -> None:
    mine = [slip for slip in survey.newest(slips) if slip.node == beacon.node]
    known = state.of(beacon.node)
    last = known.pulse if known is not None else None
    if mine:
        both = [found for found in map(survey.margin, mine) if found is not None]
        best = max(both, default=None)
        if best is None or best < survey.ENOUGH_DB:
            reasons.append("no way both ways (survey)" if best is None else f"margin {best:.1f} dB (survey)")
    elif last is not None and last.hops == 0 and last.snr is not None and state.preset in PRESETS:
        up = last.snr - survey.least_snr_db(state.preset)
        if up < survey.ENOUGH_DB:
            reasons.append(f"margin {up:.1f} dB towards the gateway (last pulse)")
        unknown.append("margin from the gateway: no survey")
    else:
        unknown.append("margin: no survey, and its last pulse came over a relay or is not known")


def _software(beacon: Beacon, bench: Bench, reasons: list[str], unknown: list[str]) -> None:
    boards = {entry["board"] for entry in _of(bench.events, beacon.node, "provisioned")[-1:]}
    mine = [one for one in bench.events if one.get("software") and one.get("board") in boards]
    if not mine or bench.software is None:
        unknown.append("software: no install or check in the journal")
        return
    stamp = mine[-1]["software"]
    if bench.software not in (stamp, stamp.partition(" ")[0]):
        reasons.append(f"software {stamp}, the newest is {bench.software}")
    elif mine[-1].get("trial"):
        unknown.append(f"software: {stamp} was on trial when it was last seen; `check` says what runs")


def _keys(
    site: Site, beacon: Beacon, place: Place, events: Sequence[Event], reasons: list[str], unknown: list[str]
) -> None:
    given = _of(events, beacon.node, "provisioned")[-1:]
    if not given:
        unknown.append("keys: it was set up without the journal")
        return
    said = (
        (given[0]["epoch"] != beacon.epoch, "its board has not got its newest keys"),
        (given[0]["group_epoch"] != site.file.group_epoch, "old group key"),
        (given[0]["place"] != place.public, f"its board says the old place {given[0]['place']!r}"),
    )
    reasons.extend(words for wrong, words in said if wrong)


def _tested(beacon: Beacon, bench: Bench, now: float, reasons: list[str]) -> None:
    # A tap's self-test shows on the lamp and is not sent: only what the technician did is known.
    times = [entry["at"] for entry in _of(bench.events, beacon.node, "checked") if entry["passed"]][-1:]
    times += [slip.at for slip in bench.slips if slip.node == beacon.node][-1:]
    if not times:
        reasons.append("no self-test known")
    elif now - max(times) > TEST_DAYS * _DAY_S:
        reasons.append(f"last self-test known {_span(now - max(times))} ago")


def _of(events: Sequence[Event], node: int, event: str) -> list[Event]:
    return [entry for entry in events if entry["event"] == event and entry.get("node") == node]


def _span(seconds: float) -> str:
    for unit, size in (("d", _DAY_S), ("h", 3600.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 60:.0f} min"
