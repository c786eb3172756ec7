"""The control port: JSON lines over loopback TCP, several clients at once, none of which can hold the air.

Requests are carried out in the simulation's thread and answered in order, `{"re": id, ...}` or `{"re": id, "error":
sentence}`. After `watch` a client also gets every event (or those named in `events`). One that reads too slowly loses
events, never the air its time: it is told how many with `{"event": "dropped", "count": n}`.
"""

import asyncio
import concurrent.futures
import json
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from whistle.simulator.errors import BadRequest, SimulatorError
from whistle.simulator.loop import VirtualLoop
from whistle.simulator.requests import Requests
from whistle.simulator.simulation import Event, Simulation

LONGEST_LINE = 65_536
EVENTS_WAITING = 2_000

Result = TypeVar("Result")


def ask(loop: VirtualLoop, work: Callable[[], Result]) -> "asyncio.Future[Result]":
    """Have `work` done in the simulation's thread; awaited in this one. A SimulatorError comes back here."""
    done: concurrent.futures.Future[Result] = concurrent.futures.Future()

    def carry_out() -> None:
        try:
            done.set_result(work())
        except SimulatorError as wrong:
            done.set_exception(wrong)

    loop.call_soon_threadsafe(carry_out)
    return asyncio.wrap_future(done)


class ControlServer:
    """Serves the control port in an ordinary asyncio loop beside a paced simulation."""

    def __init__(self, simulation: Simulation) -> None:
        self.dropped = 0
        self._simulation = simulation
        self._requests = Requests(simulation)
        self._watching: list[_Client] = []
        self._fresh: deque[Event] = deque()
        self._rung = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> int:
        """Listen; the port (chosen when asked for 0). OSError when it is taken."""
        self._loop = asyncio.get_running_loop()
        self._server = await asyncio.start_server(self._serve, host, port, limit=LONGEST_LINE)
        await ask(self._simulation.loop, lambda: self._simulation.watchers.append(self._happened))
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening and end every client."""
        if self._server is not None:
            self._server.close()
        for client in list(self._clients):
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    # Events: from the simulation's thread to this one

    def _happened(self, event: Event) -> None:
        """In the simulation's thread: keep the event and ring once."""
        if not self._watching or self._loop is None:
            return
        if len(self._fresh) >= EVENTS_WAITING:
            self.dropped += 1
            return
        self._fresh.append(event)
        if not self._rung:
            self._rung = True
            self._loop.call_soon_threadsafe(self._spread)

    def _spread(self) -> None:
        self._rung = False
        while self._fresh:
            event = self._fresh.popleft()
            line = _line(event)
            for client in self._watching:
                self.dropped += client.event(event["event"], line)

    # One client

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = _Client(writer)
        tasks = [_task(client.write(), self._clients), _task(self._read(client, reader), self._clients)]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            if client in self._watching:
                self._watching.remove(client)
            writer.close()

    async def _read(self, client: "_Client", reader: asyncio.StreamReader) -> None:
        while True:
            try:
                text = await reader.readline()
            except ValueError:
                client.answer({"error": f"a request has at most {LONGEST_LINE} bytes a line"})
                await client.emptied()
                return
            except ConnectionError:
                return
            if not text:
                return
            client.answer(await self._answer(client, text))
            await client.emptied()

    async def _answer(self, client: "_Client", text: bytes) -> dict[str, Any]:
        try:
            request = json.loads(text)
        except ValueError:
            return {"error": "that is no JSON; send one object a line"}
        if not isinstance(request, dict):
            return {"error": "that is no JSON object; send one object a line"}
        answer: dict[str, Any] = {"re": request.get("id")}
        try:
            return answer | await self._do(client, request)
        except BadRequest as wrong:
            return answer | {"error": str(wrong)}

    async def _do(self, client: "_Client", request: dict[str, Any]) -> dict[str, Any]:
        if request.get("do") == "watch":
            client.wanted = _wanted(request)
            if client not in self._watching:
                self._watching.append(client)
            return {}
        answer = await ask(self._simulation.loop, lambda: self._requests.answer(request))
        if request.get("do") == "stats":
            answer |= {"watchers": len(self._watching), "events_dropped": self.dropped}
        return answer


class _Client:
    """What waits to be written to one client: its answers always, events up to a bound."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.wanted: frozenset[str] | None = None
        self._writer = writer
        self._lines: deque[bytes] = deque()
        self._missed = 0
        self._some = asyncio.Event()
        self._none = asyncio.Event()

    def answer(self, answer: dict[str, Any]) -> None:
        self._add(_line(answer))

    def event(self, name: str, line: bytes) -> int:
        """Queue an event; 1 when it had to be dropped."""
        if self.wanted is not None and name not in self.wanted:
            return 0
        if len(self._lines) >= EVENTS_WAITING:
            self._missed += 1
            return 1
        if self._missed:
            self._add(_line({"event": "dropped", "count": self._missed}))
            self._missed = 0
        self._add(line)
        return 0

    async def emptied(self) -> None:
        """Until everything is written: a client that asks faster than it reads waits for itself."""
        if self._lines:
            await self._none.wait()

    async def write(self) -> None:
        """Write what comes until the client is gone."""
        while True:
            await self._some.wait()
            self._some.clear()
            try:
                while self._lines:
                    self._writer.write(self._lines.popleft())
                    await self._writer.drain()
            except ConnectionError:
                return
            self._none.set()

    def _add(self, line: bytes) -> None:
        self._lines.append(line)
        self._none.clear()
        self._some.set()


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def _wanted(request: dict[str, Any]) -> frozenset[str] | None:
    names = request.get("events")
    if names is None:
        return None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise BadRequest("events must be a list of event names")
    return frozenset(names)


def _task(work: Coroutine[Any, Any, None], kept: "set[asyncio.Task[None]]") -> "asyncio.Task[None]":
    task = asyncio.get_running_loop().create_task(work)
    kept.add(task)
    task.add_done_callback(kept.discard)
    return task
