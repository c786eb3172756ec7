"""The chooser on littlefs, power cut at every operation of the flash chip, while the workbench updates the board."""

import base64
import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.hardware import emulated
from tests.support import boxes
from whistle.workbench import slots
from whistle.workbench.device import Device
from whistle.workbench.installing import install

HERE = Path(__file__).parent
ACTS = """
    import told
    from beacon.trial import confirm
    told.names.append(NAME)
    told.act(NAME, confirm)
"""


class Recorded(Device):
    """A link that remembers what it ran."""

    def run(self, source, *rest, **others):
        self.sources = [*getattr(self, "sources", []), source]
        return super().run(source, *rest, **others)


def story(tmp_path: Path, torn: bool, trial: bool) -> Path:
    """A board with the old release, and what the workbench runs to bring the new one."""
    flash = tmp_path / "flash"
    flash.mkdir()
    body = ACTS.replace("import told", "import told  # and no file of its own")
    large = {name: {"alertwire/large.py": f"# {name}\n".encode() * 1500} for name in ("old", "new", "bad")}
    old, new, bad = (boxes.release(tmp_path, name, body, extra) for name, extra in large.items())
    for made in (old, new, bad):
        inside = slots.unpacked(made.files["pack"])
        program = inside["beacon/program.py"].decode()
        inside["beacon/program.py"] = re.sub(r"    with open.*\n.*\n", "", program).encode()
        made.files["pack"] = slots.packed(inside)
    boxes.placed(flash, old, "a")
    boxes.put(flash, {"state0": boxes.OPEN_CALL})
    if trial:
        boxes.put(flash / "b", {**bad.files, "version": bad.mark})
        boxes.put(flash, {"slot": b"b a 3"})
    files = {str(path.relative_to(flash)): path for path in flash.rglob("*") if path.is_file()}
    encoded = {name: base64.b64encode(path.read_bytes()).decode() for name, path in files.items()}
    with emulated.powered(flash, at_prompt=True) as board, Recorded(board.port) as device:
        install(device, new, anyway=True)
        sources = device.sources
    path = tmp_path / "story.json"
    path.write_text(json.dumps({"files": encoded, "sources": sources, "torn": torn}))
    return path


@pytest.mark.slow
@pytest.mark.parametrize("trial", [False, True], ids=["beside one", "over one on trial"])
@pytest.mark.parametrize("torn", [False, True], ids=["before", "in the middle"])
def test_whatever_is_cut_a_whole_release_runs_and_the_beacon_keeps_its_own(tmp_path, need, tell, torn, trial):
    command = [str(need("micropython")), "-X", "heapsize=16m", str(HERE / "cuts.py"), "firmware"]
    told = story(tmp_path, torn, trial)
    done = subprocess.run([*command, str(told)], capture_output=True, text=True, timeout=600, cwd=HERE.parent.parent)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    parts = re.findall(r"^(update|fall-back) (\d+) (\d+)$", done.stdout, re.M)
    assert [name for name, _, _ in parts] == ["update", "fall-back"]
    for name, total, made in parts:
        tell(f"chooser, {name}: {total} flash operations, cut at each: {made}")
        assert int(total) == int(made) > 40
