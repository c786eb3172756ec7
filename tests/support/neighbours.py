"""A neighbourhood of separate processes for the fault tests: broker, air, gateway, dashboard, each killable."""

import subprocess
import sys
from pathlib import Path

from whistle.demo.broker import broker
from whistle.demo.neighbourhood import Neighbourhood, lay_out
from whistle.demo.ports import free_port
from whistle.demo.process import Process, whistle

DYING = Path(__file__).parent / "dying_gateway.py"
CAPTAIN, PASSWORD = "Maria", "one two three four"
READY_S = 60.0


class Neighbours:
    """The processes of one neighbourhood in `folder`. Nothing is started before `start`."""

    def __init__(self, folder: Path, seed: int, beacons: int, loss: float) -> None:
        self.folder = folder
        self.radio, self.control, self.bus, self.page = (free_port() for _ in range(4))
        self.town: Neighbourhood = lay_out(folder, seed, self.radio, beacons)
        self.broker = broker(self.bus, folder)
        self.air = Process("air", self._air(seed, loss), folder / "air.log")
        self.dashboard = Process("dashboard", self._dashboard(), folder / "dashboard.log")
        self.gateway = self.gateway_that_dies("never")

    def gateway_that_dies(self, step: str) -> Process:
        """The gateway, with its death planned at a step of `dying_gateway.STEPS`; not started."""
        words = ["run", "--bundle", str(self.town.gateway_bundle), "--data", str(self.folder / "ledger")]
        words += ["--source", f"tcp://127.0.0.1:{self.radio}", "--broker", f"mqtt://127.0.0.1:{self.bus}"]
        return Process("gateway", [sys.executable, str(DYING), step, *words], self.folder / "gateway.log")

    def start(self) -> None:
        """Everything but the gateway, ready; a captain may sign in."""
        add = whistle("dashboard", "add-person", CAPTAIN, "--data", str(self.folder / "dashboard"), "--password-stdin")
        subprocess.run(add, input=PASSWORD + "\n", text=True, check=True, capture_output=True)
        for process, port in ((self.broker, self.bus), (self.air, self.control), (self.dashboard, self.page)):
            process.start()
            process.wait_port(port, READY_S)

    def stop(self) -> None:
        """Stop everything that runs."""
        for process in (self.gateway, self.dashboard, self.air, self.broker):
            process.stop()

    def _air(self, seed: int, loss: float) -> list[str]:
        control = f"127.0.0.1:{self.control}"
        words = ["--scenario", str(self.town.scenario), "--seed", str(seed), "--control", control]
        return whistle("simulator", "run", *words, "--loss", str(loss))

    def _dashboard(self) -> list[str]:
        words = ["--bundle", str(self.town.dashboard_bundle), "--data", str(self.folder / "dashboard")]
        words += ["--broker", f"mqtt://127.0.0.1:{self.bus}", "--listen", f"127.0.0.1:{self.page}"]
        return whistle("dashboard", "run", *words)
