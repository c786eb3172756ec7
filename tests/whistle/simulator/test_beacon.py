"""Beacons on the air: the real program over simulated boards, relays between them, a host that answers."""

import pytest
from alertwire import line, pulse, receipt
from meshwire.data import ALERT, TEXT

from tests.support.towns import (
    BEACON,
    DOWN,
    GROUP,
    PRESS,
    RADIO,
    RADIO_NODE,
    RELAY_NODE,
    SECOND,
    UP,
    asleep,
    beacon,
    town,
)
from whistle.simulator.hostile import port_of
from whistle.simulator.radio import HostPacket
from whistle.simulator.requests import Requests

PULSE = 67
HEARD, SHOWN = 1, 2


class Answering:
    """A host that answers every new line of the beacon with these answers, one after the other, two seconds apart."""

    def __init__(self, simulation, *answers):
        self.lines = []
        self._simulation = simulation
        self._radio = simulation.radio(RADIO)
        self._answers = answers
        self._radio.ring = self._rung

    def _rung(self):
        while (received := self._radio.take()) is not None:
            if received.sender == BEACON and received.data.portnum == ALERT:
                self._answer(line.parse(received.data.payload), received)

    def _answer(self, said, received):
        assert line.authentic(said, BEACON, UP)
        self.lines.append((said, received))
        for place, answer in enumerate(self._answers):
            entry = receipt.entry(BEACON, DOWN, said.sequence, said.tag, answer)
            text = f"✓ #{said.sequence & 0xFFFFFF}".encode()
            packet = HostPacket(TEXT, receipt.build([entry], GROUP, 1, text))
            self._simulation.loop.at(
                self._simulation.loop.now_us + 100_000 + 2_100_000 * place, self._radio.submit, packet
            )


def shown(simulation, node=BEACON):
    return simulation.beacon(node).state().get("pattern")


@pytest.mark.parametrize("between", [RELAY_NODE, beacon(SECOND)], ids=["stock relay", "beacon"])
def test_a_press_is_heard_over_two_hops_and_the_receipt_comes_back(between):
    simulation = town(beacon(), between, RADIO_NODE)
    simulation.run(5)
    host = Answering(simulation, HEARD, SHOWN)
    simulation.press(BEACON, hold_s=1.6)
    assert simulation.run_until(lambda: shown(simulation) == "heard", within_s=10)
    assert simulation.run_until(lambda: shown(simulation) == "shown", within_s=10)
    said, received = host.lines[0]
    assert said.text == b"\x07HELP 34th & Cedar #%d" % (said.sequence & 0xFFFFFF)
    assert (received.hop_start, received.hop_limit) == (3, 2)


@pytest.mark.parametrize(("between", "hops"), [([RELAY_NODE], 1), ([], 0)], ids=["a relay between", "side by side"])
def test_a_call_says_over_how_many_relays_the_answer_came_that_changed_it(between, hops):
    simulation = town(beacon(), *between, RADIO_NODE)
    simulation.run(5)
    Answering(simulation, HEARD, SHOWN)
    simulation.press(BEACON, hold_s=1.6)
    simulation.run(20)
    calls = [(event["state"], event["hops"]) for event in simulation.events if event["event"] == "call"]
    assert calls == [("calling", None), ("heard", hops), ("shown", hops)]


def test_the_resident_sees_it_step_by_step():
    simulation = town(beacon(), RELAY_NODE, RADIO_NODE)
    simulation.run(5)
    Answering(simulation, HEARD, SHOWN)
    simulation.press(BEACON, hold_s=1.6)
    simulation.run(20)
    lamps = [event["pattern"] for event in simulation.events if event["event"] == "lamp" and event["on"]]
    calls = [event["state"] for event in simulation.events if event["event"] == "call"]
    assert lamps == ["holding", "sent", "on-air", "heard", "shown"], "the relay is heard before the gateway's word"
    assert calls == ["calling", "heard", "shown"]
    [pressed] = [event["at"] for event in simulation.events if event.get("pattern") == "holding"]
    assert 5 <= pressed <= 5.1  # within 100 ms of the finger


def test_a_neighbour_whistles():
    simulation = town(beacon(), beacon(SECOND))
    simulation.run(5)
    simulation.press(BEACON)
    assert simulation.run_until(lambda: simulation.beacon(SECOND).state().get("whistle"), within_s=10)
    assert simulation.beacon(SECOND).state()["sound"] == "neighbour"


def test_through_30_percent_loss_it_still_arrives():
    simulation = town(beacon(), RELAY_NODE, RADIO_NODE, loss=0.3, seed=2)
    simulation.run(5)
    Answering(simulation, HEARD)
    simulation.press(BEACON)
    assert simulation.run_until(lambda: shown(simulation) == "heard", within_s=60)  # one path of two hops: 24 % a try
    assert simulation.air.counts.lost > 0


def test_equal_seeds_give_equal_runs():
    def run(seed):
        simulation = town(beacon(), beacon(SECOND), RADIO_NODE, loss=0.3, seed=seed)
        Answering(simulation, HEARD, SHOWN)
        simulation.press(BEACON, after_s=5)
        simulation.run(600)
        return simulation.trace(), list(simulation.events)

    assert run(5) == run(5)
    assert run(5)[0] != run(6)[0]


def test_a_board_without_power_does_nothing_and_comes_back_with_its_open_call():
    simulation = town(beacon(), RADIO_NODE)
    simulation.run(5)
    simulation.press(BEACON)
    simulation.run(3)
    simulation.beacon(BEACON).power(False)
    senders = []
    simulation.observe(lambda node, frame, at: senders.append(node))
    simulation.run(60)
    assert simulation.beacon(BEACON).state() == {}
    assert BEACON not in senders
    host = Answering(simulation, HEARD)
    simulation.beacon(BEACON).power(True)
    assert simulation.run_until(lambda: shown(simulation) == "heard", within_s=30)
    assert host.lines


def test_a_finger_on_a_board_without_power_does_nothing():
    simulation = town(beacon())
    simulation.run(5)
    simulation.beacon(BEACON).power(False)
    writes = simulation.beacon(BEACON).flash.writes
    simulation.press(BEACON)
    simulation.run(5)
    assert simulation.beacon(BEACON).flash.writes == writes
    assert [event for event in simulation.events if event["event"] in ("lamp", "call")] == []


def test_a_dead_task_restarts_the_board_and_says_so():
    simulation = town(beacon())
    simulation.run(5)
    simulation.beacon(BEACON).board.feed = None  # one of its tasks dies of this
    simulation.run(400)
    [reset] = [event for event in simulation.events if event["event"] == "reset"]
    assert "a task died" in reset["why"]
    assert simulation.beacon(BEACON).board.cause == "reset"


def test_a_board_that_no_longer_feeds_its_watchdog_is_restarted():
    simulation = town(beacon())
    simulation.run(5)
    simulation.beacon(BEACON).board.feed = lambda: None
    simulation.run(1300)
    assert "watchdog" in [event["why"] for event in simulation.events if event["event"] == "reset"]


def test_a_board_that_feeds_it_lives_on():
    simulation = town(beacon())
    simulation.run(4000)
    assert [event for event in simulation.events if event["event"] == "reset"] == []


def test_rollback_and_clone_by_request():
    simulation = town(beacon(), beacon(SECOND))
    requests = Requests(simulation)
    simulation.run(5)
    requests.answer({"do": "flash", "node": BEACON, "op": "save"})
    simulation.press(BEACON)
    simulation.run(5)
    assert requests.answer({"do": "state", "node": BEACON})["call"] == "calling"
    requests.answer({"do": "flash", "node": BEACON, "op": "rollback"})
    simulation.run(5)
    assert requests.answer({"do": "state", "node": BEACON})["call"] == "idle"
    requests.answer({"do": "flash", "node": BEACON, "op": "clone", "to": SECOND})
    simulation.run(5)
    assert simulation.beacon(SECOND).program.settings.node == BEACON


def test_a_worn_flash_does_not_stop_the_call():
    simulation = town(beacon(), RADIO_NODE)
    simulation.run(5)
    host = Answering(simulation, HEARD)
    Requests(simulation).answer({"do": "flash", "node": BEACON, "op": "wear"})
    simulation.press(BEACON)
    assert simulation.run_until(lambda: shown(simulation) == "heard", within_s=10)
    assert host.lines[-1][0].doubt


def test_a_radio_chip_that_fails_is_shown_and_the_line_goes_when_it_is_back():
    simulation = town(beacon(), RADIO_NODE)
    simulation.run(5)
    Answering(simulation, HEARD)
    simulation.beacon(BEACON).radio.broken = True
    simulation.press(BEACON)
    assert simulation.run_until(lambda: shown(simulation) == "failed-radio", within_s=10)
    simulation.beacon(BEACON).radio.broken = False
    assert simulation.run_until(lambda: shown(simulation) == "heard", within_s=20)


def test_bad_settings_are_shown_not_raised():
    simulation = town(beacon(up="zz"))
    simulation.run(5)
    state = Requests(simulation).answer({"do": "state", "node": BEACON})
    assert not state["on"] and "'up'" in state["failure"]


def test_forged_lines_are_well_formed_and_wrong_and_a_replay_is_the_genuine_one_again():
    simulation = town(beacon(), RADIO_NODE)
    requests = Requests(simulation)
    heard = []
    radio = simulation.radio(RADIO)
    radio.packet = None
    simulation.radios[RADIO].station.packet = lambda packet: heard.append(packet)
    simulation.run(5)
    requests.answer({"do": "forge", "node": BEACON, "near": RADIO})
    simulation.run(2)
    forged = [packet for packet in heard if packet.data.portnum == ALERT]
    assert len(forged) == 1 and not line.authentic(line.parse(forged[0].data.payload), BEACON, UP)
    heard.clear()
    simulation.press(BEACON)
    simulation.run(3)
    simulation.beacon(BEACON).power(False)
    genuine = {packet.data.payload for packet in heard if packet.data.portnum == ALERT}
    kept = requests.answer({"do": "record"})["kept"]
    heard.clear()
    assert requests.answer({"do": "replay", "near": RADIO})["sent"] == 2 * kept
    simulation.run(5)
    again = [packet.data.payload for packet in heard if packet.data.portnum == ALERT]
    assert again and set(again) <= genuine  # the known ids are settled by the radio's own duplicate memory


def test_while_nobody_has_called_a_replay_is_the_first_signs_of_life_again():
    simulation = town(beacon(), RADIO_NODE)
    requests, heard = Requests(simulation), []
    assert requests.answer({"do": "replay", "near": RADIO})["sent"] == 0
    assert simulation.run_until(lambda: simulation.hostile.recorder.signs, within_s=3600)
    simulation.run(1)
    simulation.beacon(BEACON).power(False)
    simulation.radio(RADIO).packet = None
    simulation.radios[RADIO].station.packet = heard.append
    first = port_of([simulation.hostile.channel], simulation.hostile.recorder.signs[0])
    assert requests.answer({"do": "replay", "near": RADIO}) == {"sent": 2, "kept": "pulse"}
    simulation.run(2)
    assert [packet.data.portnum for packet in heard] == [first]  # the known id is settled by the radio's own memory


def test_a_press_beacon_sleeps_deeply_and_its_button_wakes_it_into_a_call():
    simulation = town(beacon(**PRESS), RADIO_NODE)
    assert asleep(simulation)
    one = simulation.beacon(BEACON)
    assert one.on and one.program is None and one.state()["call"] == "idle" and not one.radio.ear.open
    host = Answering(simulation, HEARD, SHOWN)
    simulation.press(BEACON, hold_s=1.6)
    assert simulation.run_until(lambda: shown(simulation) == "holding", within_s=0.8), "0.6 s it is blind"
    assert simulation.run_until(lambda: shown(simulation) == "shown", within_s=10)
    assert len(host.lines) == 1
    simulation.run(14 * 60)
    assert not one.asleep, "it listens for 15 minutes"
    assert simulation.run_until(lambda: one.asleep, within_s=180) and one.state()["call"] == "shown"


def test_a_press_beacon_wakes_by_itself_for_its_pulses_and_numbers_go_on():
    simulation = town(beacon(**PRESS), RADIO_NODE)
    pulses = Pulses(simulation)
    assert asleep(simulation)
    writes = simulation.beacon(BEACON).flash.writes
    simulation.run(3 * 86400)
    numbers = [one.sequence for one in pulses.heard]
    assert len(numbers) > 10 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert simulation.beacon(BEACON).flash.writes - writes <= 2 + len(numbers) // 32


def test_power_off_and_on_wakes_a_sleeping_beacon_anew():
    simulation = town(beacon(**PRESS), RADIO_NODE)
    assert asleep(simulation)
    one = simulation.beacon(BEACON)
    one.power(False)
    assert not one.on and one.state() == {}
    simulation.press(BEACON, hold_s=2)
    simulation.run(5)
    assert not one.on, "a dead board wakes by no button"
    one.power(True)
    simulation.run(1)
    assert one.program is not None and one.state()["cause"] == "power"


class Pulses:
    """A host that only writes down the beacon's pulses."""

    def __init__(self, simulation):
        self.heard = []
        self._radio = simulation.radio(RADIO)
        self._radio.ring = self._rung

    def _rung(self):
        while (received := self._radio.take()) is not None:
            if received.sender == BEACON and received.data.portnum == PULSE:
                self.heard.append(pulse.parse(received.data.payload))
