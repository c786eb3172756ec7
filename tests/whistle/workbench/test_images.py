"""Images are known by their own headers; nothing is erased for one that does not belong."""

import pytest

from tests.hardware.images import esp, uf2
from whistle.workbench import boards, images
from whistle.workbench.errors import FlashTooSmall, WrongChip, WrongImage
from whistle.workbench.images import Image

HELTEC, TBEAM, PICO = (boards.load(key) for key in ("heltec-v3", "lilygo-t-beam", "pico-waveshare"))


@pytest.mark.parametrize(
    ("data", "image"),
    [
        (esp("esp32s3", flash_mb=8), Image("esp32s3", 8)),
        (esp("esp32", flash_mb=4), Image("esp32", 4)),
        (esp("esp32c3", flash_mb=16), Image("esp32c3", 16)),
        (uf2(), Image("rp2040", 0)),
        (uf2("rp2350"), Image("rp2350", 0)),
    ],
)
def test_an_image_says_what_it_is_for(data, image):
    assert images.read(data, "x.bin") == image


def test_a_chip_nobody_listed_is_none_of_ours():
    odd = bytearray(esp())
    odd[12] = 99
    assert images.read(bytes(odd), "x").chip == "chip 99"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "no MicroPython image"),
        (b"<html>404</html>" * 9, "no MicroPython image"),
        (esp()[:20], "no MicroPython image"),
        (uf2()[:-100], "cut off in the middle"),
        (uf2()[:-512], r"damaged or cut off \(block 0\)"),
        (uf2(blocks=5)[:512] + uf2("rp2350", blocks=5)[512:], "several chips at once"),
        (uf2(blocks=5)[:1024] + bytes(512) + uf2(blocks=5)[1536:], r"damaged or cut off \(block 2\)"),
    ],
)
def test_what_is_no_image_is_refused(data, sentence):
    with pytest.raises(WrongImage, match=sentence):
        images.read(data, "x.bin")


@pytest.mark.parametrize(
    ("board", "data"), [(HELTEC, esp("esp32")), (TBEAM, esp("esp32s3")), (PICO, uf2("rp2350")), (HELTEC, uf2())]
)
def test_another_chips_image_is_refused(board, data):
    with pytest.raises(WrongImage, match="nothing was erased"):
        images.fits(images.read(data, "x"), len(data), board, "x")


def test_the_right_chip_in_the_wrong_form_is_refused():
    with pytest.raises(WrongImage, match=r"it must be a \.bin"):
        images.fits(Image("esp32s3", 0), 1000, HELTEC, "x.uf2")
    with pytest.raises(WrongImage, match=r"it must be a \.uf2"):
        images.fits(Image("rp2040", 2), 1000, PICO, "x.bin")
    for board, data in ((HELTEC, esp()), (TBEAM, esp("esp32", flash_mb=4)), (PICO, uf2())):
        images.fits(images.read(data, "x"), len(data), board, "x")


def test_another_chip_than_the_boards_is_refused():
    images.right_chip("esp32s3", HELTEC)
    with pytest.raises(
        WrongChip, match="has an ESP32 and a Heltec WiFi LoRa 32 V3 has an ESP32-S3; nothing was erased"
    ):
        images.right_chip("esp32", HELTEC)


@pytest.mark.parametrize(("built_mb", "size", "flash_mb", "fits"), [
    (8, 1_700_000, 8, True),
    (8, 1_700_000, 4, False),
    (4, 1_700_000, 2, False),
    (4, 5_000_000, 4, False),
    (4, 1_700_000, 0, True),  # esptool could not tell: it is asked again by the write itself
])  # fmt: skip
def test_an_image_too_large_for_the_flash_is_refused(built_mb, size, flash_mb, fits):
    if fits:
        images.has_room(Image("esp32s3", built_mb), size, HELTEC, flash_mb)
        return
    with pytest.raises(FlashTooSmall, match=f"this board has {flash_mb} MB; nothing was erased"):
        images.has_room(Image("esp32s3", built_mb), size, HELTEC, flash_mb)


def test_the_address_counts_too():
    with pytest.raises(FlashTooSmall):
        images.has_room(Image("esp32", 4), 4 << 20, TBEAM, 4)
