"""MicroPython images: which chip one is for and how much flash it wants, read from the image itself before any erasing.

esptool alone does not keep a wrong image from a board: an image it cannot read to its end it writes without a word.
"""

import struct
from typing import Final, NamedTuple

from whistle.workbench.boards import Board
from whistle.workbench.errors import FlashTooSmall, WrongChip, WrongImage

# ESP image format: magic, segments, flash mode, size (high 4 bits) and speed, entry, ..., chip id at byte 12.
ESP_MAGIC: Final = 0xE9
ESP_CHIPS: Final = {0: "esp32", 2: "esp32s2", 5: "esp32c3", 9: "esp32s3", 12: "esp32c2", 13: "esp32c6", 16: "esp32h2"}
ESP_SIZES_MB: Final = {0: 1, 1: 2, 2: 4, 3: 8, 4: 16, 5: 32, 6: 64, 7: 128}

# UF2: blocks of 512 bytes, two magic words before and one behind.
UF2_BLOCK: Final = 512
UF2_FAMILIES: Final = {0xE48BFF56: "rp2040", 0xE48BFF59: "rp2350", 0x1C5F21B0: "esp32", 0xC47E5767: "esp32s3"}
UF2_HAS_FAMILY: Final = 0x2000

NAMES: Final = {"esp32": "ESP32", "esp32s3": "ESP32-S3", "rp2040": "RP2040"}


class Image(NamedTuple):
    """What an image is for: our word of the chip, and the flash it was built for (0 where it does not say)."""

    chip: str
    flash_mb: int


def read(data: bytes, name: str) -> Image:
    """What the image is for; WrongImage when it is none, or is cut off. `name` is for the sentence."""
    if data[:1] == bytes([ESP_MAGIC]) and len(data) >= 24:
        return _esp(data)
    if data[:8] == b"UF2\nWQ]\x9e":
        return _uf2(data, name)
    raise WrongImage(f"{name} is no MicroPython image (.bin or .uf2): fetch the right one, or give it with --image.")


def fits(image: Image, size: int, board: Board, name: str) -> None:
    """WrongImage unless the image is for the board's chip and of the board's form (`size` in bytes)."""
    if image.chip != board.chip:
        raise WrongImage(
            f"{name} is an image for {spoken(image.chip)} and {board.name} has an {spoken(board.chip)}; nothing was "
            "erased: name the right board or image."
        )
    if size == 0 or (board.flash_at is None) != (image.flash_mb == 0):
        form = ".uf2" if board.flash_at is None else ".bin"
        raise WrongImage(f"{name} has not the form that {board.name} takes: it must be a {form}; nothing was erased.")


def right_chip(chip: str, board: Board) -> None:
    """WrongChip unless the chip that was found is the board's."""
    if chip != board.chip:
        raise WrongChip(
            f"This board has an {spoken(chip)} and a {board.name} has an {spoken(board.chip)}; nothing was erased: "
            "look at the print on the board, and name the right one with --board."
        )


def has_room(image: Image, size: int, board: Board, flash_mb: int) -> None:
    """FlashTooSmall when image (`size` bytes) or the flash it was built for is more than the chip's `flash_mb` MB."""
    needed = ((board.flash_at or 0) + size + (1 << 20) - 1) >> 20
    if flash_mb and max(image.flash_mb, needed) > flash_mb:
        raise FlashTooSmall(
            f"The image wants {max(image.flash_mb, needed)} MB of flash and this board has {flash_mb} MB; nothing was "
            "erased: fetch the image of a smaller variant and give it with --image."
        )


def spoken(chip: str) -> str:
    """The maker's spelling of a chip."""
    return NAMES.get(chip, chip.upper())


def _esp(data: bytes) -> Image:
    (number,) = struct.unpack_from("<H", data, 12)
    return Image(ESP_CHIPS.get(number, f"chip {number}"), ESP_SIZES_MB.get(data[3] >> 4, 0))


def _uf2(data: bytes, name: str) -> Image:
    if len(data) % UF2_BLOCK:
        raise WrongImage(f"{name} is cut off in the middle: fetch it again.")
    families, total = set(), len(data) // UF2_BLOCK
    for number in range(total):
        start, magic, flags, _, size, seq, blocks, family = struct.unpack_from("<8I", data, number * UF2_BLOCK)
        (end,) = struct.unpack_from("<I", data, (number + 1) * UF2_BLOCK - 4)
        if (
            (start, magic, end) != (0x0A324655, 0x9E5D5157, 0x0AB16F30)
            or size > 476
            or (seq, blocks) != (number, total)
        ):
            raise WrongImage(f"{name} is damaged or cut off (block {number}): fetch it again.")
        families.add(family if flags & UF2_HAS_FAMILY else 0)
    if len(families) != 1:
        raise WrongImage(f"{name} is for several chips at once: fetch the image of one board.")
    family = families.pop()
    return Image(UF2_FAMILIES.get(family, f"UF2 family {family:#010x}"), 0)
