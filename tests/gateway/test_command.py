"""`whistle gateway` as a person meets it: one sentence when something is wrong, and what the ledger holds."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from gateway import command, journal, show
from gateway.datadir import DataDir
from gateway.hearing import Hearing
from gateway.ledger import Ledger
from gateway.reader import HeardLine
from gateway.rows import AlertRow
from tests.support.gateway_parts import FakeClock, Inside
from tests.support.gateways import World
from tests.support.waiting import until
from whistle.site import files


@pytest.fixture
def run(world: World, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(journal, "begin", lambda *_: None)
    monkeypatch.setattr(command, "_serve", lambda one: one.ledger.close() or one.home.close())
    given = {
        "--bundle": str(world.bundle_file()),
        "--data": str(tmp_path / "data"),
        "--source": "tcp://127.0.0.1:1",
        "--broker": "mqtt://127.0.0.1:1",
    }

    def invoke(env: dict[str, str] | None = None, **changed: str):
        options = {**given, **{f"--{name}": value for name, value in changed.items()}}
        words = [part for pair in options.items() if pair[1] for part in pair]
        return CliRunner().invoke(command.gateway, ["run", *words], env=env)

    return invoke


def says(result, *words: str) -> None:
    assert result.exit_code == 1, result.output
    [line] = result.output.strip().splitlines()
    assert line.startswith("Error: ") and all(word in line for word in words), line


def test_it_starts(run) -> None:
    assert run().exit_code == 0


def test_a_brokers_password_stays_out_of_the_list_of_processes(run) -> None:
    assert run(broker="", env={"WHISTLE_BROKER": "mqtt://gw:secret@127.0.0.1:1"}).exit_code == 0
    assert run(broker="").exit_code == 2


def test_a_bundle_that_is_not_there(run, tmp_path) -> None:
    says(run(bundle=str(tmp_path / "none")), "There is no bundle at", "whistle site bundle")


def test_a_dashboards_bundle(run, world, tmp_path) -> None:
    path = tmp_path / "dash.bundle"
    files.write(path, files.pretty(world.dashboard))
    says(run(bundle=str(path)), "is a dashboard's bundle", "whistle site bundle")


def test_a_damaged_bundle(run, tmp_path) -> None:
    path = tmp_path / "bad.bundle"
    path.write_text('{"kind":"gateway"')
    says(run(bundle=str(path)), "bad.bundle")


def test_a_directory_in_use(run, tmp_path) -> None:
    home = DataDir(tmp_path / "data")
    says(run(), "in use by another gateway", "a directory of its own")
    home.close()


def test_a_directory_that_is_a_file(run, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    says(run(data=str(tmp_path / "file")), "choose another --data directory")


@pytest.mark.parametrize("url", ["/dev/ttyUSB0", "udp://x", "tcp://"])
def test_a_source_of_no_kind(run, url) -> None:
    says(run(source=url), "write tcp://HOST", "serial:///dev/ttyUSB0")


def test_a_broker_of_no_kind(run) -> None:
    says(run(broker="http://x"), "mqtt://")


def test_a_forgotten_option_is_a_usage_error() -> None:
    assert CliRunner().invoke(command.gateway, ["run"]).exit_code == 2


def test_show_tells_what_the_ledger_holds(world: World, tmp_path: Path) -> None:
    one = Inside(world, tmp_path / "data")
    beacon = world.beacons[0]
    for _ in range(3):
        one.hear(beacon, 11, beacon.line(1042, kind=2))
    one.hear(12345, 11, beacon.line(7))
    one.fake.tick(2)
    one.turn()
    result = CliRunner().invoke(command.gateway, ["show", "--data", str(tmp_path / "data")])
    assert result.exit_code == 0
    head, alert, refused, sample = result.output.splitlines()
    assert head == "1 alerts, 1 beacons heard, 1 alerts wait for a dashboard"
    assert f"!{beacon.node:08x} #1042  fire raised, open, heard 3 times" in alert
    assert refused == "refused: unknown-node 1" and "!00003039  unknown-node" in sample
    one.close()


def test_show_without_a_ledger(tmp_path: Path) -> None:
    says(CliRunner().invoke(command.gateway, ["show", "--data", str(tmp_path)]), "there is no ledger in")


def test_show_survives_odd_times_and_characters(tmp_path: Path) -> None:
    home = DataDir(tmp_path)
    ledger = Ledger(home, FakeClock())
    one = Hearing("x", 5, 1, 11, b"", None, None, None, 1e300)
    ledger.add_alert(AlertRow(5, 1, b"t" * 8, 1, 0, "raised", 1e300), one, b"{}")
    ledger.put_samples([(0, "tag", one, "\x1b[2Jno")])
    text = "\n".join(show.shown(tmp_path, 5))
    assert "\x1b" not in text
    ledger.close()
    home.close()


def test_a_gateway_without_radio_or_broker_runs_and_says_why(world: World, tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "whistle", "gateway", "run", "--log-format", "json"]
    argv += ["--bundle", str(world.bundle_file()), "--data", str(tmp_path / "data")]
    argv += ["--source", "serial:///dev/whistle-no-such", "--broker", "mqtt://127.0.0.1:1"]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines: list[dict] = []
    while not ({"gateway.source", "whistle.bus.link"} <= {line["from"] for line in lines}):
        lines.append(json.loads(process.stderr.readline()))
    process.send_signal(signal.SIGTERM)
    out, _err = process.communicate(timeout=5)
    assert process.returncode == 0 and out == ""
    said = " ".join(line["says"] for line in lines)
    assert "no such device: is the radio plugged in?" in said and "nothing listens there" in said


def test_a_part_that_dies_ends_the_process_with_a_sentence(world: World, tmp_path: Path, monkeypatch) -> None:
    one = Inside(world, tmp_path / "data")
    monkeypatch.setattr(command, "signal", _NoSignals)
    monkeypatch.setattr(one, "start", lambda: None)
    assert command._serve(one) == "pipeline"


class _NoSignals:
    SIGTERM = SIGINT = 0

    @staticmethod
    def signal(*_args) -> None: ...


def test_help_names_what_it_takes() -> None:
    text = CliRunner().invoke(command.gateway, ["run", "--help"]).output
    assert "tcp://HOST" in text and isinstance(command.gateway, click.Group)
    until(lambda: True)


def test_keys_and_a_roster_from_a_stick_beside_a_running_gateway(world: World, tmp_path: Path) -> None:
    world.site.rotate()
    one, beacon, data = Inside(world, tmp_path / "data"), world.beacons[0], str(tmp_path / "data")

    def said(*words: str):
        return CliRunner().invoke(command.gateway, [*words, "--data", data])

    one.hear(beacon, 67, beacon.pulse(1))
    one.keep()
    found = said("keys")
    assert found.exit_code == 0
    head, *rest = found.output.splitlines()
    assert head.startswith("0 of 4 beacons have the newest group key (epoch 2); still old") and len(rest) == 4
    assert f"  !{beacon.node:08x}  epoch 1, heard 20" in found.output and "not heard yet" in found.output
    report = json.loads(said("keys", "--json").output)
    assert (report["site"], report["group_epoch"], len(report["beacons"])) == (world.bundle.site, 2, 4)

    stick, old = tmp_path / "stick", tmp_path / "old"
    world.site.export_roster(old)
    world.site.mark_beacon(beacon.node, revoked=True)
    world.site.export_roster(stick)
    assert (
        said("roster", str(stick)).output
        == "Roster version 6 is taken; it was version 5. A running gateway uses it now.\n"
    )
    assert isinstance(one.reader.read(_heard(beacon)), HeardLine)
    one.fake.tick(1)
    one.keeper.idle(one.ledger)
    refusal = one.reader.read(_heard(beacon))
    assert (refusal.reason, refusal.kind) == ("revoked", 2) and one.state().roster == 6
    assert "3 beacons" in said("keys").output
    assert "nothing to do" in said("roster", str(stick)).output
    says(said("roster", str(old)), "is held and stays")
    assert json.loads(said("roster", str(stick), "--json").output) == {"before": 6, "now": 6}
    one.close()


def _heard(beacon) -> Hearing:
    return Hearing("tcp://fake", beacon.node, 1, 11, beacon.line(50, kind=2), -80.0, 6.0, 1, 1_800_000_000.0)


def test_keys_and_rosters_without_a_gateway(tmp_path: Path) -> None:
    says(CliRunner().invoke(command.gateway, ["keys", "--data", str(tmp_path)]), "there is no ledger in")
    (tmp_path / "stick").write_text("{}")
    says(CliRunner().invoke(command.gateway, ["roster", str(tmp_path / "stick"), "--data", str(tmp_path)]), "stick")
