"""What the figures should reach, and whether they do. A missed aim is said, and ends nothing: machines differ."""

import operator
from collections.abc import Callable
from typing import NamedTuple

from bench.measure import Figure


class Aim(NamedTuple):
    """A bound on a figure's value, or on its ratio to the reference."""

    what: str  # "value" or "ratio"
    sign: str
    bound: float


_HOLDS: dict[str, Callable[[float, float], bool]] = {">=": operator.ge, "<=": operator.le}

# The ratios hold on any machine, as do counts, sizes and heaps. The page's times and node-seconds are of the machine
# that CI has, two shared cores. A wake is counted and turned into time by the reference's rates, good to 40 %; of the
# boards we know only those with an ESP32 truly sleep between presses.
AIMS = {
    "gateway.settle": Aim("ratio", ">=", 0.5),
    "bus.publish": Aim("ratio", ">=", 0.6),
    "page.latency_p50": Aim("value", "<=", 50),
    "page.latency_p99": Aim("value", "<=", 250),
    "air.delivery": Aim("value", ">=", 0.999),
    "air.press_to_shown_mean": Aim("value", "<=", 5),
    "air.press_to_shown_p95": Aim("value", "<=", 10),
    "air.press_to_shown_p999": Aim("value", "<=", 20),
    "simulator.node_seconds": Aim("value", ">=", 100_000),
    "micropython.heap_peak": Aim("value", "<=", 102_400),
    "micropython.heap_peak_listen": Aim("value", "<=", 102_400),
    "micropython.heap_peak_press": Aim("value", "<=", 102_400),
    "cortexm3.program_size": Aim("ratio", "<=", 1.0),
    "cortexm3.wake_esp32s3": Aim("value", "<=", 700),
}


def verdict(name: str, figure: Figure) -> str:
    """`aim >= 0.5: met` or `aim >= 0.5: MISSED`, a ratio's with the word before it; "" for a figure without an aim."""
    aim = AIMS.get(name)
    if aim is None:
        return ""
    reached = getattr(figure, aim.what)
    met = reached is not None and _HOLDS[aim.sign](reached, aim.bound)
    return f"{'ratio ' * (aim.what == 'ratio')}aim {aim.sign} {aim.bound:,}: {'met' if met else 'MISSED'}"
