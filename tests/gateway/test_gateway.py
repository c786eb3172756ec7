"""The whole gateway between a stock radio on TCP and a real broker with a dashboard's desk, all in this process."""

import threading
import time
from collections.abc import Iterator

import pytest
from alertwire import kinds

from gateway import watchers
from gateway.gateway import Gateway
from tests.support.brokers import Broker
from tests.support.gateways import Desk, World
from tests.support.radios import StockRadio
from tests.support.waiting import until
from whistle.bus.messages import Heard, Pulse, Refused, State, Told, Watch

HEARD = 1


@pytest.fixture
def running(world: World, radio: StockRadio, broker: Broker, tmp_path) -> Iterator[Gateway]:
    one = Gateway(world.bundle, tmp_path / "data", [radio.url], broker.url)
    one.start()
    radio.until_connected()
    until(lambda: one.bus.connected and one.sources[0].status().up)
    yield one
    one.stop()


@pytest.fixture
def desk(world: World, broker: Broker, running: Gateway) -> Iterator[Desk]:
    one = Desk(world, broker.url)
    one.watch()
    until(lambda: not running.bus.cut_off())
    yield one
    one.close()


def on(radio: StockRadio, port: int) -> list[bytes]:
    return [sent[1] for sent in list(radio.sent) if sent[0] == port]


def test_a_press_reaches_the_desk_and_an_answer_the_beacon(running, desk, radio, world) -> None:
    beacon = world.beacons[0]
    frame = beacon.line(1042)
    began = time.monotonic()
    radio.hear(beacon.node, 11, frame, rssi=-97, hops=2)
    until(lambda: desk.alerts)
    took = time.monotonic() - began
    [alert] = desk.alerts
    assert (alert.node, alert.text, alert.judged) == (beacon.node, "HELP 34th & Cedar #1042", "fresh")
    assert [(one.rssi, one.hops) for one in alert.hearings] == [(-97.0, 2)]
    until(lambda: on(radio, 1))
    assert beacon.reads(1, on(radio, 1)[0], frame) & 7 == HEARD
    until(lambda: running.outbox.held() == running.keeper.waiting == 0)
    desk.answer(alert, "coming")
    coming = kinds.pack_answer(4, False, 1)
    until(lambda: coming in [beacon.reads(port, payload, frame) for port, payload, *_ in list(radio.sent)], 25)
    until(lambda: [told.state for told in desk.of(Told)] == ["sent"])
    radio.hear(beacon.node, 67, beacon.pulse(1043, standing=1, back=1, last_answer=4), packet_id=9)
    until(lambda: [told.state for told in desk.of(Told)] == ["sent", "seen-by-beacon"])
    until(lambda: desk.of(Pulse))
    pulse = desk.of(Pulse)[0]
    assert (pulse.node, pulse.battery, pulse.millivolts, pulse.standing) == (beacon.node, 87, 4012, "open")
    assert took < 1.0


def test_repeats_are_told_as_later_hearings(running, desk, radio, world) -> None:
    beacon = world.beacons[0]
    for packet in range(5):
        radio.hear(beacon.node, 11, beacon.line(5), packet_id=packet)
    until(lambda: sum(len(one.hearings) for one in desk.of(Heard)) == 4)
    assert len(desk.alerts) == 1


def test_no_dashboard_means_cut_off_and_the_beacon_is_told(running, radio, world) -> None:
    beacon = world.beacons[0]
    frame = beacon.line(6)
    radio.hear(beacon.node, 11, frame)
    until(lambda: on(radio, 1))
    assert beacon.reads(1, on(radio, 1)[0], frame) == HEARD | kinds.CUT_OFF
    until(lambda: running.keeper.waiting == 1)


def test_what_was_settled_by_nobody_is_sent_when_a_dashboard_comes(running, broker, radio, world) -> None:
    beacon = world.beacons[0]
    for counter in range(20):
        radio.hear(beacon.node, 11, beacon.line(counter), packet_id=counter)
    until(lambda: running.keeper.waiting == 20)
    desk = Desk(world, broker.url)
    desk.watch()
    until(lambda: len(desk.alerts) == 20 and running.keeper.waiting == 0)
    desk.close()


def test_puback_closes_nothing_and_wrong_digests_neither(running, broker, radio, world) -> None:
    deaf = Desk(world, broker.url, settles=False)
    deaf.watch()
    radio.hear(world.beacons[0].node, 11, world.beacons[0].line(7))
    until(lambda: len(deaf.of(type(deaf.alerts[0]))) >= 2 if deaf.alerts else False)
    assert running.bus._link.counts["acknowledged"] >= 2
    deaf.settle(deaf.alerts[0], "0" * 32)
    time.sleep(1)
    assert running.ledger.waiting() == 1
    deaf.close()


def test_a_broker_killed_and_started_again_loses_nothing(running, desk, broker, radio, world) -> None:
    beacon = world.beacons[0]
    radio.hear(beacon.node, 11, beacon.line(1))
    until(lambda: len(desk.alerts) == 1 and running.outbox.held() == 0)
    broker.kill()
    until(lambda: not running.bus.connected)
    assert running.bus.cut_off()
    for counter in range(2, 12):
        radio.hear(beacon.node, 11, beacon.line(counter), packet_id=counter)
    until(lambda: running.keeper.waiting == 10)
    broker.start()
    until(lambda: len(desk.alerts) == 11 and running.keeper.waiting == 0, 30)
    assert len(desk.rows) == 11


def test_the_radio_lost_and_found_again_is_in_the_state(running, desk, radio, world) -> None:
    assert desk.state().radios[0].node == radio.node
    radio.deaf = True
    radio.drop()
    until(lambda: any(not one.radios[0].up for one in desk.of(State)))
    radio.deaf = False
    until(lambda: desk.of(State)[-1].radios[0].up)
    radio.hear(world.beacons[0].node, 11, world.beacons[0].line(3))
    until(lambda: desk.alerts)


def test_old_heartbeats_brought_back_by_the_broker_are_not_believed(running, desk, monkeypatch) -> None:
    monkeypatch.setattr(watchers, "GONE_S", 0.5)
    until(running.bus.cut_off)
    before = running.counts.snapshot()["unreadable"]
    desk.say(Watch(at=time.time(), store=desk.store, watchers=1), number=5)
    until(lambda: running.counts.snapshot()["unreadable"] > before)
    assert running.bus.cut_off()
    desk.watch()
    until(lambda: not running.bus.cut_off())


def test_refusals_are_counted_and_a_few_are_told(running, desk, radio, world) -> None:
    beacon = world.beacons[0]
    for number in range(300):
        radio.hear(beacon.node + 1 + number, 11, beacon.line(8), packet_id=number)
    until(lambda: running.refusals.totals()["unknown-node"] == 300)
    until(lambda: desk.of(Refused))
    assert len(desk.of(Refused)) < 20
    sample = desk.of(Refused)[0]
    assert (sample.reason, sample.port, bytes.fromhex(sample.payload)) == ("unknown-node", 11, beacon.line(8))
    until(lambda: desk.of(State) and desk.of(State)[-1].refused["unknown-node"] == 300, 25)
    assert desk.alerts == []


def test_a_disk_that_takes_nothing_acknowledges_nothing_and_says_so(running, desk, radio, world) -> None:
    beacon = world.beacons[0]
    frame = beacon.line(9)
    ledger = running.ledger
    pages = ledger._db.execute("PRAGMA page_count").fetchone()[0]
    ledger._db.execute(f"PRAGMA max_page_count={pages}")
    for counter in range(100, 160):
        radio.hear(beacon.node, 11, beacon.line(counter), packet_id=counter)
    until(lambda: running.pipeline.stuck_s() > 0)
    told = len(on(radio, 1))
    radio.hear(beacon.node, 11, frame, packet_id=5)
    until(lambda: desk.of(State) and desk.of(State)[-1].counts["stuck_s"] > 0, 30)
    assert all(beacon.reads(1, text, frame) is None for text in on(radio, 1)[told:])
    ledger._db.execute("PRAGMA max_page_count=1000000")
    until(lambda: len(desk.alerts) == 61, 30)
    until(lambda: desk.of(State)[-1].counts["stuck_s"] == 0, 30)


def test_stopping_takes_less_than_two_seconds_and_leaves_no_thread(world, radio, broker, tmp_path) -> None:
    before = set(threading.enumerate())
    one = Gateway(world.bundle, tmp_path / "short", [radio.url], broker.url)
    one.start()
    until(lambda: one.bus.connected and one.sources[0].status().up)
    began = time.monotonic()
    one.stop()
    assert time.monotonic() - began < 2
    until(lambda: not [t for t in threading.enumerate() if t not in before and t.name != "publishing"], 5)
