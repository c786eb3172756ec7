"""The framing of a stock radio's stream (serial and TCP): 0x94 0xC3, length as u16 big-endian up to 512, then one
message.
"""

from whistle.simulator.errors import BadRequest

START = b"\x94\xc3"
HEAD = 4
LARGEST = 512


def frame(message: bytes) -> bytes:
    """The bytes that carry one message; BadRequest over 512 bytes."""
    if len(message) > LARGEST:
        raise BadRequest(f"a stream message has at most {LARGEST} bytes, this one has {len(message)}")
    return START + len(message).to_bytes(2, "big") + message


class Decoder:
    """Takes a stream in any pieces and gives whole messages; skips what is outside frames; keeps at most one frame's
    bytes.

    `skipped` counts bytes that belonged to no frame (wake-up bytes, debug text, garbage).
    """

    def __init__(self) -> None:
        self.skipped = 0
        self._kept = bytearray()

    @property
    def kept(self) -> int:
        """How many bytes of an unfinished frame are held."""
        return len(self._kept)

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that `data` completes, in order."""
        messages: list[bytes] = []
        self._kept += data
        while self._find_start():
            end = HEAD + int.from_bytes(self._kept[2:HEAD], "big")
            if end > HEAD + LARGEST:
                self._skip(1)
            elif len(self._kept) < end:
                break
            else:
                messages.append(bytes(self._kept[HEAD:end]))
                del self._kept[:end]
        return messages

    def _find_start(self) -> bool:
        """Drop what cannot begin a frame; is there a whole head?"""
        at = self._kept.find(START)
        if at < 0:
            at = len(self._kept) - self._kept.endswith(START[:1])
        self._skip(at)
        return len(self._kept) >= HEAD

    def _skip(self, count: int) -> None:
        self.skipped += count
        del self._kept[:count]
