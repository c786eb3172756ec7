"""The trouble switches: each does the real thing to a real process, cable or air."""

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
    """One switch: a name, what the page calls it, and what turning it does; `off` is None where it springs back."""

    name: str
    label: str
    on: Callable[[], object]
    off: Callable[[], object] | None


class Troubles:
    """The switches by name, and which of them are on."""

    def __init__(self, gateway: Process, broker: Process, cable: Cable, air: Air) -> None:
        self._on: set[str] = set()
        self._switches = {switch.name: switch for switch in _table(gateway, broker, cable, air)}

    def turn(self, name: str, on: bool) -> None:
        """Turn one switch; raises Refused for a name that is none."""
        switch = self._switches.get(name)
        if switch is None:
            raise Refused(f"There is no switch {name!r}: there are {', '.join(self._switches)}.")
        if on:
            switch.on()
        elif switch.off is not None:
            switch.off()
        if switch.off is not None:
            (self._on.add if on else self._on.discard)(name)

    def state(self) -> list[dict[str, Any]]:
        """Every switch with its label, whether it is on, and whether it springs back."""
        return [
            {"name": s.name, "label": s.label, "on": s.name in self._on, "springs_back": s.off is None}
            for s in self._switches.values()
        ]


def _table(gateway: Process, broker: Process, cable: Cable, air: Air) -> list[Switch]:
    return [
        Switch("gateway", "Kill the gateway (SIGKILL)", gateway.kill, gateway.start),
        Switch("broker", "Stop the broker", broker.kill, broker.start),
        Switch("dashboard", "Cut the dashboard's cable", cable.cut, cable.plug),
        Switch(
            "loss",
            "Lose 30 % of all frames",
            lambda: air.ask("loss", share=LOSS_SHARE),
            lambda: air.ask("loss", share=0.0),
        ),
        Switch("jam", "Jam the air", lambda: air.ask("jam", on=True), lambda: air.ask("jam", on=False)),
        Switch("forge", "Forge an alert", lambda: air.ask("forge"), None),
        Switch("replay", "Replay yesterday's alert", lambda: air.ask("replay"), None),
    ]
