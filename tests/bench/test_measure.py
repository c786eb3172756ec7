"""Figures are only worth what this arithmetic is worth."""

import json
import sys
from itertools import count
from pathlib import Path
from types import ModuleType

import pytest

from bench import __main__ as command
from bench.measure import Figure, Unreadable, interleave, keep, line, percentile


@pytest.mark.parametrize(
    ("share", "wanted"), [(0.0, 1), (0.01, 1), (0.5, 50), (0.501, 51), (0.95, 95), (0.99, 99), (0.999, 100), (1.0, 100)]
)
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(share: float, wanted: int) -> None:
    assert percentile([float(value) for value in range(100, 0, -1)], share) == wanted


def test_one_value_is_every_percentile_of_itself() -> None:
    assert [percentile([3.0], share) for share in (0.0, 0.5, 0.999, 1.0)] == [3.0] * 4


def test_the_thousandth_of_a_thousand_values_is_the_second_worst() -> None:
    assert percentile([float(value) for value in range(1000)], 0.999) == 998.0


def test_ours_and_the_reference_take_turns() -> None:
    turns: list[str] = []

    def rate(name: str) -> float:
        turns.append(name)
        return 1.0

    interleave(lambda: rate("ours"), lambda: rate("reference"), 3)
    assert turns == ["ours", "reference"] * 3


def test_the_ratio_is_of_turns_and_not_of_medians() -> None:
    # a machine that slows down by itself: both sides halve from turn to turn, and the ratio stays
    mine, theirs = (count() for _ in range(2))
    found = interleave(lambda: 80.0 / 2 ** next(mine), lambda: 40.0 / 2 ** next(theirs), 3)
    assert found == (40.0, 20.0, 2.0)


def test_a_spoiled_turn_does_not_decide() -> None:
    ours = iter([10.0, 0.1, 10.0])
    assert interleave(lambda: next(ours), lambda: 5.0, 3)[2] == 2.0


def test_a_line_shows_the_reference_where_there_is_one() -> None:
    assert "ratio 2.00" in line("gateway.settle", Figure(10.0, "1/s", 5.0, 2.0))
    assert "reference" not in line("air.delivery", Figure(1.0, ""))


def test_what_is_kept_can_be_read_again(tmp_path: Path) -> None:
    path = tmp_path / "out" / "latest.json"
    keep({"bus.publish": Figure(10.0, "1/s", 5.0, 2.0)}, path)
    assert json.loads(path.read_text()) == {
        "bus.publish": {"value": 10.0, "unit": "1/s", "reference": 5.0, "ratio": 2.0}
    }


def test_what_was_not_taken_again_stays_and_what_was_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "latest.json"
    keep({"bus.publish": Figure(10.0, "1/s", 5.0, 2.0), "air.delivery": Figure(0.99, "")}, path)
    keep({"bus.publish": Figure(12.0, "1/s", 6.0, 2.0), "page.p50": Figure(40.0, "ms")}, path)
    kept = json.loads(path.read_text())
    assert [(name, figure["value"]) for name, figure in kept.items()] == [
        ("air.delivery", 0.99), ("bus.publish", 12.0), ("page.p50", 40.0),
    ]  # fmt: skip
    assert all(list(figure) == ["value", "unit", "reference", "ratio"] for figure in kept.values())


@pytest.mark.parametrize("spoiled", ["", "{", "[1]", '{"a": 1}', '{"a": {"value": 1.0, "unit": "s", "note": "x"}}'])
def test_a_file_that_holds_no_figures_is_named_and_left_as_it_is(tmp_path: Path, spoiled: str) -> None:
    path = tmp_path / "latest.json"
    path.write_text(spoiled)
    with pytest.raises(Unreadable, match=r"latest\.json .* move it away"):
        keep({"bus.publish": Figure(10.0, "1/s")}, path)
    assert path.read_text() == spoiled


@pytest.mark.parametrize(("names", "left"), [(["bus"], {"air.delivery", "bus.publish"}), ([], {"bus.publish"})])
def test_a_bench_by_name_leaves_the_others_figures_and_a_whole_run_none_that_it_has_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: list[str], left: set[str]
) -> None:
    path = tmp_path / "latest.json"
    keep({"air.delivery": Figure(0.99, "")}, path)
    monkeypatch.setattr(command, "BENCHES", ("bus",))
    bench = ModuleType("bench.bus")
    bench.figures = lambda: {"bus.publish": Figure(10.0, "1/s")}  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "bench.bus", bench)
    assert command.main(names, path) == 0
    assert set(json.loads(path.read_text())) == left


def test_a_name_that_is_none_is_answered_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["gatway"]) == 2
    assert "gateway" in capsys.readouterr().err
