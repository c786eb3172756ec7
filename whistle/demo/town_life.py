"""The demo from its first step to its last: make the neighbourhood, start its processes, stop them all."""

import secrets
import shlex
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from whistle.demo import jsonlines
from whistle.demo.broker import broker
from whistle.demo.cable import Cable
from whistle.demo.errors import DemoError
from whistle.demo.neighbourhood import Neighbourhood, lay_out
from whistle.demo.ports import LOOPBACK, claim, free_port
from whistle.demo.process import Process, whistle
from whistle.demo.supervisor import Supervisor
from whistle.demo.trouble import Troubles
from whistle.simulator.control import Control
from whistle.simulator.errors import SimulatorError

CAPTAIN = "Maria"
READY_S = 60.0
HOLD_S = 1.7


class AirControl:
    """The simulator's control port, one connection a question: a switch is turned seldom, and from any thread."""

    def __init__(self, port: int) -> None:
        self._port = port

    def ask(self, do: str, **words: Any) -> dict[str, Any]:
        """The simulator's answer; DemoError with its sentence when it refuses or is gone."""
        try:
            with Control(LOOPBACK, self._port) as control:
                return control.ask(do, **words)
        except SimulatorError as error:
            raise DemoError(str(error)) from error


class TownLife:
    """Everything that runs while the demo runs. `begin` does the steps; `stop` may be called at any time."""

    def __init__(self, folder: Path, port: int, seed: int, beacons: int) -> None:
        self.page = claim(port, "--port")
        self.password = secrets.token_urlsafe(6)
        self._folder, self._seed, self._beacons = folder, seed, beacons
        self._radio, self._control, self._bus, self._plug, self._ask = (free_port() for _ in range(5))
        self._processes: list[Process] = []  # in the order they are started
        self._cable: Cable | None = None
        self._supervisor: Supervisor | None = None
        self._ended = threading.Event()
        self._held = 0

    def begin(self) -> Iterator[str]:
        """Each step's name before it is done; NotReady or PortBusy when one cannot be."""
        yield f"A town with {self._beacons} beacons: places, keys, roster, a settings file for every board"
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        town = lay_out(self._folder, self._seed, self._radio, self._beacons)
        self._held = town.held
        self._make(town)
        names = [process.name for process in self._processes]
        for process in self._processes:
            process.start()
        for process, port in zip(self._processes, self._doors(), strict=True):
            yield f"The {process.name}" + (f" ({Path(process.argv[0]).name})" if process.name == names[0] else "")
            process.wait_port(port, READY_S) if port else None

    def press(self, hold_s: float = HOLD_S) -> None:
        """Hold the visitor's beacon once, unless the demo ends first."""
        air = AirControl(self._control)
        air.ask("button", node=self._held, down=True)
        self._ended.wait(hold_s)
        air.ask("button", node=self._held, down=False)

    def wait(self, seconds: float) -> bool:
        """Wait so long; True when the demo was ended meanwhile."""
        return self._ended.wait(seconds)

    def watch(self) -> str:
        """Return the name of a process that died unasked, or "" when the demo is ended."""
        return "" if self._supervisor is None or self._ended.is_set() else self._supervisor.watch()

    def end(self) -> None:
        """Make `watch` and `wait` return; safe to call from a signal handler."""
        self._ended.set()
        if self._supervisor is not None:
            self._supervisor.end()

    def stop(self) -> None:
        """Stop what was started, the last first."""
        self.end()
        for process in reversed(self._processes):
            process.stop()
        if self._cable is not None:
            self._cable.close()

    def log(self, name: str) -> Path:
        """Where a process of this name writes its log."""
        return self._folder / f"{name}.log"

    @property
    def bus(self) -> str:
        """Where the demo's broker listens."""
        return f"mqtt://{LOOPBACK}:{self._bus}"

    @property
    def looking(self) -> dict[str, str]:
        """Commands that look at what passes over the bus: the open feed, and the sealed rest with the site's keys."""
        found = "whistle" if shutil.which("whistle") else str(Path(sys.executable).with_name("whistle"))
        watch = [found, "bus", "watch", "--bundle", str(self._folder / "dashboard.json"), "--broker", self.bus]
        feed = ["mosquitto_sub", "-h", LOOPBACK, "-p", str(self._bus), "-t", "whistle/open/#", "-v"]
        return {"Open feed:": shlex.join(feed), "Sealed bus:": shlex.join(watch)}

    def _make(self, town: Neighbourhood) -> None:
        bus = broker(self._bus, self._folder)
        air = Process("air", self._air(town), self.log("air"))
        gateway = Process("gateway", self._gateway(town), self.log("gateway"))
        dashboard = Process(
            "dashboard", self._dashboard(), self.log("dashboard"), {"WHISTLE_DEMO_PASSWORD": self.password}
        )
        self._processes = [bus, air, gateway, dashboard]
        self._cable = Cable(self._plug, self._bus)
        troubles = Troubles(gateway, bus, self._cable, AirControl(self._control))
        self._supervisor = Supervisor(troubles, self._processes)
        jsonlines.serve(self._ask, self._supervisor.answer)

    def _doors(self) -> list[int]:
        """The port each process answers on once it is ready; the gateway has none, it only calls."""
        return [self._bus, self._control, 0, self.page]

    def _air(self, town: Neighbourhood) -> list[str]:
        words = ["--scenario", str(town.scenario), "--seed", str(self._seed)]
        return whistle("simulator", "run", *words, "--control", f"{LOOPBACK}:{self._control}")

    def _gateway(self, town: Neighbourhood) -> list[str]:
        words = ["--bundle", str(town.gateway_bundle), "--data", str(self._folder / "ledger")]
        source = ["--source", f"tcp://{LOOPBACK}:{self._radio}"]
        return whistle("gateway", "run", *words, *source, "--broker", self.bus)

    def _dashboard(self) -> list[str]:
        numbers = {
            "--listen": self.page,
            "--control": self._control,
            "--supervisor": self._ask,
            "--broker": f"mqtt://{LOOPBACK}:{self._plug}",
            "--open-feed": f"mqtt://{LOOPBACK}:{self._plug}",
            "--folder": self._folder,
            "--captain": CAPTAIN,
        }
        words = [str(word) for pair in numbers.items() for word in pair]
        return [sys.executable, "-m", "whistle.demo.serving", *words]
