"""A stock radio on TCP for tests: framing, introduction, queue status, rate limits, and every way to misbehave."""

import socket
import struct
import threading
import time
from contextlib import suppress

from meshtastic.protobuf import channel_pb2, config_pb2, mesh_pb2, portnums_pb2

NODE = 0x0A0A0A0A
BROADCAST = 0xFFFFFFFF
TEXT_EVERY_S, SILENT_EVERY_S = 2.0, 10.0


class StockRadio:
    """Listens on 127.0.0.1, one host at a time. `sent`: (port, payload, channel, priority) of what a host sent."""

    def __init__(self, channel: str = "Cedar", psk: bytes = bytes(range(32)), node: int = NODE, index: int = 1) -> None:
        self.node = node
        self.sent: list[tuple[int, bytes, int, int]] = []
        self.refused: list[int] = []
        self.dropped: list[int] = []
        self.heartbeats = 0
        self.connections = 0
        self.answers_heartbeats = True
        self.mute = False
        self.deaf = False
        self.free = 16
        self.limits = True
        self.refuses_by_status = False
        self.introduction = self._introduction(channel, psk, index)
        self._last: dict[int, float] = {}
        self._link: socket.socket | None = None
        self._write = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def close(self) -> None:
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.drop()

    def drop(self) -> None:
        """End the connection, as a radio that loses power does."""
        link, self._link = self._link, None
        if link is not None:
            with suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
            link.close()

    def hear(self, sender: int, port: int, payload: bytes, packet_id: int = 1, rssi: int = -80, hops: int = 0) -> None:
        """Deliver a packet to the host as if heard on the air."""
        packet = mesh_pb2.MeshPacket(to=BROADCAST, id=packet_id, channel=1, rx_rssi=rssi, rx_snr=6.25)
        setattr(packet, "from", sender)
        packet.hop_start, packet.hop_limit = 3, 3 - hops
        packet.decoded.portnum, packet.decoded.payload = port, payload
        self.tell(mesh_pb2.FromRadio(packet=packet))

    def tell(self, message: mesh_pb2.FromRadio) -> None:
        self.raw(framed(message))

    def raw(self, data: bytes) -> None:
        link = self._link
        if link is not None and not self.mute:
            with suppress(OSError), self._write:
                link.sendall(data)

    def until_connected(self, number: int = 1) -> None:
        deadline = time.monotonic() + 10
        while self.connections < number:
            assert time.monotonic() < deadline, "no host came"
            time.sleep(0.01)

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self._server.accept()
            except OSError:
                return
            if self.deaf:  # as while a radio starts: the port is there, nothing behind it
                link.close()
                continue
            self._link = link
            with suppress(OSError):
                self._attend(link)
            link.close()

    def _attend(self, link: socket.socket) -> None:
        kept = b""
        while data := link.recv(4096):
            kept += data
            while (at := kept.find(b"\x94\xc3")) >= 0 and len(kept) >= at + 4:
                end = at + 4 + struct.unpack(">H", kept[at + 2 : at + 4])[0]
                if len(kept) < end:
                    break
                self._take(mesh_pb2.ToRadio.FromString(kept[at + 4 : end]))
                kept = kept[end:]

    def _take(self, message: mesh_pb2.ToRadio) -> None:
        if self.mute:
            return
        if message.want_config_id:
            for one in self.introduction:
                self.tell(one)
            self.tell(mesh_pb2.FromRadio(config_complete_id=message.want_config_id))
            self.connections += 1
        elif message.HasField("heartbeat"):
            self.heartbeats += 1
            if self.answers_heartbeats:
                self._status(0, 0)
        elif message.HasField("packet"):
            self._packet(message.packet)

    def _packet(self, packet: mesh_pb2.MeshPacket) -> None:
        port, now = packet.decoded.portnum, time.monotonic()
        every = TEXT_EVERY_S if port == 1 else SILENT_EVERY_S
        early = self.limits and now - self._last.get(port, -every) < every
        if early and port == 1 and self.refuses_by_status:
            self.refused.append(port)
            self._status(mesh_pb2.Routing.RATE_LIMIT_EXCEEDED, packet.id)
            return
        self._status(0, packet.id)
        if early and port == 1:
            self.refused.append(port)
            self._routing(packet.id, mesh_pb2.Routing.RATE_LIMIT_EXCEEDED)
        elif early:
            self.dropped.append(port)
        else:
            self._last[port] = now
            self.sent.append((port, packet.decoded.payload, packet.channel, packet.priority))

    def _status(self, result: int, packet_id: int) -> None:
        status = mesh_pb2.QueueStatus(res=result, free=self.free, maxlen=16, mesh_packet_id=packet_id)
        self.tell(mesh_pb2.FromRadio(queueStatus=status))

    def _routing(self, request: int, reason: int) -> None:
        packet = mesh_pb2.MeshPacket(to=self.node, id=99)
        setattr(packet, "from", self.node)
        packet.decoded.portnum = portnums_pb2.ROUTING_APP
        packet.decoded.request_id = request
        packet.decoded.payload = mesh_pb2.Routing(error_reason=reason).SerializeToString()
        self.tell(mesh_pb2.FromRadio(packet=packet))

    def _introduction(self, name: str, psk: bytes, index: int) -> list[mesh_pb2.FromRadio]:
        channels = [channel_pb2.Channel(index=i) for i in range(8)]
        channels[0].role = channel_pb2.Channel.PRIMARY
        channels[0].settings.psk = b"\x01"
        channels[index].role = channel_pb2.Channel.SECONDARY if index else channel_pb2.Channel.PRIMARY
        channels[index].settings.name, channels[index].settings.psk = name, psk
        lora = config_pb2.Config.LoRaConfig(
            use_preset=True,
            modem_preset=config_pb2.Config.LoRaConfig.SHORT_TURBO,
            region=config_pb2.Config.LoRaConfig.US,
            hop_limit=3,
        )
        own = mesh_pb2.NodeInfo(num=self.node, user=mesh_pb2.User(id=f"!{self.node:08x}", long_name="Stock"))
        return [
            mesh_pb2.FromRadio(my_info=mesh_pb2.MyNodeInfo(my_node_num=self.node)),
            mesh_pb2.FromRadio(node_info=own),
            mesh_pb2.FromRadio(metadata=mesh_pb2.DeviceMetadata(firmware_version="2.7.26")),
            *(mesh_pb2.FromRadio(channel=one) for one in channels),
            mesh_pb2.FromRadio(config=config_pb2.Config(lora=lora)),
        ]


def framed(message: mesh_pb2.FromRadio) -> bytes:
    body = message.SerializeToString()
    return b"\x94\xc3" + struct.pack(">H", len(body)) + body
