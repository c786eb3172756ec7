"""SIGKILL in every step of an alert's way, in a process of its own: what a beacon was told *heard* is never lost."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.ledger import glance
from tests.gateway.killed import STEPS
from tests.support.brokers import Broker
from tests.support.gateways import Desk, World
from tests.support.radios import StockRadio
from tests.support.waiting import until

HEARD = 1


class Street:
    """Beacons that press once each and repeat their line until they are told *heard*; the radio has no rate limits."""

    def __init__(self, world: World, radio: StockRadio) -> None:
        self.radio, self.frames = radio, []
        self.told: set[int] = set()
        self.ever_told: set[tuple[int, int, str]] = set()
        radio.limits = False
        for counter in range(3):
            self.frames += [(beacon, beacon.line(100 + counter)) for beacon in world.beacons]
        self._packet = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._press, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join(5)

    def _press(self) -> None:
        while not self._over.wait(0.15):
            for number, (beacon, frame) in enumerate(self.frames):
                if number not in self.told:
                    self._packet += 1
                    self.radio.hear(beacon.node, 11, frame, packet_id=self._packet)
            self._listen()

    def _listen(self) -> None:
        for port, payload, *_ in list(self.radio.sent):
            for number, (beacon, frame) in enumerate(self.frames):
                if port == 1 and (beacon.reads(1, payload, frame) or 0) & 7 == HEARD:
                    self.told.add(number)
                    sequence, tag = beacon.pair(frame)
                    self.ever_told.add((beacon.node, sequence, tag.hex()))


@contextmanager
def gateway(world: World, radio: StockRadio, broker: str, data: Path, step: str, number: int) -> Iterator:
    argv = [
        sys.executable,
        "-m",
        "tests.gateway.killed",
        step,
        str(number),
        "run",
        "--bundle",
        str(world.bundle_file()),
    ]
    argv += ["--data", str(data), "--source", radio.url, "--broker", broker]
    process = subprocess.Popen(argv, stderr=subprocess.PIPE)
    yield process
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    _out, err = process.communicate(timeout=10)
    assert b"Traceback" not in err, err.decode()


def rows(data: Path) -> set[tuple[int, int, str]]:
    """(node, sequence, tag) of every alert in a ledger."""
    return {(row.node, row.sequence, row.tag.hex()) for row in glance(data, 1000).newest}


@pytest.mark.slow
def test_killed_in_every_step_nothing_told_heard_is_lost(world, radio, broker: Broker, tmp_path, tell) -> None:
    data, street = tmp_path / "data", Street(world, radio)
    desk = Desk(world, broker.url)
    street.start()
    kills = runs = 0
    # On a busy machine many frames share one transaction, and a third may never come: then it is killed at the first.
    for number, step in [(number, step) for number in (1, 3) for step in STEPS]:
        for nth in (number, 1, 1):
            with gateway(world, radio, broker.url, data, step, nth) as process:
                until(lambda: process.poll() is not None or len(street.told) == len(street.frames), 8)
                killed = process.poll() is not None
                assert not killed or process.returncode == -signal.SIGKILL
            kills, runs = kills + killed, runs + 1
            told = set(street.ever_told)
            assert told <= rows(data), f"told heard and not stored after a kill {step}"
            if len(street.told) == len(street.frames):
                street.told.clear()
                street.radio.sent.clear()
                street.frames = [(b, b.line(1000 * runs + n)) for n, (b, _) in enumerate(street.frames, 1)]
            if killed:
                break
    with gateway(world, radio, broker.url, data, "never", 0):
        until(lambda: len(street.told) == len(street.frames), 20)
        until(lambda: glance(data, 1).waiting == 0, 20)
    street.stop()
    assert street.ever_told <= rows(data) == set(desk.rows)
    desk.close()
    tell(f"gateway killed {kills} times in {len(STEPS)} steps: {len(desk.rows)} alerts stored, lost 0, twice 0")
    assert kills >= 10, f"{kills} kills in {runs} runs"


@pytest.mark.slow
def test_killed_at_random_instants(world, radio, broker: Broker, tmp_path, tell) -> None:
    data, street = tmp_path / "data", Street(world, radio)
    desk = Desk(world, broker.url)
    street.start()
    for number in range(5):
        with gateway(world, radio, broker.url, data, "never", 0) as process:
            radio.until_connected(number + 1)
            time.sleep(0.05 + 0.07 * number)
            process.kill()
            process.wait(5)
    with gateway(world, radio, broker.url, data, "never", 0):
        until(lambda: len(street.told) == len(street.frames), 20)
        until(lambda: glance(data, 1).waiting == 0 and len(desk.alerts) == len(street.frames), 20)
    street.stop()
    assert len(desk.rows) == glance(data, 1).alerts == len(street.frames)
    desk.close()


def test_sigterm_ends_it_within_two_seconds(world, radio, broker: Broker, tmp_path) -> None:
    with gateway(world, radio, broker.url, tmp_path / "data", "never", 0) as process:
        radio.until_connected()
        time.sleep(0.5)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
        assert time.monotonic() - began < 2
