"""docs/technician.md, typed word for word at an emulated desk: from `mkdir` to a label and the bundles.

Left out is what other tests type: `fetch` (needs the internet), `batch` (test_twenty_boards.py), and from section 5 on
what runs for ever (test_command_lines.py).
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hardware.box import Desk
from tests.system.atdesk import ROOT, Pressed, box, environment, is_the_beacon, labels_in
from whistle.site.bundles import load_dashboard_bundle, load_gateway_bundle
from whistle.site.site import Site

pytestmark = pytest.mark.system

PAGE = (ROOT / "docs/technician.md").read_text().partition("## 5.")[0]
OURS = ("workbench fetch", "workbench batch")
# What a person would type at the questions of a command.
ANSWERS = {"site init": "Cedar Street\nUS\nSHORT_TURBO\ny\n", "workbench check": "y\ny\n"}


def script(desk: Desk, stick: Path) -> str:
    """The page's blocks for a shell, with this desk's port and that stick in place of the page's."""
    lines = "".join(re.findall(r"(?ms)^```sh\n(.*?)^```", PAGE)).splitlines()
    typed = [line for line in lines if not line.startswith(tuple(f"whistle {words}" for words in OURS))]
    for at, line in enumerate(typed):
        for words, said in ANSWERS.items():
            if line.startswith(f"whistle {words}"):
                typed[at] = f"printf '{said}' | {line}"
    begin = f'set -e\nwhistle() {{ {sys.executable} -m tests.hardware.desk {desk.ports} "$@"; }}\n'
    return begin + "\n".join(typed).replace("/dev/ttyUSB0", str(desk.path)).replace("/media/stick", str(stick))


def test_the_page_can_be_typed_word_for_word(tmp_path: Path, desk: Desk, cache: Path) -> None:
    if not os.environ.get("MICROPYTHON_LIB"):
        pytest.skip("missing micropython-lib: set $MICROPYTHON_LIB to a checkout")
    stick, (board,) = tmp_path / "stick", box(tmp_path, 1, 1, b1={"bare": True})
    stick.mkdir()
    desk.plug(board)
    finger = Pressed(board)
    finger.start()
    typed = script(desk, stick)
    assert typed.count("whistle ") > 8
    done = subprocess.run(
        ["bash", "-c", typed], cwd=tmp_path, env=environment(cache), capture_output=True, text=True, timeout=150
    )
    finger.over.set()
    finger.join()
    assert done.returncode == 0, (done.stdout[-3000:], done.stderr[-2000:])
    home = tmp_path / "cedar"
    site = Site.open(home, stick / "master.key")
    assert is_the_beacon(board, site, site.find("Anna").node) and labels_in(home / "anna.pdf") == 1
    assert len(load_gateway_bundle(home / "gateway.json").roster.beacons) == 1
    assert load_dashboard_bundle(home / "dashboard.json").roster.places
    assert not (home / "master.key").exists() and "meshtastic.org/e/#" in done.stdout
