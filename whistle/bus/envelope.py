"""The sealed form of a message (protocol section 12), and the only way in and out of it.

    0xB1 · bus epoch u8 · sender 8 · number u64 · nonce 16 · AES-256-SIV of the plaintext
    plaintext = length u16 · JSON · zeros, 1,024 bytes in all or else 4,096

Associated data is the vector (topic, those 34 bytes), RFC 5297. Two lengths only, so that a broker cannot tell a
heartbeat from an alert by size. There is one way to write each message: what opens but is written otherwise is refused.
"""

import hashlib
import secrets
import struct
from functools import lru_cache
from typing import Final, NamedTuple, get_args

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from whistle.bus import topics
from whistle.bus.errors import BadId, NotAuthentic, NotCanonical, NotOurs, OtherEpoch, TooLarge, UnknownMessage
from whistle.bus.messages import Down, Message, Up

MAGIC: Final = 0xB1
KEY_BYTES: Final = 64
SMALL: Final = 1024
LARGE: Final = 4096
LARGEST_JSON: Final = LARGE - 2

_HEAD: Final = struct.Struct(">BB8sQ16s")
_SIV: Final = 16
SEALED_LENGTHS: Final = (_HEAD.size + _SIV + SMALL, _HEAD.size + _SIV + LARGE)

_encoder: Final = msgspec.json.Encoder()
_decoders: Final = {"up": msgspec.json.Decoder(Up), "down": msgspec.json.Decoder(Down)}
_speakers: Final[dict[str, tuple[type, ...]]] = {"up": get_args(Up), "down": get_args(Down)}


class Outside(NamedTuple):
    """What anyone can read on the outside of an envelope: not yet authentic."""

    epoch: int
    sender: bytes
    number: int
    nonce: bytes


class Envelope(NamedTuple):
    """An opened envelope: authentic, canonical, and bound to the topic it came on."""

    epoch: int
    sender: bytes
    number: int
    message: Message


def seal(key: bytes, epoch: int, sender: bytes, number: int, topic: str, message: Message) -> bytes:
    """The bytes to publish on `topic`, and nowhere else. `key` 64 bytes, `sender` 8, `number` from `Numbers.next`.

    Raises TooLarge when the JSON passes 4,094 bytes, NotOurs for a topic not of the bus or not for this class.
    """
    _must_speak(topics.parse(topic), sender, message)
    plain = _padded(_encoder.encode(message))
    head = _HEAD.pack(MAGIC, epoch, sender, number, secrets.token_bytes(16))
    return head + _cipher(key).encrypt(plain, [topic.encode(), head])


def unseal(key: bytes, topic: str, payload: bytes, epoch: int | None = None) -> Envelope:
    """Open what arrived on `topic`, or raise one Unreadable saying why. `epoch`: refuse any other as OtherEpoch."""
    where = topics.parse(topic)
    outside = peek(payload)
    if epoch is not None and outside.epoch != epoch:
        raise OtherEpoch(f"sealed under bus epoch {outside.epoch}, ours is {epoch}: make this bundle again")
    message = _decoded(where.direction, _unpadded(_opened(key, topic, payload)))
    if where.direction == "up" and outside.sender.hex() != where.gateway:
        raise NotCanonical(f"sender {outside.sender.hex()} speaks on the topic of gateway {where.gateway}")
    return Envelope(outside.epoch, outside.sender, outside.number, message)


def peek(payload: bytes) -> Outside:
    """The outside of an envelope, unverified, or NotOurs: to choose a key, and to say what could not be opened."""
    if len(payload) not in SEALED_LENGTHS:
        raise NotOurs(f"{len(payload)} bytes are no envelope: one has {SEALED_LENGTHS[0]} or {SEALED_LENGTHS[1]}")
    magic, epoch, sender, number, nonce = _HEAD.unpack_from(payload)
    if magic != MAGIC:
        raise NotOurs(f"first byte 0x{magic:02x} is not 0x{MAGIC:02X}: not an envelope of this version")
    return Outside(epoch, sender, number, nonce)


def digest(payload: bytes) -> str:
    """The name of these sealed bytes in a `settled`: the first 16 bytes of their SHA-256, in hex."""
    return hashlib.sha256(payload).digest()[:16].hex()


@lru_cache(maxsize=256)
def _cipher(key: bytes) -> AESSIV:
    # A third of the cost of sealing is setting up the key; there are two keys a gateway.
    return AESSIV(key)


def _must_speak(where: topics.Topic, sender: bytes, message: Message) -> None:
    if not isinstance(message, _speakers[where.direction]):
        raise NotOurs(f"a {type(message).__name__} does not travel {where.direction}")
    if len(sender) != 8 or (where.direction == "up" and sender.hex() != where.gateway):
        raise BadId(f"sender {sender.hex()} may not speak on the topic of gateway {where.gateway}")


def _padded(body: bytes) -> bytes:
    if len(body) > LARGEST_JSON:
        raise TooLarge(f"the message has {len(body)} bytes of JSON, an envelope holds {LARGEST_JSON}: shorten it")
    room = SMALL if len(body) <= SMALL - 2 else LARGE
    return (len(body).to_bytes(2, "big") + body).ljust(room, b"\0")


def _opened(key: bytes, topic: str, payload: bytes) -> bytes:
    try:
        return _cipher(key).decrypt(payload[_HEAD.size :], [topic.encode(), payload[: _HEAD.size]])
    except InvalidTag:
        raise NotAuthentic("the seal does not hold: another key, another topic, or altered bytes") from None


def _unpadded(plain: bytes) -> bytes:
    length = int.from_bytes(plain[:2], "big")
    body = plain[2 : 2 + length]
    if len(body) != length or _padded(body) != plain:
        raise NotCanonical(f"a message of {length} bytes is not padded with zeros to {len(plain)}")
    return body


def _decoded(direction: str, body: bytes) -> Message:
    try:
        message: Message = _decoders[direction].decode(body)
    except msgspec.ValidationError as error:
        raise UnknownMessage(f"a message this version does not know: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise NotCanonical("the inside is not one JSON object") from None
    return message
