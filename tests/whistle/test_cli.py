"""The one command: light to start, helpful when something is not there."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from whistle import cli, release

HEAVY = ("flask", "meshtastic", "paho", "sqlalchemy", "cryptography", "msgspec", "amqtt", "segno", "serial")


def run(*words: str) -> Result:
    return CliRunner().invoke(cli.main, list(words))


def loaded_after(code: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after running code."""
    script = f"import sys\n{code}\nsys.stderr.write(' '.join({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    return set(done.stderr.split())


def test_help_lists_every_part_and_loads_none() -> None:
    code = "from whistle.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass"
    loaded = loaded_after(code)
    assert not loaded & {*HEAVY, "gateway", "dashboard", "alertwire", "meshwire", "beacon"}
    assert "click" in loaded
    shown = run("--help").output
    for name, part in cli.PARTS.items():
        assert name in shown
        assert part.help in " ".join(shown.split())


def test_version_is_the_distributions() -> None:
    done = run("--version")
    assert done.exit_code == 0
    assert release() in done.output


def test_the_module_is_the_command_too() -> None:
    command = [sys.executable, "-m", "whistle", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == f"whistle, version {release()}\n"


def test_unknown_part_names_the_likeliest() -> None:
    done = run("gatway", "run")
    assert done.exit_code == 2
    assert "whistle gateway" in done.output


def test_unknown_part_far_from_all_lists_them() -> None:
    done = run("zzz")
    assert done.exit_code == 2
    assert all(name in done.output for name in cli.PARTS)


def plant(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """Make the part `air` stand at another place."""
    monkeypatch.setitem(cli.PARTS, "air", cli.Part(where, "air", "planted"))


def test_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "segno", None)  # as if it were not installed
    monkeypatch.setattr(cli, "import_module", lambda _name: __import__("segno"))
    plant(monkeypatch, "whistle.air.command:air")
    done = run("air", "plan")
    assert done.exit_code == 1
    assert done.output.count("\n") == 1
    assert "needs the library segno" in done.output
    assert "uv sync --locked --inexact --extra air" in done.output


def test_library_missed_only_while_running_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def late() -> None:
        raise ModuleNotFoundError("No module named 'paho'", name="paho.mqtt")

    monkeypatch.setattr(cli, "load", lambda _name, _part: late)
    done = run("bus")
    assert done.exit_code == 1
    assert "uv sync --locked --inexact --extra bus" in done.output


def test_a_module_of_ours_that_is_missing_is_a_fault_not_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, "whistle.nowhere:air")
    done = run("air")
    assert isinstance(done.exception, ModuleNotFoundError)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full: Linux has one")
@pytest.mark.parametrize("words", [["bus", "schema"], ["air", "plan", "--region", "US", "--preset", "SHORT_TURBO"]])
def test_a_full_disk_is_one_sentence(words: list[str]) -> None:
    command = [sys.executable, "-m", "whistle", *words]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "make room" in done.stderr, done.stderr


@pytest.mark.parametrize("name", sorted(cli.PARTS))
def test_every_part_loads_and_explains_itself(name: str) -> None:
    done = run(name, "--help")
    assert done.exit_code == 0, done.output
    assert "Usage:" in done.output


def test_every_extra_exists() -> None:
    from importlib.metadata import metadata

    extras = set(metadata(cli.DISTRIBUTION).get_all("Provides-Extra") or [])
    assert {part.extra for part in cli.PARTS.values()} <= extras
