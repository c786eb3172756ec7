"""Images as MicroPython's download site has them, in what our tools read of them: headers, and bytes that differ."""

import random
import struct

ESP = {"esp32": 0, "esp32s3": 9, "esp32c3": 5}
FAMILIES = {"rp2040": 0xE48BFF56, "rp2350": 0xE48BFF59}


def esp(chip: str = "esp32s3", size: int = 200_000, flash_mb: int = 8, seed: int = 1) -> bytes:
    """An ESP image: 24 bytes of header, then half noise and half empty."""
    sizes = {1: 0, 2: 1, 4: 2, 8: 3, 16: 4}
    header = struct.pack("<4BI", 0xE9, 1, 2, sizes[flash_mb] << 4 | 0xF, 0x40380000)
    header += struct.pack("<4BHB", 0xEE, 0, 0, 0, ESP[chip], 0) + bytes(24 - 8 - 7)
    noise = random.Random(seed).randbytes((size - 24) // 2)
    return header + noise + b"\xff" * (size - 24 - len(noise))


def uf2(chip: str = "rp2040", blocks: int = 300, seed: int = 1) -> bytes:
    """A UF2 file of so many blocks."""
    chance = random.Random(seed)
    made = []
    for number in range(blocks):
        where = 0x10000000 + number * 256
        head = struct.pack("<8I", 0x0A324655, 0x9E5D5157, 0x2000, where, 256, number, blocks, FAMILIES[chip])
        made.append(head + chance.randbytes(256) + bytes(476 - 256) + struct.pack("<I", 0x0AB16F30))
    return b"".join(made)


def same(one: bytes, other: bytes) -> bool:
    """Whether two long strings of bytes are equal; pytest would take minutes to show where they are not."""
    return bytes(one) == bytes(other)
