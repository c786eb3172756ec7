"""A simulation beside the wall clock."""

import asyncio
import threading

from whistle.simulator.running import serve


class Served:
    """A simulation beside the wall clock, its sockets served in a thread; `ports` by what listens there."""

    def __init__(self, simulation, radios=()):
        self.simulation = simulation
        self.ports = {}
        self._ready = threading.Event()
        self._radios = list(radios)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._thread.start()
        assert self._ready.wait(20)

    async def _serve(self):
        self._net, self._ended = asyncio.get_running_loop(), asyncio.Event()
        await serve(self.simulation, ("127.0.0.1", 0), self._radios, self._listens, self._ended)

    def _listens(self, what, where):
        self.ports[what] = where[1]
        if what == "control":
            self._ready.set()

    def close(self):
        self._net.call_soon_threadsafe(self._ended.set)
        self._thread.join(20)
        assert not self._thread.is_alive()
