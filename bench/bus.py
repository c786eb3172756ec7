"""`bus.publish`: sealed alerts acknowledged by a real broker, against bare paho with payloads of the same length."""

import secrets
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from bench.measure import Figure, Figures, interleave
from whistle.bus import envelope, topics
from whistle.bus.link import Link
from whistle.bus.messages import Alert, Hearing
from whistle.bus.numbers import Numbers
from whistle.demo.broker import broker
from whistle.demo.ports import free_port

OUTSTANDING = 500  # handed over and not yet acknowledged, the same for both sides
SITE, GATEWAY = "00" * 8, "11" * 8


class Dose(NamedTuple):
    """How much is measured: messages a turn, turns of each side."""

    messages: int = 1500
    rounds: int = 5


FULL = Dose()


def figures(dose: Dose = FULL) -> Figures:
    """Acknowledged QoS 1 publishes a second."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        process = broker(port, Path(folder))
        process.start()
        try:
            process.wait_port(port, 20)
            ours, reference, ratio = interleave(
                lambda: _sealed(port, dose.messages), lambda: _bare(port, dose.messages), dose.rounds
            )
        finally:
            process.stop()
    return {"bus.publish": Figure(ours, "1/s", reference, ratio)}


def _alert(row: int) -> Alert:
    hearing = Hearing(source="tcp://127.0.0.1:4403", at=1.8e9, rssi=-97.0, snr=6.25, hops=1)
    return Alert(
        row=row, node=0x0A1B2C3D, sequence=0x01000000 + row, of=0x01000000 + row, tag="3c78698ab7ba6e28", kind="help",
        text="HELP 34th & Cedar #1042", event="raised", drill=False, low=False, doubt=False, position=None,
        judged="fresh", age="fresh", age_limit_s=None, heard_at=1.8e9, hearings=[hearing],
    )  # fmt: skip


def _sealed(port: int, messages: int) -> float:
    key, sender, topic = secrets.token_bytes(64), bytes.fromhex(GATEWAY), topics.up(SITE, GATEWAY)
    numbers = Numbers(time.time())
    with Link(f"mqtt://127.0.0.1:{port}", [], lambda _topic, _payload: None) as link:
        link.wait(10)
        begun = time.perf_counter()
        for row in range(1, messages + 1):
            sealed = envelope.seal(key, 1, sender, numbers.next(), topic, _alert(row))
            while row - link.counts["acknowledged"] > OUTSTANDING:
                time.sleep(0.0005)
            link.publish(topic, sealed)
        while link.counts["acknowledged"] < messages:
            time.sleep(0.0005)
        return messages / (time.perf_counter() - begun)


def _bare(port: int, messages: int) -> float:
    acknowledged = [0]
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv311)
    client.on_publish = lambda *_: acknowledged.__setitem__(0, acknowledged[0] + 1)
    client.connect("127.0.0.1", port)
    client.loop_start()
    payload = secrets.token_bytes(envelope.SEALED_LENGTHS[0])
    begun = time.perf_counter()
    for count in range(1, messages + 1):
        while count - acknowledged[0] > OUTSTANDING:
            time.sleep(0.0005)
        client.publish("whistle/bench", payload, 1)
    while acknowledged[0] < messages:
        time.sleep(0.0005)
    rate = messages / (time.perf_counter() - begun)
    client.disconnect()
    client.loop_stop()
    return rate
