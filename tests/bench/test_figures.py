"""Every bench gives the figures it promises, by these names; measured so briefly that their values mean nothing."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import __main__ as command
from bench import air, bus, cortexm3, gateway, micropython, page, simulator
from bench.measure import Figures, keep

pytestmark = pytest.mark.slow
AIR = ("delivery", "press_to_shown_mean", "press_to_shown_p95", "press_to_shown_p999")
COURSES = tuple(air.Course(preset, 2, 20.0, 7, beacons=40, loss=0.0) for preset in ("SHORT_TURBO", "LONG_FAST"))
MICROPYTHON = (
    "frame_build", "frame_parse", "frame_build_32", "frame_parse_32",
    "heap_peak", "heap_peak_listen", "heap_peak_press",
)  # fmt: skip
COUNTED = (
    "program_size", "import", "import_heap", "collect", "heard_neighbour", "heard_foreign", "heard_gateway",
    "heard_gateway_calling", "sent_press", "sent_again", "wake_esp32s3", "wake_rp2040",
)  # fmt: skip
BENCHES: dict[str, tuple[Callable[[], Figures], set[str]]] = {
    "cortexm3": (cortexm3.figures, {f"cortexm3.{name}" for name in COUNTED}),
    "micropython": (
        lambda: micropython.figures(micropython.Dose(rounds=1, grain=8192)),
        {f"micropython.{name}" for name in MICROPYTHON},
    ),
    "bus": (lambda: bus.figures(bus.Dose(messages=20, rounds=1)), {"bus.publish"}),
    "gateway": (lambda: gateway.figures(gateway.Dose(alerts=20, rounds=1)), {"gateway.settle"}),
    "simulator": (
        lambda: simulator.figures(simulator.Dose(beacons=6, quiet_s=900, busy_s=60, rounds=1)),
        {"simulator.node_seconds", "simulator.node_seconds_configured"},
    ),
    "air": (lambda: air.figures(COURSES), {f"air.{name}{suffix}" for name in AIR for suffix in ("", "_long_fast")}),
    "page": (
        lambda: page.figures(page.Dose(warm=1, block=2, blocks=1)),
        {"page.latency_p50", "page.latency_p99"},
    ),
}
NEEDS = {
    "cortexm3": ("qemu",),
    "micropython": ("micropython", "micropython32"),
    "bus": ("mosquitto",),
    "page": ("mosquitto", "chromium"),
}


def test_no_bench_is_left_out() -> None:
    assert set(BENCHES) == set(command.BENCHES)


@pytest.mark.parametrize("name", BENCHES)
def test_a_bench_gives_its_figures(name: str, need: Callable[[str], Path], tmp_path: Path) -> None:
    for tool in NEEDS.get(name, ()):
        need(tool)
    take, names = BENCHES[name]
    keep(take(), tmp_path / "latest.json")
    kept = json.loads((tmp_path / "latest.json").read_text())
    assert set(kept) == names
    for figure in kept.values():
        assert list(figure) == ["value", "unit", "reference", "ratio"]
        assert figure["value"] > 0 and figure["reference"] > 0 and figure["ratio"] > 0
