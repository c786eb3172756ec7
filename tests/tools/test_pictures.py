"""The pictures in docs/: all that the tool takes are there, real WebP, small enough, and the film moves."""

from pathlib import Path

import pytest

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
SIZES = {
    "press": (960, 600),
    "demo": (1440, 900),
    "captain": (1440, 900),
    "captain-phone": (780, 1688),
    "demo-phone": (780, 1688),
}


def chunks(raw: bytes) -> list[tuple[bytes, bytes]]:
    """The parts of a WebP file: (name, content)."""
    assert raw[:4] == b"RIFF" and raw[8:12] == b"WEBP"
    found, at = [], 12
    while at < len(raw):
        size = int.from_bytes(raw[at + 4 : at + 8], "little")
        found.append((raw[at : at + 4], raw[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    return found


def size(raw: bytes) -> tuple[int, int]:
    """Width and height, from the extended header or a lossy frame's own."""
    name, content = chunks(raw)[0]
    if name == b"VP8X":
        return int.from_bytes(content[4:7], "little") + 1, int.from_bytes(content[7:10], "little") + 1
    assert name == b"VP8 "
    return int.from_bytes(content[6:8], "little") & 0x3FFF, int.from_bytes(content[8:10], "little") & 0x3FFF


@pytest.mark.parametrize("name", SIZES)
def test_it_is_as_large_as_its_screen(name: str) -> None:
    assert size((PICTURES / f"{name}.webp").read_bytes()) == SIZES[name]


def test_none_is_large_and_none_is_left_over() -> None:
    found = sorted(PICTURES.iterdir())
    assert {path.stem for path in found} == {*SIZES, "trouble"}
    for path in found:
        assert 5_000 < path.stat().st_size <= 2 * 1024 * 1024, path.name


def test_the_film_moves_for_some_seconds_and_begins_again() -> None:
    parts = chunks((PICTURES / "press.webp").read_bytes())
    lasts = [int.from_bytes(content[12:15], "little") for name, content in parts if name == b"ANMF"]
    assert len(lasts) >= 20 and 8_000 < sum(lasts) < 40_000
    assert next(content for name, content in parts if name == b"ANIM")[4:6] == b"\0\0"  # for ever
