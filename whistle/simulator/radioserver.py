"""The TCP port of a stock radio: one host at a time (a new one takes the place of the old), closed after 15 quiet
minutes.
"""

import asyncio

from whistle.simulator.loop import VirtualLoop
from whistle.simulator.radio import Radio
from whistle.simulator.serving import ask
from whistle.simulator.stockradio import Session, Setup

QUIET_S = 900.0
CHUNK = 4_096
TO_SOCKET = 4_096  # bytes the transport may hold back: a host that does not read is felt soon


class RadioServer:
    """Serves one radio's stream in an ordinary asyncio loop; the radio itself lives in the simulation's thread."""

    def __init__(self, loop: VirtualLoop, radio: Radio, setup: Setup) -> None:
        self._air = loop
        self._radio = radio
        self._setup = setup
        self._host: asyncio.StreamWriter | None = None
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; the port (chosen when asked for 0). OSError when it is taken."""
        self._server = await asyncio.start_server(self._serve, host, port)
        net = asyncio.get_running_loop()
        self._radio.hang_up = lambda: _later(net, self._drop_host)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening and end the host's connection."""
        if self._server is not None:
            self._server.close()
        self._drop_host()

    def _drop_host(self) -> None:
        if self._host is not None:
            self._host.close()
            self._host = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._radio.on:
            writer.close()
            return
        self._drop_host()
        self._host = writer
        writer.transport.set_write_buffer_limits(high=TO_SOCKET)
        stream = _Outgoing(self._air, writer)
        session = await ask(self._air, lambda: Session(self._radio, self._setup, stream.put))
        stream.session = session
        sending = asyncio.get_running_loop().create_task(stream.run())
        try:
            await self._read(reader, session)
        finally:
            sending.cancel()
            self._air.call_soon_threadsafe(session.close)
            writer.close()
            if self._host is writer:
                self._host = None

    async def _read(self, reader: asyncio.StreamReader, session: Session) -> None:
        while True:
            try:
                data = await asyncio.wait_for(reader.read(CHUNK), QUIET_S)
            except (TimeoutError, ConnectionError):
                return
            if not data:
                return
            await ask(self._air, lambda data=data: session.feed(data))  # type: ignore[misc]


class _Outgoing:
    """Takes framed messages from the simulation's thread and writes them, telling the session as each has gone."""

    def __init__(self, air: VirtualLoop, writer: asyncio.StreamWriter) -> None:
        self.session: Session | None = None
        self._air = air
        self._writer = writer
        self._net = asyncio.get_running_loop()
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue()

    def put(self, message: bytes) -> None:
        """In the simulation's thread."""
        _later(self._net, lambda: self._waiting.put_nowait(message))

    async def run(self) -> None:
        """Write until the host is gone."""
        while True:
            message = await self._waiting.get()
            self._writer.write(message)
            try:
                await self._writer.drain()
            except ConnectionError:
                return
            if self.session is not None:
                self._air.call_soon_threadsafe(self.session.taken)


def _later(net: asyncio.AbstractEventLoop, work: object) -> None:
    """Do something in the sockets' loop, unless that has ended."""
    if not net.is_closed():
        net.call_soon_threadsafe(work)  # type: ignore[arg-type]
