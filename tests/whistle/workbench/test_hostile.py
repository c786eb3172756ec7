"""A board that lies: whatever it answers, the bench says one sentence, and nothing of it moves the terminal."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.hardware import hostile
from tests.hardware.hostile import printed
from tests.support import bench
from whistle.workbench import bench as benches
from whistle.workbench import errors, provisioning
from whistle.workbench.checking import People, check
from whistle.workbench.command import workbench
from whistle.workbench.device import Device

ODD = ["7", "null", "[1]", '"x"', "{}", "[" * 5000, '["micropython", 1, 6, "a", 1]', "9" * 5000, '"\\ud800"', "\udcff",
       '["micropython", [1, 25, 0], 6, "../../aa", 1]']  # fmt: skip
WHO = '["micropython", [1, 25, 0], 6, "aabbccddeeff", 1000000]'
WRONG = {"pressed": "x", "heard": 3, "mv": "y", "registers": "z"}
ESCAPES = "\x1b[2J\x07\u202e[red]"

ASKED: dict[str, Callable[[Device], Any]] = {
    "identify": Device.identify,
    "sha256": lambda board: board.sha256("/x"),
    "read": lambda board: board.read("/x"),
    "write": lambda board: board.write("/x", b"y" * 3000),
    "hashes": Device.hashes,
    "listing": Device.listing,
    "reset": Device.reset,
    "provision": lambda board: provisioning.node_on(board),
}


def said(text: str) -> bytes:
    return printed("").replace(b"OK", b"OK" + text.encode(errors="surrogateescape"), 1)


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("name", sorted(ASKED))
def test_an_answer_of_another_kind_is_one_sentence(name: str, odd: str) -> None:
    with hostile.prompt(lambda _: said(odd)) as port, Device(port) as board:
        try:
            found = ASKED[name](board)
        except errors.DeviceError as error:
            assert error.message.endswith(".") and len(error.message) < 400
        else:
            assert type(found) in (int, str, type(None), dict) and (name, found) != ("identify", None)


FACTS = {
    "_setup": {
        "button2": True,
        "whistle": True,
        "radio": {"driver": "sx126x"},
        "tuning": {"freq_hz": 1},
        "used": True,
        "modem": None,
    },
    "_look": {"registers": {"1": 5}, "noise": -110},
    "_measure": {"percent": 80, "mv": 3900},
    "_wait": {"pressed": True},
    "_light": {},
    "_sound": {},
    "_hear": {"heard": [-40, 9]},
    "_send": {},
}


def of(source: bytes, wrong: str, odd: Any) -> bytes:
    for name, facts in FACTS.items():
        if f"def {name}".encode() in source:
            return printed(json.dumps(odd if name == wrong else facts))
    return printed(WHO)


@pytest.mark.parametrize("wrong", sorted(FACTS))
@pytest.mark.parametrize("odd", [7, None, [], WRONG, {"fault": ESCAPES}])
def test_a_check_of_a_board_that_answers_oddly_ends_with_a_slip(wrong: str, odd: Any) -> None:
    people = People(lambda _: True, lambda _: True, lambda _: True)
    answer = partial(of, wrong=wrong, odd=odd)
    with (
        hostile.prompt(answer) as port,
        hostile.prompt(answer) as beside,
        Device(port) as device,
        Device(beside) as other,
    ):
        steps = list(check(benches.Bench(device, "a"), "0.1.0", False, people, benches.Bench(other, "a")))
    assert all(step.says.isprintable() for step in steps)
    assert any(step.outcome == "failed" for step in steps) or odd == {} or wrong in ("_light", "_sound", "_send")


def test_nothing_of_what_a_board_says_moves_the_terminal(tmp_path: Path) -> None:
    site = bench.site_at(tmp_path)
    raised = b"OK\x04Traceback\r\nOSError: " + ESCAPES.encode() + b"\r\n\x04>"
    foreign = printed(json.dumps([ESCAPES, [1, 2], 6, "", 1]))
    for answer in (raised, foreign):
        with hostile.prompt(lambda _, answer=answer: answer) as port:
            words = ["install", port, "--cache", str(tmp_path / "none")]
            for given in (words, ["check", port, "--no-button", "--lamp", "skip", "--whistle", "skip"]):
                done = CliRunner().invoke(workbench, [*given])
                assert isinstance(done.exception, SystemExit)
                assert not set("\x1b\x07\u202e") & set(done.output), done.output
    assert site.exists()
