"""A technician at a prompt: makes a site in a folder with `whistle site`, each word typed as a person would."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.support import stock
from whistle.demo.process import whistle

PLACES = (("Anna", "34th & Cedar"), ("Bo", "Mill Lane 4"))


def typed(*words: str, said: str = "") -> str:
    """Run a command line to its end; what it printed. The test fails when it fails."""
    done = subprocess.run(whistle(*words), input=said, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{words}: {done.stderr}"
    return done.stdout


class Technician:
    """A new site in `folder`: two beacons, their settings, both bundles, and its channel link."""

    def __init__(self, folder: Path) -> None:
        self.folder, at = folder, ["--site", str(folder / "site")]
        named = ["--name", "Cedar Street", "--region", "us", "--preset", "short_turbo", "--channel", "Cedar"]
        typed("site", "init", str(folder / "site"), *named, "--yes")
        for name, place in PLACES:
            where = ["--place", place, "--lat", "44.95", "--lon", "-93.2", "--door", "SECRET"]
            typed("site", "add-beacon", name, *where, *at)
            typed("site", "settings", name, "--out", str(folder / f"{name}.json"), *at)
        self.gateway, self.dashboard = folder / "gateway.json", folder / "dashboard.json"
        typed("site", "bundle", "gateway", "--out", str(self.gateway), *at)
        typed("site", "bundle", "--dashboard", "--out", str(self.dashboard), *at)
        self.link = typed("site", "channel", "--link", *at).strip()
        self.channel, self.lora = stock.from_link(self.link)
        self.settings: list[dict[str, Any]] = [json.loads((folder / f"{name}.json").read_text()) for name, _ in PLACES]

    def scenario(self, *stations: dict[str, Any]) -> dict[str, Any]:
        """Both beacons 200 m apart and what else stands there; stock nodes know the channel from the link alone."""
        beacons = [{"kind": "beacon", "x": 200 * n, "y": 0, "settings": one} for n, one in enumerate(self.settings)]
        return {
            "centre": [44.95, -93.2],
            "channel_name": self.channel.name,
            "channel_psk": self.channel.psk.hex(),
            "region": "US",
            "preset": "SHORT_TURBO",
            "model": {"shadow_db": 0.0},
            "nodes": [*beacons, *stations],
        }
