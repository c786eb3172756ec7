"""`whistle air` as a technician runs it: what goes in, what comes out, what is said when it cannot."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from meshwire.channel import channel_hash

from whistle.air.command import air

ROOT = Path(__file__).resolve().parents[3]
# sender, id and ciphertext were heard on the air (tests/vectors/mesh.json); the rest of the header is ours
HEARD = "ffffffff60cf959e59a564e96308006043547bb60239c97ccc5eeff7"
KEY = "Nmh7EooP2Tsc+7pvPwXLcEDDuYhk+fBo2GLnbA1Y1sg="
OURS = {"from": 0x0A1B2C3D, "id": 5, "channel": "LongFast", "portnum": 11, "payload": b"\x07HELP".hex()}


def run(*arguments: str, input: str | bytes = "") -> Result:
    return CliRunner().invoke(air, arguments, input=input)


def test_decode_and_encode_undo_each_other_in_a_pipe() -> None:
    first = run("encode", input=json.dumps(OURS) + "\n")
    assert first.exit_code == 0 and first.stderr == ""
    decoded = run("decode", input=first.stdout)
    found = json.loads(decoded.stdout)
    assert (found["from"], found["channel"], found["payload"]) == (0x0A1B2C3D, "LongFast", b"\x07HELP".hex())
    assert run("encode", input=decoded.stdout).stdout == first.stdout


def test_what_a_text_editor_leaves_in_a_file() -> None:
    hexes = run("encode", input=json.dumps(OURS)).stdout.strip()
    spaced = " ".join(hexes[at : at + 2] for at in range(0, len(hexes), 2)).upper()
    text = f"# heard today\r\n\r\n  {spaced}  # the first\r\n0x{hexes}\r\n"
    lines = run("decode", input=text).stdout.splitlines()
    assert len(lines) == 2 and lines[0] == lines[1]
    assert json.loads(lines[0])["channel"] == "LongFast"


def test_a_bad_line_is_named_and_the_run_goes_on() -> None:
    good = run("encode", input=json.dumps(OURS)).stdout
    found = run("decode", input=f"zz\n00ff\n{good}{'00' * 256}\n")
    assert found.exit_code == 0
    lines = [json.loads(text) for text in found.stdout.splitlines()]
    assert [("error" in line, line.get("line")) for line in lines] == [(True, 1), (True, 2), (False, None), (True, 4)]
    assert "16 to 255 bytes, this one has 2" in lines[1]["error"]


def test_binary_junk_is_a_bad_line() -> None:
    lines = run("decode", input=b"\xff\xfe\x00\n" + b"ffffffff" * 4 + b"\n").stdout.splitlines()
    assert "error" in json.loads(lines[0]) and json.loads(lines[1])["channel"] is None


def test_a_bad_object_is_named_and_ends_with_one() -> None:
    good = json.dumps(OURS)
    found = run("encode", input=f'{good}\n\n{{"from": 1}}\nnot json\n[1]\n{"[" * 100000}\n{good}\n')
    assert found.exit_code == 1
    assert len(found.stdout.splitlines()) == 2
    errors = found.stderr.splitlines()
    assert [error.split(":")[1] for error in errors] == [" line 3", " line 4", " line 5", " line 6"]
    assert errors[0] == "error: line 3: 'id' is missing"


def test_unknown_channels_stay_sealed_and_known_ones_open() -> None:
    sealed = json.loads(run("decode", input=HEARD).stdout)
    assert (sealed["channel"], sealed["ciphertext"]) == (None, "43547bb60239c97ccc5eeff7")
    assert all(sealed[key] is None for key in ("portnum", "payload", "request_id", "reply_id", "bitfield"))
    known = ("--channel", "", "--psk", "AQ==", "--channel", same_hash(0x08), "--psk", KEY)
    opened = json.loads(run("decode", *known, input=HEARD).stdout)
    assert bytes.fromhex(opened["payload"]) == b"Nabend" and opened["channel"] == same_hash(0x08)
    for found in (sealed, opened):
        assert run("encode", *known, input=json.dumps(found)).stdout.strip() == HEARD


def same_hash(value: int) -> str:
    """A name that has this hash with the published key: under which name it was heard is not known."""
    key = base64.b64decode(KEY)
    names = (chr(first) + chr(second) for first in range(65, 91) for second in range(33, 127))
    return next(name for name in names if channel_hash(name, key) == value)


def test_options_that_do_not_fit_are_usage_errors() -> None:
    for arguments in (["--channel", "a"], ["--channel", "a", "--psk", "!"], ["--preset", "NO_SUCH"]):
        for command in ("decode", "encode"):
            found = run(command, *arguments)
            assert found.exit_code == 2, (command, arguments)
            assert "Error" in found.stderr


def test_the_preset_names_the_empty_channel() -> None:
    described = json.dumps(OURS | {"channel": "ShortTurbo"})
    frame = run("encode", "--preset", "short_turbo", input=described).stdout
    assert bytes.fromhex(frame.strip())[13] == 0x0E
    found = run("decode", "--channel", "", "--psk", "AQ==", "--preset", "SHORT_TURBO", input=frame)
    assert json.loads(found.stdout)["channel"] == "ShortTurbo"


def command(*arguments: str) -> "subprocess.Popen[bytes]":
    code = "from whistle.air.command import air; air()"
    path = os.pathsep.join([str(ROOT), str(ROOT / "firmware"), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": path},
    )


def test_each_line_is_answered_before_the_next_is_given() -> None:
    """It can sit in a pipe behind a radio that speaks once an hour."""
    with command("decode") as running:
        assert running.stdin and running.stdout
        for _ in range(2):
            running.stdin.write(b"00" * 16 + b"\n")
            running.stdin.flush()
            assert json.loads(running.stdout.readline())["from"] == 0
        running.stdin.close()
        assert running.wait(20) == 0


def test_a_reader_that_goes_away_is_no_reason_to_complain() -> None:
    with command("decode") as running:
        assert running.stdin and running.stdout and running.stderr
        running.stdout.close()
        try:
            for _ in range(200):
                running.stdin.write(b"00" * 16 + b"\n")
                running.stdin.flush()
            running.stdin.close()
        except BrokenPipeError:
            pass
        assert running.wait(20) in (0, 1)
        assert running.stderr.read() == b""


def test_plan_for_people_and_for_programs() -> None:
    arguments = ("plan", "--region", "US", "--preset", "SHORT_TURBO", "--channel", "Cedar", "--beacons", "60")
    found = json.loads(run(*arguments, "--json").stdout)
    assert (found["frequency_mhz"], found["slot"], found["slots"]) == (924.25, 45, 52)
    text = run(*arguments).stdout
    assert "924.2500 MHz, slot 45 of 52" in text and "36.7 ms" in text and "3.49 %" in text
    assert "Mind" not in text


@pytest.mark.parametrize(
    "arguments",
    [
        ["--region", "NOWHERE", "--preset", "SHORT_TURBO"],
        ["--region", "US"],
        ["--region", "US", "--preset", "SHORT_TURBO", "--channel", "much too long"],
        ["--region", "US", "--preset", "SHORT_TURBO", "--slot", "53"],
        ["--region", "US", "--preset", "SHORT_TURBO", "--beacons", "-1"],
    ],
)
def test_a_plan_that_cannot_be(arguments: list[str]) -> None:
    found = run("plan", *arguments)
    assert found.exit_code in (1, 2) and found.stderr and not found.stdout
