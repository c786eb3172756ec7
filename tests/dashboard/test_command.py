"""`whistle dashboard`: started, refused, stopped and killed, as a process of its own."""

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from dashboard.command import dashboard
from tests.dashboard.running import Broker, Browserless, Gateway, Running, command
from tests.support.dashboards import PASSWORD, bundle
from tests.support.waiting import until
from whistle.bus.messages import Answer, Settled, Watch


@pytest.fixture
def broker(need, tmp_path: Path) -> Iterator[Broker]:
    made = Broker(need("mosquitto"), tmp_path).start()
    yield made
    made.stop()


@pytest.fixture
def running(broker: Broker, tmp_path: Path) -> Iterator[Running]:
    made = Running(bundle(), tmp_path / "data", broker.url)
    added = command("add-person", "Maria", "--data", str(made.data), "--password-stdin", stdin=PASSWORD + "\n")
    assert added.returncode == 0, added.stderr
    yield made.start()
    made.end(signal.SIGKILL)
    made.gateway.link.close()


@pytest.fixture
def gateway(running: Running) -> Gateway:
    return running.gateway


def failed(*arguments: str, stdin: str = "") -> str:
    """The one sentence a command fails with."""
    done = CliRunner().invoke(dashboard, arguments, input=stdin)
    assert isinstance(done.exception, SystemExit) and done.exit_code in (1, 2), done.output
    return done.stderr.strip().splitlines()[-1]


def test_people_are_added_from_the_command_line(tmp_path: Path) -> None:
    data = str(tmp_path / "new" / "data")
    first = command("add-person", "  María  José ", "--data", data, "--password-stdin", stdin=PASSWORD + "\n")
    assert first.stdout == "María José can sign in now, and is a keeper.\n"
    second = command("add-person", "Jo", "--data", data, "--password-stdin", stdin=PASSWORD + "\n")
    assert second.stdout == "Jo can sign in now.\n"
    again = failed("add-person", "JO", "--data", data, "--password-stdin", stdin=PASSWORD + "\n")
    assert again == "Error: There is a captain named JO already: take another name."
    assert "8 to 256 characters" in failed("add-person", "Al", "--data", data, "--password-stdin", stdin="short\n")
    assert "1 to 40 printable" in failed("add-person", "a\u202eb", "--data", data, "--password-stdin", stdin="x\n")
    assert "say --password-stdin" in failed("add-person", "Al", "--data", data, stdin=PASSWORD + "\n")


def test_what_cannot_be_run_is_said_in_one_sentence(tmp_path: Path, running: Running) -> None:
    good = dict(zip(running.argv[1::2], running.argv[2::2], strict=True)) | {"--data": str(tmp_path / "other")}

    def with_(**changes: str) -> str:
        options = good | {f"--{name}": value for name, value in changes.items()}
        return failed("run", *(part for pair in options.items() for part in pair))

    gateways = tmp_path / "gateway.json"
    gateways.write_text(json.dumps({"kind": "gateway"}))
    stray = tmp_path / "map.pmtiles"
    stray.write_bytes(b"not a map")
    assert "another program may have it; take another with --listen" in with_()
    assert "Another dashboard runs on" in with_(data=str(running.data), listen="127.0.0.1:1")
    assert "is not HOST:PORT" in with_(listen="8080")
    assert "is not a PMTiles map file" in with_(basemap=str(stray))
    assert "Traceback" not in with_(bundle=str(gateways))
    assert "does not exist" in with_(bundle=str(tmp_path / "no.json"))
    assert "mqtt://" in with_(broker="localhost")
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert "cannot be used" in with_(data=str(blocked / "data"), listen="127.0.0.1:1")


def test_a_brokers_password_stays_out_of_the_list_of_processes(running: Running, monkeypatch) -> None:
    at = running.argv.index("--broker")
    without = running.argv[:at] + running.argv[at + 2 :]
    assert "'--broker'" in failed(*without)
    monkeypatch.setenv("WHISTLE_BROKER", "http://desk:secret@127.0.0.1:1")
    assert "mqtt://user:password@host:1883" in failed(*without)


def test_an_alert_goes_in_and_an_answer_goes_out(running: Running, gateway: Gateway) -> None:
    gateway.met()
    gateway.say(gateway.speaker.state(at=time.time()))
    gateway.say(gateway.speaker.alert(heard_at=time.time()))
    until(lambda: gateway.told(Settled))
    captain = Browserless(running.url)
    assert "34th &amp; Cedar" in captain.get("/")
    captain.post("/alerts/1/answer", answer="coming")
    until(lambda: gateway.told(Answer))
    assert gateway.told(Answer)[0].answer == "coming"


def test_a_stream_gets_an_alert_over_real_sockets_and_counts_as_a_watch(running: Running, gateway: Gateway) -> None:
    captain = Browserless(running.url)
    lines: list[str] = []
    gateway.met()
    stream = captain.opener.open(f"{running.url}/live?page=x&armed=1", timeout=20)
    reader = threading.Thread(target=lambda: lines.extend(_until_alert(stream)))
    reader.start()
    until(lambda: any(one.watchers == 1 for one in gateway.told(Watch)))
    gateway.say(gateway.speaker.alert(heard_at=time.time()))
    reader.join(15)
    assert lines and lines[-1].startswith("data: ") and '"id": 1' in lines[-1]
    stream.close()
    until(lambda: any(one.answer == "shown" for one in gateway.told(Answer)))
    until(lambda: gateway.told(Watch)[-1].watchers == 0)  # the server notices that the browser has gone


def _until_alert(stream) -> list[str]:
    read = []
    for raw in stream:
        read.append(raw.decode().rstrip())
        if len(read) > 1 and read[-2] == "event: alert":
            return read
    return read


def test_sigterm_stops_it_within_two_seconds_with_streams_open(running: Running) -> None:
    captain = Browserless(running.url)
    streams = [captain.opener.open(f"{running.url}/live?page={n}", timeout=20) for n in range(20)]
    for one in streams:
        assert one.readline().startswith(b"retry:")
    assert running.end(signal.SIGTERM) < 2.0
    assert running.process.returncode == 0
    assert all(b"event: alert" not in one.read() for one in streams)
    for one in streams:
        one.close()


def test_killed_and_started_again_it_knows_everything_and_goes_on(running: Running, gateway: Gateway) -> None:
    gateway.met()
    for n in range(5):
        gateway.say(gateway.speaker.alert(row=n + 1, sequence=n, tag=f"{n:016x}", heard_at=time.time()))
    until(lambda: len(gateway.told(Settled)) == 5)
    store = gateway.told(Settled)[0].store
    captain = Browserless(running.url)
    captain.post("/alerts/1/answer", answer="coming")
    until(lambda: gateway.told(Answer))
    running.end(signal.SIGKILL)
    gateway.heard.clear()
    running.start()
    until(lambda: captain.get("/").count('<article class="card open"') == 5)  # the session lives on as well
    gateway.say(gateway.speaker.alert(row=9, sequence=4, tag=f"{4:016x}", heard_at=time.time()))
    until(lambda: gateway.told(Settled))
    assert gateway.told(Settled)[0].store == store and gateway.told(Settled)[0].store_row == 5
    until(lambda: any(one.answer == "coming" for one in gateway.told(Answer)))  # said again, it was never confirmed


def test_a_broker_that_goes_and_comes_is_said_and_survived(running: Running, gateway: Gateway, broker: Broker) -> None:
    captain = Browserless(running.url)
    gateway.say(gateway.speaker.state(at=time.time()))
    until(lambda: "The line to the broker is down" not in captain.get("/"))
    broker.stop()
    until(lambda: "The line to the broker is down" in captain.get("/"))
    broker.start()
    until(lambda: "The line to the broker is down" not in captain.get("/"), 30)
    gateway.say(gateway.speaker.alert(heard_at=time.time()))  # once: a gateway of tests does not say it again
    until(lambda: gateway.told(Settled), 30)


def test_two_hundred_pages_at_once_do_not_hang_it(running: Running) -> None:
    captain = Browserless(running.url)
    port = running.port
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(200)]
    began = time.monotonic()
    assert "No open alert" in captain.get("/")
    assert time.monotonic() - began < 5
    for one in idle:
        one.close()


def test_the_data_directory_is_for_its_owner_alone(running: Running) -> None:
    Browserless(running.url)
    assert (running.data / "session.key").stat().st_mode & 0o077 == 0
    assert (running.data / "store.sqlite").stat().st_uid == os.getuid()


def test_a_captain_who_leaves_is_out_at_once(running: Running) -> None:
    captain = Browserless(running.url)
    assert "Sign out" in captain.get("/")
    done = command("remove-person", "maria", "--data", str(running.data))
    assert done.stdout == "maria cannot sign in any more.\n"
    assert "Password" in captain.get("/")
    assert "no captain named Bo" in failed("remove-person", "Bo", "--data", str(running.data))
