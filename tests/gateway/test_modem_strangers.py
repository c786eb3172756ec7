"""What may be at the other end of a modem's cable: nothing, something else, a bad modem; one sentence each."""

import os
import pty
import struct
import subprocess
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
import serial
from meshwire import cable

from gateway.clock import Clock
from gateway.errors import BadSource, CannotOpen, RadioRefused
from gateway.sources import address, addresses, kept, kept_sources, modem, remedies
from gateway.sources.identity import Identity
from gateway.sources.kept import KeptSource
from gateway.sources.mesh import Mesh, tuning
from gateway.sources.port import Outgoing, SiteChannel
from tests.gateway.test_radio import Listener
from tests.support.waiting import until
from whistle.site.command import figures

CHANNEL = SiteChannel("Cedar", bytes(range(32)), "US", "SHORT_TURBO")


class Scripted:
    """A modem by hand behind a real port: says what its script says; None as an answer: silence."""

    def __init__(self) -> None:
        self.master, slave = pty.openpty()
        tty.setraw(slave)
        self._slave = slave
        self.path = os.ttyname(slave)
        self.heard: list[tuple[bytes, bytes]] = []
        self.version = cable.VERSION
        self.state = cable.TUNED
        self.answers = True
        self.fate: bytes | None = cable.SENT
        self._reader = cable.Reader(self._told)
        threading.Thread(target=self._run, daemon=True).start()

    def say(self, kind: bytes, payload: bytes = b"") -> None:
        self.raw(cable.message(kind, payload))

    def raw(self, data: bytes) -> None:
        os.write(self.master, data)

    def of(self, kind: bytes) -> list[bytes]:
        return [payload for what, payload in list(self.heard) if what == kind]

    def close(self) -> None:
        os.close(self._slave)
        with suppress(OSError):
            os.close(self.master)

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                self._reader.feed(os.read(self.master, 4096))

    def _told(self, kind: int, payload: bytes) -> None:
        what = bytes([kind])
        self.heard.append((what, payload))
        if not self.answers:
            return
        if what == cable.HELLO:
            self.say(cable.HERE, struct.pack(cable.HERE_FORM, self.version, 0, -110) + b"scripted")
        elif what == cable.TUNE:
            self.say(cable.STATE, bytes([self.state]))
        elif what == cable.PING:
            self.say(cable.PONG, struct.pack(cable.PONG_FORM, self.state, -110, 0, 0, 0, 0, 0))
        elif what == cable.SEND and self.fate is not None:
            self.say(self.fate, payload[:2])


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    one = Scripted()
    yield one
    one.close()


@pytest.fixture
def keep(listener: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], KeptSource]]:
    monkeypatch.setattr(modem, "GREET_S", 1.5)
    monkeypatch.setattr(modem, "TUNE_S", 0.5)
    started: list[KeptSource] = []

    def begin(path: str, tail: str = "") -> KeptSource:
        where = addresses([f"modem://{path}{tail}"])
        [source] = kept_sources(where, CHANNEL, listener, Clock(), tmp_path)
        started.append(source)
        source.start()
        return source

    yield begin
    for source in started:
        source.stop(3.0)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as one:
        yield one


def why(source: KeptSource) -> str:
    until(lambda: source.status().why not in ("not opened yet", None))
    return str(source.status().why)


def up(source: KeptSource) -> bool:
    return source.status().up


def test_nothing_at_all(scripted: Scripted, keep) -> None:
    scripted.answers = False
    said = why(keep(scripted.path))
    assert "nothing answers there" in said and scripted.path in said and "\n" not in said
    assert len(scripted.of(cable.HELLO)) >= 2, "a board that is just starting is asked again"


def test_no_such_port(keep, tmp_path: Path) -> None:
    assert "no such device" in why(keep(str(tmp_path / "ttyACM9")))


def test_no_serial_port(keep, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = why(keep(str(tmp_path / "file")))
    assert "could not be opened" in said or "no serial port" in said


def test_a_port_somebody_else_holds(scripted: Scripted, keep) -> None:
    with serial.Serial(scripted.path, exclusive=True):
        assert "another program is using the port" in why(keep(scripted.path))


def test_no_permission_is_named() -> None:
    for error in (PermissionError(13, "x"), serial.SerialException(13, "could not open port")):
        assert "dialout" in remedies.sentence("modem:///dev/ttyACM0", error)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"$GPGGA,,,,,,0,,,,,,,,*66\r\n", "what answers there is no modem"),
        (b"\x94\xc3\x00\x02\x08\x01INFO  | ??:??:?? 3 Power\r\n", "write serial:// instead"),
        (b"MicroPython v1.25.0 on unix\r\n>>> ", "a MicroPython console answers"),
        (b"\x00\xff\x00", "nothing answers there"),
    ],
)
def test_something_else(text: bytes, says: str, scripted: Scripted, keep) -> None:
    scripted.answers = False
    source = keep(scripted.path)
    until(lambda: scripted.heard)
    scripted.raw(text)
    assert says in why(source)


def test_a_real_console_is_known_by_its_echo_and_its_program_started_again(
    need: Callable[[str], Path], keep, stack: ExitStack
) -> None:
    master, slave = pty.openpty()
    console = stack.enter_context(subprocess.Popen([str(need("micropython"))], stdin=slave, stdout=slave, stderr=slave))
    stack.callback(console.kill)
    until(lambda: b">>>" in os.read(master, 4096))  # nobody sees the prompt that was there before us
    tty.setraw(slave)
    other, port = pty.openpty()
    tty.setraw(port)
    threading.Thread(target=carried, args=(master, other), daemon=True).start()
    threading.Thread(target=carried, args=(other, master), daemon=True).start()
    source = keep(os.ttyname(port))
    assert "a MicroPython console answers" in why(source)
    assert console.wait(10) == 0, "Ctrl-D, which restarts a board's program, ends this one"
    source.stop(3)
    for one in (slave, port, master, other):
        os.close(one)


def carried(source: int, target: int) -> None:
    with suppress(OSError):
        while data := os.read(source, 4096):
            os.write(target, data)


def test_another_version(scripted: Scripted, keep) -> None:
    scripted.version = 2
    assert "the modem speaks version 2, this gateway 1: update the older one" in why(keep(scripted.path))


def test_a_chip_that_does_not_answer(scripted: Scripted, keep) -> None:
    scripted.state = cable.FAILED
    source = keep(scripted.path)
    assert "radio chip does not answer" in why(source) and not up(source)
    scripted.state = cable.TUNED
    until(lambda: up(source))
    scripted.say(cable.STATE, bytes([cable.FAILED]))
    until(lambda: not up(source))
    assert "radio chip does not answer" in str(source.status().why)


def test_a_modem_that_never_says_what_became_of_a_frame(scripted: Scripted, keep, monkeypatch) -> None:
    monkeypatch.setattr(modem, "SEND_S", 0.3)
    monkeypatch.setattr(modem, "LOOK_S", 0.1)
    scripted.fate = None
    source = keep(scripted.path)
    until(lambda: up(source))
    assert source.submit(Outgoing(1, 1, b"text", urgent=True))
    until(lambda: not up(source))
    assert "did not say what became of a frame" in str(source.status().why)
    scripted.fate = cable.SENT
    until(lambda: up(source))
    until(lambda: len(scripted.of(cable.SEND)) >= 2)
    first, again = scripted.of(cable.SEND)[:2]
    assert first[2:] == again[2:], "the same frame under the same id: a copy is no second message"


def test_a_silent_modem_is_given_up(scripted: Scripted, keep, monkeypatch) -> None:
    monkeypatch.setattr(kept, "HEARTBEAT_S", 0.1)
    monkeypatch.setattr(kept, "SILENCE_S", 0.6)
    source = keep(scripted.path)
    until(lambda: up(source) and scripted.of(cable.PING))
    scripted.answers = False
    until(lambda: not up(source))
    assert "nothing came" in str(source.status().why)


def test_a_busy_air_is_waited_for_with_the_same_frame(scripted: Scripted, keep, listener: Listener) -> None:
    scripted.fate = cable.BUSY
    source = keep(scripted.path)
    until(lambda: up(source))
    source.submit(Outgoing(1, 1, b"text", urgent=True))
    until(lambda: len(scripted.of(cable.SEND)) >= 3)
    scripted.fate = cable.SENT
    until(lambda: len({one[2:] for one in scripted.of(cable.SEND)}) == 1 and up(source))
    count = len(scripted.of(cable.SEND)) + 1
    source.submit(Outgoing(2, 1, b"other", urgent=True))
    until(lambda: len({one[2:] for one in scripted.of(cable.SEND)}) == 2)
    assert len(scripted.of(cable.SEND)) >= count - 1 and [fate[:2] for fate in listener.fates] == [(1, True), (2, True)]


def frames(mesh: Mesh, clock: "Later") -> list[bytes]:
    """All that the node wants to send now and in the next minute."""
    out = []
    for _ in range(6000):
        clock.now += 0.01
        frame = mesh.frame()
        if frame is not None:
            mesh.sent(True)
            out.append(frame)
    return out


class Later(Clock):
    now = 100_000.0

    def steady(self) -> float:
        return self.now


def test_it_relays_as_a_stock_node_does_or_not_at_all(tmp_path: Path) -> None:
    clock = Later()
    beacon = Mesh(Identity(tmp_path, "other"), CHANNEL, True, clock)
    beacon.say(Outgoing(1, 11, b"\x07HELP", urgent=True))
    [line] = [frame for frame in frames(beacon, clock) if frame[12] & 7 == 3][:1]
    for relays in (True, False):
        mesh = Mesh(Identity(tmp_path, str(relays)), CHANNEL, relays, clock)
        packet = mesh.heard(line, -100, 2.0)
        assert packet is not None and packet.data.payload == b"\x07HELP"
        relayed = [frame for frame in frames(mesh, clock) if frame[4:12] == line[4:12]]
        assert [frame[16:] for frame in relayed] == [line[16:]] * relays
        assert [frame[12] & 7 for frame in relayed] == [2] * relays and not mesh.foreign(line)


def test_a_region_with_a_duty_cycle_is_kept(tmp_path: Path) -> None:
    clock = Later()
    mesh = Mesh(Identity(tmp_path, "x"), SiteChannel("Cedar", bytes(32), "EU_868", "LONG_FAST"), True, clock)
    taken = refused = 0
    for number in range(300):
        try:
            mesh.say(Outgoing(1, 1, bytes(200), urgent=True))
            taken += 1
        except RadioRefused as error:
            refused += 1
            assert "air is used up" in str(error)
        if number % 10 == 9:
            frames(mesh, clock)
    assert refused and 340 <= taken * 1.9 <= 400, "a tenth of the hour: 222 bytes at LONG_FAST take 1.9 s"


def test_an_old_bundle_is_tuned_by_the_tables_as_the_site_was() -> None:
    for region, preset in (("US", "SHORT_TURBO"), ("EU_868", "LONG_FAST"), ("ANZ", "MEDIUM_FAST")):
        made = figures.air(region, preset, "Cedar", 60).radio
        found = tuning(SiteChannel("Cedar", bytes(32), region, preset))
        assert [getattr(found, name) for name in cable.TUNING] == [getattr(made, name) for name in cable.TUNING]
    with pytest.raises(CannotOpen, match="no region ATLANTIS"):
        tuning(SiteChannel("Cedar", bytes(32), "ATLANTIS", "LONG_FAST"))


def test_addresses() -> None:
    assert address("modem:///dev/ttyACM0") == ("modem:///dev/ttyACM0", "/dev/ttyACM0", None, 0, True, True)
    assert address("modem:///dev/ttyACM0?relay=no")[4:] == (True, False)
    for url in ("modem://", "modem:///", "modem://host/dev/x", "modem:///dev/x?relay=perhaps", "modem:///dev/x?a=b"):
        with pytest.raises(BadSource, match="modem:///dev/ttyACM0"):
            address(url)
    with pytest.raises(BadSource, match="twice"):
        addresses(["serial:///dev/ttyACM0", "modem:///dev/ttyACM0?relay=no"])
