"""The real hands of the bench: esptool, UF2 drives, and the prompt of a board that runs MicroPython.

A board is known by its chip's own number (an ESP32's MAC). One that answers at a prompt is asked there, and its radio's
registers tell which table it is; a bare one is asked by esptool, which leaves its flash alone. Where the technician
named the board, its chip alone is compared, whatever bridge it sits behind.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from whistle.workbench import checking, flashing, identify, images, installing, ports, provisioning, slips, uf2
from whistle.workbench.bench import Bench
from whistle.workbench.boards import Board, load, names
from whistle.workbench.cache import Cache, newness
from whistle.workbench.checking import People, Step
from whistle.workbench.device import Device as Prompt
from whistle.workbench.errors import BoardFailed, DeviceError, FlashError, PortError
from whistle.workbench.esptool import Esptool
from whistle.workbench.flashing import Tell, Writing
from whistle.workbench.ports import Port, Watching
from whistle.workbench.slots import Release, release
from whistle.workbench.steps import Device, Finding, Identity, Slip

QUICK_S: Final = 4.0  # a board that runs MicroPython answers sooner
PATIENCE_S: Final = 3600.0
# MicroPython's own words end in its chip: "Generic ESP32S3 module with ESP32S3".
_CHIP: Final = "import sys, json\nprint(json.dumps(getattr(sys.implementation, '_machine', '?').split()[-1].lower()))"


class Tools(NamedTuple):
    """What the hands work with. `board`: the only board this box holds, where it cannot be told from outside."""

    cache: Cache
    tell: Tell
    people: People
    slips: Path
    board: str | None = None
    bench: str | None = None
    esptool: Writing = Esptool()
    watching: Watching = Watching()
    roots: tuple[Path, ...] = uf2.ROOTS


class Hands:
    """All steps of the line, for boards on this machine's cables (whistle.workbench.steps.Steps)."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._boards = [load(tools.board)] if tools.board else [load(key) for key in names()]
        self._bare = ""  # the port of a board that gave no prompt when it was identified
        self._came: Port | None = None  # the board that came last

    def wait(self, last: Device | None) -> Device | None:
        """The next board on a cable; a UF2 board that shows its drive is given MicroPython on the way.

        None when the technician ends it here, or nothing comes for an hour. Raises CacheError before the first board
        when there is nothing to put on it.
        """
        try:
            self._ask_for_next(last)
            return self._next()
        except KeyboardInterrupt:
            return None

    def _ask_for_next(self, last: Device | None) -> None:
        tools = self._tools
        if last is None:
            newest(tools.cache)
            tools.tell("waiting", "Plug in the first board; Ctrl-C ends.")
            return
        tools.tell(
            "unplug", f"Unplug the board on {last.port}, then plug in the next one; Ctrl-C ends.", port=last.port
        )
        assert self._came, "the last board came by this wait"
        tools.watching.gone(self._came)

    def _next(self) -> Device | None:
        watching, told = self._tools.watching, ""
        begun = watching.now()
        while watching.now() < begun + PATIENCE_S:
            event, words = self._by_drive() if self._mounted() else ("", "")
            found = self._there()
            if len(found) == 1 and not words:
                self._came = found[0]
                return Device(found[0].device, found[0].serial)
            if not words:
                event, words = self._why_not(found, watching.now() - begun)
            if words not in ("", told):
                self._tools.tell(event, words)
            told = words or told
            watching.sleep(ports.EVERY_S)
        return None

    def _by_drive(self) -> tuple[str, str]:
        """MicroPython onto the board that shows its drive; why that could not be, which is no end of the line."""
        try:
            self._flashing(self._boards).flash(None)
        except (PortError, FlashError, DeviceError) as error:
            return "drive", error.message
        return "", ""

    def _there(self) -> list[Port]:
        """The ports behind which one of our boards may be, but for the bench radio's."""
        every = self._tools.watching.lister()
        return [port for port in every if port.device != self._tools.bench and ports.matching(port.usb, self._boards)]

    def _why_not(self, found: list[Port], waited_s: float) -> tuple[str, str]:
        if found:
            names = ", ".join(port.device for port in found)
            return "several", f"Several boards are plugged in ({names}): leave one of them."
        if waited_s < ports.PATIENCE_S:
            return "", ""
        watching = self._tools.watching
        return "nothing", ports.missing(watching.usb(), watching.lister(), self._boards).message

    def identify(self, device: Device) -> Identity:
        """Chip number and table: at the prompt, or by esptool where there is none. FlashError for another board."""
        port = ports.named(device.port, self._tools.watching.lister)
        self._bare = ""
        try:
            with Prompt(device.port, QUICK_S) as prompt:
                return self._by_prompt(prompt, port)
        except DeviceError:
            self._bare = device.port
            return self._by_esptool(port)

    def _by_prompt(self, prompt: Prompt, port: Port) -> Identity:
        boards = self._narrowed(str(prompt.ask(_CHIP)), port)
        if len(boards) > 1:
            boards = identify.by_probe(boards, prompt.run(identify.script(boards), 30.0))
        return Identity(prompt.identify().chip, identify.only(boards).key)

    def _by_esptool(self, port: Port) -> Identity:
        chip = self._tools.esptool.identify(port)
        return Identity(chip.mac, identify.only(self._narrowed(chip.chip, port)).key)

    def _narrowed(self, chip: str, port: Port) -> list[Board]:
        """The boards it may be; WrongChip when one was named and it has another."""
        if self._tools.board:
            images.right_chip(chip, self._boards[0])
            return self._boards
        return identify.by_chip(chip, identify.by_usb(port, self._boards))

    def flash(self, device: Device, table: Board) -> Device:
        """MicroPython on it, unless the cache's newest runs there already; then its radio must be that table's."""
        if not self._runs_newest(device, table):
            flashed = self._flashing([table]).flash(device.port)
            device = Device(flashed.port.device, flashed.port.serial)
        self._bare = ""
        with Prompt(device.port) as prompt:
            if not identify.by_probe([table], prompt.run(identify.script([table]), 30.0)):
                raise BoardFailed(
                    f"The radio of {device.port} does not answer at the pins of a {table.name}: name the right board "
                    "with --board, or set this one aside."
                )
        return device

    def _runs_newest(self, device: Device, table: Board) -> bool:
        wanted = self._tools.cache.newest("image", table.image, None).version
        if device.port == self._bare:
            return False
        try:
            with Prompt(device.port, QUICK_S) as prompt:
                return prompt.identify().version == (*newness(wanted), 0, 0)[:3]
        except DeviceError:
            return False

    def install(self, device: Device, table: Board) -> str:
        """The newest release of the cache on it, with the radio's driver."""
        wanted = newest(self._tools.cache)
        with Prompt(device.port) as prompt:
            installing.install(prompt, wanted)
        return wanted.stamp

    def provision(self, device: Device, table: Board, settings: bytes) -> None:
        """Exactly these settings, and the table's wiring."""
        with Prompt(device.port) as prompt:
            provisioning.provision(prompt, table, settings)

    def wire(self, device: Device, table: Board) -> None:
        """The table's wiring alone."""
        with Prompt(device.port) as prompt:
            provisioning.wire(prompt, table)

    def held(self, device: Device, table: Board) -> str | None:
        """The hash of the settings it has."""
        with Prompt(device.port) as prompt:
            return prompt.sha256(provisioning.SETTINGS)

    def who(self, device: Device) -> tuple[int, int] | None:
        """The beacon it was made, and under which epoch."""
        with Prompt(device.port) as prompt:
            return provisioning.beacon_on(prompt)

    def forget(self, device: Device) -> None:
        """Its settings, its numbers, and keys that came later."""
        with Prompt(device.port) as prompt:
            provisioning.forget(prompt)

    def start(self, device: Device) -> None:
        """Reset, as if its power had come."""
        with Prompt(device.port) as prompt:
            prompt.reset()

    def check(self, device: Device, table: Board) -> Slip:
        """Every part of it tried; the slip is kept beside the others, and the beacon started."""
        tools = self._tools
        with Prompt(device.port) as prompt, _other(tools.bench) as other:
            found, stamp = installing.state(prompt)
            slot, trial = (found.current, found.before is not None) if found else ("a", False)
            beside = Bench(other, slot) if other else None
            steps = list(checking.check(Bench(prompt, slot), stamp, trial, tools.people, beside))
            made = slips.slip(provisioning.node_on(prompt), prompt.identify().chip, stamp, steps)
            prompt.reset()
        slips.keep(made, tools.slips)
        return Slip(findings=[_finding(step) for step in steps], software=stamp or None)

    def _flashing(self, boards: list[Board]) -> flashing.Bench:
        tools = self._tools
        return flashing.Bench(
            tools.cache,
            boards,
            tools.tell,
            esptool=tools.esptool,
            watching=tools.watching,
            roots=tools.roots,
            probe=probing,
        )

    def _mounted(self) -> bool:
        kinds = {board.uf2 for board in self._boards}
        return any(drive.board in kinds for drive in uf2.drives(self._tools.roots))


def newest(cache: Cache, version: str | None = None) -> Release:
    """A release of the cache with the radio's driver; the newest, or that version."""
    program = cache.group("program", version)
    return release(version or cache.find("program")[0].version, program, cache.group("driver"))


def probing(port: Port, script: str) -> str:
    """Runs a script at the prompt of the board on that port: how a flashed board is told from its likes."""
    with Prompt(port.device) as prompt:
        return prompt.run(script, 30.0)


@contextmanager
def _other(port: str | None) -> Iterator[Prompt | None]:
    """The bench radio at its prompt, if there is one."""
    if port is None:
        yield None
        return
    with Prompt(port) as prompt:
        yield prompt


def _finding(step: Step) -> Finding:
    words = f"{step.says}: {step.remedy}" if step.remedy else step.says
    return Finding(step.name, {"passed": True, "failed": False}.get(step.outcome), words)
