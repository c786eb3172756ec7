"""Pictures as files: small, and not blank."""

from io import BytesIO
from pathlib import Path

from PIL import Image

QUALITY = 88
BLANK = 12  # colours: fewer is a map without streets


def save(shot: bytes, path: Path) -> None:
    """Write a screenshot as WebP."""
    Image.open(BytesIO(shot)).convert("RGB").save(path, quality=QUALITY, method=6)


def worth_keeping(shot: bytes) -> bool:
    """Whether a picture shows something."""
    colours = Image.open(BytesIO(shot)).convert("RGB").getcolors(1 << 24)
    return colours is not None and sum(count > 40 for count, _ in colours) >= BLANK
