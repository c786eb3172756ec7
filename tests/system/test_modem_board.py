"""A board becomes a gateway's radio by the real command, and a beacon again; nothing it was is lost by mistake."""

import os
from pathlib import Path

import pytest

from tests.hardware.box import Desk
from tests.support import bench
from tests.system.atdesk import box, command, is_the_beacon, one, ran
from whistle.site.site import Site
from whistle.workbench import boards

pytestmark = pytest.mark.system

PLACE = ("--place", "34th & Cedar", "--lat", "44.95", "--lon", "-93.25")


def test_a_board_becomes_a_modem_and_no_beacon_by_mistake(tmp_path: Path, desk: Desk, cache: Path) -> None:
    if not os.environ.get("MICROPYTHON_LIB"):
        pytest.skip("missing micropython-lib: set $MICROPYTHON_LIB to a checkout")
    home, (board,) = bench.site_at(tmp_path), box(tmp_path, 1, 1)
    desk.plug(board)
    port, named = str(desk.path), ("--board", "heltec-v3")
    failed = one(ran(command(desk, "modem", port, *named), cache, 48), "error")
    assert "whistle workbench install" in failed["sentence"] and not (board.flash / "settings").exists()
    ran(command(desk, "install", port), cache)
    made = one(ran(command(desk, "modem", port, *named), cache), "modem")
    assert (made["board"], made["url"]) == ("heltec-v3", f"modem://{port}")
    assert (board.flash / "settings").read_bytes() == b"modem", "this word is all that beacon.program asks for"
    assert (board.flash / "board").read_bytes() == boards.wiring(boards.load("heltec-v3"))

    at = ("--port", port, *named, "--site", str(home))
    node = one(ran(command(desk, "provision", "Anna", *PLACE, *at), cache), "provisioned")["node"]
    assert is_the_beacon(board, Site.open(home), node)
    kept = one(ran(command(desk, "modem", port, *named), cache, 1), "error")["sentence"]
    assert f"!{node:08x}" in kept and "--yes" in kept and is_the_beacon(board, Site.open(home), node)
    ran(command(desk, "modem", port, *named, "--yes"), cache)
    names = {path.name for path in board.flash.iterdir()}
    assert (board.flash / "settings").read_bytes() == b"modem" and not names & {"state0", "state1", "marks"}
