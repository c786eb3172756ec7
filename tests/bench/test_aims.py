"""What a figure should reach is said beside it."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from bench import __main__ as command
from bench.aims import AIMS, verdict
from bench.measure import Figure

BARE = Path(command.__file__).parent / "bare.py"


@pytest.mark.parametrize(
    ("name", "figure", "said"),
    [
        ("gateway.settle", Figure(900.0, "1/s", 1800.0, 0.5), "ratio aim >= 0.5: met"),
        ("gateway.settle", Figure(900.0, "1/s", 1801.0, 0.4997), "ratio aim >= 0.5: MISSED"),
        ("bus.publish", Figure(900.0, "1/s"), "ratio aim >= 0.6: MISSED"),
        ("page.latency_p99", Figure(250.0, "ms", 10.0, 25.0), "aim <= 250: met"),
        ("page.latency_p99", Figure(250.1, "ms", 10.0, 25.0), "aim <= 250: MISSED"),
        ("simulator.node_seconds", Figure(99_999.0, "1/s", 1.0, 1.0), "aim >= 100,000: MISSED"),
        ("air.delivery_long_fast", Figure(0.5, ""), ""),
    ],
)
def test_an_aim_is_met_from_its_bound_on(name: str, figure: Figure, said: str) -> None:
    assert verdict(name, figure) == said


def test_the_aims_are_those_of_the_promises() -> None:
    assert {name: tuple(aim) for name, aim in AIMS.items()} == {
        "gateway.settle": ("ratio", ">=", 0.5),
        "bus.publish": ("ratio", ">=", 0.6),
        "page.latency_p50": ("value", "<=", 50),
        "page.latency_p99": ("value", "<=", 250),
        "air.delivery": ("value", ">=", 0.999),
        "air.press_to_shown_mean": ("value", "<=", 5),
        "air.press_to_shown_p95": ("value", "<=", 10),
        "air.press_to_shown_p999": ("value", "<=", 20),
        "simulator.node_seconds": ("value", ">=", 100_000),
        "micropython.heap_peak": ("value", "<=", 102_400),
        "micropython.heap_peak_listen": ("value", "<=", 102_400),
        "micropython.heap_peak_press": ("value", "<=", 102_400),
        "cortexm3.program_size": ("ratio", "<=", 1.0),
        "cortexm3.wake_esp32s3": ("value", "<=", 700),
    }


def test_a_run_prints_each_figure_with_its_aim(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = ModuleType("bench.bus")
    bench.figures = lambda: {  # type: ignore[attr-defined]
        "bus.publish": Figure(10.0, "1/s", 5.0, 2.0), "air.delivery": Figure(0.9, ""),
    }  # fmt: skip
    monkeypatch.setitem(sys.modules, "bench.bus", bench)
    assert command.main(["bus"], tmp_path / "latest.json") == 0
    published, delivered = capsys.readouterr().out.splitlines()[1:3]
    assert published.startswith("bus.publish ") and published.endswith("ratio aim >= 0.6: met")
    assert delivered.startswith("air.delivery ") and delivered.endswith("aim >= 0.999: MISSED")


def test_the_bare_chain_stays_bare() -> None:
    # who reads a ratio must be able to read what it is a ratio to
    assert len(BARE.read_text().splitlines()) <= 30
