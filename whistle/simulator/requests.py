"""What can be asked of a running simulation over the control port: one table, plain values in, plain values out.

Runs in the simulation's thread. Every refusal is a BadRequest with one sentence.
"""

from collections.abc import Callable
from typing import Any

from whistle.simulator.beacons import Beacon
from whistle.simulator.errors import BadRequest
from whistle.simulator.propagation import Spot
from whistle.simulator.simulation import Simulation

LARGEST_FRAME = 255

Request = dict[str, Any]
Answer = dict[str, Any]


class Requests:
    """Carries out requests `{"do": name, ...}` on one simulation."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._table: dict[str, Callable[[Request], Answer]] = {
            "nodes": self._nodes,
            "button": self._button,
            "state": self._state,
            "loss": self._loss,
            "jam": self._jam,
            "inject": self._inject,
            "forge": self._forge,
            "record": self._record,
            "replay": self._replay,
            "power": self._power,
            "flash": self._flash,
            "battery": self._battery,
            "stats": self._stats,
            "seed": self._seed,
        }

    def answer(self, request: Request) -> Answer:
        """Do what is asked and say what came of it; BadRequest when it cannot be done."""
        do = request.get("do")
        act = self._table.get(do) if isinstance(do, str) else None
        if act is None:
            raise BadRequest(f"no request {do!r}; there are {', '.join(sorted(self._table))} and watch")
        return act(request)

    # Looking

    def _nodes(self, request: Request) -> Answer:
        nodes = [
            {
                "node": spec.node,
                "kind": spec.__struct_config__.tag,
                "name": spec.name,
                "x": spec.x,
                "y": spec.y,
                "listen": getattr(spec, "listen", ""),
            }
            for spec in self._simulation.scenario.nodes
        ]
        return {"nodes": nodes, "centre": list(self._simulation.scenario.centre)}

    def _state(self, request: Request) -> Answer:
        beacon = self._beacon(request)
        answer: Answer = {"node": beacon.node, "name": beacon.name, "on": beacon.on, "failure": beacon.failure}
        return answer | {"lamp": False, "colour": "", "pattern": "dark", "whistle": False, "call": ""} | beacon.state()

    def _stats(self, request: Request) -> Answer:
        return self._simulation.stats()

    def _seed(self, request: Request) -> Answer:
        return {"seed": self._simulation.seed, "began": self._simulation.began}

    # The resident

    def _button(self, request: Request) -> Answer:
        which = request.get("button", 0)
        if which not in (0, 1):
            raise BadRequest(f"button {which!r} is none; there is 0, the alarm button, and 1, the second button")
        self._beacon(request).press(_flag(request, "down"), which)
        return {}

    def _power(self, request: Request) -> Answer:
        on, node = _flag(request, "on"), request.get("node")
        simulation = self._simulation
        if node in simulation.relays:
            simulation.relays[node].power(on)
        elif node in simulation.radios:
            simulation.radios[node].power(on)
        else:
            self._beacon(request).power(on)
        return {}

    def _battery(self, request: Request) -> Answer:
        percent = request.get("percent")
        if not isinstance(percent, int) or not 0 <= percent <= 101:
            raise BadRequest(f"percent {percent!r} is none; write 0 to 100, or 101 for power from outside")
        self._beacon(request).charge(percent)
        return {}

    def _flash(self, request: Request) -> Answer:
        beacon, op = self._beacon(request), request.get("op")
        if op == "save":
            beacon.flash.keep()
        elif op == "rollback":
            if not beacon.flash.roll_back():
                raise BadRequest(f"nothing was saved of beacon {beacon.node}; ask for op save first")
            beacon.restart()
        elif op == "clone":
            copy = self._simulation.beacon(_number(request, "to"))
            copy.flash.copy_from(beacon.flash)
            copy.restart()
        elif op in ("wear", "mend"):
            beacon.flash.writable = op == "mend"
        else:
            raise BadRequest(f"flash op {op!r} is none; there are save, rollback, clone (with to), wear and mend")
        return {}

    # Trouble on the air

    def _loss(self, request: Request) -> Answer:
        share = request.get("share")
        if not isinstance(share, int | float) or isinstance(share, bool) or not 0 <= share <= 1:
            raise BadRequest(f"share {share!r} is none; write a number from 0 to 1")
        self._simulation.air.set_loss(float(share))
        return {"share": float(share)}

    def _jam(self, request: Request) -> Answer:
        self._simulation.air.jam(_flag(request, "on"))
        return {}

    def _inject(self, request: Request) -> Answer:
        text = request.get("frame")
        try:
            raw = bytes.fromhex(text) if isinstance(text, str) else b""
        except ValueError:
            raw = b""
        if not 0 < len(raw) <= LARGEST_FRAME:
            raise BadRequest("frame must be 1 to 255 bytes in hex")
        return {"sent": self._simulation.hostile.send([raw], self._near(request))}

    def _forge(self, request: Request) -> Answer:
        simulation = self._simulation
        node = request.get("node") or next(iter(simulation.beacons), None)
        if not isinstance(node, int) or not 0 < node < 0xFFFFFFFF:
            raise BadRequest(f"node {node!r} is none to forge; name a node number")
        place = simulation.beacons[node].place if node in simulation.beacons else "34th & Cedar"
        frame = simulation.hostile.forged(node, place)
        return {"sent": simulation.hostile.send([frame], self._near(request)), "node": node}

    def _record(self, request: Request) -> Answer:
        recorder = self._simulation.hostile.recorder
        if request.get("clear"):
            recorder.frames.clear()
        return {"kept": len(recorder.frames)}

    def _replay(self, request: Request) -> Answer:
        hostile = self._simulation.hostile
        kept = "alert" if hostile.recorder.frames else "pulse"
        return {"sent": hostile.send(hostile.replayed(), self._near(request)), "kept": kept}

    # Reading a request

    def _beacon(self, request: Request) -> Beacon:
        return self._simulation.beacon(_number(request, "node"))

    def _near(self, request: Request) -> Spot:
        near = request.get("near")
        return Spot(0, 0.0, 0.0) if near is None else self._simulation.spot(_number(request, "near"))


def _number(request: Request, name: str) -> int:
    value = request.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadRequest(f"{name} {value!r} is no node number; write a whole number")
    return value


def _flag(request: Request, name: str) -> bool:
    value = request.get(name)
    if not isinstance(value, bool):
        raise BadRequest(f"{name} {value!r} is neither true nor false; write one of them")
    return value
