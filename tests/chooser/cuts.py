# Power cuts at every operation of a flash chip: littlefs, chooser, the end of a trial and what the workbench runs at
# the prompt, all real; the chip alone is a model. Run by test_cuts_host.py:
#   micropython tests/chooser/cuts.py firmware story.json
# The story is JSON: `files` at first (base64), `sources` (what the workbench ran to bring the new release), `torn`.
# Prints `<part> <operations> <cut>` for every part of the story, or the trace of what was wrong.
# ruff: noqa: UP031, SIM105, T201  the board's dialect
import binascii
import gc
import hashlib
import json
import sys

import vfs

sys.path[:] = [sys.argv[1], ".frozen"]
import chooser  # noqa: E402

BLOCK, BLOCKS = 4096, 48
KEEP = ("settings", "state0", "state1", "marks", "board")


class Cut(BaseException):
    """The power goes."""


class Chip:
    """Flash: erased by blocks, programmed in part. At operation `cut` the power goes, in its middle if `torn`.

    A dead chip fails without taking memory: files left open on it are closed by the collector.
    """

    def __init__(self, image, cut=0, torn=False):
        self.image, self.cut, self.torn = image, cut, torn
        self.done = 0
        self.dead = False

    def readblocks(self, block, buf, off=0):
        if self.dead:
            return -5
        at = block * BLOCK + off
        buf[:] = self.image[at : at + len(buf)]

    def writeblocks(self, block, buf, off=0):
        if self.dead:
            return -5
        self.change(block * BLOCK + off, bytes(buf))

    def ioctl(self, op, arg):
        if op == 4:
            return BLOCKS
        if op == 5:
            return BLOCK
        if op == 6 and self.dead:
            return -5
        if op == 6:
            self.change(arg * BLOCK, b"\xff" * BLOCK)
            return 0

    def change(self, at, data):
        self.done += 1
        if self.done == self.cut:
            self.dead = True
            if self.torn:
                half = len(data) // 2
                self.image[at : at + half] = data[:half]
            raise Cut from None
        self.image[at : at + len(data)] = data


class Told:
    """The module that a release's program tells who it is; the clock, which does not wait; the board's reset."""

    names = []
    act = None

    @staticmethod
    def sleep(seconds):
        pass

    @staticmethod
    def reset():
        raise SystemExit


sys.modules["told"] = sys.modules["machine"] = Told
chooser.time = Told


def power(image, cut=0):
    """A board's flash in place of all files."""
    global now
    now = Chip(image, cut, story["torn"])
    vfs.umount("/")
    vfs.mount(vfs.VfsLfs2(now), "/")
    return now


def start():
    """One start of the board, from main.py on: what ran."""
    for name in list(sys.modules):
        if name.split(".")[0] == "beacon":
            del sys.modules[name]
    sys.path[:] = ["", ".frozen", "/lib"]
    del Told.names[:]
    try:
        chooser.main()
    except SystemExit:
        if now.dead:  # the chooser resets the board whatever happens; this one is dark
            raise Cut from None
    return list(Told.names)


def bring():
    """What the workbench does to bring the new release."""
    names = {"print": lambda *words: None}
    for source in story["sources"]:
        exec(source, names)


def digest(path):
    with open(path, "rb") as file:
        return binascii.hexlify(hashlib.sha256(file.read()).digest())


def kept():
    return [digest(name) for name in KEEP]


def good(new=True):
    """The program of the release runs well (`new`: all do; else the new one dies), then somebody switches it off."""

    def act(name, confirm):
        if name == "new" and not new:
            raise RuntimeError("dead")
        confirm()

    return act


def update():
    """Old release runs; the new one comes, starts, proves itself, starts again."""
    Told.act = good()
    assert start() == ["old"]
    bring()
    assert start() == ["new"] and start() == ["new"]


def fall():
    """The new release dies three times and is given up."""
    Told.act = good(new=False)
    bring()
    for _ in range(3):
        assert start() == ["new"]
    assert start() == ["old"] and start() == ["old"]


def after_update():
    """After a cut: one of the two runs; brought again, the new one does."""
    first = start()
    assert first in (["old"], ["new"]), first
    if start() != ["new"]:
        bring()
    assert start() == ["new"] and start() == ["new"]


def after_fall():
    """After a cut: three starts of the new one at most, then the old one for good."""
    ran = []
    for _ in range(5):
        ran += start()
    assert ran[-2:] == ["old", "old"] and len(ran) == 5 and set(ran) <= {"old", "new"}, ran


def part(name, live, after):
    """Live a part of the story uncut, then cut at each operation."""
    image = bytearray(fresh)
    chip = power(image)
    before = kept()
    live()
    total = chip.done
    chip = power(image)
    start()
    assert chip.done == 0, "an ordinary start writes"
    made = 0
    for cut in range(1, total + 1):
        image = bytearray(fresh)
        power(image, cut)
        try:
            live()
        except Cut:
            made += 1
        power(image)
        assert kept() == before, cut
        after()
        assert kept() == before, cut
        gc.collect()
    print(name, total, made)


def first_image():
    """The flash of a board with the old release and a beacon's data."""
    image = bytearray(b"\xff" * (BLOCK * BLOCKS))
    vfs.VfsLfs2.mkfs(Chip(image))
    power(image)
    import os

    for path in sorted(story["files"]):
        folder = ""
        for name in path.split("/")[:-1]:
            folder += "/" + name
            try:
                os.mkdir(folder)
            except OSError:
                pass
        with open("/" + path, "wb") as file:
            file.write(binascii.a2b_base64(story["files"][path]))
    return image


with open(sys.argv[2]) as file:
    story = json.load(file)
fresh = first_image()
part("update", update, after_update)
part("fall-back", fall, after_fall)
