"""The import borders of pyproject.toml: each turns red when it is crossed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TREES = ("firmware", "gateway", "dashboard", "whistle")

# (file the import is planted in, what it imports, the contract that must break)
PLANTED = (
    ("firmware/meshwire/node.py", "alertwire.line", "The languages do not import each other"),
    ("whistle/bus/topics.py", "gateway.errors", "The languages import none of the rooms"),
    ("gateway/pipeline.py", "beacon.settings", "The rooms import languages only"),
    ("whistle/simulator/air.py", "whistle.demo.errors", "The rooms know nothing of what composes them"),
    ("firmware/beacon/settings.py", "whistle.site.errors", "The beacon speaks alertwire and meshwire"),
    ("dashboard/cards.py", "meshwire.header", "The dashboard speaks bus and site"),
    ("dashboard/alive.py", "meshtastic.mesh_interface", "The dashboard never reaches a radio's library"),
    ("whistle/demo/ports.py", "whistle.site.command", ""),
    ("gateway/outbox.py", "whistle.bus.command", "Only the demo may import a command line"),
)


def lint(root: Path) -> str:
    """What import-linter says of a tree."""
    paths = os.pathsep.join([str(root), str(root / "firmware")])
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    env = {**os.environ, "PYTHONPATH": paths, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, timeout=300)
    return done.stdout + done.stderr


def broken(said: str) -> set[str]:
    """Names of the contracts reported as broken."""
    return {line.partition(" BROKEN")[0] for line in said.splitlines() if " BROKEN" in line}


def test_every_border_breaks_when_crossed(tmp_path: Path) -> None:
    for tree in TREES:
        shutil.copytree(ROOT / tree, tmp_path / tree, ignore=shutil.ignore_patterns("__pycache__", "vendor"))
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    for path, module, _ in PLANTED:
        with (tmp_path / path).open("a") as file:
            file.write(f"\nimport {module}\n")
    said = lint(tmp_path)
    red = broken(said)
    for _, _, contract in PLANTED:
        assert not contract or any(name.startswith(contract) for name in red), f"{contract}: kept\n{said}"
    assert len(red) == len([1 for _, _, contract in PLANTED if contract]), red
