"""Each part runs with nothing installed but its own extra: a gateway on a small board never gets the web server."""

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from tests.system.technician import Technician
from whistle.demo.ports import free_port

pytestmark = [pytest.mark.system, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
NOBODY = "127.0.0.1:1"  # where nothing listens
READY_S = 40.0
NOT_OF = {  # what each extra must not bring
    "air": ("paho", "flask", "meshtastic"),
    "site": ("paho", "flask", "meshtastic"),
    "bus": ("flask", "meshtastic"),
    "simulator": ("flask", "paho", "sqlalchemy"),
    "gateway": ("flask", "sqlalchemy"),
    "dashboard": ("meshtastic", "serial"),
}


@pytest.fixture(scope="module")
def technician(tmp_path_factory: pytest.TempPathFactory) -> Technician:
    return Technician(tmp_path_factory.mktemp("site"))


@pytest.fixture
def installed(tmp_path: Path, extra: str) -> Path:
    """A new environment with that extra alone; its interpreter."""
    words = [str(ROOT / ".venv/bin/uv"), "sync", "--quiet", "--locked", "--no-editable"]
    words += ["--reinstall-package", "whistle-beacon-mesh", "--extra", extra]  # else uv takes a wheel it built before
    environment = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(tmp_path / "env")}
    subprocess.run(words, cwd=ROOT, env=environment, check=True, timeout=300)
    return tmp_path / "env" / "bin" / "python"


def commands(extra: str, made: Technician, folder: Path) -> tuple[list[str], str]:
    """Words that take the part through all it imports, and what it says when it runs."""
    data, bus = ["--data", str(folder / "data")], ["--broker", f"mqtt://{NOBODY}"]
    if extra == "air":
        return ["air", "plan", "--region", "US", "--preset", "SHORT_TURBO", "--channel", "x", "--beacons", "9"], "MHz"
    if extra == "site":
        return ["site", "channel", "--site", str(made.folder / "site")], "https://"
    if extra == "bus":
        return ["bus", "watch", "--bundle", str(made.dashboard), *bus], "nothing listens there"
    if extra == "gateway":
        where = ["--bundle", str(made.gateway), "--source", f"tcp://{NOBODY}"]
        return ["gateway", "run", *where, *data, *bus], "nothing answers there"
    if extra == "dashboard":
        where = ["--bundle", str(made.dashboard), "--listen", f"127.0.0.1:{free_port()}"]
        return ["dashboard", "run", *where, *data, *bus], "nothing listens there"
    scenario = folder / "air.json"
    scenario.write_text(json.dumps(made.scenario()))
    where = ["--scenario", str(scenario), "--control", f"127.0.0.1:{free_port()}"]
    return ["simulator", "run", *where, "--for", "3"], '"heard": '


def said(argv: list[str], word: str, log: Path) -> str:
    """Run it until it has said that word, then stop it; everything it said."""
    with log.open("wb") as out:
        child = subprocess.Popen(argv, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=log.parent)
        end = time.monotonic() + READY_S
        while word not in log.read_text() and child.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
        child.terminate()
        child.wait(20)
    return log.read_text()


@pytest.mark.parametrize("extra", NOT_OF)
def test_a_part_runs_on_its_own_extra(extra: str, installed: Path, technician: Technician, tmp_path: Path) -> None:
    words, word = commands(extra, technician, tmp_path)
    text = said([str(installed), "-m", "whistle", *words], word, tmp_path / "said.txt")
    assert word in text and "Traceback" not in text and "ModuleNotFoundError" not in text, text
    look = "import importlib.util as u, sys; sys.exit(' '.join(n for n in sys.argv[1:] if u.find_spec(n)))"
    brought = subprocess.run([str(installed), "-c", look, *NOT_OF[extra]], capture_output=True, text=True, check=False)
    assert brought.stderr.strip() in ("", "None"), f"{extra} brings {brought.stderr}"
