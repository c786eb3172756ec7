"""The host's side of a stock radio, byte for byte: stream messages in Meshtastic's own protobufs (client API of
firmware 2.7).

The one file of the simulator that imports `meshtastic`: what it plays is the hardware which that library talks to, so
the messages must be the library's own. Everything else of the radio is in `radio`, in plain values.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError
from meshtastic.protobuf import (  # type: ignore[import-untyped]
    admin_pb2,
    channel_pb2,
    config_pb2,
    mesh_pb2,
    module_config_pb2,
)
from meshwire.data import ADMIN, ROUTING, Data

from whistle.simulator import stream
from whistle.simulator.radio import HostPacket, KnownNode, QueueReport, Radio, Received

FIRMWARE = "2.7.26.simulated"
MIN_APP_VERSION = 30200
STATE_VERSION = 24
HARDWARE = "PORTDUINO"
CHANNELS = 8
ONLY_CONFIG, ONLY_NODES = 69420, 69421
BAD_REQUEST = 32
THREE_HOURS_S = 10_800
OVER_LORA = 1
AHEAD = 4  # messages given to the transport before it has taken one

CONFIGS = ("device", "position", "power", "network", "display", "lora", "bluetooth", "security")
MODULES = (
    "mqtt",
    "serial",
    "external_notification",
    "store_forward",
    "range_test",
    "telemetry",
    "canned_message",
    "audio",
    "remote_hardware",
    "neighbor_info",
    "ambient_lighting",
    "detection_sensor",
    "paxcounter",
)


@dataclass(frozen=True, slots=True)
class Setup:
    """What the radio says of itself: region and preset by their Meshtastic names, the primary channel with its
    configured key.
    """

    role: str
    region: str
    preset: str
    channel_name: str
    channel_psk: bytes
    hop_limit: int
    power_dbm: int
    sf: int
    bw_khz: int
    cr: int


class Session:
    """One host on the stream, from connecting to leaving. `write(bytes)` takes framed messages for it.

    The transport calls `feed` with what it reads and `taken` whenever it could pass one message on; so a host that
    does not read fills the radio's bounded queue and nothing else.
    """

    def __init__(self, radio: Radio, setup: Setup, write: Callable[[bytes], None]) -> None:
        self.decoder = stream.Decoder()
        self.malformed = 0
        self.leaving = False
        self._radio = radio
        self._setup = setup
        self._write = write
        self._ahead = AHEAD
        self._config: deque[Any] = deque()
        self._live = False
        self._count = 0
        radio.new_host()
        radio.ring = self.pump
        radio.local = self._admin

    def close(self) -> None:
        """The host is gone; the radio keeps what it hears for the next one."""
        self.leaving = True
        if self._radio.ring == self.pump:
            self._radio.ring = _silence

    # From the host

    def feed(self, data: bytes) -> None:
        """Take bytes from the host, in any pieces."""
        for message in self.decoder.feed(data):
            self._message(message)

    def _message(self, message: bytes) -> None:
        asked = mesh_pb2.ToRadio()
        try:
            asked.ParseFromString(message)
        except DecodeError:
            self.malformed += 1
            return
        kind = asked.WhichOneof("payload_variant")
        if kind == "want_config_id":
            self._start(asked.want_config_id)
        elif kind == "packet":
            self._packet(asked.packet)
        elif kind == "heartbeat":
            self._radio.report()
            if asked.heartbeat.nonce == 1:
                self._radio.station.announce()
        elif kind == "disconnect":
            self._live = False
            self._config.clear()

    def _packet(self, packet: Any) -> None:
        if packet.WhichOneof("payload_variant") != "decoded":
            self.malformed += 1
            return
        said = packet.decoded
        self._radio.submit(
            HostPacket(
                portnum=said.portnum,
                payload=said.payload,
                to=packet.to,
                id=packet.id,
                want_ack=packet.want_ack,
                want_response=said.want_response,
                hop_limit=packet.hop_limit & 7 or None,
                request_id=said.request_id,
                reply_id=said.reply_id,
                emoji=said.emoji,
                priority=packet.priority,
                channel=packet.channel,
            )
        )

    # To the host

    def taken(self) -> None:
        """The transport has passed one message on."""
        self._ahead += 1
        self.pump()

    def pump(self) -> None:
        """Give the transport what waits, as far as it keeps up."""
        while self._ahead > 0:
            message = self._next()
            if message is None:
                return
            self._ahead -= 1
            self._count += 1
            message.id = self._count
            self._write(stream.frame(message.SerializeToString()))

    def _next(self) -> Any:
        if self._config:
            return self._config.popleft()
        if not self._live:
            return None
        report = self._radio.take_report()
        if report is not None:
            return _queue_status(report)
        received = self._radio.take()
        return None if received is None else _packet(received)

    def _start(self, wanted: int) -> None:
        """The host asks for everything; live packets follow when it has it."""
        self._config.clear()
        if wanted != ONLY_NODES:
            self._config.extend(self._about_itself())
        if wanted != ONLY_CONFIG:
            own = KnownNode(self._radio.number, self._radio.node.user or b"", heard_at=self._radio.unix(), hops=0)
            nodes = [own, *self._radio.known.values()]
            self._config.extend(_from_radio(node_info=_node_info(node)) for node in nodes)
        self._config.append(_from_radio(config_complete_id=wanted))
        self._live = True
        self.pump()

    def _about_itself(self) -> Iterator[Any]:
        yield _from_radio(my_info=self._my_info())
        yield _from_radio(metadata=self._metadata())
        for index in range(CHANNELS):
            yield _from_radio(channel=self._channel(index))
        for name in CONFIGS:
            yield _from_radio(config=self._section(name))
        for name in MODULES:
            yield _from_radio(moduleConfig=_module(name))

    def _my_info(self) -> Any:
        return mesh_pb2.MyNodeInfo(
            my_node_num=self._radio.number,
            min_app_version=MIN_APP_VERSION,
            pio_env="simulated",
            nodedb_count=len(self._radio.known) + 1,
        )

    def _metadata(self) -> Any:
        return mesh_pb2.DeviceMetadata(
            firmware_version=FIRMWARE,
            device_state_version=STATE_VERSION,
            hasEthernet=True,
            role=self._setup.role,
            hw_model=HARDWARE,
        )

    def _channel(self, index: int) -> Any:
        if index:
            return channel_pb2.Channel(index=index, role="DISABLED")
        settings = channel_pb2.ChannelSettings(name=self._setup.channel_name, psk=self._setup.channel_psk)
        return channel_pb2.Channel(index=0, role="PRIMARY", settings=settings)

    def _section(self, name: str) -> Any:
        config = config_pb2.Config()
        getattr(config, name).SetInParent()
        if name == "device":
            config.device.role = _number(config_pb2.Config.DeviceConfig.Role, self._setup.role)
            config.device.node_info_broadcast_secs = THREE_HOURS_S
        elif name == "lora":
            _lora(config.lora, self._setup)
        elif name == "network":
            config.network.eth_enabled = True
        elif name == "security":
            config.security.serial_enabled = True
        return config

    # Administration by the host itself

    def _admin(self, packet: HostPacket) -> Data | None:
        """Answer the questions the command line asks; set the clock; refuse to be changed."""
        if packet.portnum != ADMIN:
            return None
        asked = admin_pb2.AdminMessage()
        try:
            asked.ParseFromString(packet.payload)
        except DecodeError:
            self.malformed += 1
            return _refusal()
        kind = asked.WhichOneof("payload_variant")
        answer = admin_pb2.AdminMessage()
        if kind == "set_time_only":
            return None
        if kind is None or not self._answer(kind, asked, answer):
            return _refusal()
        return Data(ADMIN, answer.SerializeToString())

    def _answer(self, kind: str, asked: Any, answer: Any) -> bool:
        if kind == "get_owner_request":
            answer.get_owner_response.ParseFromString(self._radio.node.user or b"")
        elif kind == "get_channel_request":
            answer.get_channel_response.CopyFrom(self._channel((asked.get_channel_request - 1) % CHANNELS))
        elif kind == "get_device_metadata_request":
            answer.get_device_metadata_response.CopyFrom(self._metadata())
        elif kind == "get_config_request" and asked.get_config_request < len(CONFIGS):
            answer.get_config_response.CopyFrom(self._section(CONFIGS[asked.get_config_request]))
        elif kind == "get_module_config_request" and asked.get_module_config_request < len(MODULES):
            answer.get_module_config_response.CopyFrom(_module(MODULES[asked.get_module_config_request]))
        elif kind == "get_canned_message_module_messages_request":
            answer.get_canned_message_module_messages_response = ""
        elif kind == "get_ringtone_request":
            answer.get_ringtone_response = ""
        else:
            return False
        return True


def _silence() -> None:
    """No host is connected."""


def _refusal() -> Data:
    return Data(ROUTING, bytes((0x18, BAD_REQUEST)))


def _number(enum: Any, name: str) -> int:
    return int(enum.Value(name))


def _from_radio(**content: Any) -> Any:
    return mesh_pb2.FromRadio(**content)


def _module(name: str) -> Any:
    config = module_config_pb2.ModuleConfig()
    getattr(config, name).SetInParent()
    if name == "mqtt":
        config.mqtt.encryption_enabled = True
    return config


def _lora(lora: Any, setup: Setup) -> None:
    presets = config_pb2.Config.LoRaConfig.ModemPreset
    lora.use_preset = setup.preset in list(presets.keys())
    if lora.use_preset:
        lora.modem_preset = _number(presets, setup.preset)
    else:  # a preset of a later firmware, told in numbers
        lora.bandwidth, lora.spread_factor, lora.coding_rate = setup.bw_khz, setup.sf, setup.cr
    regions = config_pb2.Config.LoRaConfig.RegionCode
    lora.region = _number(regions, setup.region) if setup.region in list(regions.keys()) else 0
    lora.hop_limit = setup.hop_limit
    lora.tx_enabled = True
    lora.tx_power = setup.power_dbm
    lora.sx126x_rx_boosted_gain = True


def _queue_status(report: QueueReport) -> Any:
    status = mesh_pb2.QueueStatus(res=report.res, free=report.free, maxlen=report.size, mesh_packet_id=report.id)
    return _from_radio(queueStatus=status)


def _node_info(node: KnownNode) -> Any:
    info = mesh_pb2.NodeInfo(num=node.number, snr=node.snr, last_heard=int(node.heard_at))
    if node.hops is not None:
        info.hops_away = node.hops
    if node.user:
        try:
            info.user.ParseFromString(node.user)
        except DecodeError:
            info.ClearField("user")
    return info


def _packet(received: Received) -> Any:
    data = received.data
    packet = mesh_pb2.MeshPacket(
        to=received.to,
        id=received.id,
        rx_time=int(received.at),
        rx_snr=received.snr,
        rx_rssi=received.rssi,
        hop_limit=received.hop_limit,
        hop_start=received.hop_start,
        want_ack=received.want_ack,
        relay_node=received.relay_node,
    )
    setattr(packet, "from", received.sender)
    if received.rssi:
        packet.transport_mechanism = OVER_LORA
    said = packet.decoded
    said.portnum, said.payload, said.want_response = data.portnum, data.payload, data.want_response
    said.request_id, said.reply_id, said.emoji = data.request_id, data.reply_id, data.emoji
    said.dest, said.source = data.dest, data.source
    if data.bitfield is not None:
        said.bitfield = data.bitfield
    return _from_radio(packet=packet)
