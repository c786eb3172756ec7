"""A simulation beside the wall clock: the air in a thread of its own, all sockets in this one."""

import asyncio
import contextlib
import threading
from collections.abc import Callable

from meshwire.presets import PRESETS

from whistle.simulator.errors import BadScenario, SimulationFailed
from whistle.simulator.radioserver import RadioServer
from whistle.simulator.scenario import RadioSpec
from whistle.simulator.serving import ControlServer
from whistle.simulator.simulation import Simulation
from whistle.simulator.stockradio import Setup

Address = tuple[str, int]
Ready = Callable[[str, Address], None]


async def serve(
    simulation: Simulation, control: Address, radios: list[Address | None], ready: Ready, ended: asyncio.Event
) -> None:
    """Run until `ended` is set. `radios` takes the place of the scenario's `listen`, in its order.

    `ready(what, address)` is told every port once it listens, the control port last. OSError when a port is taken,
    SimulationFailed when the simulation itself comes to an unwanted end.
    """
    finished = threading.Event()
    air = _start_air(simulation, ended, finished)
    servers: list[RadioServer | ControlServer] = []
    try:
        for spec, address in zip(_radio_specs(simulation), _addresses(simulation, radios), strict=True):
            if address is not None:
                server = RadioServer(simulation.loop, simulation.radio(spec.node), setup_of(simulation, spec))
                servers.append(server)
                ready(f"radio !{spec.node:08x}", (address[0], await server.start(*address)))
        controlling = ControlServer(simulation)
        servers.append(controlling)
        ready("control", (control[0], await controlling.start(*control)))
        await ended.wait()
    finally:
        for each in servers:
            await each.close()
        simulation.loop.stop()
        await asyncio.to_thread(air.join)
        if not finished.is_set():
            raise SimulationFailed("the simulation itself failed; what is printed above says where")


def _start_air(simulation: Simulation, ended: asyncio.Event, finished: threading.Event) -> threading.Thread:
    net = asyncio.get_running_loop()

    def run() -> None:
        try:
            simulation.loop.run_paced()
            finished.set()
        finally:  # also when the simulation itself is at fault: then the program must end, not go on without an air
            with contextlib.suppress(RuntimeError):  # the sockets' loop has ended first
                net.call_soon_threadsafe(ended.set)

    thread = threading.Thread(target=run, name="air", daemon=True)
    thread.start()
    return thread


def _radio_specs(simulation: Simulation) -> list[RadioSpec]:
    return [spec for spec in simulation.scenario.nodes if isinstance(spec, RadioSpec)]


def _addresses(simulation: Simulation, given: list[Address | None]) -> list[Address | None]:
    specs = _radio_specs(simulation)
    if len(given) > len(specs):
        raise BadScenario(f"{len(given)} radio addresses are given, the scenario has {len(specs)} radios; give fewer")
    standing = [address(spec.listen) if spec.listen else None for spec in specs]
    return given + standing[len(given) :]


def address(text: str) -> Address:
    """Host and port of `host:port`; BadScenario when it is not one."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise BadScenario(f"{text!r} is no address; write host:port, for example 127.0.0.1:4403")
    return host, int(port)


def setup_of(simulation: Simulation, spec: RadioSpec) -> Setup:
    """What a stock radio of this scenario says of itself to its host."""
    scenario, preset = simulation.scenario, PRESETS[simulation.scenario.preset]
    return Setup(
        role=spec.role,
        region=scenario.region,
        preset=scenario.preset,
        channel_name=scenario.channel_name,
        channel_psk=scenario.psk(),
        hop_limit=simulation.radio(spec.node).node.hop_limit,
        power_dbm=round(spec.power_dbm),
        sf=preset.sf,
        bw_khz=preset.bw_hz // 1000,
        cr=preset.cr,
    )
