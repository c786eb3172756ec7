"""`whistle bus watch` against a real broker: prints what it can open, says why not for the rest, ends quietly."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support import brokers
from tests.support.waiting import until
from tests.whistle.bus import samples, sites
from whistle.bus import envelope, topics
from whistle.bus.command import bus
from whistle.bus.link import Link
from whistle.bus.messages import class_of
from whistle.bus.numbers import Numbers
from whistle.bus.watching import Watcher, as_line, visible
from whistle.site.bundles import GatewayBundle

COMMAND = [sys.executable, "-c", "from whistle.bus.command import bus; bus()", "watch"]


class Mouth:
    """Seals and publishes as one gateway, and as a dashboard towards it."""

    def __init__(self, broker: brokers.Broker, bundle: GatewayBundle) -> None:
        self.bundle = bundle
        self.numbers = Numbers(time.time())
        self.link = Link(broker.url, [], lambda _topic, _payload: None)

    def say(self, message, key: bytes | None = None, number: int | None = None) -> None:
        up = message not in samples.DOWN
        topic = (topics.up if up else topics.down)(self.bundle.site, self.bundle.gateway)
        sender = self.bundle.gateway_bytes if up else samples.STORE
        own = self.bundle.link_keys[0 if up else 1]
        count = self.numbers.next() if number is None else number
        self.raw(topic, envelope.seal(key or own, 1, sender, count, topic, message))

    def raw(self, topic: str, payload: bytes) -> None:
        assert self.link.publish(topic, payload)


@pytest.fixture
def watching(broker, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Mouth]]:
    """A running `bus watch --json` and something that speaks to it."""
    path, gateway, _ = sites.made(tmp_path)
    process = start(["--bundle", str(path), "--broker", broker.url, "--json"])
    mouth = Mouth(broker, gateway)
    with mouth.link:
        assert mouth.link.wait(10)
        yield process, mouth
    process.kill()
    process.communicate()


def start(arguments: list[str]) -> subprocess.Popen[str]:
    process = subprocess.Popen(COMMAND + arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    said = process.stderr.readline()
    assert said.startswith("Connected to mqtt://127.0.0.1:"), said
    return process


def next_of(process: subprocess.Popen[str]) -> dict:
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


def test_every_message_is_printed_opened(watching):
    process, mouth = watching
    for message in samples.UP + samples.DOWN:
        mouth.say(message)
        shown = next_of(process)
        assert shown["message"]["class"] == class_of(message)
        assert shown["stale"] is False
        assert shown["size"] in envelope.SEALED_LENGTHS


def test_what_cannot_be_opened_is_marked_and_says_why(watching):
    process, mouth = watching
    bundle = mouth.bundle
    up = topics.up(bundle.site, bundle.gateway)
    elsewhere = topics.up(bundle.site, samples.GATEWAY)
    mouth.say(samples.ALERT, key=bytes(64))
    assert next_of(process)["reason"] == "not-authentic"
    mouth.raw(up, b"hello")
    assert next_of(process)["reason"] == "not-ours"
    mouth.raw(elsewhere, envelope.seal(bytes(64), 1, samples.SENDER, 1, elsewhere, samples.ALERT))
    assert next_of(process)["reason"] == "unknown-gateway"
    mouth.raw(up, envelope.seal(bundle.link_keys[0], 2, bundle.gateway_bytes, 1, up, samples.ALERT))
    shown = next_of(process)
    assert shown["reason"] == "other-epoch" and "ours is 1" in shown["why"] and "message" not in shown


def test_a_heartbeat_whose_number_fell_is_marked(watching):
    process, mouth = watching
    mouth.say(samples.STATE, number=9)
    assert next_of(process)["stale"] is False
    mouth.say(samples.STATE, number=9)
    assert next_of(process)["stale"] is True


def test_ctrl_c_ends_it_quietly(watching):
    process, _ = watching
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (0, "", "")


def test_a_reader_that_leaves_ends_it_quietly(watching):
    process, mouth = watching
    process.stdout.close()
    mouth.say(samples.WATCH)
    until(lambda: process.poll() is not None)
    assert "Traceback" not in process.stderr.read()
    process.stdout = None


def test_lines_for_people_name_the_gateway_and_no_key(broker, tmp_path):
    path, gateway, dashboard = sites.made(tmp_path)
    process = start(["--bundle", str(path), "--broker", broker.url, "--count", str(len(samples.UP + samples.DOWN))])
    mouth = Mouth(broker, gateway)
    with mouth.link:
        assert mouth.link.wait(10)
        for message in samples.UP + samples.DOWN:
            mouth.say(message)
        out, err = process.communicate(timeout=10)
    assert process.returncode == 0 and err == ""
    lines = out.splitlines()
    assert len(lines) == len(samples.UP + samples.DOWN)
    assert "up    gateway  alert  !0a1b2c3d-01000412 help raised, fresh, age fresh, row 1, heard 1 times" in lines[0]
    for secret in (gateway.root, gateway.link_up, gateway.channel_psk, dashboard.bus_root):
        assert secret not in out


@pytest.mark.parametrize(
    ("broker_url", "sentence"),
    [("http://x", "begins with 'http'"), ("mqtt://", "no usable host"), ("mqtts://x?ca=/none", "is not there")],
)
def test_a_bad_broker_is_one_sentence(tmp_path, broker_url, sentence):
    path, _, _ = sites.made(tmp_path)
    result = CliRunner().invoke(bus, ["watch", "--bundle", str(path), "--broker", broker_url])
    assert result.exit_code == 1
    assert result.output.startswith("Error: ") and sentence in result.output and result.output.count("\n") == 1


def test_a_bad_bundle_is_one_sentence(tmp_path):
    (tmp_path / "odd").write_text("{}")
    for name in ("odd", "none"):
        result = CliRunner().invoke(bus, ["watch", "--bundle", str(tmp_path / name), "--broker", "mqtt://x"])
        assert result.exit_code == 1
        assert result.output.startswith("Error: ") and result.output.count("\n") == 1


def test_what_strangers_write_cannot_steer_a_terminal():
    assert visible("a\x1b[2Jb\u202ec\n") == "a□[2Jb□c□"
    nasty = samples.altered(samples.UP[4], why="\x1b]0;owned\x07")
    topic = topics.up(samples.SITE, samples.GATEWAY)
    payload = envelope.seal(samples.KEY, 1, samples.SENDER, 1, topic, nasty)
    sight = Watcher(lambda _gateway: (samples.KEY, samples.KEY), 1).look(topic, payload, 0.0)
    assert as_line(sight, lambda gateway: gateway).isprintable()
    assert as_line(Watcher(lambda _gateway: None, 1).look("\x1b[2J", b"", 0.0), str).isprintable()
