"""A radio of the port whose air is at the other end of a TCP connection (tests/hardware/aerial.py)."""

import asyncio
import select
import socket
import struct


class Radio:
    def __init__(self, port):
        self._socket = socket.socket()
        self._socket.connect(socket.getaddrinfo("127.0.0.1", port)[0][-1])
        self._socket.setblocking(False)
        self._stream = asyncio.StreamReader(self._socket)
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)
        self._kept = b""
        self._heard = None
        self._loaded = b""
        self._free = True
        self._done = asyncio.Event()

    def tune(self, radio):
        if radio["freq_hz"] < 100000000 or radio["sync"] != 43:
            raise ValueError("tuned wrongly")
        self._say(b"U" + struct.pack(">IIB", radio["freq_hz"], radio["bw_hz"], radio["sf"]))

    def listen(self, heard):
        self._heard = heard
        self._say(b"L")

    def sleep(self):
        self._say(b"Z")

    def load(self, frame):
        self._loaded = frame

    def noise(self):
        return -117

    def busy(self):
        self._free = None
        self._say(b"B")
        while self._free is None:
            self._poll.poll(1000)
            self._feed(self._socket.read(512))
        return not self._free

    async def send(self):
        self._done.clear()
        self._say(b"T" + self._loaded)
        await self._done.wait()

    async def run(self, alive):
        alive()
        while True:
            data = await self._stream.read(512)
            if not data:
                raise OSError("the air is gone")
            self._feed(data)
            alive()

    def _say(self, message):
        self._socket.setblocking(True)
        self._socket.write(struct.pack(">H", len(message)) + message)
        self._socket.setblocking(False)

    def _feed(self, data):
        self._kept += data or b""
        while len(self._kept) > 1 and len(self._kept) >= 2 + struct.unpack(">H", self._kept)[0]:
            end = 2 + struct.unpack(">H", self._kept)[0]
            message, self._kept = self._kept[2:end], self._kept[end:]
            self._take(message[:1], message[1:])

    def _take(self, what, rest):
        if what == b"F":
            rssi, quarters = struct.unpack(">hb", rest)
            self._heard(rest[3:], rssi, quarters / 4)
        elif what == b"D":
            self._done.set()
        elif what == b"b":
            self._free = rest == b"0"
