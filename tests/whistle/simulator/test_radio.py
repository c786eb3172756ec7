"""A stock radio as its host sees it: through the library's own protobufs, in virtual time."""

import pytest
from meshtastic.protobuf import admin_pb2, mesh_pb2

from whistle.simulator import stream
from whistle.simulator.hostlimits import HostQueue
from whistle.simulator.radio import QUEUE_SIZE
from whistle.simulator.running import setup_of
from whistle.simulator.scenario import build
from whistle.simulator.simulation import Simulation
from whistle.simulator.stockradio import ONLY_CONFIG, ONLY_NODES, Session

RADIO, OTHER = 0x11111111, 0x22222222
TEXT, POSITION, ADMIN, ROUTING, ALERT, TELEMETRY = 1, 3, 6, 5, 11, 67
BROADCAST = 0xFFFFFFFF
RATE_LIMIT_EXCEEDED, MAX_RETRANSMIT, BAD_REQUEST = 38, 5, 32


def scenario(apart_m=200.0):
    return build(
        {
            "centre": [45.0, -93.2],
            "channel_name": "Cedar",
            "channel_psk": bytes(range(16)).hex(),
            "region": "US",
            "preset": "SHORT_TURBO",
            "model": {"shadow_db": 0.0},
            "nodes": [
                {"kind": "radio", "node": RADIO, "name": "Roof", "x": 0, "y": 0},
                {"kind": "radio", "node": OTHER, "name": "Mill", "x": apart_m, "y": 0},
            ],
        }
    )


class Host:
    """A host on the stream: hands in messages, keeps everything the radio says."""

    def __init__(self, simulation, node, reads=True):
        self.simulation = simulation
        self.radio = simulation.radio(node)
        self.said = []
        self.reads = reads
        self._decoder = stream.Decoder()
        spec = next(spec for spec in simulation.scenario.nodes if spec.node == node)
        self.session = Session(self.radio, setup_of(simulation, spec), self._take)

    def _take(self, data):
        for message in self._decoder.feed(data):
            said = mesh_pb2.FromRadio()
            said.ParseFromString(message)
            self.said.append(said)
            if self.reads:
                self.simulation.loop.at(self.simulation.loop.now_us + 100, self.session.taken)

    def ask(self, **content):
        self.session.feed(stream.frame(mesh_pb2.ToRadio(**content).SerializeToString()))

    def connect(self, number=7):
        self.ask(want_config_id=number)
        self.simulation.run(1)
        said, self.said = self.said, []
        return said

    def hand_in(self, port, payload, packet_id, to=BROADCAST, **more):
        packet = mesh_pb2.MeshPacket(to=to, id=packet_id, **more)
        packet.decoded.portnum, packet.decoded.payload = port, payload
        self.ask(packet=packet)

    def of(self, kind):
        return [getattr(said, kind) for said in self.said if said.WhichOneof("payload_variant") == kind]

    def packets(self, port):
        return [packet for packet in self.of("packet") if packet.decoded.portnum == port]

    def errors(self):
        words = {}
        for packet in self.packets(ROUTING):
            words[packet.decoded.request_id] = (getattr(packet, "from"), packet.decoded.payload[1])
        return words


@pytest.fixture
def simulation():
    return Simulation(scenario())


@pytest.fixture
def host(simulation):
    host = Host(simulation, RADIO)
    host.connect()
    return host


def test_everything_is_told_in_the_stock_order(simulation):
    simulation.run(60)  # both have told their names
    kinds = [said.WhichOneof("payload_variant") for said in Host(simulation, RADIO).connect(99)]
    assert kinds[:3] == ["my_info", "metadata", "channel"]
    counts = {kind: kinds.count(kind) for kind in kinds}
    assert counts["channel"] == 8 and counts["config"] == 8 and counts["moduleConfig"] == 13
    assert counts["node_info"] == 2
    assert kinds.index("config_complete_id") == kinds.index("node_info") + 2


def test_the_parts_can_be_asked_for_alone(simulation):
    host = Host(simulation, RADIO)
    assert "node_info" not in [said.WhichOneof("payload_variant") for said in host.connect(ONLY_CONFIG)]
    kinds = [said.WhichOneof("payload_variant") for said in host.connect(ONLY_NODES)]
    assert kinds == ["node_info", "config_complete_id"]


def test_a_radio_knows_the_names_it_has_heard(simulation):
    simulation.run(60)
    nodes = {said.node_info.num: said.node_info for said in Host(simulation, RADIO).connect() if said.node_info.num}
    assert nodes[OTHER].user.long_name == "Mill"
    assert nodes[OTHER].hops_away == 0
    assert nodes[OTHER].snr == 12.0


def test_a_text_goes_over_the_air_to_the_other_host(simulation, host):
    other = Host(simulation, OTHER)
    other.connect()
    host.hand_in(TEXT, "grüße".encode(), 77)
    simulation.run(5)
    [packet] = other.packets(TEXT)
    assert getattr(packet, "from") == RADIO
    assert (packet.id, packet.decoded.payload.decode(), packet.hop_limit, packet.hop_start) == (77, "grüße", 3, 3)
    assert packet.rx_rssi < -90 and packet.decoded.bitfield == 0
    [status] = host.of("queueStatus")
    assert (status.res, status.mesh_packet_id, status.maxlen) == (0, 77, QUEUE_SIZE)


def test_a_repetition_by_a_neighbour_is_told_as_an_implicit_acknowledgement(simulation, host):
    host.hand_in(TEXT, b"hello", 78, want_ack=True)
    simulation.run(5)
    assert host.errors() == {78: (RADIO, 0)}


def test_a_text_for_one_node_is_acknowledged_by_that_node(simulation, host):
    Host(simulation, OTHER).connect()
    host.hand_in(ALERT, b"for you", 79, to=OTHER, want_ack=True)
    simulation.run(5)
    assert host.errors()[79] == (OTHER, 0)


def test_without_neighbours_it_fails_after_three_transmissions():
    simulation = Simulation(scenario(apart_m=5000))
    host = Host(simulation, RADIO)
    host.connect()
    frames = []
    simulation.observe(lambda node, frame, at: frames.append(frame))
    host.hand_in(TEXT, b"hello", 80, want_ack=True)
    simulation.run(25)
    assert host.errors() == {80: (RADIO, MAX_RETRANSMIT)}
    assert len(frames) == 3 and len(set(frames)) == 1


def test_one_text_in_two_seconds(simulation, host):
    host.hand_in(TEXT, b"one", 1)
    simulation.run(1.9)
    host.hand_in(TEXT, b"two", 2)
    simulation.run(0.2)
    host.hand_in(TEXT, b"three", 3)
    simulation.run(1)
    assert host.errors() == {2: (RADIO, RATE_LIMIT_EXCEEDED)}
    assert [status.res for status in host.of("queueStatus")] == [0, 0, 0]


@pytest.mark.parametrize("port", [ALERT, POSITION, TELEMETRY, 8])
def test_the_others_are_dropped_in_silence_within_ten_seconds(simulation, host, port):
    other = Host(simulation, OTHER)
    other.connect()
    for number, wait in enumerate((9.9, 0.2, 1), start=1):
        host.hand_in(port, b"x%d" % number, number)
        simulation.run(wait)
    simulation.run(2)
    assert [packet.id for packet in other.packets(port)] == [1, 3]
    assert [(status.res, status.mesh_packet_id) for status in host.of("queueStatus")] == [(0, 1), (0, 2), (0, 3)]
    assert host.errors() == {}


def test_each_port_has_a_timer_of_its_own(simulation, host):
    other = Host(simulation, OTHER)
    other.connect()
    host.hand_in(ALERT, b"x", 1)
    host.hand_in(TELEMETRY, b"\x12\x00", 2)
    host.hand_in(TEXT, b"y", 3)
    simulation.run(5)
    assert {packet.id for packet in other.of("packet")} >= {1, 2, 3}


def test_an_id_among_the_last_twenty_gets_no_answer_at_all(simulation, host):
    for number in range(1, 22):
        host.hand_in(256, b"x", number)
        simulation.run(1)
    host.said.clear()
    host.hand_in(256, b"again", 2)
    simulation.run(1)
    assert host.of("queueStatus") == []
    host.hand_in(256, b"again", 1)  # twenty others since
    simulation.run(1)
    assert [status.mesh_packet_id for status in host.of("queueStatus")] == [1]


def test_the_queue_holds_sixteen(simulation, host):
    for number in range(1, 20):
        host.hand_in(256, b"x", number)
    simulation.run(0.002)
    statuses = {status.mesh_packet_id: (status.res, status.free) for status in host.of("queueStatus")}
    assert statuses[1] == (0, 15)
    assert statuses[16] == (0, 0)
    assert statuses[17] == (32, 0)


def test_a_heartbeat_is_answered_with_the_queue(simulation, host):
    host.ask(heartbeat=mesh_pb2.Heartbeat())
    simulation.run(0.1)
    assert [status.free for status in host.of("queueStatus")] == [16]


def test_a_host_that_does_not_read_fills_a_bounded_queue_and_loses_alerts_first(simulation, host):
    host.reads = False
    for number in range(1, 60):
        simulation.radio(OTHER)._send(packet_of(simulation, TEXT if number % 2 else ALERT, b"%d" % number))
        simulation.run(1)
    radio = simulation.radio(RADIO)
    assert len(radio.to_host) == 32
    assert radio.to_host.discarded > 0 and radio.to_host.pushed_out > 0


def packet_of(simulation, port, payload):
    from whistle.simulator.radio import HostPacket

    return HostPacket(port, payload)


def test_full_a_text_pushes_out_the_oldest_and_an_alert_is_discarded():
    queue = HostQueue(2)
    for item, port in (("a", TEXT), ("b", ALERT), ("c", ALERT), ("d", TEXT)):
        queue.put(item, port)
    assert [queue.take(), queue.take(), queue.take()] == ["b", "d", None]
    assert (queue.pushed_out, queue.discarded) == (1, 1)


def test_admin_answers_what_the_command_line_asks_and_refuses_to_be_changed(simulation, host):
    def ask(packet_id, **content):
        host.hand_in(ADMIN, admin_pb2.AdminMessage(**content).SerializeToString(), packet_id, to=RADIO, want_ack=True)
        simulation.run(0.5)

    ask(1, get_owner_request=True)
    ask(2, get_device_metadata_request=True)
    ask(3, get_config_request=5)
    ask(4, get_ringtone_request=True)
    answers = {}
    for packet in host.packets(ADMIN):
        answers[packet.decoded.request_id] = admin_pb2.AdminMessage.FromString(packet.decoded.payload)
    assert answers[1].get_owner_response.long_name == "Roof"
    assert answers[2].get_device_metadata_response.firmware_version.startswith("2.7")
    assert answers[3].get_config_response.lora.modem_preset == 8
    assert answers[4].WhichOneof("payload_variant") == "get_ringtone_response"
    ask(5, set_ringtone_message="x")
    ask(6, set_time_only=1)
    assert host.errors() == {5: (RADIO, BAD_REQUEST), 6: (RADIO, 0)}


def test_garbage_messages_are_counted_and_change_nothing(simulation, host):
    host.session.feed(b"\xff" * 1000 + stream.frame(b"\xff\xff\xff") + stream.frame(b""))
    host.hand_in(TEXT, b"still here", 5)
    simulation.run(1)
    assert host.session.malformed == 1
    assert len(host.of("queueStatus")) == 1


def test_a_radio_without_power_neither_hears_nor_sends(simulation, host):
    other = Host(simulation, OTHER)
    other.connect()
    senders = []
    simulation.observe(lambda node, frame, at: senders.append(node))
    simulation.radio(OTHER).power(False)
    other.hand_in(TEXT, b"nobody sends this yet", 4)
    host.hand_in(TEXT, b"hello", 5)
    simulation.run(5)
    assert set(senders) == {RADIO}
    assert other.packets(TEXT) == []
    simulation.radio(OTHER).power(True)
    host.hand_in(TEXT, b"again", 6)
    simulation.run(5)
    assert [packet.id for packet in other.packets(TEXT)] == [6]
    assert [packet.id for packet in host.packets(TEXT)] == [4]
