"""A stock Meshtastic radio through the unmodified `meshtastic` library: the only file that imports it.

The library waits without end, prints, keeps a table that grows with every sender, and ends the process from inside
(`sys.exit`); so every call has a deadline, SystemExit is a refusal, and packets are taken where they enter, before the
library remembers them. The names overridden below are checked against the installed library by a test.
"""

import logging
import socket
import termios
from contextlib import suppress
from functools import partial
from typing import Any, Final

from google.protobuf.message import DecodeError
from meshtastic.mesh_interface import MeshInterface  # type: ignore[import-untyped]
from meshtastic.protobuf import config_pb2, mesh_pb2, portnums_pb2  # type: ignore[import-untyped]
from meshtastic.serial_interface import SerialInterface  # type: ignore[import-untyped]
from meshtastic.tcp_interface import TCPInterface  # type: ignore[import-untyped]

from gateway.clock import Clock
from gateway.errors import CannotOpen, NoChannel, RadioRefused, RadioSilent
from gateway.hearing import Hearing
from gateway.sources import remedies
from gateway.sources.deadline import within
from gateway.sources.hush import hush_library
from gateway.sources.port import About, Address, Ear, Outgoing, SiteChannel

OPEN_S: Final = 35.0  # the library itself gives up after 30
CALL_S: Final = 5.0
CLOSE_S: Final = 1.0
CONNECT_S: Final = 10.0
CHUNK: Final = 4096

# The parts of a radio's introduction the library must see to be open; nodes it has met are none of our business.
_INTRODUCTION: Final = ("my_info", "metadata", "channel", "config", "moduleConfig", "queueStatus")
_FAULTS: Final = (OSError, MeshInterface.MeshInterfaceError, termios.error, SystemExit)
_DISABLED: Final = 0

logging.getLogger("meshtastic").setLevel(logging.CRITICAL)  # it logs whole frames, a stranger decides how many


class _Tapped:
    """Mixed in before the library's classes: takes packets at the door and leaves reopening to us."""

    ear: Ear
    url: str
    clock: Clock
    _chunk: bytes = b""
    _at: int = 0

    def _readBytes(self, length: int) -> bytes | None:
        # The library asks for one byte at a time; a system call for each would wait for the interpreter each time.
        if self._at >= len(self._chunk):
            self._chunk, self._at = super()._readBytes(self._waiting()) or b"", 0  # type: ignore[misc]
        self._at += length
        return self._chunk[self._at - length : self._at]

    def _waiting(self) -> int:
        return CHUNK

    def _handleFromRadio(self, fromRadioBytes: bytes) -> None:
        self.ear.alive()
        message = mesh_pb2.FromRadio()
        try:
            message.ParseFromString(fromRadioBytes)
        except DecodeError:
            self.ear.garbled()
            return
        self._take(message, fromRadioBytes)

    def _take(self, message: Any, raw: bytes) -> None:
        which = message.WhichOneof("payload_variant")
        if which == "packet":
            self._packet(message.packet)
        elif which == "rebooted":
            self.ear.lost("the radio started anew")
        elif which in _INTRODUCTION or which == "config_complete_id":
            super()._handleFromRadio(raw)  # type: ignore[misc]
        if which == "queueStatus":
            self._queue(message.queueStatus)

    def _packet(self, packet: Any) -> None:
        if not packet.HasField("decoded"):
            self.ear.foreign()
        elif packet.decoded.portnum == portnums_pb2.ROUTING_APP and packet.decoded.request_id:
            self._routing(packet.decoded)
        else:
            info: Any = getattr(self, "myInfo", None)
            self.ear.heard(_hearing(self.url, packet, self.clock.wall(), info.my_node_num if info else None))

    def _routing(self, data: Any) -> None:
        with suppress(DecodeError):
            reason = mesh_pb2.Routing.FromString(data.payload).error_reason
            if reason:
                self.ear.undone(data.request_id, _name(mesh_pb2.Routing.Error, reason))

    def _queue(self, status: Any) -> None:
        self.ear.answered()
        if status.res:
            self.ear.undone(status.mesh_packet_id, _name(mesh_pb2.Routing.Error, status.res))

    def _disconnected(self) -> None:
        super()._disconnected()  # type: ignore[misc]
        self.ear.lost("the connection ended")

    def _startHeartbeat(self) -> None:
        """Ours is in `kept`; the library's would outlive its connection and hold the process at its end."""

    def _printLogLine(self, line: str, interface: object) -> None:
        """The radio's debug text is not for our output."""


class _Tcp(_Tapped, TCPInterface):  # type: ignore[misc]
    def myConnect(self) -> None:
        """Connect, with a deadline, and so that the kernel notices a peer that vanished."""
        self.socket = socket.create_connection((self.hostname, self.portNumber), CONNECT_S)
        self.socket.settimeout(None)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 30_000)

    def _reconnect(self) -> None:
        """The library's own reconnecting forgets to say so: end the reader instead, and be opened anew."""
        self._wantExit = True

    def cut(self) -> None:
        self._wantExit = True
        self.queueStatus = None  # ends the library's endless wait for room in the radio's queue
        connection: socket.socket | None = self.socket
        self.socket = None  # type: ignore[assignment]
        if connection is not None:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()


class _Serial(_Tapped, SerialInterface):  # type: ignore[misc]
    def _waiting(self) -> int:
        stream: Any = self.__dict__.get("stream")
        return max(1, min(stream.in_waiting, CHUNK)) if stream is not None else 1

    def cut(self) -> None:
        self._wantExit = True
        self.queueStatus = None
        stream: Any = self.__dict__.get("stream")
        self.stream = None
        if stream is not None:
            stream.close()


class Radio:
    """One connection to a stock radio; after any error it must be closed and made anew."""

    def __init__(self, address: Address, ear: Ear, clock: Clock) -> None:
        hush_library()
        self._url = address.url
        self._inner: Any = _inner(address)
        self._inner.ear, self._inner.url, self._inner.clock = ear, address.url, clock
        self._channel = 0

    def open(self, channel: SiteChannel) -> About:
        """Connect and read the radio's settings, within 35 s; CannotOpen and NoChannel say what to do."""
        try:
            within(OPEN_S, f"opening {self._url}", self._inner.connect, _FAULTS)
        except (RadioSilent, RadioRefused, *_FAULTS) as error:
            raise CannotOpen(remedies.sentence(self._url, error)) from None
        if self._inner.myInfo is None:
            raise CannotOpen(f"{self._url} answers, but not as a Meshtastic radio does: check the address.")
        self._channel = _channel_index(self._url, self._inner.localNode.channels or [], channel)
        lora = self._inner.localNode.localConfig.lora
        return About(self._inner.myInfo.my_node_num, self._channel, _remark(self._url, lora, channel))

    def send(self, packet: Outgoing) -> int:
        """Hand one packet to the radio as a broadcast on the site's channel; its packet id. Ends within 5 s.

        RadioRefused: not taken, the connection goes on. RadioSilent: the connection is dead.
        """
        status = self._inner.queueStatus
        if status is not None and status.free <= 0:
            raise RadioRefused("the radio's queue is full")
        priority = mesh_pb2.MeshPacket.Priority.HIGH if packet.urgent else mesh_pb2.MeshPacket.Priority.DEFAULT
        call = partial(
            self._inner.sendData, packet.payload, portNum=packet.port, channelIndex=self._channel, priority=priority
        )
        sent = self._called("sending", call)
        self._inner.queue.clear()  # it may hold a packet to send it again: nothing of ours goes out twice
        return int(sent.id)

    def heartbeat(self) -> None:
        """Ask for a sign of life, which comes as `Ear.answered`; RadioSilent when the connection is dead."""
        self._called("the heartbeat", self._inner.sendHeartbeat)

    def close(self) -> None:
        """Close within 2 s, whatever the radio does. May be called at any time."""
        for what, call in (("closing", self._inner.close), ("cutting", self._inner.cut)):
            with suppress(RadioSilent, RadioRefused, *_FAULTS):
                within(CLOSE_S, what, call, _FAULTS)

    def _called(self, what: str, call: Any) -> Any:
        try:
            return within(CALL_S, what, call, _FAULTS)
        except (OSError, MeshInterface.MeshInterfaceError, termios.error) as error:
            raise RadioSilent(f"{what} failed: {error}") from None


def _inner(address: Address) -> Any:
    if address.device is not None:
        return _Serial(address.device, connectNow=False, noNodes=True, timeout=30)
    return _Tcp(address.host, connectNow=False, portNumber=address.tcp_port, noNodes=True, timeout=30)


def _hearing(url: str, packet: Any, now: float, radio: int | None) -> Hearing:
    measured = packet.rx_rssi != 0
    hops = packet.hop_start - packet.hop_limit if packet.hop_start else None
    return Hearing(
        source=url,
        sender=getattr(packet, "from"),
        id=packet.id,
        port=packet.decoded.portnum,
        payload=packet.decoded.payload,
        rssi=float(packet.rx_rssi) if measured else None,
        snr=float(packet.rx_snr) if measured else None,
        hops=hops if hops is None or 0 <= hops <= 7 else None,
        at=now,
        relay=packet.relay_node & 0xFF or None,  # 0: a radio of before 2.6, which does not say
        radio=radio,
    )


def _channel_index(url: str, channels: Any, wanted: SiteChannel) -> int:
    for one in channels:
        if one.role != _DISABLED and one.settings.name == wanted.name and one.settings.psk == wanted.psk:
            return int(one.index)
    raise NoChannel(
        f"The radio at {url} has no channel {wanted.name!r} with the site's key: add it from the link that "
        "`whistle site channel` prints, then it is opened by itself."
    )


def _remark(url: str, lora: Any, channel: SiteChannel) -> str | None:
    region = _name(config_pb2.Config.LoRaConfig.RegionCode, lora.region)
    preset = _name(config_pb2.Config.LoRaConfig.ModemPreset, lora.modem_preset) if lora.use_preset else "no preset"
    if (region, preset) == (channel.region, channel.preset):
        return None
    return f"The radio at {url} is set to {region} {preset}, the site to {channel.region} {channel.preset}."


def _name(enumeration: Any, value: int) -> str:
    try:
        return str(enumeration.Name(value))
    except ValueError:
        return str(value)
