"""`whistle workbench rotate`: the key is changed once, and who has it is told by place."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support import sites
from whistle.site.rotation import NEXT
from whistle.site.site import Site
from whistle.workbench.command import workbench


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return sites.made(tmp_path, 3)


def run(site: Site, *words: str) -> Result:
    return CliRunner().invoke(workbench, ["rotate", "--site", str(site.directory), *words])


def report(site: Site, path: Path, *epochs: int | None, at: float = 1.0, of: str | None = None) -> str:
    beacons = [
        {"node": one.node, "epoch": epoch, "at": None if epoch is None else at}
        for one, epoch in zip(site.roster.beacons, epochs, strict=True)
    ]
    said = {"v": 1, "site": of or site.file.site, "group_epoch": 2, "beacons": beacons}
    path.write_text(json.dumps(said))
    return str(path)


def test_it_raises_the_epoch_and_says_what_comes_next(site: Site) -> None:
    done = run(site, "--yes")
    assert done.exit_code == 0 and "epoch 2" in done.output and "whistle site bundle" in done.output
    again = Site.open(site.directory)
    assert again.file.group_epoch == again.bundle("gateway").group_epoch == 2
    settings = again.beacon_settings(again.roster.beacons[0].node)
    assert settings["group"] not in done.output and settings["group_previous"] not in done.output
    assert settings["group_epoch"] == 2 and settings["group"] != settings["group_previous"]


def test_it_asks_first_and_needs_the_master_key(site: Site, tmp_path: Path) -> None:
    assert run(site).exit_code == 2 and Site.open(site.directory).file.group_epoch == 1
    done = run(site, "--yes", "--master", str(tmp_path / "none"))
    assert done.exit_code == 1 and done.output.startswith("Error: ") and Site.open(site.directory).file.group_epoch == 1


def test_a_scripts_events_are_not_mixed_with_the_question(site: Site) -> None:
    done = CliRunner().invoke(workbench, ["rotate", "--json", "--site", str(site.directory)], input="y\n")
    assert done.exit_code == 0 and "Change the group key" in done.stderr
    assert [json.loads(line)["event"] for line in done.stdout.splitlines()] == ["rotated", *["next"] * len(NEXT)]


def test_it_ends_at_the_last_epoch(site: Site) -> None:
    for _ in range(254):
        site.rotate()
    done = run(site, "--yes")
    assert done.exit_code == 1 and "used up" in done.output and Site.open(site.directory).file.group_epoch == 255


def test_it_shows_how_many_of_how_many_and_the_rest_by_place(site: Site, tmp_path: Path) -> None:
    site.rotate()
    site.mark_beacon(site.roster.beacons[2].node, revoked=True)
    one = report(site, tmp_path / "one", 2, 1, 1, at=5.0)
    done = run(site, "--done", one)
    assert done.exit_code == 3 and "1 of 2 beacons have the new key" in done.output
    assert "34th & Cedar" in done.output and "Beacon 1" in done.output and "Beacon 0" not in done.output
    lines = [json.loads(line) for line in run(site, "--json", "--done", one).output.splitlines()]
    assert lines[0] == {"event": "progress", "epoch": 2, "done": 1, "all": 2}
    assert [(line["event"], line["name"], line["epoch"]) for line in lines[1:]] == [("old", "Beacon 1", 1)]


@pytest.mark.parametrize("at", [0.0, 4.0, 6.0])
def test_epochs_only_rise_so_the_highest_counts_whatever_a_gateways_clock_says(
    site: Site, tmp_path: Path, at: float
) -> None:
    site.rotate()
    one, two = report(site, tmp_path / "one", 2, 1, 1, at=5.0), report(site, tmp_path / "two", 1, 2, 2, at=at)
    for words in ((one, two), (two, one)):
        assert run(site, "--done", words[0], "--done", words[1]).exit_code == 0


def test_a_report_of_another_site_or_none_is_refused(site: Site, tmp_path: Path) -> None:
    other = report(site, tmp_path / "other", 2, 2, 2, of="f" * 16)
    for path, word in ((other, "of site ffff"), (str(tmp_path / "no"), "no report"), (str(site.directory), "read")):
        done = run(site, "--done", path)
        assert done.exit_code == 1 and word in done.output
