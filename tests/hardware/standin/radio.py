# ruff: noqa: UP031  the board's dialect
"""A radio for the workbench's check: boards with one folder /.model0 in common hear each other through it."""

import asyncio
import binascii
import json
import os

AIR = "/.model0/"


def model():
    with open("/model") as file:
        return json.load(file)


class Radio:
    def __init__(self, wiring):
        said = model().get("raises")
        if said:
            raise RuntimeError(said)
        self.heard = None
        self.sent = 0

    def tune(self, radio):
        self.freq = radio["freq_hz"]

    def listen(self, heard):
        self.heard = heard
        self.known = set(os.listdir(AIR))

    def registers(self):
        return model().get("registers", {0x740: 0x14, 0x741: 0x24, 0x8AC: 0x96})

    def noise(self):
        return model().get("noise", -112)

    def load(self, frame):
        self.frame = frame

    def busy(self):
        return False

    async def send(self):
        self.sent += 1
        name = "%d-%s-%d" % (self.freq, binascii.hexlify(self.frame).decode(), self.sent)
        with open(AIR + name, "w") as file:
            file.write("")
        await asyncio.sleep_ms(20)

    async def run(self, alive):
        while True:
            for name in os.listdir(AIR):
                freq, _, frame = name.partition("-")
                if name not in self.known and int(freq) == self.freq and model().get("hears", True):
                    self.known.add(name)
                    self.heard(binascii.unhexlify(frame.split("-")[0]), model().get("rssi", -38), 9.5)
            await asyncio.sleep_ms(10)
