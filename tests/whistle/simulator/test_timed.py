"""`whistle simulator run` of a stated length: beside the wall clock, and as fast as possible."""

import io
import json
import os
import pty
import signal
import subprocess
import sys
import time

import msgspec
import pytest

from whistle.simulator.scenario import build
from whistle.simulator.simulation import Simulation
from whistle.simulator.timed import Progress, run_fast

WHISTLE = [sys.executable, "-c", "from whistle.cli import main; main()"]
RADIO, ROOF, MILL = 0x11111111, 0x22222222, 0x33333333


def scenario():
    """A radio and two relays, which tell their names and say that they live."""
    nodes = [
        {"kind": "radio", "node": RADIO, "name": "Gateway", "x": 0, "y": 0},
        {"kind": "relay", "node": ROOF, "name": "Roof", "x": 200, "y": 0},
        {"kind": "relay", "node": MILL, "name": "Mill", "x": 0, "y": 200},
    ]
    key = bytes(range(16)).hex()
    plain = {"centre": [45.0, -93.2], "channel_name": "Cedar", "channel_psk": key, "region": "US"}
    return build({**plain, "preset": "SHORT_TURBO", "nodes": nodes})


@pytest.fixture
def command(tmp_path):
    """`whistle simulator run` over that scenario."""
    file = tmp_path / "scenario.json"
    file.write_bytes(msgspec.json.encode(scenario()))
    return [*WHISTLE, "simulator", "run", "--scenario", str(file)]


def ran(command, *words):
    return subprocess.run([*command, *words], capture_output=True, text=True, timeout=60)


def test_a_day_is_over_at_once_and_equal_seeds_print_equal_stats(command):
    first, again, other = (ran(command, "--for", "86400", "--fast", "--loss", "0.3", "--seed", seed) for seed in "778")
    assert first.returncode == 0 and first.stderr == "", "no progress where there is no terminal"
    stats = json.loads(first.stdout)
    assert (stats["seconds"], stats["seed"], stats["loss"]) == (86400.0, 7, 0.3)
    assert stats["frames"] > 20 and 0 < stats["lost"] < stats["drawn"]
    assert again.stdout == first.stdout
    assert json.loads(other.stdout) | {"seed": 7} != stats


def test_beside_the_wall_clock_it_ends_by_itself_at_the_same_stats(command):
    begun = time.monotonic()
    slow = ran(command, "--for", "2.5", "--control", "127.0.0.1:0")
    assert time.monotonic() - begun >= 2.5 and slow.returncode == 0
    said, stats = slow.stdout.splitlines()
    assert said.startswith("control listens on 127.0.0.1:")
    assert json.loads(stats) == json.loads(ran(command, "--for", "2.5", "--fast").stdout)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--fast"], "--fast never ends by itself: say for how many simulated seconds, as in --for 3600"),
        (["--fast", "--for", "5", "--control", "127.0.0.1:0"], "--fast opens no ports: leave out --control and"),
        (["--fast", "--for", "5", "--radio-listen", "127.0.0.1:0"], "--fast opens no ports"),
        (["--for", "0"], "--for takes simulated seconds, more than 0 and at most 1,000,000,000"),
        (["--for", "nan", "--fast"], "--for takes simulated seconds"),
        (["--for", "inf", "--fast"], "--for takes simulated seconds"),
    ],
)
def test_words_that_do_not_go_together_are_refused_in_a_sentence(command, words, sentence):
    done = ran(command, *words)
    assert done.returncode == 2 and done.stdout == ""
    assert f"Error: {sentence}" in done.stderr


@pytest.mark.parametrize("words", [["--fast"], ["--control", "127.0.0.1:0"]], ids=["fast", "paced"])
def test_ctrl_c_ends_a_long_run_that_shows_its_progress_on_a_terminal(command, words):
    screen, terminal = pty.openpty()
    process = subprocess.Popen([*command, "--for", "1e9", *words], stdout=subprocess.PIPE, stderr=terminal, text=True)
    os.close(terminal)
    try:
        shown = os.read(screen, 4096).decode()
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=20)
    finally:
        process.kill()
        process.communicate()
    shown += rest(screen)
    assert process.returncode == 0
    assert "of 1,000,000,000 s simulated" in shown and shown.endswith("\r\x1b[K"), shown
    assert 0 < json.loads(said.splitlines()[-1])["seconds"] < 1e9


def rest(screen):
    """What is still to be read from a terminal whose other end is closed."""
    said = b""
    try:
        while data := os.read(screen, 4096):
            said += data
    except OSError:  # how Linux tells the end
        pass
    os.close(screen)
    return said.decode()


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_said_after_two_seconds_and_then_twice_a_second():
    times = iter([0.0, 1.9, 2.0, 2.0, 2.4, 2.5, 2.5])
    terminal = Terminal()
    progress = Progress(200.0, terminal, lambda: next(times))
    for now in (10.0, 20.0, 30.0, 50.0):
        progress.show(now)
    assert terminal.getvalue().split("\r\x1b[K") == ["", "20 of 200 s simulated (10%)", "50 of 200 s simulated (25%)"]


def test_progress_is_said_to_terminals_only():
    times, file = iter([0.0, 10.0]), io.StringIO()
    Progress(200.0, file, lambda: next(times)).show(100.0)
    assert file.getvalue() == ""


def test_a_length_finer_than_a_microsecond_comes_to_an_end():
    simulation = Simulation(scenario())
    assert run_fast(simulation, 1.2345673, Progress(2.0, io.StringIO()))["seconds"] == 1.235
