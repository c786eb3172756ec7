"""What one seed repeats and another does not: on the air bit for bit, in whole demos what they show of themselves."""

import json
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from tests.whistle.demo.test_orphans import gone, mentioning
from whistle.demo.neighbourhood import lay_out
from whistle.demo.ports import free_port
from whistle.demo.town_life import HOLD_S
from whistle.simulator import scenario
from whistle.simulator.simulation import Simulation

LOSS, FIRST_PRESS_S, STORY_S = 0.3, 10.0, 40.0
STOPPED_S = 10.0


def story(folder: Path, seed: int, port: int) -> Simulation:
    """Until the gateway, which is a program of its own, has a say: the first press and what comes of it on the air."""
    made = lay_out(folder, seed, port, beacons=12)
    air = Simulation(scenario.load(made.scenario), seed, LOSS)
    air.press(made.held, HOLD_S, FIRST_PRESS_S)
    air.run(STORY_S)
    return air


def test_one_seed_puts_the_same_frames_on_the_air_and_loses_the_same_bit_for_bit(tmp_path: Path) -> None:
    one, same, other = (
        story(tmp_path / name, seed, port) for name, seed, port in (("a", 3, 1), ("b", 3, 2), ("c", 4, 1))
    )
    assert one.trace() == same.trace() != other.trace()
    assert one.stats() == same.stats()
    assert one.stats()["lost"] > 20 and one.stats()["frames"] > 20


class Demo:
    """`whistle demo` as a person starts it, with a seed."""

    def __init__(self, folder: Path, seed: int, stack: ExitStack) -> None:
        self.folder, self.port = folder, free_port()
        words = ["--port", str(self.port), "--seed", str(seed), "--beacons", "12", "--folder", str(folder)]
        argv = [sys.executable, "-m", "whistle", "demo", "--no-first-press", *words]
        self.process = stack.enter_context(subprocess.Popen(argv, stdout=subprocess.PIPE, text=True))
        stack.callback(self.process.kill)

    def town(self) -> dict[str, Any]:
        """What its page is told to begin with, once it is up."""
        assert self.process.stdout is not None
        assert any(line.startswith("└") for line in self.process.stdout), "the demo did not come up"
        with urlopen(f"http://127.0.0.1:{self.port}/demo/town", timeout=20) as answer:
            told: dict[str, Any] = json.load(answer)
        return {name: told[name] for name in ("nodes", "roads", "held", "bounds")}


def test_two_demos_at_once_are_the_same_town_by_one_seed_and_another_by_another(tmp_path: Path) -> None:
    with ExitStack() as stack:
        demos = [Demo(tmp_path / name, seed, stack) for name, seed in (("a", 3), ("b", 3), ("c", 4))]
        one, same, other = (demo.town() for demo in demos)
        assert one == same
        assert one["held"] != other["held"] and one["roads"] != other["roads"]
        running = mentioning(tmp_path)
        begun = time.monotonic()
        for demo in demos:
            demo.process.send_signal(signal.SIGINT)
        assert [demo.process.wait(STOPPED_S) for demo in demos] == [0, 0, 0]
        assert gone(running, STOPPED_S - (time.monotonic() - begun))
