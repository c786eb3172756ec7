"""An end for calls that have none: each runs on a thread of its own, which is left behind when it is late."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from gateway.errors import RadioRefused, RadioSilent

T = TypeVar("T")
Faults = tuple[type[BaseException], ...]


class _Call(threading.Thread, Generic[T]):
    def __init__(self, what: str, work: Callable[[], T], faults: Faults) -> None:
        super().__init__(name=f"call: {what}", daemon=True)
        self._work = work
        self._faults = faults
        self.values: list[T] = []
        self.fault: BaseException | None = None

    def run(self) -> None:
        try:
            self.values.append(self._work())
        except self._faults as fault:
            self.fault = fault


def within(seconds: float, what: str, work: Callable[[], T], faults: Faults) -> T:
    """What `work()` returns, or the one of `faults` it raised; RadioSilent when it takes longer than `seconds`.

    `faults` may hold SystemExit: it is then raised as RadioRefused, and the process goes on. A late call is abandoned,
    not stopped: whoever gives up must also close what the call is waiting for.
    """
    call = _Call(what, work, faults)
    call.start()
    call.join(seconds)
    if call.is_alive():
        raise RadioSilent(f"{what} took longer than {seconds:g} s")
    if isinstance(call.fault, SystemExit):
        raise RadioRefused(f"{what}: the library wanted to end the process ({call.fault.code})")
    if call.fault is not None:
        raise call.fault
    if not call.values:
        raise RadioRefused(f"{what} failed inside the library")
    return call.values[0]
