"""The demo's figures, from a real store that was told as gateways tell."""

from pathlib import Path

from tests.support.dashboards import CORNER, Speaker, world
from whistle.bus.messages import NO_TAG
from whistle.demo.counts import Counts
from whistle.demo.tally import PATIENCE_S


def test_a_stored_silent_alert_does_not_hide_that_a_loud_call_of_its_beacon_was_lost(tmp_path: Path) -> None:
    here = world(tmp_path)
    try:
        mill, counts = Speaker(here.site), Counts(here.whistle)
        here.hear(mill, mill.alert(event="silent", tag=NO_TAG))
        for word in ("sent", "heard"):
            counts.tally.lamp(CORNER, word)
        counts._quiet_since -= PATIENCE_S + 1
        lost = counts.shown([])
        here.hear(mill, mill.alert(sequence=1043))
        found = counts.shown([])
    finally:
        here.whistle.stop()
    assert (lost["calls"], lost["heard"], lost["stored"], lost["lost"]) == (1, 1, 1, 1)
    assert (found["stored"], found["lost"]) == (2, 0)
