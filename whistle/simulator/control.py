"""A blocking client of the control port, for the demo, tests and a person at a prompt.

with Control("127.0.0.1", 4500) as control:
    control.button(node, True)
    for event in control.watch("lamp"):
        ...
"""

import json
import socket
from collections import deque
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from whistle.simulator.errors import BadRequest, ControlError


class Control:
    """One connection. Requests block until answered; events that arrive meanwhile are kept for `watch` (the last
    10,000).

    ControlError when the simulator cannot be reached or breaks off; BadRequest with its sentence when it refuses.
    """

    def __init__(self, host: str, port: int, timeout: float = 10.0) -> None:
        self._where = f"{host}:{port}"
        self._number = 0
        self._events: deque[dict[str, Any]] = deque(maxlen=10_000)
        self._kept = b""
        try:
            self._socket = socket.create_connection((host, port), timeout)
        except OSError as wrong:
            raise ControlError(
                f"no simulator at {self._where} ({wrong}); start `whistle simulator run` first"
            ) from wrong

    def __enter__(self) -> "Control":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, wrong: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def ask(self, do: str, **fields: Any) -> dict[str, Any]:
        """Send one request and return its answer."""
        self._number += 1
        self._send({"id": self._number, "do": do, **fields})
        while True:
            said = self._answer(do)
            if "event" in said:
                self._events.append(said)
            elif "error" in said:
                raise BadRequest(said["error"])
            elif said.get("re") == self._number:
                return said

    def _answer(self, do: str) -> dict[str, Any]:
        try:
            return self._receive()
        except TimeoutError as wrong:
            raise ControlError(
                f"the simulator at {self._where} did not answer {do!r} in time; is it stopped?"
            ) from wrong

    def watch(self, *events: str, timeout: float | None = None) -> Iterator[dict[str, Any]]:
        """Every event from now on (of these names, or all); ends when none comes for `timeout` s (None: never)."""
        self.ask("watch", **({"events": list(events)} if events else {}))
        return self._watched(timeout)

    def _watched(self, timeout: float | None) -> Iterator[dict[str, Any]]:
        before = self._socket.gettimeout()
        while True:
            while self._events:
                yield self._events.popleft()
            self._socket.settimeout(timeout)
            try:
                yield self._receive()
            except TimeoutError:
                return
            finally:
                self._socket.settimeout(before)

    # The requests by name

    def nodes(self) -> list[dict[str, Any]]:
        """Every node: node, kind, name, x, y, listen."""
        return list(self.ask("nodes")["nodes"])

    def button(self, node: int, down: bool, button: int = 0) -> None:
        """An edge of a beacon's button."""
        self.ask("button", node=node, down=down, button=button)

    def state(self, node: int) -> dict[str, Any]:
        """What a beacon shows: on, lamp, colour, pattern, whistle, sound, call, battery."""
        return self.ask("state", node=node)

    def loss(self, share: float) -> None:
        """Lose this share of frames a link."""
        self.ask("loss", share=share)

    def jam(self, on: bool) -> None:
        """Jam the air, or stop."""
        self.ask("jam", on=on)

    def inject(self, frame: bytes, near: int | None = None) -> None:
        """Send these bytes from a hostile transmitter beside a node (None: in the middle)."""
        self.ask("inject", frame=frame.hex(), **_near(near))

    def forge(self, node: int | None = None, near: int | None = None) -> int:
        """Send a line in a beacon's name with wrong tags; whose name it was."""
        return int(self.ask("forge", **({} if node is None else {"node": node}), **_near(near))["node"])

    def record(self, clear: bool = False) -> int:
        """How many alert frames are kept for a replay (at most the last 64)."""
        return int(self.ask("record", clear=clear)["kept"])

    def replay(self, near: int | None = None) -> int:
        """Send every kept alert frame again, or the first pulses where none is kept, under its own id and under a new
        one; how many frames that is."""
        return int(self.ask("replay", **_near(near))["sent"])

    def power(self, node: int, on: bool) -> None:
        """Switch a node off or on."""
        self.ask("power", node=node, on=on)

    def flash(self, node: int, op: str, to: int | None = None) -> None:
        """save, rollback, clone (onto the beacon `to`), wear, mend."""
        self.ask("flash", node=node, op=op, **({} if to is None else {"to": to}))

    def battery(self, node: int, percent: int) -> None:
        """Set a beacon's battery; 101 is power from outside."""
        self.ask("battery", node=node, percent=percent)

    def stats(self) -> dict[str, Any]:
        """The air's counts: frames, heard, collisions, cut, drawn, lost, overwritten, and the time."""
        return self.ask("stats")

    def seed(self) -> int:
        """The seed of this run."""
        return int(self.ask("seed")["seed"])

    # The wire

    def _send(self, request: dict[str, Any]) -> None:
        try:
            self._socket.sendall(json.dumps(request).encode() + b"\n")
        except OSError as wrong:
            raise ControlError(f"the simulator at {self._where} is gone ({wrong}); start it again") from wrong

    def _receive(self) -> dict[str, Any]:
        while b"\n" not in self._kept:
            self._kept += self._read()
        line, self._kept = self._kept.split(b"\n", 1)
        said: dict[str, Any] = json.loads(line)
        return said

    def _read(self) -> bytes:
        try:
            data = self._socket.recv(65_536)
        except TimeoutError:
            raise
        except OSError as wrong:
            raise ControlError(f"the simulator at {self._where} broke off ({wrong}); start it again") from wrong
        if not data:
            raise ControlError(f"the simulator at {self._where} has ended; start it again")
        return data


def _near(node: int | None) -> dict[str, int]:
    return {} if node is None else {"near": node}
