"""Whether this dashboard may be blind, in sentences for a captain: one pure function over what is known.

blind   an alert raised now may not reach this screen
warn    something is missing that watching can still do without
"""

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from dashboard.silence import Silence
from whistle.bus.messages import State

Level = Literal["blind", "warn"]
QUIET_S: Final = 60.0  # a gateway speaks at least this often
LOST_S: Final = 75.0  # more than three of its heartbeats are missing: nothing is expected of it (promised: 180 s)
CLOCK_S: Final = 120.0


class Trouble(NamedTuple):
    """One thing that is wrong, and what to do."""

    level: Level
    text: str


STOPPED: Final = Trouble("blind", "This dashboard has stopped looking after itself: start it again.")
FAULTY: Final = Trouble("blind", "This dashboard has a fault of its own (its log says which): start it again.")


class GatewayFacts(NamedTuple):
    """A gateway: `quiet_s` since its last word, None when it never spoke since this dashboard started."""

    name: str
    quiet_s: float | None
    clock_off_s: float
    state: State | None
    silence: Silence | None = None


class Facts(NamedTuple):
    """All that decides: steady seconds since the start, troubles of link, store and what takes in, the gateways."""

    up_s: float
    link: str | None
    store: str | None
    unread: str | None
    ingest: bool
    ingest_failed: bool
    dropped: int
    gateways: tuple[GatewayFacts, ...]
    watchers: int


def troubles(facts: Facts) -> list[Trouble]:
    """Every trouble, the worst first."""
    found = [*_own(facts)]
    silent = [gateway for gateway in facts.gateways if _lost(gateway, facts.up_s)]
    everyone = len(silent) == len(facts.gateways)
    if not facts.gateways:
        found.append(Trouble("blind", "No gateway belongs to this site: make a bundle for one."))
    if facts.link is None:
        for gateway in facts.gateways:
            found += _gateway(gateway, facts.up_s, "blind" if everyone else "warn")
    if facts.watchers == 0:
        found.append(Trouble("warn", "Nobody is on watch: whoever presses now is not told that anyone sees it."))
    return sorted(found, key=lambda trouble: trouble.level != "blind")


def _own(facts: Facts) -> Iterable[Trouble]:
    if not facts.ingest:
        yield Trouble("blind", "This dashboard has stopped taking in alerts: start it again.")
    if facts.ingest_failed:
        yield Trouble("blind", "Something could not be taken in (the log says what): start this dashboard again.")
    if facts.unread is not None:
        yield Trouble("blind", facts.unread)
    if facts.link is not None:
        yield Trouble("blind", f"The line to the broker is down, no alert can arrive. {facts.link}")
    if facts.store is not None:
        yield Trouble(
            "blind",
            f"Nothing can be stored ({facts.store}): make room on the disk. Gateways keep their alerts until then.",
        )
    if facts.dropped:
        yield Trouble(
            "warn",
            f"{facts.dropped} messages came faster than they could be stored; alerts among them "
            "are sent again by their gateways.",
        )


def _lost(gateway: GatewayFacts, up_s: float) -> bool:
    """Whether alerts can be expected through it no longer."""
    if (up_s if gateway.quiet_s is None else gateway.quiet_s) > LOST_S:
        return True
    return gateway.state is not None and gateway.quiet_s is not None and (gateway.state.cut_off or _deaf(gateway.state))


def _deaf(state: State) -> bool:
    return not any(radio.up for radio in state.radios)


def _gateway(gateway: GatewayFacts, up_s: float, worst: Level) -> Iterable[Trouble]:
    quiet = up_s if gateway.quiet_s is None else gateway.quiet_s
    if quiet > QUIET_S:
        level = worst if quiet > LOST_S else "warn"
        yield Trouble(level, f"No word from gateway {gateway.name} for {_span(quiet)}: is it on, and on the network?")
        return
    if gateway.quiet_s is None or gateway.state is None:
        yield Trouble("warn", f"Waiting for the first word of gateway {gateway.name}.")
        return
    yield from _state(gateway, gateway.state, worst)


def _state(gateway: GatewayFacts, state: State, worst: Level) -> Iterable[Trouble]:
    name = gateway.name
    if state.cut_off:
        yield Trouble(worst, f"Gateway {name} does not hear this dashboard: alerts may come late, answers not at all.")
    down = [radio.url for radio in state.radios if not radio.up]
    if _deaf(state):
        which = f" ({', '.join(down)})" if down else ""
        yield Trouble(worst, f"Gateway {name} hears nothing: no radio of it works{which}. Check plug and antenna.")
    elif down:
        yield Trouble("warn", f"Gateway {name} has lost a radio ({', '.join(down)}): check plug and antenna.")
    if not _deaf(state) and gateway.silence is not None and gateway.silence.meaningful:
        yield Trouble(
            "warn",
            f"Gateway {name} has heard no beacon for {_span(gateway.silence.for_s)}, where one every "
            f"{gateway.silence.every_s:.0f} s is usual: the air may be jammed, or its antenna off. Look there first.",
        )
    if abs(gateway.clock_off_s) > CLOCK_S:
        which = "behind" if gateway.clock_off_s > 0 else "ahead"
        yield Trouble(
            "warn",
            f"The clock of gateway {name} is {_span(abs(gateway.clock_off_s))} {which}, or its words "
            "are delayed: ages may be wrong.",
        )
    if not state.freshness_proven:
        yield Trouble(
            "warn",
            f"Gateway {name} was restored from a backup: it cannot yet tell late alerts from fresh "
            "ones, and refuses none.",
        )


def _span(seconds: float) -> str:
    """Coarse on purpose: a sentence that changes every second would be read out every second."""
    if seconds < 120:
        return f"{int(seconds // 15) * 15} s"
    return f"{int(seconds // 60)} min" if seconds < 7200 else f"{int(seconds // 3600)} h"
