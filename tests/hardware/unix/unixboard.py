"""A board of the two ports on MicroPython's unix build, in real time: for programs that run as on a board.

Its flash is a folder. Its button, lamp and console are a TCP connection to the test: `0 down` and `0 up` come in, one
JSON object a line goes out.
"""

import asyncio
import json
import os
import socket
import time

from cryptolib import aes


class Board:
    early_ms = 12
    watchdog_ms = 8000
    plays = True
    deep = listened = False
    run = None
    cause = "power"

    def __init__(self, folder, port):
        self._folder = folder
        self._last = time.ticks_ms()
        self._now = 0
        self._edge = None
        self._socket = socket.socket()
        self._socket.connect(socket.getaddrinfo("127.0.0.1", port)[0][-1])
        self.tell("begun")

    def tell(self, what, **more):
        more["tell"] = what
        self._socket.write(json.dumps(more).encode() + b"\n")

    def now(self):
        ticks = time.ticks_ms()
        self._now += time.ticks_diff(ticks, self._last)
        self._last = ticks
        return self._now

    def memory(self):
        return None

    def hears(self):
        return False

    def wire(self):
        return False

    def well(self):
        pass

    def random(self, n):
        return int.from_bytes(os.urandom(8), "big") % n

    def aes(self, key):
        return aes(key, 1).encrypt

    def load(self, name):
        try:
            with open(self._folder + "/" + name, "rb") as file:
                return file.read()
        except OSError:
            return None

    def save(self, name, data):
        with open(self._folder + "/.new", "wb") as file:
            file.write(data)
        os.rename(self._folder + "/.new", self._folder + "/" + name)

    def button(self, edge):
        self._edge = edge
        asyncio.create_task(self._fingers())

    async def _fingers(self):
        reader = asyncio.StreamReader(self._socket)
        while True:
            line = await reader.readline()
            if not line:
                return
            which, what = line.split()
            self._edge(int(which), what == b"down", self.now())

    def lamp(self, on, colour, pattern):
        self.tell("lamp", pattern=pattern, on=on)

    def whistle(self, on, pattern):
        self.tell("whistle", pattern=pattern, on=on)

    def battery(self):
        return 87, 3900

    def tamper(self):
        return False

    def place(self):
        return None

    def say(self, text):
        self.tell("say", text=text)

    def collect(self):
        pass

    def spin(self, until_ms):
        while self.now() < until_ms:
            pass

    def feed(self):
        pass

    def reset(self, why):
        self.tell("reset", why=why)

    def service(self):
        self.tell("service")
