"""Frames as JSON objects and back, byte for byte.

An object holds the header, and either the message (`channel` names what decrypted it) or, when no channel given did,
its `ciphertext` and null for what only the message says. A message that is not encoded in the canonical way keeps its
exact bytes in `data`, which then count.
"""

import re

from meshwire import BROADCAST
from meshwire import data as language
from meshwire.channel import Channel
from meshwire.data import Data
from meshwire.errors import MeshwireError
from meshwire.frame import unseal
from meshwire.header import Header, last_byte, pack

from whistle.air.alerts import Fields, describe
from whistle.air.channels import Channels
from whistle.air.errors import NotAFrame, NotAnObject

_U32 = 0xFFFFFFFF
_HEADER = ("to", "hop_limit", "hop_start", "channel_hash", "next_hop", "relay_node")
_FIXED = ("dest", "source", "request_id", "reply_id", "emoji")
_UNOPENED: Fields = dict.fromkeys(("portnum", "payload", "request_id", "reply_id", "bitfield"))  # same keys, no value
_KNOWN = {
    *("from", "id", "want_ack", "via_mqtt", "channel", "channel_index", "ciphertext", "data", "alert"),
    *("portnum", "payload", "want_response", "bitfield"),
    *_HEADER,
    *_FIXED,
}


def parse_hex(text: str) -> bytes:
    """Return the bytes of a line of hex: either case, blanks, colons and 0x are passed over. NotAFrame otherwise."""
    digits = re.sub(r"(?i)\b0x|[\s:]", "", text)
    if not re.fullmatch(r"(?:[0-9a-fA-F]{2})*", digits):
        raise NotAFrame("this is not hex; give one frame a line, two digits a byte")
    return bytes.fromhex(digits)


def to_object(frame: bytes, channels: Channels) -> Fields:
    """Return the object of a frame; NotAFrame when it has not 16 to 255 bytes."""
    try:
        header, channel, data = unseal(channels.all, frame)
    except MeshwireError:
        raise NotAFrame(f"a frame has 16 to 255 bytes, this one has {len(frame)}") from None
    found: Fields = {
        "from": header.sender,
        "to": header.to,
        "id": header.id,
        "hop_limit": header.hop_limit,
        "hop_start": header.hop_start,
        "want_ack": header.want_ack,
        "via_mqtt": header.via_mqtt,
        "channel_hash": header.channel,
        "next_hop": header.next_hop,
        "relay_node": header.relay_node,
        "channel": channel.name if channel else None,
    }
    if channel is None or data is None:
        return found | _UNOPENED | {"ciphertext": frame[16:].hex()}
    if channels.repeated(channel.name):
        found["channel_index"] = channels.all.index(channel)
    return found | _message(data, channel.crypt(header.id, header.sender, frame[16:]))


def _message(data: Data, plain: bytes) -> Fields:
    found: Fields = {
        "portnum": data.portnum,
        "payload": data.payload.hex(),
        "want_response": data.want_response,
        "dest": data.dest,
        "source": data.source,
        "request_id": data.request_id,
        "reply_id": data.reply_id,
        "emoji": data.emoji,
        "bitfield": data.bitfield,
    }
    if language.encode(data) != plain:
        found["data"] = plain.hex()
    alert = describe(data.portnum, data.payload)
    return found | {"alert": alert} if alert else found


def from_object(described: object, channels: Channels) -> bytes:
    """Return the frame an object describes. NotAnObject, AirError or MeshwireError say what is wrong with it.

    `from` and `id` are needed; of the message `portnum` and `payload`, or `data`; everything else has the value a first
    transmission to all would have.
    """
    if not isinstance(described, dict):
        raise NotAnObject("a line must hold one JSON object")
    if "error" in described:
        raise NotAnObject("this line was not a whole frame when it was decoded")
    unknown = sorted(described.keys() - _KNOWN)
    if unknown:
        raise NotAnObject(f"{unknown[0]!r} is not a field of a frame")
    header = _header(described)
    name = described.get("channel")
    if name is None:
        return pack(header) + _hex(described, "ciphertext", 239)
    if not isinstance(name, str):
        raise NotAnObject("'channel' must be a name, or null beside 'ciphertext'")
    index = None if described.get("channel_index") is None else _int(described, "channel_index", 0, 255)
    return _sealed(described, header, channels.find(name, index))


def _sealed(described: Fields, header: Header, channel: Channel) -> bytes:
    if "channel_hash" not in described:
        header.channel = channel.hash
    plain = _hex(described, "data", 239) if "data" in described else language.encode(_data(described))
    if len(plain) > 239:
        raise NotAnObject(f"the message has {len(plain)} bytes when encoded; a frame carries at most 239")
    return pack(header) + channel.crypt(header.id, header.sender, plain)


def _header(described: Fields) -> Header:
    sender = _int(described, "from", 0, _U32)
    hops = _int(described, "hop_limit", 0, 7, 3)
    return Header(
        _int(described, "to", 0, _U32, BROADCAST),
        sender,
        _int(described, "id", 0, _U32),
        hops,
        _int(described, "hop_start", 0, 7, hops),
        _bool(described, "want_ack"),
        _bool(described, "via_mqtt"),
        _int(described, "channel_hash", 0, 255, 0),
        _int(described, "next_hop", 0, 255, 0),
        _int(described, "relay_node", 0, 255, last_byte(sender)),
    )


def _data(described: Fields) -> Data:
    port = _int(described, "portnum", 0, _U32)
    data = Data(port, _hex(described, "payload", 233), _bool(described, "want_response"))
    for name in _FIXED:
        setattr(data, name, _int(described, name, 0, _U32, 0))
    if described.get("bitfield", 0) is not None:
        data.bitfield = _int(described, "bitfield", 0, _U32, 0)
    return data


def _int(described: Fields, name: str, least: int, most: int, default: int | None = None) -> int:
    value = described.get(name, default)
    if value is None:
        raise NotAnObject(f"{name!r} is missing")
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise NotAnObject(f"{name!r} must be a whole number from {least} to {most}")
    return value


def _bool(described: Fields, name: str) -> bool:
    value = described.get(name, False)
    if not isinstance(value, bool):
        raise NotAnObject(f"{name!r} must be true or false")
    return value


def _hex(described: Fields, name: str, most: int) -> bytes:
    value = described.get(name)
    if value is None:
        raise NotAnObject(f"{name!r} is missing")
    if not isinstance(value, str) or not re.fullmatch(r"(?:[0-9a-fA-F]{2})*", value) or len(value) > 2 * most:
        raise NotAnObject(f"{name!r} must be hex, at most {most} bytes")
    return bytes.fromhex(value)
