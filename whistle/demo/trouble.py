"""The trouble switches: each does the real thing to a real process, cable or air."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from whistle.demo.cable import Cable
from whistle.demo.errors import Refused
from whistle.demo.process import Process

LOSS_SHARE = 0.3


class Air(Protocol):
    """What the switches ask of the simulator: one request, one answer."""

    def ask(self, do: str, **words: Any) -> dict[str, Any]:
        """Answer of the simulator's control."""


@dataclass(frozen=True)
class Switch:
    """One switch: a name, what the page calls it, what turning it does (`off` is None where it springs back), and what
    a visitor is told to look for: a sentence, made from what turning it on gave."""

    name: str
    label: str
    on: Callable[[], Any]
    off: Callable[[], object] | None
    says: Callable[[Any], str]


class Troubles:
    """The switches by name, which of them are on, and how often each was pressed to make trouble."""

    def __init__(self, gateway: Process, broker: Process, cable: Cable, air: Air) -> None:
        self._on: set[str] = set()
        self._pressed: Counter[str] = Counter()
        self._switches = {switch.name: switch for switch in _table(gateway, broker, cable, air)}

    def turn(self, name: str, on: bool) -> str:
        """Turn one switch; what to look for now. Raises Refused for a name that is none."""
        switch = self._switches.get(name)
        if switch is None:
            raise Refused(f"There is no switch {name!r}: there are {', '.join(self._switches)}.")
        said = ""
        if on:
            said = switch.says(switch.on())
            self._pressed[name] += 1
        elif switch.off is not None:
            switch.off()
        if switch.off is not None:
            (self._on.add if on else self._on.discard)(name)
        return said

    def state(self) -> list[dict[str, Any]]:
        """Every switch with its label, whether it is on, whether it springs back, and how often it was pressed."""
        return [
            {
                "name": s.name,
                "label": s.label,
                "on": s.name in self._on,
                "springs_back": s.off is None,
                "pressed": self._pressed[s.name],
            }
            for s in self._switches.values()
        ]


def _table(gateway: Process, broker: Process, cable: Cable, air: Air) -> list[Switch]:
    """The switches in the order of the page."""

    def asks(do: str, **words: Any) -> Callable[[], dict[str, Any]]:
        return lambda: air.ask(do, **words)

    lossy, clean = asks("loss", share=LOSS_SHARE), asks("loss", share=0.0)
    noisy, quiet = asks("jam", on=True), asks("jam", on=False)
    return [
        Switch("gateway", "Kill the gateway (SIGKILL)", gateway.kill, gateway.start, _always(GATEWAY)),
        Switch("broker", "Stop the broker", broker.kill, broker.start, _always(BROKER)),
        Switch("dashboard", "Cut the dashboard's cable", cable.cut, cable.plug, _always(CABLE)),
        Switch("loss", "Lose 30 % of all frames", lossy, clean, _always(LOSS)),
        Switch("jam", "Jam the air", noisy, quiet, _always(JAM)),
        Switch("forge", "Forge an alert", asks("forge"), None, _always(FORGE)),
        Switch("replay", "Replay yesterday's alert", asks("replay"), None, _replayed),
    ]


GATEWAY = "Nobody answers now. Hold the button: the beacon goes on calling until the gateway is back."
BROKER = "The gateway still hears and keeps every alert, but the captain's page cannot get it, and says so."
CABLE = "The captain's page is cut off, and says so. What the gateway hears meanwhile, it keeps."
LOSS = "Every receiver loses three frames in ten. Hold the button: relays and repeats make up for it."
JAM = "Nobody hears anything. Hold the button: the beacon goes on calling until the air is free."
FORGE = "A stranger has sent an alert with a false seal: the gateway refuses it, and no card appears."


def _always(sentence: str) -> Callable[[Any], str]:
    return lambda _gave: sentence


def _replayed(gave: dict[str, Any]) -> str:
    sent = gave.get("sent")
    if not sent:
        return "Nobody has said anything yet, so there is nothing to send again: wait a moment."
    if gave.get("kept") == "pulse":
        return (
            f"Nobody has called yet: a stranger sends the first signs of life again, {sent} frames. None counts twice."
        )
    return f"A stranger sends {sent} frames: no second card appears. What was absorbed is told every 20 s."
