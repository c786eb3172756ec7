"""A jammed air is told from a quiet one within the promised time, and a quiet one is not called jammed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.system.virtual import Town

PROMISE_S = 180


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.parametrize(("loss", "after_min"), [(0.0, 1), (0.0, 20), (0.3, 20), (0.3, 60)])
def test_the_demos_town_notices_a_jammer_within_three_minutes(
    tmp_path: Path, tell: Callable[[str], None], loss: float, after_min: int
) -> None:
    town = Town(tmp_path, seed=7, beacons=40)
    town.simulation.air.set_loss(loss)
    for _ in range(3 * after_min):
        town.pass_(20)
        assert town.troubles("jammed") == []
    town.simulation.air.jam(True)
    waited = 0
    while not town.troubles("jammed"):
        town.pass_(1)
        waited += 1
        assert waited <= PROMISE_S
    tell(f"40 beacons, {loss:.0%} lost a hop, jammed after {after_min} min: told after {waited} s")
    town.simulation.air.jam(False)
    town.pass_(60)
    assert town.troubles("jammed") == []
    town.dashboard.whistle.stop()
