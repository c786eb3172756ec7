"""What a stock Meshtastic node makes of a frame: the reference, `meshtastic`'s protobufs and AES, and nothing of ours.

Set up as a person would: from a channel link, or by typing name and key into an app.
"""

import base64
import struct
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR
from google.protobuf.message import DecodeError
from meshtastic.protobuf import apponly_pb2, config_pb2, mesh_pb2  # type: ignore[import-untyped]

BROADCAST = 0xFFFFFFFF
HEADER = struct.Struct("<IIIBBBB")  # to, from, id, flags, channel hash, next hop, relay
LINK = "https://meshtastic.org/e/#"
DEFAULT_KEY = bytes.fromhex("d4f1bb3a20290759f0bcffabcf4e6901")
LARGEST = 255
TEXTS = (1, 11)  # ports that a stock node shows as text


@dataclass(frozen=True)
class Header:
    """The 16 bytes in front of every frame."""

    to: int
    sender: int
    id: int
    hop_limit: int
    hop_start: int
    want_ack: bool
    channel: int
    relay: int


@dataclass(frozen=True)
class Channel:
    """A channel as it stands in a node's settings."""

    name: str
    psk: bytes

    @property
    def key(self) -> bytes:
        """The AES key: one byte stands for a well-known key, the rest is filled up with zeros."""
        if len(self.psk) == 1:
            return DEFAULT_KEY[:-1] + bytes([(DEFAULT_KEY[-1] + self.psk[0] - 1) & 255])
        return self.psk.ljust(16 if len(self.psk) <= 16 else 32, b"\0")

    @property
    def hash(self) -> int:
        """The byte in a frame's header that says which channels to try."""
        return reduce(xor, self.name.encode() + self.key, 0)

    def crypt(self, sender: int, packet_id: int, data: bytes) -> bytes:
        """Encrypt or decrypt, which is the same in counter mode."""
        nonce = struct.pack("<QII", packet_id, sender, 0)
        return Cipher(AES(self.key), CTR(nonce)).encryptor().update(data)


def from_link(link: str) -> tuple[Channel, Any]:
    """The primary channel of a shared link, and its LoRa settings (a protobuf)."""
    assert link.startswith(LINK), link
    text = link.removeprefix(LINK)
    told = apponly_pb2.ChannelSet.FromString(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    settings = told.settings[0]
    return Channel(settings.name or preset_name(told.lora_config), settings.psk), told.lora_config


def preset_name(lora: Any) -> str:
    """What an empty channel name stands for: SHORT_TURBO is ShortTurbo."""
    words: str = config_pb2.Config.LoRaConfig.ModemPreset.Name(lora.modem_preset)
    return "".join(word.capitalize() for word in words.split("_"))


def header(frame: bytes) -> Header:
    """The header of a frame."""
    to, sender, packet_id, flags, channel, _, relay = HEADER.unpack(frame[:16])
    return Header(to, sender, packet_id, flags & 7, flags >> 5, bool(flags & 8), channel, relay)


def opened(channels: list[Channel], frame: bytes) -> Any | None:
    """The `Data` a node with these channels reads from a frame; None when no channel fits."""
    head = header(frame)
    for channel in channels:
        if channel.hash == head.channel:
            try:
                data = mesh_pb2.Data.FromString(channel.crypt(head.sender, head.id, frame[16:]))
            except DecodeError:
                continue
            if data.portnum:
                return data
    return None


def sealed(channel: Channel, sender: int, packet_id: int, port: int, payload: bytes, **more: Any) -> bytes:
    """A frame as a stock node first sends it: `more` may hold to, want_ack, hop_limit."""
    flags = more.get("hop_limit", 3) * 33 | more.get("want_ack", False) << 3  # both hop fields alike
    data = mesh_pb2.Data(portnum=port, payload=payload, bitfield=0).SerializeToString()
    head = HEADER.pack(more.get("to", BROADCAST), sender, packet_id, flags, channel.hash, 0, sender & 255 or 255)
    return head + channel.crypt(sender, packet_id, data)


def handed_over(channels: list[Channel], frame: bytes, index: int = 0) -> Any:
    """The packet a stock radio tells its host of: decoded where it could, else encrypted as it came."""
    head = header(frame)
    packet = mesh_pb2.MeshPacket(to=head.to, id=head.id, channel=index, rx_rssi=-80, rx_snr=6.25, rx_time=1)
    setattr(packet, "from", head.sender)
    packet.hop_start, packet.hop_limit, packet.relay_node = head.hop_start, head.hop_limit, head.relay
    data = opened(channels, frame)
    if data is None:
        packet.channel, packet.encrypted = head.channel, frame[16:]
    else:
        packet.decoded.CopyFrom(data)
    return packet


def shown(data: Any) -> str | None:
    """The text a stock node puts on its screen; None when it shows none."""
    return data.payload.decode() if data.portnum in TEXTS else None
